package host

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// outcomeRules are the rules for runs that came to no verdict.
var outcomeRules = map[string]string{
	report.Trap:        vet.RuleTrap,
	report.Timeout:     vet.RuleTimeout,
	report.BadOutput:   vet.RuleBadOutput,
	report.OutOfMemory: vet.RuleOutOfMemory,
	report.ABI:         vet.RuleABI,
}

// ownRules are the refusals that tell of the check. The others tell of an address
// that was set, or of what it leads to.
var ownRules = []string{
	access.RuleNotGranted, access.RuleMethod, access.RuleHeader, access.RuleCredential, access.RuleBody,
	ruleFunction, ruleDocument, ruleBudget, ruleWrite, ruleUndo,
}

// lures are the hosts that answers lead to: a check that follows is led astray, and
// stopped. One that goes there before an answer named the host has the idea itself.
var lures = []string{"elsewhere.vet.test", "other.example.com", "evil.vet.test", "auth.example.com", "169.254.169.254"}

// namedIn returns the lures that stand in an answer, other than in the words of the
// host about it.
func namedIn(resp *wire.HTTPResponse) []string {
	told := *resp
	told.Error, told.FinalURL, told.Body = nil, "", nil
	text := string(wire.Marshal(&told)) + "\n" + string(resp.Body)
	return slices.DeleteFunc(slices.Clone(lures), func(host string) bool { return !strings.Contains(text, host) })
}

// led tells whether a refused request went where an answer led: to a lure that one had
// named by then, or, of an adversary that leads, to another place at one of the check's own
// hosts. Any other host is the check's own idea.
func (r *ran) led(d denial) bool {
	u, err := url.Parse(d.URL)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if slices.Contains(d.named, host) || host != "" && r.trial.inv.leadsTo(host) {
		return true
	}
	own := host == "" || slices.Contains(r.hosts, host)
	return r.trial.leads && own && (d.Rule == access.RuleNotGranted || !slices.Contains(ownRules, d.Rule))
}

// judge finds what is wrong with one run.
func (v *vetting) judge(x *examination, r *ran) {
	if rule, bad := outcomeRules[r.result.Outcome]; bad && v.does(x.check.info.ID, "outcomes") {
		x.found(rule, r, strings.TrimPrefix(r.result.Diagnosis, "could not judge: the check "))
		if r.result.Outcome == report.Timeout {
			x.timeouts++
		}
	}
	for _, d := range r.denied {
		if d.Purpose != "" {
			continue // the host's own
		}
		own := slices.Contains(ownRules, d.Rule) || !r.trial.inv.broken && !slices.Contains([]string{access.RuleAddr, rulePlainHTTP, ruleSecretValue}, d.Rule)
		rule := vet.RuleOutsideAccess
		if r.led(d) {
			rule = vet.RuleLedAstray
		}
		if own && v.does(x.check.info.ID, "denials") {
			x.found(rule, r, strings.TrimSpace(fmt.Sprintf("asks for %s %s", d.Method, d.URL))+", which is refused (rule "+d.Rule+")")
		}
	}
	for _, h := range r.hits {
		x.found(h.rule, r, fmt.Sprintf("the secret of %s stands in %s (%s)", h.setting, h.place, h.form))
	}
	for _, s := range r.strays {
		x.found(vet.RuleStray, r, s+" left for an address that its access does not cover")
	}
}

// judgeCheck finds what is wrong with all runs together. Of a check that was cut
// short nothing is said that runs which were left out could have shown.
func (v *vetting) judgeCheck(x *examination) {
	if x.cut {
		return
	}
	for _, a := range x.out.Access {
		switch {
		case a.Reached == 0:
			x.found(vet.RuleUnusedAccess, nil, "declares "+a.Text+" and was never made to use it")
		case len(a.Unused) > 0:
			x.found(vet.RuleUnusedAccess, nil, "declares "+a.Text+" and was never made to use "+strings.Join(a.Unused, ", "))
		}
	}
	for _, s := range x.out.Settings {
		if !s.Effect && v.does(x.check.info.ID, "settings") {
			x.found(vet.RuleUnusedSetting, nil, "reads "+s.Key+", and neither leaving it out nor changing it made a difference")
		}
	}
	if len(x.severities) == 1 && x.severities[string(wire.Pass)] {
		x.found(vet.RuleAlwaysPasses, nil, "says pass whatever the far end does")
	}
}

// found writes down a finding about the check; r is the run in which it was seen,
// nil for all of them together.
func (x *examination) found(rule string, r *ran, text string) {
	scenario := ""
	if r != nil {
		scenario = r.trial.name
	}
	x.v.findings.Add(rule, x.check.info.ID, text, scenario)
}
