package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// fixCommand works from a report, which anybody may have written. Nothing of it
// is ever executed: a dry run shows its steps, and --apply takes from it only
// which checks had a problem. It asks these checks again and runs the steps that
// the sealed plugin gives now, after the operator has seen them: on a terminal
// by a question, in a script because --yes agrees to what the dry run of the
// same report shows, but for values that only a server said, and to nothing else.
func fixCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "fix",
		Usage:     "show what would fix the problems of a report, and with --apply do it",
		ArgsUsage: "[check id…]",
		Description: "Without --apply nothing is run: the steps are shown, and what they would change in files. With --apply the checks are asked again, and the steps " +
			"that they give now are run after a question, those for a person, destructive ones and those with an open placeholder aside; then the checks " +
			"are asked once more, and the exit code is that of this last run. Files are replaced whole, and the old one is kept beside the new one as FILE.bak.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "from", Usage: "take the problems of the JSON report `FILE`, - for standard input"},
			&cli.StringSliceFlag{Name: "check", Usage: "fix only the check `ID`, or those of a quoted pattern; '!ID' leaves one out; repeatable"},
			&cli.StringSliceFlag{Name: "plugin", Aliases: []string{"p"}, Usage: "fix only the checks of plugin `ID`, or take the plugin file FILE.wasm too; repeatable"},
			&cli.BoolFlag{Name: "apply", Usage: "run the steps"},
			&cli.BoolFlag{Name: "yes", Usage: "with --apply, ask nothing: run what the dry run of this report shows, but for values that only a server said, or nothing"},
			&cli.StringSliceFlag{Name: "value", Usage: "put `NAME=VALUE` in place of the placeholder <NAME>, no secret; repeatable"},
			&cli.StringFlag{Name: "fail-on", Value: "fail", Usage: "with `warn`, warnings fail the exit code too"},
			runtimeFlag(),
			auditFlag(),
		}, settingsFlags(), outputFlags("text", "json"), logFlags(), gateFlags()),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			q, err := readFixRequest(s, c)
			if err != nil {
				return page{}, err
			}
			if q.apply {
				return applyFix(s, c, q)
			}
			return planFix(s, c, q)
		}),
	}
}

// fixRequest is what a command line asks of a fix.
type fixRequest struct {
	apply, yes      bool
	from            string // how messages call the report
	runtime, source string // as [chosenRuntime] returns them
	values          map[string]string
	opts            host.RunOptions
	out             *output // where its own document goes
	report          *report.Report
	problems        []report.Result // of the report, those that are to be fixed
}

func readFixRequest(s *streams, c *cli.Context) (q *fixRequest, err error) {
	q = &fixRequest{apply: c.Bool("apply"), yes: c.Bool("yes")}
	path := c.String("from")
	switch {
	case !c.IsSet("from"):
		return nil, usagef("write a report with `stella doctor run --format json=report.json` and name it: --from report.json", "fix needs --from")
	case q.yes && !q.apply:
		return nil, usagef("add --apply to run the steps", "--yes needs --apply")
	case q.apply && !q.yes && path == "-":
		return nil, usagef("name the report by its file, or add --yes", "nobody can be asked: standard input is the report")
	case q.apply && !q.yes && !asksOn(s):
		return nil, usagef("look at the dry run, then add --yes", "nobody can be asked: standard input is no terminal")
	}
	if q.values, err = placeholderValues(c.StringSlice("value")); err != nil {
		return nil, err
	}
	if q.runtime, q.source, err = chosenRuntime(s, c); err != nil {
		return nil, err
	}
	if q.apply && q.runtime == "" {
		return nil, usagef("name it: --runtime "+strings.Join(runtimeNames()[:3], ", ")+"; a pod, a compose file in this folder and /etc/stellaops are looked for",
			"it takes one runtime to apply a fix")
	}
	if q.out, err = newOutput(s, c, []string{"text", "json"}); err != nil {
		return nil, err
	}
	if err := checkFixAudit(c, q); err != nil {
		return nil, err
	}
	if q.opts, err = fixOptions(s, c); err != nil {
		return nil, err
	}
	if q.report, err = readReport(s, c, path); err != nil {
		return nil, err
	}
	q.from = "the report " + inputName(path)
	if err := q.choose(append(c.StringSlice("check"), c.Args().Slice()...), c.StringSlice("plugin")); err != nil {
		return nil, err
	}
	q.tell(s)
	return q, q.checkValueNames()
}

