package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// vetForms are the formats of a vetting, the default first; json is added.
var vetForms = []string{"text", "markdown", "sarif", "html"}

func pluginVetCommand(s *streams) *cli.Command {
	print := document(s, vetForms, func(c *cli.Context) (page, error) { return vetFile(s, c) })
	return &cli.Command{
		Name:      "vet",
		Usage:     "run a plugin file against scripted and hostile services, without any network, and judge it by a policy",
		ArgsUsage: "FILE",
		Description: "Runs every check in worker processes on invented settings with canaries for secrets, and reports every request that it was made to send. " +
			"Exits 0 when the policy lets the plugin pass, and 3 when not. " +
			"FILE.vet.json (--format json=FILE.vet.json) travels with the plugin; the Markdown and HTML forms are for a change board to sign.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "policy", DefaultText: "the built-in policy", Usage: "judge by the policy in `FILE`"},
			&cli.BoolFlag{Name: "print-policy", Usage: "print the built-in policy, to begin with, and do nothing else"},
			&cli.StringSliceFlag{Name: "cases", Usage: "follow the author's cases in `FILE`, or in a directory and those below, deeper into the checks; repeatable"},
			&cli.StringSliceFlag{Name: "check", Usage: "vet the check `ID` alone; repeatable, and the report says so"},
			&cli.BoolFlag{Name: "every-status", Usage: "answer with every status from 100 to 599, which takes minutes"},
			&cli.DurationFlag{Name: "timeout", Aliases: []string{"t"}, Value: vetTime, DefaultText: "10m", Usage: "end after `DURATION`; the report says what was not tried, which fails it"},
			besideFlag(), trustFlag(), nowFlag("none in the document, the clock for signatures", "judge signatures as of `TIME` (RFC 3339, or a day), and date the document so"),
		}, outputFlags("text", "json", "markdown", "sarif", "html")),
		Action: func(c *cli.Context) error {
			if c.Bool("print-policy") {
				if _, err := exactArgs(c); err != nil {
					return err
				}
				_, err := s.stdout.Write(vet.DefaultPolicyText())
				return stdoutError(err)
			}
			if err := formatByName(c, artifact.Vet, "json"); err != nil {
				return err
			}
			return print(c)
		},
	}
}

// vetTime is what a vetting may take unless the command line says otherwise.
const vetTime = 10 * time.Minute

func vetFile(s *streams, c *cli.Context) (page, error) {
	args, err := exactArgs(c, "FILE")
	if err != nil {
		return page{}, err
	}
	path := args[0]
	progress := &vetProgress{out: s.stderr}
	opts := host.VetOptions{Checks: c.StringSlice("check"), EveryStatus: c.Bool("every-status"), Progress: progress.tell}
	if opts.Time = c.Duration("timeout"); opts.Time <= 0 {
		return page{}, usagef("name more than nothing: --timeout 10m", "--timeout %v is no time to vet in", opts.Time)
	}
	if opts.Policy, err = readPolicy(s, c); err != nil {
		return page{}, err
	}
	if opts.Cases, err = readVetCases(c.StringSlice("cases")); err != nil {
		return page{}, err
	}
	a, err := readArtifact(path)
	if err != nil {
		return page{}, err
	}
	f, err := plugin.Open(a.Plugin)
	if err != nil {
		return page{}, fmt.Errorf("plugin file %s: %w", path, err)
	}
	opts.Attached = a.Attached
	if err := believe(s, c, a, f, &opts); err != nil {
		return page{}, err
	}
	rep, err := host.Vet(c.Context, host.Config{Version: version(), Environ: s.environ}, a.Plugin, opts)
	if err != nil {
		var unknown *host.UnknownError
		if errors.As(err, &unknown) {
			unknown.File = path
		}
		if c.Context.Err() != nil {
			notice(s, "the vetting was interrupted, and there is no report")
		}
		return page{}, fmt.Errorf("plugin file %s: %w", path, err)
	}
	progress.end()
	p := page{value: rep}
	if rep.Verdict != vet.Passed {
		p.code = exitDenied
	}
	p.forms = vetWriters(rep, path, p.code)
	return p, nil
}

