package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
)

// retroSchema names the form of the JSON document of a retro-diagnosis.
const retroSchema = "stellaops.doctor.retro/v1"

// retroDocument is what another version of a plugin would have said, beside what
// was said.
type retroDocument struct {
	Schema string         `json:"schema"`
	Then   *report.Report `json:"then"`
	Now    *report.Report `json:"now"`
	// Changes are the checks whose verdict or calls differ.
	Changes []host.Change `json:"changes"`
}

// presentRetro writes a retro-diagnosis: both verdicts for people and in JSON,
// the new report in every other format. The exit code is that of the new one.
func presentRetro(show *shown, done *host.Replayed) error {
	doc := retroDocument{Schema: retroSchema, Then: show.selected(done.Then), Now: show.selected(done.Report), Changes: done.Changes}
	if doc.Changes == nil {
		doc.Changes = []host.Change{}
	}
	return show.writeWith(done.Report, func(writers map[string]writer) {
		text := writers["text"]
		writers["text"] = func(w io.Writer) error {
			if err := writeSideBySide(w, done); err != nil {
				return err
			}
			fmt.Fprint(w, "\nwhat it says now:\n\n")
			return text(w)
		}
		writers["json"] = func(w io.Writer) error { return report.WriteDocument(w, doc) }
	})
}

// writeSideBySide shows what was said of each check and what is said now.
func writeSideBySide(w io.Writer, done *host.Replayed) error {
	fmt.Fprintf(w, "recorded %s, judged again by another version\n\n", report.Escape(done.Then.StartedAt))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CHECK\tTHEN\tNOW\tCAUSE")
	for i := range done.Then.Results {
		then := &done.Then.Results[i]
		now := result(done.Report, then.Check)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", report.Escape(then.Check), said(then), said(now), causes(then, now))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, change := range done.Changes {
		for _, call := range change.NotMade {
			fmt.Fprintln(w, report.Escape(fmt.Sprintf("%s: it does not make the recorded call %s %s", change.Check, call.Method, call.URL)))
		}
		for _, call := range change.NotRecorded {
			fmt.Fprintln(w, report.Escape(fmt.Sprintf("%s: the recording does not hold its call %s %s", change.Check, call.Method, call.URL)))
		}
	}
	n := len(done.Changes)
	if n == 0 {
		fmt.Fprintln(w, "nothing changed")
	} else {
		fmt.Fprintf(w, "%s of %d changed\n", plural(n, "check"), len(done.Then.Results))
	}
	return nil
}

func result(rep *report.Report, check string) *report.Result {
	i := slices.IndexFunc(rep.Results, func(r report.Result) bool { return r.Check == check })
	if i < 0 {
		return nil
	}
	return &rep.Results[i]
}

// said is a verdict in one word, a dash where the version has no such check.
func said(r *report.Result) string {
	switch {
	case r == nil:
		return "-"
	case r.Severity == nil:
		return report.Escape(strings.ToUpper(r.Outcome))
	}
	return report.Escape(strings.ToUpper(string(*r.Severity)))
}

func causes(then, now *report.Result) string {
	name := func(r *report.Result) string {
		if r == nil || r.Cause == nil {
			return "none"
		}
		return report.Escape(*r.Cause)
	}
	if name(then) == name(now) {
		return name(then)
	}
	return name(then) + " -> " + name(now)
}
