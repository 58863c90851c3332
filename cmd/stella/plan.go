package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// planDocument is a plan with the exit code of a run that would be refused.
type planDocument struct {
	*host.Plan
	// ExitCode is null when the run would start.
	ExitCode *int `json:"refused_exit_code"`
}

func planCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "show what a run would ask, of whom and with what, without sending anything",
		ArgsUsage: "[check id…]",
		Flags:     join(filterFlags(), failedFlags(), settingsFlags(), outputFlags("text", "json", "markdown"), logFlags(), gateFlags()),
		Action: document(s, []string{"text", "markdown"}, func(c *cli.Context) (page, error) {
			opts, err := gateOptions(s, c)
			if err != nil {
				return page{}, err
			}
			earlier, err := readFailed(s, c)
			if err != nil {
				return page{}, err
			}
			h, err := openHost(s, c)
			if err != nil {
				return page{}, err
			}
			defer h.Close()
			opts.Selection = selection(h, c)
			if err := earlier.limit(s, h, &opts.Selection); err != nil {
				return page{}, err
			}
			if _, err := selectChecks(s, h, opts.Selection); err != nil {
				return page{}, err
			}
			if len(h.Plugins()) == 0 {
				return page{}, noPlugin(h, "plan")
			}
			plan, err := h.Plan(opts)
			if err != nil {
				return page{}, err
			}
			doc := planDocument{Plan: plan}
			if plan.Refusal != nil {
				code, _ := judge(plan.Refusal)
				doc.ExitCode = &code
			}
			return page{value: doc, forms: map[string]writer{"text": doc.text, "markdown": doc.markdown}}, nil
		}),
	}
}

func (d planDocument) text(w io.Writer) error {
	for _, c := range d.Checks {
		writePlannedCheck(w, c)
	}
	for _, n := range d.Notes {
		fmt.Fprintf(w, "note: %s\n", report.Escape(n.Text))
	}
	fmt.Fprintf(w, "network: %s\n", report.Escape(networkText(d.Network)))
	if d.Refusal != nil {
		fmt.Fprintf(w, "the run would be refused with exit code %d: %s\n", *d.ExitCode, report.Escape(d.Refused))
	}
	fmt.Fprintln(w, d.summary())
	return nil
}

// summary counts the decisions.
func (d planDocument) summary() string {
	count := map[string]int{}
	for _, c := range d.Checks {
		count[c.Decision]++
	}
	text := plural(count[host.DecisionRun], "check") + " would run"
	if n := count[host.DecisionSkip]; n > 0 {
		text += fmt.Sprintf(", %d would be skipped", n)
	}
	if n := count[host.DecisionDeny]; n > 0 {
		text += fmt.Sprintf(", %d could not judge", n)
	}
	if n := count[host.DecisionRefuse]; n > 0 {
		text += fmt.Sprintf(", %d would be refused", n)
	}
	return text + "; nothing was sent"
}

func networkText(n host.PlannedNetwork) string {
	var parts []string
	add := func(holds bool, text string) {
		if holds {
			parts = append(parts, text)
		}
	}
	add(n.Offline, "offline")
	add(n.Proxy != "", "proxy "+n.Proxy)
	add(n.CAFile == "", "system certificate authorities")
	add(n.CAFile != "", "system certificate authorities and those of "+n.CAFile)
	add(n.Insecure, "certificates are not verified")
	add(n.Loopback, "names may resolve to this machine")
	add(n.PlainHTTP, "credentials go over plain HTTP")
	return strings.Join(parts, ", ")
}

// decisionLabel is the first word of a check in a plan.
func decisionLabel(c host.PlannedCheck) string {
	switch c.Decision {
	case host.DecisionRun:
		return "RUN"
	case host.DecisionSkip:
		return "SKIP"
	case host.DecisionDeny:
		return "DENY"
	}
	return "REFUSE"
}

func writePlannedCheck(w io.Writer, c host.PlannedCheck) {
	// A catalog may have ten thousand checks: lines are put together, not formatted.
	var b strings.Builder
	line := func(label, text string) { b.WriteString(label + report.Escape(text) + "\n") }
	b.WriteString((decisionLabel(c) + "      ")[:6] + "  " + c.Check + "  " + report.Escape(c.Name) + "\n")
	if c.Why != "" {
		line("        because   ", whyText(c))
	}
	if len(c.After) > 0 {
		line("        after     ", strings.Join(c.After, ", "))
	}
	for _, k := range c.KeysTried {
		line("        tried     ", k.Key+", in the environment "+k.Environment)
	}
	for _, v := range c.Settings {
		line("        setting   ", v.Key+" = "+v.Value+", from "+v.Origin)
	}
	for _, m := range c.Missing {
		line("        unset     ", missingText(m))
	}
	for _, key := range c.Withheld {
		line("        withheld  ", key+" is not approved for this plugin: stella doctor plugin approve "+c.Plugin.ID)
	}
	for _, r := range c.Requests {
		line("        request   ", requestText(r))
		if terms := termsText(r); terms != "" {
			line("                  ", terms)
		}
		line("                  reason: ", r.Reason)
	}
	if c.Decision == host.DecisionRun {
		line("        budget    ", budgetText(c))
	}
	line("        plugin    ", c.Plugin.ID+" "+c.Plugin.Version+" "+c.Plugin.Digest)
	b.WriteByte('\n')
	io.WriteString(w, b.String())
}

func budgetText(c host.PlannedCheck) string {
	return (time.Duration(c.TimeoutMS) * time.Millisecond).String() + ", " + plural(c.RequestBudget, "request")
}

func whyText(c host.PlannedCheck) string {
	if c.SkipReason != nil {
		return *c.SkipReason + ": " + c.Why
	}
	return c.Why
}

func missingText(m host.MissingSetting) string {
	text := strings.Join(append([]string{m.Key}, m.Aliases...), " or ")
	if m.Required {
		text += ", required"
	}
	if m.Secret {
		text += ", a secret"
	}
	return text
}

// requestText is what would be sent, or why nothing would.
func requestText(r host.PlannedRequest) string {
	switch {
	case r.Problem != "" && r.Rule != "":
		return r.Access + " sends nothing: " + r.Problem + " (" + r.Rule + ")"
	case r.Problem != "":
		return r.Access + " sends nothing: " + r.Problem
	case r.Kind == wire.KindTCP:
		return strings.Join(r.Methods, ", ") + " " + r.URL
	case r.Secret:
		return strings.Join(r.Methods, ", ") + " " + r.URL + ", the rest of the address is secret"
	}
	return strings.Join(r.Methods, ", ") + " " + r.URL + " and below"
}

// termsText is how a request would be sent.
func termsText(r host.PlannedRequest) string {
	switch {
	case r.URL == "" && r.Setting == "":
		return ""
	case r.URL == "":
		return "address from " + r.Setting
	}
	from, redirects, secrets := "address from "+r.Setting, "no redirects", "no secret"
	if r.Setting == "" {
		from = "address from the plugin itself"
	}
	if r.Kind == wire.KindTCP {
		return fmt.Sprintf("%s, at most %d bytes of what the peer says by itself, never by way of a proxy", from, wire.MaxBannerBytes)
	}
	if r.Redirects != "" {
		redirects = "redirects " + r.Redirects
	}
	if len(r.Secrets) > 0 {
		secrets = "may carry " + strings.Join(r.Secrets, ", ")
	}
	text := fmt.Sprintf("%s, %s, at most %d bytes of body, %s", from, redirects, r.MaxBody, secrets)
	if r.Proxy != "" {
		text += ", by way of the proxy " + r.Proxy
	}
	return text
}
