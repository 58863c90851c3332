package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// markdown is the page of a check as Markdown, with the steps of one runtime or
// of all.
func (e *explanation) markdown(runtime string) writer {
	return func(w io.Writer) error {
		fmt.Fprintf(w, "# %s\n\n%s: %s\n", mdText(e.ID), mdText(e.Name), mdText(e.Description))
		var rows [][]string
		for _, f := range e.facts() {
			rows = append(rows, []string{mdText(f.name), mdText(f.text)})
		}
		mdTable(w, []string{"in short", ""}, rows)
		mdPart(w, "Deprecated", e.deprecation())
		if x := e.Explain; x != nil {
			mdPart(w, "What it does", x.What)
			mdPart(w, "Why it matters", x.Why)
		}
		e.mdSettings(w)
		e.mdAccess(w)
		if x := e.Explain; x != nil {
			mdVerdicts(w, x)
			mdTruth(w, e.Truth)
			mdList(w, "\n## Fixes\n", x.Fixes)
			mdSteps(w, x.Steps, runtime)
		}
		e.mdOthers(w)
		return nil
	}
}

func mdPart(w io.Writer, title, text string) {
	if text != "" {
		fmt.Fprintf(w, "\n## %s\n\n%s\n", title, mdText(text))
	}
}

func mdList(w io.Writer, title string, texts []string) {
	if len(texts) == 0 {
		return
	}
	fmt.Fprintln(w, title)
	for _, text := range texts {
		fmt.Fprintf(w, "- %s\n", mdText(text))
	}
}

func (e *explanation) mdSettings(w io.Writer) {
	if len(e.Settings) == 0 {
		return
	}
	var rows [][]string
	for i := range e.Settings {
		set := &e.Settings[i]
		var names []string
		for _, n := range settingNames(set) {
			names = append(names, mdCode(n))
		}
		about := mdText(settingKind(set))
		if set.Description != "" {
			about += ". " + mdText(set.Description)
		}
		values := e.valuesOf(set.Key)
		if len(values) == 0 {
			rows = append(rows, []string{strings.Join(names, ", "), "", "unset", about})
		}
		for _, v := range values {
			name := strings.Join(names, ", ")
			if v.Key != set.Key {
				name = mdCode(v.Key)
			}
			rows = append(rows, []string{name, mdCode(v.Value), mdText(v.Origin), about})
		}
	}
	fmt.Fprintln(w, "\n## Settings")
	mdTable(w, []string{"key", "value", "from", "meaning"}, rows)
}

func (e *explanation) mdAccess(w io.Writer) {
	if len(e.Access) == 0 {
		return
	}
	var rows [][]string
	for i := range e.Access {
		a := &e.Access[i]
		rows = append(rows, []string{mdCode(accessTarget(a)), mdText(a.Reason), mdText(strings.Join(accessLimits(a), "; "))})
	}
	fmt.Fprintln(w, "\n## It asks to reach")
	mdTable(w, []string{"what", "why", "how"}, rows)
}

func mdVerdicts(w io.Writer, x *wire.Explain) {
	if len(x.Verdicts) > 0 {
		fmt.Fprintln(w, "\n## Verdicts\n\nThe first row that matches.")
		var rows [][]string
		for _, v := range x.Verdicts {
			rows = append(rows, []string{mdText(string(v.Severity)), mdText(v.When), mdCode(v.Cause)})
		}
		mdTable(w, []string{"verdict", "when", "cause"}, rows)
	}
	if len(x.Causes) > 0 {
		fmt.Fprintln(w, "\n## Causes")
		var rows [][]string
		for _, c := range x.Causes {
			rows = append(rows, []string{mdCode(c.ID), mdText(c.Text)})
		}
		mdTable(w, []string{"cause", "meaning"}, rows)
	}
}

func mdSteps(w io.Writer, steps []wire.Step, chosen string) {
	for _, g := range report.StepGroups(steps, chosen) {
		fmt.Fprintf(w, "\n## %s\n", "The"+strings.TrimPrefix(usualChange(g), "the"))
		for _, s := range g.Steps {
			number, rest, _ := strings.Cut(stepTitle(s), " ")
			fmt.Fprintf(w, "\n%s %s\n", number, mdText(rest))
			if s.Command != "" {
				fmt.Fprintln(w)
				mdBlock(w, len(number)+1, "sh", s.Command)
			}
			for _, f := range stepNotes(s) {
				fmt.Fprintf(w, "\n%*s%s: %s\n", len(number)+1, "", f.name, mdText(f.text))
			}
		}
	}
}

func (e *explanation) mdOthers(w io.Writer) {
	var depends, related []string
	for _, id := range e.DependsOn {
		depends = append(depends, id+e.presence(id))
	}
	for _, r := range e.Related {
		related = append(related, r.ID+": "+r.Reason+e.presence(r.ID))
	}
	mdList(w, "\n## Makes sense once these pass\n", depends)
	mdList(w, "\n## Related checks\n", related)
}

// markdown is the page of a cause as Markdown.
func (e causeExplanation) markdown(w io.Writer) error {
	fmt.Fprintf(w, "# %s\n\nA cause that %s may report.\n", mdText(e.Cause), plural(len(e.Checks), "check"))
	for _, c := range e.Checks {
		fmt.Fprintf(w, "\n## %s\n\n%s: %s\n", mdText(c.Check), mdText(c.Name), mdText(c.Text))
		if len(c.Verdicts) > 0 {
			var rows [][]string
			for _, v := range c.Verdicts {
				rows = append(rows, []string{mdText(string(v.Severity)), mdText(v.When)})
			}
			mdTable(w, []string{"verdict", "when"}, rows)
		}
		mdList(w, "\nFixes of this check:\n", c.Fixes)
		fmt.Fprintf(w, "\nSteps: %s\n", mdCode(c.Explain))
	}
	return nil
}
