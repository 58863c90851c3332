package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/report"
)

func auditFlag() cli.Flag {
	return &cli.StringFlag{Name: "audit", DefaultText: "the setting Doctor:Audit:File, or none", Usage: "append every request to the audit log `FILE` before it is sent; what cannot be written there is not sent"}
}

// checkAudit looks at the place of the audit log that --audit names before any work
// is done.
func checkAudit(c *cli.Context, out *output, rec *record) error {
	if !c.IsSet("audit") {
		return nil
	}
	if c.String("audit") == "-" {
		return usagef("write --audit FILE", "--audit names no file")
	}
	return reserveAudit(c.String("audit"), "the audit log", out, rec)
}

// checkAuditSetting does so for the audit log that the setting names, which is known
// once the settings are read, and before anything is sent.
func checkAuditSetting(c *cli.Context, h *host.Host, out *output, rec *record) error {
	if c.IsSet("audit") || h.AuditFile() == "" {
		return nil
	}
	return reserveAudit(h.AuditFile(), "the audit log of the setting Doctor:Audit:File", out, rec)
}

func reserveAudit(path, what string, out *output, rec *record) error {
	if err := out.reserve(path, what); err != nil {
		return err
	}
	if rec != nil && realPlace(rec.path) == realPlace(path) {
		return usagef("give each a file of its own", "output file %s is named twice: for the cassette and for %s", path, what)
	}
	return nil
}

// auditCode is the exit code of a run whose audit log could not be written: a
// mistake in its place before the run, a fault of the machine in the middle of it.
func auditCode(e *host.AuditError) (code int, hint string) {
	code = exitUsage
	if e.Began {
		code = exitTransient
	}
	var damaged *audit.DamagedError
	switch {
	case errors.As(e, &damaged):
		return code, "move the log away and keep it; stella doctor audit verify FILE tells what is wrong with it"
	case errors.Is(e, audit.ErrNoLog):
		return code, "name another file, or move this one away: a log is begun where there is none"
	case errors.Is(e, syscall.ENOSPC), errors.Is(e, syscall.EDQUOT):
		return code, "free some space, or write the log to another place"
	case e.Began:
		return code, "the log tells what was sent until then: stella doctor audit verify FILE; then try again"
	}
	return code, ""
}

func auditCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:        "audit",
		Usage:       "verify audit logs",
		Action:      noSuchCommand,
		Subcommands: []*cli.Command{auditVerifyCommand(s)},
	}
}

func auditVerifyCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "find out whether an audit log was changed",
		ArgsUsage: "FILE",
		Description: "FILE is written by run --audit. Every line that was changed, inserted, moved, repeated or taken out is found; " +
			"a cut at the end when it leaves a run without its end, which a killed run does too, and stays found when later runs went on from there: " +
			"--allow-killed takes your word that a process was killed, and a --head of a later line that its keeper had the log as it is. A file cannot prove by itself that it was not " +
			"cut back to the end of a run, or written anew: every report of a run with --audit ends with the number and the hash of the " +
			"last line. Give those that you have kept with --head and --lines, and all that came before is proved. " +
			"The exit code is 0 when nothing was found and 3 otherwise.",
		Flags: join(outputFlags("text", "json"), []cli.Flag{
			&cli.StringFlag{Name: "head", Usage: "want a line whose hash is `HASH`, sha256:<hex>"},
			&cli.BoolFlag{Name: "allow-killed", Usage: "take it that processes were killed where a run or a line has no end"},
			&cli.Int64Flag{Name: "lines", Usage: "want the line with --head to be line `N`, or without it at least so many lines"},
		}),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return verifyAudit(c) }),
	}
}

// verified is what `audit verify` prints.
type verified struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
	Intact bool   `json:"intact"`
	*audit.Verdict
}

const auditSchema = "stellaops.doctor.audit-verification/v1"

func verifyAudit(c *cli.Context) (page, error) {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return page{}, err
	}
	opts := audit.Options{Head: c.String("head"), Lines: c.Int64("lines"), Killed: c.Bool("allow-killed")}
	if c.IsSet("head") && !audit.CheckHead(opts.Head) {
		return page{}, usagef("it is written sha256: and 64 digits 0-9 a-f", "--head %q is no hash of a line", opts.Head)
	}
	if c.IsSet("lines") && opts.Lines < 1 {
		return page{}, usagef("", "--lines %d is out of range: 1 and more", opts.Lines)
	}
	v, err := audit.VerifyFile(args[0], opts)
	if err != nil {
		return page{}, usagef("", "audit log %s: %v", args[0], readCause(err))
	}
	doc := &verified{Schema: auditSchema, File: args[0], Intact: v.Intact(), Verdict: v}
	p := textPage(doc, doc.text)
	if !doc.Intact {
		p.code = exitDenied
	}
	return p, nil
}

func (d *verified) text(w io.Writer) error {
	verdict := "intact"
	if !d.Intact {
		verdict = "NOT intact"
	}
	fmt.Fprintf(w, "audit log %s is %s\n", report.Escape(d.File), verdict)
	for _, f := range d.Findings {
		fmt.Fprintf(w, "  %s\n", report.Escape(f.String()))
	}
	if n := d.FurtherFindings; n > 0 {
		fmt.Fprintf(w, "  and %d more\n", n)
	}
	if d.onlyKilled() {
		fmt.Fprintln(w, "killed  a process that was killed leaves this as well as a cut: where its end is known otherwise, --allow-killed takes it for that")
	}
	fmt.Fprintf(w, "log     %s\nholds   %s, %s, %s (%d denied)\n", report.Escape(orNone(d.ID)), plural(int(d.Head.Lines), "line"), plural(d.Runs, "run"), plural(d.Calls, "call"), d.Denied)
	if d.From != "" {
		fmt.Fprintf(w, "from    %s to %s\n", report.Escape(d.From), report.Escape(d.To))
	}
	for _, f := range d.Remarks {
		fmt.Fprintf(w, "note    %s\n", report.Escape(f.String()))
	}
	if n := d.FurtherRemarks; n > 0 {
		fmt.Fprintf(w, "note    and %d more notes\n", n)
	}
	if d.Anchored > 0 && d.Intact {
		fmt.Fprintf(w, "proved  up to line %d, whose hash was given\n", d.Anchored)
	}
	if d.Head.Lines > 0 && d.Intact {
		fmt.Fprintf(w, "head    line %d, %s\n        keep it elsewhere: that the end was not cut, and that not all was written anew, nothing else can prove\n", d.Head.Lines, d.Head.Hash)
	}
	return nil
}

// onlyKilled tells a log in which nothing was found but what a killed process leaves.
func (d *verified) onlyKilled() bool {
	return !d.Intact && d.FurtherFindings == 0 && !slices.ContainsFunc(d.Findings, func(f audit.Finding) bool { return !f.Killed })
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
