package main

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// address is a configured web address: ready to be asked, or with the rule that
// it breaks (§3.0.2, URL values).
type address struct {
	// key is the key that supplied the value, an override included, in document
	// form. It is the first declared key when the value is a default.
	key string
	// fromDefault says that no key supplied the value.
	fromDefault bool
	// base is the address without trailing slashes and without the path that
	// the caller trims; its path is "/" when nothing is left. Zero when rule is set.
	base wire.URL
	// rule says why the address cannot be used. Empty when it can.
	rule string
	// shown is the address without user info and query, for people. Empty when
	// nothing of it can be shown safely.
	shown string
	// hidden says that the configured value may hold a secret (user info, a
	// query or a fragment), so that no command may print it.
	hidden bool
	// secret says that the value is a secret setting, which never entered the guest.
	secret bool
}

// readAddress screens the value of a URL setting. declared is the first key of
// the setting; trim is a path that is dropped from the end, such as /v2.
func readAddress(s wire.Setting, declared, trim string) *address {
	a := &address{key: s.Key, hidden: strings.ContainsAny(s.Value, "@?#")}
	if !isKey(a.key) {
		a.key, a.fromDefault = declared, s.Key == ""
	}
	value := strings.Trim(s.Value, " \t\r\n")
	a.rule = preScreen(value)
	u, rule := wire.ScreenURL(strings.TrimRight(value, "/"))
	if a.rule == "" {
		a.rule = rule
	}
	if (rule == wire.RuleHost || rule == wire.RulePort) && strings.Contains(value, "@") {
		a.rule = wire.RuleUserinfo // a password with a slash in it ends the host too early
	}
	if a.rule != "" {
		a.shown = presentable(value)
		a.hidden = a.hidden || a.shown == ""
		return a
	}
	a.base = u.Join(trim, "")
	a.shown = strings.TrimSuffix(a.base.String(), "/")
	return a
}

// secretAddress is what a guest learns of an address that is a secret: its origin.
func secretAddress(s wire.Setting, declared string) *address {
	a := &address{key: s.Key, secret: true}
	if !isKey(a.key) {
		a.key, a.fromDefault = declared, s.Key == ""
	}
	switch {
	case s.Secret == "":
		a.rule = ruleMissing
	case s.URL == nil || !s.URL.Valid:
		a.rule = wire.RuleURL
	default:
		a.base = wire.URL{Scheme: s.URL.Scheme, Host: s.URL.Host, Port: s.URL.Port}
		a.shown = a.base.Origin()
	}
	return a
}

// Rules that this package adds to those of [wire.ScreenURL].
const (
	ruleQuote      = "quote"
	ruleUnresolved = "unresolved"
	ruleSpace      = "space"
	ruleForeign    = "foreign" // a good address, but of somebody else
)

// preScreen finds what [wire.ScreenURL] does not name as precisely as an operator
// needs it. It returns the empty string when nothing is found.
func preScreen(value string) string {
	switch {
	case strings.ContainsAny(value, "\"'`"):
		return ruleQuote
	case strings.Contains(value, "${"):
		return ruleUnresolved
	case strings.ContainsAny(value, " \t"):
		return ruleSpace
	}
	return ""
}

// ruleText says in words what a rule of the URL screen means. It follows "cannot be used: ".
func ruleText(rule string) string {
	switch rule {
	case ruleQuote:
		return "it contains a quote character"
	case ruleUnresolved:
		return "it contains ${…}, a reference that nothing replaced"
	case ruleSpace:
		return "it contains a space"
	case ruleMissing:
		return "it is not set"
	case ruleHidden:
		return "another plugin declares it secret"
	case ruleForeign:
		return "it is not one of the expected service"
	case wire.RuleScheme:
		return "it does not begin with http:// or https://"
	case wire.RuleUserinfo:
		return "it contains a user name or password, which belong into settings of their own"
	case wire.RulePort:
		return "its port is not a number from 1 to 65535"
	case wire.RuleHost:
		return "its host is neither a DNS name nor an IP address"
	case wire.RulePath:
		return "its path has dot segments, doubled slashes or forbidden escapes"
	}
	for _, f := range peerFaults {
		if f.name == rule {
			return f.value
		}
	}
	return "it is not a well-formed http or https URL in plain ASCII"
}

// presentable is what may be shown of an address that breaks a rule. Everything
// up to the last at sign and everything after the first question mark or hash
// could be a secret and is dropped. The rest is shown only if it looks like an
// address: what stands in place of a port must be a number.
func presentable(value string) string {
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		scheme, rest = "", value
	}
	if scheme != "" && strings.Trim(scheme, letters+digits+"\"'` ") != "" {
		return ""
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if cut := strings.IndexAny(rest, "?#"); cut >= 0 {
		rest = rest[:cut]
	}
	authority, _, _ := strings.Cut(rest, "/")
	host := authority[strings.LastIndexByte(authority, ']')+1:] // the colons of an IPv6 address begin no port
	if _, port, found := strings.Cut(host, ":"); found && port != "" && !isNumber(port) {
		return ""
	}
	if rest == "" {
		return ""
	}
	if found {
		rest = scheme + "://" + rest
	}
	return clean(rest, wire.MaxHeaderValue)
}

// configKey is the key for evidence: empty when the value is a default.
func (a *address) configKey() string {
	if a.fromDefault {
		return ""
	}
	return a.key
}