// checkFixAudit is checkAudit for a fix, which sends nothing before it is applied.
func checkFixAudit(c *cli.Context, q *fixRequest) error {
	if c.IsSet("audit") && !q.apply {
		return usagef("add --apply, or leave --audit out", "--audit says nothing without --apply: a dry run sends no request")
	}
	return checkAudit(c, q.out, nil)
}

func fixOptions(s *streams, c *cli.Context) (host.RunOptions, error) {
	opts, err := gateOptions(s, c)
	if err != nil {
		return opts, err
	}
	opts.FailOn = wire.Severity(c.String("fail-on"))
	for _, f := range c.StringSlice("config") {
		opts.VerifyFlags = append(opts.VerifyFlags, "--config", f)
	}
	return opts, checkFailOn(opts.FailOn)
}

// asksOn reports whether there is somebody to ask.
func asksOn(s *streams) bool {
	f, ok := s.stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// placeholderValues reads the values of --value.
func placeholderValues(flags []string) (map[string]string, error) {
	const hint = "write --value NAME=VALUE for the placeholder <NAME>"
	values := map[string]string{}
	for _, text := range flags {
		name, value, found := strings.Cut(text, "=")
		switch {
		case !found:
			return nil, usagef(hint, "--value: there is no = after the name")
		case !fix.IsName(name):
			return nil, usagef(hint, "--value: %q is no name of a placeholder", name)
		case values[name] != "":
			return nil, usagef("", "--value %s stands there twice", name)
		}
		if problem := fix.ValueProblem(value); problem != "" {
			return nil, usagef("", "--value %s: %s", name, problem)
		}
		values[name] = value
	}
	return values, nil
}

// choose takes the problems of the report that the patterns and plugins name:
// warnings and failures that nobody waived, and by its id whatever has a remedy.
func (q *fixRequest) choose(patterns, plugins []string) error {
	want, err := newChooser(patterns)
	if err != nil {
		return err
	}
	_, ids := splitPlugins(plugins)
	known := map[string]bool{}
	for _, r := range q.report.Results {
		known[r.Check] = true
		byID := want.ids[r.Check]
		problem := isProblem(&r) && r.Waiver == nil
		ofPlugin := len(ids) == 0 || slices.Contains(ids, r.Plugin.ID) || slices.Contains(ids, strings.TrimPrefix(r.Plugin.ID, "stellaops.doctor."))
		if want.takes(r.Check) && ofPlugin && (problem || byID && r.Remediation != nil) {
			q.problems = append(q.problems, r)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want.ids)) {
		if !known[id] {
			hint := "run it, and write a report of that"
			if near := host.Nearest(id, slices.Sorted(maps.Keys(known))); len(near) > 0 {
				hint = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return usagef(hint, "%s has no result of check %s", q.from, id)
		}
	}
	return nil
}

// tell says what is not fixed, and why.
func (q *fixRequest) tell(s *streams) {
	unjudged, waived := 0, 0
	for i := range q.report.Results {
		r := &q.report.Results[i]
		if r.Severity == nil {
			unjudged++
		} else if r.Waiver != nil {
			waived++
		}
	}
	if unjudged > 0 {
		notice(s, plural(unjudged, "check")+" could not be judged: a report tells what to grant or change, and there is nothing to fix yet")
	}
	if waived > 0 {
		notice(s, q.from+" has "+plural(waived, "waived problem")+": name the check to fix it all the same")
	}
	if !q.report.Complete() {
		notice(s, fmt.Sprintf("%s holds %d of the %d results of its run (--severity)", q.from, len(q.report.Results), q.report.Summary.Total()))
	}
}

// checkValueNames refuses values that no step has a place for: a mistyped name
// would leave a placeholder open.
func (q *fixRequest) checkValueNames() error {
	known, steps := map[string]bool{}, 0
	for _, r := range q.problems {
		if r.Remediation == nil {
			continue
		}
		for i := range r.Remediation.Steps {
			steps++
			for _, name := range fix.Placeholders(&r.Remediation.Steps[i]) {
				known[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if known[name] || steps == 0 {
			continue
		}
		hint := ""
		names := slices.Sorted(maps.Keys(known))
		if near := host.Nearest(name, names); len(near) > 0 {
			hint = "did you mean " + strings.Join(near, " or ") + "?"
		} else if len(names) > 0 {
			hint = "placeholders are " + strings.Join(names, ", ")
		}
		return usagef(hint, "--value %s: no step of the fix has the placeholder <%s>", name, name)
	}
	return nil
}

// chooser takes checks by what was named on the command line, as a selection of
// a run does.
type chooser struct {
	ids, notIDs    map[string]bool
	globs, notGlob []glob.Pattern
}

func newChooser(patterns []string) (*chooser, error) {
	c := &chooser{ids: map[string]bool{}, notIDs: map[string]bool{}}
	for _, text := range patterns {
		id, not := strings.CutPrefix(text, "!")
		if !glob.IsPattern(id) {
			if not {
				c.notIDs[id] = true
			} else {
				c.ids[id] = true
			}
			continue
		}
		p, err := glob.Compile(id, '.')
		if err != nil {
			return nil, &host.PatternError{Err: err}
		}
		if not {
			c.notGlob = append(c.notGlob, p)
		} else {
			c.globs = append(c.globs, p)
		}
	}
	return c, nil
}

func (c *chooser) takes(id string) bool {
	matches := func(p glob.Pattern) bool { return p.Match(id) }
	switch {
	case c.notIDs[id], slices.ContainsFunc(c.notGlob, matches):
		return false
	case len(c.ids)+len(c.globs) == 0, c.ids[id]:
		return true
	}
	return slices.ContainsFunc(c.globs, matches)
}

// plan makes the plan for one problem on one runtime.
func (q *fixRequest) plan(r *report.Result, runtime string, evident bool) (*fix.Plan, error) {
	var steps []wire.Step
	if r.Remediation != nil {
		steps = r.Remediation.Steps
	}
	p, err := fix.New(fix.Request{Check: r.Check, Runtime: runtime, Steps: steps, Evidence: r.Evidence, Values: q.values, Evident: evident})
	if err != nil {
		return nil, usagef("", "%v", err)
	}
	return p, nil
}

// planFix is the dry run: it shows the steps of the report and runs none.
func planFix(s *streams, c *cli.Context, q *fixRequest) (page, error) {
	h, err := openHost(s, c)
	if err != nil {
		return page{}, err
	}
	defer h.Close()
	doc := newFixDocument(q)
	preview := &previewer{s: s, host: h}
	for i := range q.problems {
		r := &q.problems[i]
		if _, err := h.Check(r.Check); err != nil {
			notice(s, "no plugin here has the check "+r.Check+": its fix is shown and cannot be applied")
		}
		p := newFixProblem(r)
		if isProblem(r) && r.Remediation == nil {
			// A check gives a remedy with every problem: it was left out of the report.
			p.Note = q.from + " was written without remediation (--no-remediation): write one with it, or let --apply ask the check for its steps"
			doc.Problems = append(doc.Problems, p)
			continue
		}
		for _, runtime := range q.shownRuntimes(r) {
			plan, err := q.plan(r, runtime, true)
			if err != nil {
				return page{}, err
			}
			agreed, err := q.plan(r, runtime, false)
			if err != nil {
				return page{}, err
			}
			shown := preview.show(c.Context, plan)
			shown.asked = plan.Actions() - agreed.Actions()
			p.Plans = append(p.Plans, shown)
		}
		doc.Problems = append(doc.Problems, p)
	}
	return doc.page(), nil
}

// shownRuntimes are the runtimes whose plans a dry run shows.
func (q *fixRequest) shownRuntimes(r *report.Result) []string {
	if q.runtime != "" {
		return []string{q.runtime}
	}
	var shown []string
	for _, name := range runtimeNames()[:3] {
		if r.Remediation != nil && slices.ContainsFunc(r.Remediation.Steps, func(s wire.Step) bool { return s.Runtime == name }) {
			shown = append(shown, name)
		}
	}
	if len(shown) == 0 {
		return []string{wire.RuntimeAny}
	}
	return shown
}
