package main

import (
	"fmt"
	"io"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
)

func (d planDocument) markdown(w io.Writer) error {
	fmt.Fprintf(w, "# Plan of a run\n\n%s.\n\n", mdText(d.summary()))
	if d.Refusal != nil {
		fmt.Fprintf(w, "The run would be refused with exit code %d: %s.\n\n", *d.ExitCode, mdText(d.Refused))
	}
	fmt.Fprintf(w, "Network: %s.\n", mdText(networkText(d.Network)))
	for _, n := range d.Notes {
		fmt.Fprintf(w, "\n> %s\n", mdText(n.Text))
	}
	for _, c := range d.Checks {
		writePlannedMarkdown(w, c)
	}
	return nil
}

func writePlannedMarkdown(w io.Writer, c host.PlannedCheck) {
	item := func(text string) { fmt.Fprintf(w, "- %s\n", text) }
	fmt.Fprintf(w, "\n## %s: %s\n\n%s\n\n", mdText(c.Check), decisionLabel(c), mdText(c.Question))
	if c.Why != "" {
		item(mdText(whyText(c)))
	}
	for _, id := range c.After {
		item("after " + mdCode(id))
	}
	for _, k := range c.KeysTried {
		item("tried " + mdCode(k.Key) + ", in the environment " + mdCode(k.Environment))
	}
	if c.Decision == host.DecisionRun {
		item("budget: " + budgetText(c))
	}
	item("plugin " + mdCode(c.Plugin.ID) + " " + report.MarkdownText(c.Plugin.Version) + " " + mdCode(c.Plugin.Digest))
	for _, m := range c.Missing {
		item("not set: " + mdText(missingText(m)))
	}
	if len(c.Settings) > 0 {
		fmt.Fprintln(w)
		mdHead(w, "setting", "value", "origin")
		for _, v := range c.Settings {
			mdRow(w, mdCode(v.Key), mdCode(v.Value), mdText(v.Origin))
		}
	}
	if len(c.Requests) > 0 {
		fmt.Fprintln(w)
		mdHead(w, "request", "terms", "reason")
		for _, r := range c.Requests {
			mdRow(w, mdCode(requestText(r)), mdText(termsText(r)), mdText(r.Reason))
		}
	}
}
