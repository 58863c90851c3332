package vet

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/sdk/wire"
)

// What the forms for people say alike.
const (
	whatReached = "Reached is what the check was made to send in this vetting: by scripted answers and by adversaries in memory, with invented settings. It is not all that the check could send; that is bounded by its access, which the host enforces in every run."
	whatCanary  = "Each secret setting held a canary, a text that stands nowhere else; it was looked for as it stands, in hex, in base64 at any offset, and escaped for addresses, JSON and HTML, in every request, result, log and answer; in requests, results and logs also ten characters of it in a row, in either case, backwards, and with anything but letters and digits between them. A secret that is enciphered, or given away in smaller pieces, is not found."
	whatNetwork = "Nothing was sent: no network exists for a vetting."
	whatSeed    = "Randomness is the same in every run, there as here: no seed was varied."
)

// networkText says where and how the plugin ran.
func networkText(r *Report) string {
	runs := 0
	for _, c := range r.Checks {
		runs += c.Runs
	}
	switch {
	case runs == 0:
		return whatNetwork + " No check was run."
	case len(r.Tool.Ran) == 0: // a report that does not tell
		return whatNetwork + " The plugin ran in worker processes. " + whatSeed
	}
	return whatNetwork + " The plugin ran in worker processes, " + strings.Join(r.Tool.Ran, " and ") + ". " + whatSeed
}

