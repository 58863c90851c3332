package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// chat is a check of a chat webhook: what the checks of the vendors differ in.
// The address is a secret, so the guest has a handle of it, and its scheme, host
// and port. Only the root of the host is asked, and nothing is posted; the check
// never fails, because a message that does not arrive stops nothing.
type chat struct {
	check   string
	lead    wire.SettingInfo
	service *service
	// expected tells whether an address can be one of the vendor's webhooks.
	expected func(u *wire.SecretURL) bool
	tables   *tables
}

// chatSubject names the address in plans that are written before it is known.
const chatSubject = "webhook"

func (c *chat) run(env *sdk.Env) wire.Result {
	setting, ok := env.Setting(c.lead.Key)
	if !ok {
		return unconfigured(c.lead)
	}
	a, host := c.address(setting)
	return c.judge(a, host, get(env, a, "/"))
}

// address is the origin of the webhook, which is all that may be asked, and its
// host, which is known of a foreign address too.
func (c *chat) address(setting wire.Setting) (a *address, host string) {
	a = secretAddress(setting, c.lead.Key)
	if host = a.base.Host; a.rule == "" && !c.expected(setting.URL) {
		a.base, a.rule = wire.URL{}, ruleForeign
	}
	return a, host
}

// judge is the verdict table of §3.11 and §3.12. A row of §3.0 comes first.
func (c *chat) judge(a *address, host string, x *answer) wire.Result {
	s := scene{check: c.check, service: c.service, address: a, answer: x, cause: failureCause(x)}
	evidence := c.evidence(a, host, x)
	switch {
	case x.kind() == wire.KindDenied:
		return s.denied(evidence)
	case a.rule == ruleForeign:
		s.cause = causeForeign
	case s.cause == "" && x.resp.Status >= 500:
		s.cause = cause5xx
	}
	if s.cause != "" {
		return s.judged(wire.Warn, evidence, c.tables)
	}
	return s.judged(wire.Pass, evidence, c.tables)
}

// evidence is that of §3.11 and set H. A proxy that fails says nothing of the host.
func (c *chat) evidence(a *address, host string, x *answer) wire.Evidence {
	e := wire.Evidence{
		"is_url_format_valid": wire.Bool(a.rule == ""),
		"is_host_reachable":   wire.Null(),
	}
	notes(e, []word{{"webhook_host", host}})
	if a.rule == "" && x.kind() != wire.KindDenied && !(x.failed() && x.onProxy()) {
		e["is_host_reachable"] = wire.Bool(!x.failed())
	}
	x.facts(e)
	return e
}

// usualSteps are those of the secret plan: the usual change is a new address.
func (c *chat) usualSteps() []wire.Step {
	return usualSecretSteps(c.check, c.service, subject{name: chatSubject, noun: c.service.noun, key: c.lead.Key, keys: c.service.keys, secret: true})
}

// below tells whether host is domain or a name within it.
func below(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