// vetWriters are the renderers of a vetting, but for JSON.
func vetWriters(rep *vet.Report, path string, code int) map[string]writer {
	of := func(write func(io.Writer, *vet.Report) error) writer {
		return func(w io.Writer) error { return write(w, rep) }
	}
	return map[string]writer{
		"text":     of(vet.WriteText),
		"markdown": of(vet.WriteMarkdown),
		"html":     of(vet.WriteHTML),
		"sarif":    func(w io.Writer) error { return vet.WriteSARIF(w, rep, path, code) },
	}
}

// believe verifies the signatures beside the file. That nobody is believed is for
// the policy.
func believe(s *streams, c *cli.Context, a *artifact.Artifact, f *plugin.File, opts *host.VetOptions) error {
	given, err := givenNow(c)
	if err != nil {
		return err
	}
	now := given
	if given.IsZero() {
		now = time.Now().UTC()
	} else {
		opts.Date = rfc3339(given)
	}
	ring, err := readRing(s, c)
	if err != nil {
		return err
	}
	verified, err := ring.Verify(trust.SubjectOf(a.Plugin, &f.Info), a.Of(artifact.Signature), now)
	var refusal *trust.Refusal
	switch {
	case errors.As(err, &refusal):
		opts.Unsigned = refusal.Text
		if refusal.Rule == trust.RuleRevokedFile || refusal.Rule == trust.RuleRevoked {
			opts.Revoked = refusal.Text
		}
	case err != nil:
		return err
	default:
		for _, signer := range verified.Signers {
			opts.Signers = append(opts.Signers, signer.Name)
		}
	}
	return nil
}

// vetProgress tells on standard error which checks were vetted.
type vetProgress struct {
	out   io.Writer
	of    string // the plugin, where there are several
	check string // the one under way
	runs  int
}

func (p *vetProgress) tell(check string, runs int) {
	if check != p.check {
		p.end()
	}
	p.check, p.runs = check, runs
}

// end tells of the last one.
func (p *vetProgress) end() {
	if p.check != "" {
		text := "vetted " + p.check
		if p.of != "" {
			text += " of " + p.of
		}
		fmt.Fprintf(p.out, "%s, %s\n", report.Escape(text), plural(p.runs, "run"))
	}
}

// maxPolicyFile bounds what is read of a policy; the parser has a bound of its own.
const maxPolicyFile = 1 << 20

func readPolicy(s *streams, c *cli.Context) (*vet.Policy, error) {
	if !c.IsSet("policy") {
		return vet.DefaultPolicy(), nil
	}
	path := c.String("policy")
	data, err := readInput(c.Context, s, path, maxPolicyFile)
	if err != nil {
		if c.Context.Err() != nil {
			return nil, err
		}
		return nil, usagef(policyHint, "policy %s: %v", inputName(path), err)
	}
	return vet.ParsePolicy(data, inputName(path))
}

const policyHint = "stella doctor plugin vet --print-policy prints one to begin with"

// maxVetCases bounds how many cases are read.
const maxVetCases = 4000

// readVetCases reads cases from files, and from directories and those below.
func readVetCases(paths []string) ([]host.VetCase, error) {
	var files []string
	for _, path := range paths {
		st, err := os.Stat(path)
		if err != nil {
			return nil, usagef("", "case %s: %v", path, cause(err))
		}
		if !st.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := casesBelow(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) > maxVetCases {
		return nil, usagef("name fewer with --cases", "there are %d cases, at most %d are read", len(files), maxVetCases)
	}
	var all []host.VetCase
	for _, path := range files {
		data, err := readCase(path)
		if err != nil {
			return nil, usagef("", "case %s: %v", path, cause(err))
		}
		parsed, err := exchange.ParseCase(data)
		if err != nil {
			return nil, usagef("", "case %s: %v", path, err)
		}
		sum := sha256.Sum256(data)
		all = append(all, host.VetCase{Name: filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path), Digest: "sha256:" + hex.EncodeToString(sum[:]), Case: *parsed})
	}
	return all, nil
}

// casesBelow finds the cases in a directory and those below, sorted.
func casesBelow(dir string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, ".txtar") {
			found = append(found, path)
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = errors.New("no .txtar file is in it")
	}
	if err != nil {
		return nil, usagef("", "cases in %s: %v", dir, cause(err))
	}
	slices.Sort(found)
	return found, nil
}
