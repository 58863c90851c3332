package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/sdk/wire"
)

// approvalFlags say what is approved where nobody is asked.
func approvalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "approve-all", Usage: "approve all that the plugin asks for, but for hosts that it names itself"},
		&cli.StringSliceFlag{Name: "approve-host", Usage: "approve the `HOST` that the plugin names itself; repeatable"},
		&cli.StringFlag{Name: "approval", Usage: "approve what stands in `FILE` (YAML: access, settings, secrets, engine, approved_by, expires)"},
		&cli.StringFlag{Name: "by", DefaultText: "user@machine", Usage: "approve in the name of `NAME`"},
		&cli.StringFlag{Name: "expires", DefaultText: "never", Usage: "let the approval end at `DATE`, a day or a time of RFC 3339, or never"},
		&cli.StringFlag{Name: "engine", DefaultText: store.Interpreter, Usage: "run the plugin with `ENGINE`: interpreter or compiler"},
	}
}

// approving is what a command line says of an approval.
type approving struct {
	s   *streams
	c   *cli.Context
	now time.Time
	ask *store.Ask
	// base is what was approved before and stays so.
	base *store.Approved
	// others are hosts that plugins name which are approved by the same flags.
	others []string
}

// given tells whether the command line says what is approved.
func (a *approving) given() bool {
	return a.c.Bool("approve-all") || a.c.IsSet("approve-host") || a.c.IsSet("approval")
}

// decide makes the approval: from the file, from the flags, by asking, or not at
// all where nothing is asked for. A dry run that says nothing approves nothing.
func (a *approving) decide() (store.Approval, error) {
	approval, err := a.decideScope()
	if err != nil {
		return approval, err
	}
	if err := a.who(&approval); err != nil {
		return approval, err
	}
	return approval, nil
}

func (a *approving) decideScope() (approval store.Approval, err error) {
	if a.base != nil {
		approval.Scope = a.base.Scope
		if a.base.Digest == a.ask.Release.Digest { // the compiler is approved for one file
			approval.Engine = a.base.Engine
		}
	}
	switch {
	case a.c.IsSet("approval"):
		if a.c.Bool("approve-all") || a.c.IsSet("approve-host") {
			return approval, usagef("the file says all", "--approval goes with neither --approve-all nor --approve-host")
		}
		return a.readFile()
	case a.given():
		scope, err := a.flagScope()
		approval.Scope = approval.Scope.Join(scope)
		return approval, err
	case a.ask.Asked.Empty(), approval.Scope.Widened(a.ask.Asked).Empty(), a.c.Bool("dry-run"):
		return approval, nil
	case a.base != nil && a.ask.Wider.Empty() && (a.c.IsSet("expires") || a.c.IsSet("by") || a.c.IsSet("engine")):
		return approval, nil // what was approved, anew
	case canAsk(a.s):
		scope, err := a.question()
		approval.Scope = approval.Scope.Join(scope)
		return approval, err
	}
	return approval, usagef("--approve-all approves all but hosts that the plugin names itself, --approve-host HOST each of those; or --approval FILE; --dry-run shows what it asks for",
		"nothing says what plugin %s may do, and there is no terminal to ask on", a.ask.Info.ID)
}

func (a *approving) readFile() (store.Approval, error) {
	path := a.c.String("approval")
	data, err := readInput(a.c.Context, a.s, path, store.MaxLock)
	if err != nil {
		if a.c.Context.Err() != nil {
			return store.Approval{}, err
		}
		return store.Approval{}, usagef("", "approval file %s: %v", inputName(path), err)
	}
	approval, err := store.ParseApproval(data, inputName(path))
	if err != nil {
		return store.Approval{}, err
	}
	return *approval, nil
}

// flagScope is what --approve-all and --approve-host approve.
func (a *approving) flagScope() (access.Scope, error) {
	all, hosts := a.c.Bool("approve-all"), a.c.StringSlice("approve-host")
	known := append(literalHosts(a.ask.Asked), a.others...)
	for _, host := range hosts {
		if !slices.Contains(known, strings.ToLower(host)) {
			hint := "it names none"
			if len(known) > 0 {
				hint = "it names " + strings.Join(known, ", ")
			}
			return access.Scope{}, usagef(hint, "--approve-host %s: plugin %s does not name that host", host, a.ask.Info.ID)
		}
	}
	return approvedPart(a.ask.Asked, all, func(host string) bool {
		return slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) })
	}), nil
}

// approvedPart is the part of a scope that is approved: the settings and what is
// bound to them, and each host of the plugin's own by itself.
func approvedPart(asked access.Scope, all bool, host func(string) bool) access.Scope {
	var part access.Scope
	if all {
		part.Settings, part.Secrets = asked.Settings, asked.Secrets
	}
	for _, e := range asked.Access {
		own, literal := access.LiteralHost(e)
		if literal && host(own) || !literal && all {
			part.Access = append(part.Access, e)
		}
	}
	return part
}

