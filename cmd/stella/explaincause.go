package main

import (
	"io"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/sdk/wire"
)

// causeSchema names the form of the JSON document.
const causeSchema = "stellaops.doctor.cause/v1"

// causeExplanation is what the sealed files of the catalog say of a cause.
type causeExplanation struct {
	Schema string           `json:"schema"`
	Cause  string           `json:"cause"`
	Checks []reportingCheck `json:"checks"`
}

// reportingCheck is a check that may report the cause.
type reportingCheck struct {
	Check  string `json:"check"`
	Name   string `json:"name"`
	Plugin string `json:"plugin"`
	// Text is what the cause means to this check.
	Text string `json:"text"`
	// Verdicts are the rows of its verdict table that lead to the cause.
	Verdicts []wire.VerdictInfo `json:"verdicts"`
	// Fixes are those of the check: a seal does not tell them apart by cause.
	Fixes []string `json:"fixes"`
	// Explain is the command that explains the check, its steps included.
	Explain string `json:"explain"`
}

func explainCause(h *host.Host, id string, plugins []string) (page, error) {
	reporting, err := h.Reporting(id)
	if err != nil {
		return page{}, err
	}
	checks, err := h.Checks(host.Selection{Plugins: plugins, Full: true})
	if err != nil {
		return page{}, err
	}
	taken := map[string]bool{}
	for _, c := range checks {
		taken[c.Info.ID] = true
	}
	doc := causeExplanation{Schema: causeSchema, Cause: id, Checks: []reportingCheck{}}
	for _, c := range reporting {
		if taken[c.Info.ID] {
			doc.Checks = append(doc.Checks, reports(c, id))
		}
	}
	if len(doc.Checks) == 0 {
		return page{}, usagef("leave --plugin out", "no check of the plugins that --plugin names reports the cause %s", id)
	}
	return page{value: doc, forms: map[string]writer{"text": doc.text, "markdown": doc.markdown}}, nil
}

// reports reads from the seal how a check comes to a cause.
func reports(c host.Check, cause string) reportingCheck {
	r := reportingCheck{Check: c.Info.ID, Name: c.Info.Name, Plugin: c.Plugin.Info.ID,
		Verdicts: []wire.VerdictInfo{}, Fixes: append([]string{}, c.Info.Explain.Fixes...)}
	command := []string{"stella", "doctor", "explain", c.Info.ID}
	if c.Plugin.Path != "" {
		command = append(command, "--plugin", c.Plugin.Path)
	}
	r.Explain = host.Command(command...)
	for _, x := range c.Info.Explain.Causes {
		if x.ID == cause {
			r.Text = x.Text
		}
	}
	for _, v := range c.Info.Explain.Verdicts {
		if v.Cause == cause {
			r.Verdicts = append(r.Verdicts, v)
		}
	}
	return r
}

func (e causeExplanation) text(w io.Writer) error {
	s := sheet{w}
	s.line(0, e.Cause)
	s.line(0, "A cause that "+plural(len(e.Checks), "check")+" may report.")
	for _, c := range e.Checks {
		s.heading(c.Check + "  " + c.Name)
		s.line(2, c.Text)
		if len(c.Verdicts) > 0 {
			s.line(2, "verdicts that name it:")
			for _, v := range c.Verdicts {
				s.line(4, string(v.Severity)+"  "+v.When)
			}
		}
		if len(c.Fixes) > 0 {
			s.line(2, "fixes of this check:")
			for _, f := range c.Fixes {
				s.line(4, "- "+f)
			}
		}
		s.line(2, "steps: "+c.Explain)
	}
	return nil
}