// tally is "2 errors", "1 note".
func tally(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// heading is the verdict in one line.
func heading(r *Report) string {
	var parts []string
	for _, level := range []string{Error, Warning, Note} {
		n := 0
		for _, f := range r.Findings {
			if f.Level == level {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, tally(n, level))
		}
	}
	text := r.Verdict + ": nothing was found"
	if len(parts) > 0 {
		text = r.Verdict + ": " + strings.Join(parts, ", ")
	}
	if n := len(r.Policy.Lowered); n > 0 {
		text += "; the policy lowers " + tally(n, "rule")
	}
	return text
}

// loweredText tells which rules a policy lowers; empty for none.
func loweredText(r *Report) string {
	var all []string
	for _, l := range r.Policy.Lowered {
		to := "only a " + l.To
		if l.To == Off {
			to = "off"
		}
		all = append(all, l.Rule+" is "+to+" instead of "+l.From)
	}
	return strings.Join(all, ", ")
}

// fact is a line of a list of facts.
type fact struct{ name, value string }

func facts(r *Report) []fact {
	all := []fact{
		{"plugin", r.Subject.ID + " " + r.Subject.Version},
		{"sha256", r.Subject.SHA256}, {"sha512", r.Subject.SHA512}, {"bytes", fmt.Sprint(r.Subject.Bytes)},
		{"policy", r.Policy.Name + ", sha256 " + r.Policy.SHA256},
		{"program", "stella " + r.Tool.Version + ", " + r.Tool.Engine},
		{"catalogue", r.Tool.Catalogue},
	}
	add := func(name, value string) {
		if value != "" {
			all = append(all, fact{name, value})
		}
	}
	add("the policy lowers", loweredText(r))
	add("date", r.Date)
	if n := len(r.Tool.Cases); n > 0 {
		add("cases", tally(n, "case")+" of the author's")
	}
	if len(r.Facts.Toolchain) > 0 {
		add("made with", strings.Join(r.Facts.Toolchain, ", ")+": the file says so")
	}
	if n := len(r.Facts.Dependencies); r.Facts.ModulesTold {
		add("built from", tally(n, "module")+": the file says so")
	} else {
		add("built from", "it does not tell which modules")
	}
	add("signed by", signedText(&r.Facts))
	if r.Facts.SBOM {
		add("bill of materials", sbomText(r.Facts.SBOMBy))
	}
	add("imports", importsText(r.Facts.Imports))
	add("literal hosts", strings.Join(r.Facts.LiteralHosts, ", "))
	return all
}

// signedText says who signed the file, or why nobody counts.
func signedText(f *Facts) string {
	switch {
	case len(f.Signers) > 0:
		return strings.Join(f.Signers, ", ")
	case f.Unsigned != "":
		return "nobody who counts here: " + f.Unsigned
	}
	return "nobody who counts here"
}

// importsText names the imports by which a plugin reaches anything, and counts those
// of its runtime, which every plugin has.
func importsText(imports []string) string {
	var named []string
	runtime := 0
	for _, i := range imports {
		if strings.HasPrefix(i, "extism:host/env ") || strings.HasPrefix(i, "wasi_snapshot_preview1 ") {
			runtime++
			continue
		}
		named = append(named, i)
	}
	if runtime > 0 {
		named = append(named, fmt.Sprintf("%d of its runtime", runtime))
	}
	return strings.Join(named, ", ")
}

// sbomText tells a bill that is known from the build from one that was read out of
// the file again, which knows nothing that the file does not tell.
func sbomText(by []string) string {
	text := "came with the file"
	if len(by) > 0 {
		text += ", made by " + strings.Join(by, ", ")
	}
	if slices.ContainsFunc(by, func(tool string) bool { return strings.HasPrefix(tool, "stella doctor") }) {
		text += ", which read it out of the file"
	}
	return text
}

// requestText is one request in one line.
func requestText(q Request) string {
	text := q.Method + " " + q.Target + q.Path
	switch {
	case q.Credential != "":
		text += fmt.Sprintf(", with %s as %s", q.Credential, q.Scheme)
	case q.Scheme != "":
		text += ", with " + q.Scheme
	}
	if len(q.Headers) > 0 {
		text += ", sets " + strings.Join(q.Headers, ", ")
	}
	if q.BodyBytes > 0 {
		text += fmt.Sprintf(", sends up to %s", tally(int(q.BodyBytes), "byte"))
	}
	switch q.Purpose {
	case report.PurposeTokenExchange:
		text += " (sent by the host, for a token)"
	case report.PurposeRepeat:
		text += " (sent by the host, again with the token)"
	case report.PurposeUndo:
		text += " (sent by the host, to take back)"
	case "":
	default:
		text += " (sent by the host)"
	}
	return text
}

// unusedText are the parts of the access and the settings that were not used; none
// where that is not known.
func unusedText(c *Check) []string {
	if c.CutShort {
		return nil
	}
	var all []string
	for _, a := range c.Access {
		switch {
		case a.Reached == 0:
			all = append(all, a.Text)
			continue
		case len(a.Unused) > 0:
			all = append(all, strings.Join(a.Unused, ", ")+" of "+a.Text)
		}
		if a.Below != "" {
			all = append(all, "all but "+a.Below+" of "+a.Text)
		}
	}
	for _, s := range c.Settings {
		if !s.Effect {
			all = append(all, "setting "+s.Key)
		}
	}
	return all
}

// summary is one check in a line of the first page.
type summary struct{ id, class, verdicts, reached, unused string }

func summaries(r *Report) []summary {
	var all []summary
	for i := range r.Checks {
		c := &r.Checks[i]
		s := summary{id: c.ID, class: c.Class, verdicts: strings.Join(verdictsOf(c), ", "), reached: tally(len(c.Requests), "request"), unused: "nothing"}
		secrets := map[string]bool{}
		for _, q := range c.Requests {
			if q.Credential != "" {
				secrets[q.Credential] = true
			}
		}
		if len(secrets) > 0 {
			s.reached += ", with " + tally(len(secrets), "secret")
		}
		if n := len(unusedText(c)); n > 0 {
			s.unused = tally(n, "part")
		} else if c.CutShort {
			s.unused = "is not known"
		}
		all = append(all, s)
	}
	return all
}

// verdictsOf are the verdicts that a check was seen to reach, the best first.
func verdictsOf(c *Check) []string {
	seen := map[string]bool{}
	see := func(verdict string) {
		if verdict != truth.Unjudged {
			verdict, _, _ = strings.Cut(verdict, " ") // the reason of a skip
		}
		seen[verdict] = true
	}
	for _, t := range c.Table {
		for _, row := range t.Rows {
			see(row.Verdict)
		}
	}
	for _, e := range c.Adversaries {
		see(e.Verdict)
	}
	var all []string
	for _, s := range []wire.Severity{wire.Pass, wire.Info, wire.Warn, wire.Fail, wire.Skip, truth.Unjudged} {
		if seen[string(s)] {
			all = append(all, string(s))
		}
	}
	return all
}

// verdictText is a verdict with its cause.
func verdictText(verdict, cause string) string {
	if cause == "" {
		return verdict
	}
	return verdict + " " + cause
}

// group are the adversaries of one verdict.
type group struct {
	verdict     string
	adversaries []string
}

func groups(c *Check) []group {
	var all []group
next:
	for _, e := range c.Adversaries {
		text := verdictText(e.Verdict, e.Cause)
		for i := range all {
			if all[i].verdict == text {
				all[i].adversaries = append(all[i].adversaries, e.Adversary)
				continue next
			}
		}
		all = append(all, group{text, []string{e.Adversary}})
	}
	return all
}

// findingText is the sentence of a finding with what it is about.
func findingText(f Finding) string {
	if f.Check == "" {
		return f.Text
	}
	return f.Check + " " + f.Text
}

// seenText says where a finding was seen; empty where nothing was run for it.
func seenText(f Finding) string {
	switch {
	case f.Scenario == "":
		return ""
	case f.Seen > 1:
		return fmt.Sprintf("in %d runs, first with %s", f.Seen, f.Scenario)
	}
	return "with " + f.Scenario
}

// WriteJSON writes the report as it travels beside the plugin.
func WriteJSON(w io.Writer, r *Report) error { return report.WriteDocument(w, r) }

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
