package host

import (
	"crypto/sha256"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// ran is what came of a trial.
type ran struct {
	trial  *trial
	result report.Result
	// output is the digest of the guest's document as it came, with the nonce taken
	// out: documents may be large, and runs are many.
	output [sha256.Size]byte
	// heard is the digest of all that the guest was answered.
	heard [sha256.Size]byte
	asked []asked
	// denied are the calls that authorize refused; hits the canaries that turned up.
	denied []denial
	hits   []hit
	// strays are calls that left in spite of the access: faults of the host.
	strays []string
	// hosts are those that the check may ask.
	hosts []string
}

// denial is a call that authorize refused, with the lures that answers had named by
// then.
type denial struct {
	report.Request
	named []string
}

// hit is a canary that turned up.
type hit struct{ rule, setting, form, place string }

// verdict is what stands in a table for the run.
func (r *ran) verdict() truth.Row {
	if r.result.Outcome != report.Judged && r.result.Outcome != report.Denied {
		return truth.Row{Verdict: r.result.Outcome}
	}
	if r.result.Severity == nil {
		return truth.Row{Verdict: truth.Unjudged}
	}
	row := truth.Row{Verdict: string(*r.result.Severity)}
	if r.result.SkipReason != nil {
		row.Verdict += " " + *r.result.SkipReason
	}
	if r.result.Cause != nil {
		row.Cause = *r.result.Cause
	}
	return row
}

// requests are the kinds of requests that were sent, in their order.
func (r *ran) requests() string {
	var all []string
	for _, a := range r.asked {
		all = append(all, a.key())
	}
	return strings.Join(all, "\n")
}

// made tells whether a kind of request was sent.
func (r *ran) made(a asked) bool {
	return slices.ContainsFunc(r.asked, func(other asked) bool { return other.key() == a.key() })
}

// behaviour is all that a run did, but for the words of the result.
func (r *ran) behaviour() string {
	v := r.verdict()
	return v.Verdict + " " + v.Cause + "\n" + r.requests()
}

// read takes in what the run left behind, before anything is taken out of it. The
// sandbox waits for a host function only so long: one that is late writes beside it.
func (r *ran) read(rec *recorder, out sandbox.Result, req *wire.Request) {
	rec.mu.Lock()
	r.asked, r.denied, r.hits, r.strays, r.heard = slices.Clone(rec.asked), slices.Clone(rec.denials), slices.Clone(rec.hits), slices.Clone(rec.strays), rec.heard
	rec.mu.Unlock()
	r.output = sha256.Sum256([]byte(strings.ReplaceAll(string(out.Output), req.Nonce, "NONCE")))
	var doc wire.Result
	if wire.Unmarshal(out.Output, &doc) != nil {
		doc = wire.Result{}
	}
	for _, c := range rec.canaries {
		search := func(rule, place, text string) bool {
			form := c.Find(text)
			if form != "" {
				r.hits = append(r.hits, hit{rule, c.Setting, form, place})
			}
			return form != ""
		}
		found := false
		for _, p := range partsOf(&doc) {
			found = search(vet.RuleSecretInOutput, p.name, p.text) || found
		}
		if !found {
			search(vet.RuleSecretInOutput, "the answer", string(out.Output))
		}
		for _, l := range out.Logs {
			if search(vet.RuleSecretInLog, "its log", l.Text) {
				break
			}
		}
		search(vet.RuleSecretInLog, "standard error", string(out.Stderr))
		if out.Fault != nil {
			search(vet.RuleSecretInLog, "its last words", out.Fault.Detail)
		}
	}
}

type part struct{ name, text string }

// partsOf are the texts of a result, each with the name of its place.
func partsOf(doc *wire.Result) []part {
	all := []part{{"the diagnosis", doc.Diagnosis}, {"the cause", doc.Cause}, {"the verification", doc.Verification},
		{"the likely causes", strings.Join(doc.LikelyCauses, "\n")}}
	for name, value := range doc.Evidence {
		all = append(all, part{"evidence " + name, name + "\n" + evidenceText(value)})
	}
	if doc.Remediation != nil {
		text := doc.Remediation.Summary + "\n" + doc.Remediation.RunbookURL
		for _, s := range doc.Remediation.Steps {
			text += "\n" + s.Description + "\n" + s.Command + "\n" + s.Safety + "\n" + s.Backup + "\n" + strings.Join(s.Placeholders, "\n")
		}
		all = append(all, part{"the remediation", text})
	}
	slices.SortStableFunc(all, func(a, b part) int { return strings.Compare(a.name, b.name) })
	return all
}

// evidenceText is a value of evidence as text: a string as it stands.
func evidenceText(v wire.Value) string {
	if text, ok := v.AsString(); ok {
		return text
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return ""
	}
	return string(data)
}