// literalHosts are the hosts that a plugin names itself, sorted.
func literalHosts(s access.Scope) []string {
	var hosts []string
	for _, e := range s.Access {
		if host, ok := access.LiteralHost(e); ok {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// who fills in the name, the end and the engine.
func (a *approving) who(approval *store.Approval) error {
	if name := a.c.String("by"); name != "" {
		approval.By = name
	} else if approval.By == "" {
		approval.By = userName(a.s)
	}
	if approval.By == "" && a.c.Bool("dry-run") {
		approval.By = "nobody yet"
	}
	if approval.By == "" {
		return usagef("add --by NAME", "nobody says who approves: USER is not set")
	}
	if len(approval.By) > 200 || strings.IndexFunc(approval.By, unicode.IsControl) >= 0 || strings.TrimSpace(approval.By) == "" {
		return usagef("", "%q is no name of an approver: up to 200 characters in one line", approval.By)
	}
	if engine := a.c.String("engine"); engine != "" {
		if approval.Engine = engine; engine != store.Interpreter && engine != store.Compiler {
			return usagef("engines are interpreter and compiler", "--engine %q is no value for it", engine)
		}
	}
	return a.until(approval)
}

// until reads --expires. An approval that had an end gets none silently.
func (a *approving) until(approval *store.Approval) error {
	switch text := a.c.String("expires"); {
	case text == "never":
		approval.Expires = time.Time{}
	case text != "":
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t, err = time.Parse(time.RFC3339, text)
		}
		if err != nil {
			return usagef("", "--expires %q is no date like 2026-12-31, no time like 2026-12-31T18:00:00Z, and not never", text)
		}
		approval.Expires = t.UTC()
	case approval.Expires.IsZero() && a.base != nil && !a.base.Expires.IsZero():
		return usagef("say it with --expires DATE, or --expires never", "the approval that there is ends at %s, and nothing says when the new one does", rfc3339(a.base.Expires))
	}
	if !approval.Expires.IsZero() && !approval.Expires.After(a.now) {
		return usagef("", "the approval would end at %s, before it begins", rfc3339(approval.Expires))
	}
	return nil
}

// userName is user@machine; empty when the environment does not tell the user.
func userName(s *streams) string {
	user := s.env("USER")
	if user == "" {
		user = s.env("USERNAME")
	}
	if user == "" {
		return ""
	}
	if machine, err := os.Hostname(); err == nil {
		return user + "@" + machine
	}
	return user
}

// canAsk tells whether a person is there: standard input and standard error are
// terminals.
func canAsk(s *streams) bool {
	f, ok := s.stderr.(*os.File)
	return ok && asksOn(s) && term.IsTerminal(int(f.Fd()))
}

// question asks whether the access is approved, each host of the plugin's own by
// itself.
func (a *approving) question() (access.Scope, error) {
	asked := a.ask.Asked
	if a.base != nil {
		asked = a.base.Scope.Widened(a.ask.Asked)
	}
	page := &changeDocument{Action: "asks", ID: a.ask.Info.ID, Version: a.ask.Release.Version, Digest: a.ask.Release.Digest,
		Unsigned: a.ask.Release.Unsigned, Signers: a.ask.Release.Signers, Vet: a.ask.Release.Vet, Ignored: a.ask.Ignored, Notes: a.ask.Notes, NotApproved: newScopeDocument(asked)}
	if err := page.text(a.s.stderr); err != nil {
		return access.Scope{}, err
	}
	yes := func(text string) (bool, error) {
		fmt.Fprintf(a.s.stderr, "%s [y/N] ", text)
		answer, err := readAnswer(a.c.Context, a.s)
		return answer == "y" || answer == "yes", err
	}
	bound := len(asked.Settings)+len(asked.Secrets) > 0 || slices.ContainsFunc(asked.Access, func(e wire.Access) bool { _, literal := access.LiteralHost(e); return !literal })
	all := false
	var err error
	if bound {
		if all, err = yes("approve what it may reach and read by your settings?"); err != nil {
			return access.Scope{}, err
		}
	}
	agreed := map[string]bool{}
	for _, host := range literalHosts(asked) {
		if agreed[host], err = yes("approve the host " + host + ", which the plugin names itself?"); err != nil {
			return access.Scope{}, err
		}
	}
	part := approvedPart(asked, all, func(host string) bool { return agreed[host] })
	if part.Empty() {
		notice(a.s, "nothing was approved, so nothing was changed")
		return part, &codeError{code: exitDenied}
	}
	return part, nil
}
