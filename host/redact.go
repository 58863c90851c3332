package host

import (
	"slices"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/sdk/wire"
)

// result takes secrets out of what a guest made of what it was told: a server
// may have told it more than it was sent.
func (s *scrubber) result(r *report.Result) {
	if s == nil {
		return
	}
	s.prepare()
	r.LikelyCauses, r.Requests = slices.Clone(r.LikelyCauses), slices.Clone(r.Requests)
	texts := []*string{&r.Diagnosis, &r.Hint, &r.Verification}
	for i := range r.LikelyCauses {
		texts = append(texts, &r.LikelyCauses[i])
	}
	for i := range r.Requests {
		texts = append(texts, &r.Requests[i].URL)
	}
	if r.Remediation != nil {
		remedy := *r.Remediation
		remedy.Steps = slices.Clone(remedy.Steps)
		r.Remediation = &remedy
		texts = append(texts, &remedy.Summary)
		for i := range remedy.Steps {
			step := &remedy.Steps[i]
			texts = append(texts, &step.Description, &step.Command, &step.Backup, &step.Safety)
		}
	}
	for _, t := range texts {
		*t = s.text.Replace(*t)
	}
	clean := make(wire.Evidence, len(r.Evidence))
	for name, value := range r.Evidence {
		clean[name] = s.value(value)
	}
	r.Evidence = clean
}

func (s *scrubber) value(v wire.Value) wire.Value {
	if text, ok := v.AsString(); ok {
		return wire.String(s.text.Replace(text))
	}
	if list, ok := v.AsList(); ok {
		clean := make([]wire.Value, len(list))
		for i := range list {
			clean[i] = s.value(list[i])
		}
		return wire.List(clean...)
	}
	if items, ok := v.AsItems(); ok {
		clean := make([]wire.Item, len(items))
		for i, item := range items {
			clean[i] = slices.Clone(item)
			for n := range clean[i] {
				clean[i][n].Value = s.value(clean[i][n].Value)
			}
		}
		return wire.Items(clean...)
	}
	return v
}

// guest takes secrets out of what a guest logged.
func (s *scrubber) guest(out *sandbox.Result) {
	if s == nil || len(out.Logs)+len(out.Stderr) == 0 {
		return
	}
	s.prepare()
	for i := range out.Logs {
		out.Logs[i].Text = s.text.Replace(out.Logs[i].Text)
	}
	out.Stderr = []byte(s.text.Replace(string(out.Stderr)))
}
