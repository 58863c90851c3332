package main

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// scene is all that the texts of one result are filled in with: what was asked,
// at which address, what came of it, and what that was found to be.
type scene struct {
	// check is the id.
	check string
	*service
	*address
	*answer
	// cause is the cause id, empty on a plain pass.
	cause string
	// sort is a variant that a check found by looking closer; see [scene.variant].
	sort string
	// subjects are the settings beside the address that a plan may change.
	subjects []subject
	// changes is the subject of the plan that is being written; nil stands for
	// the address.
	changes *subject
	// atRealm says that the scene is one of the registry's token service.
	atRealm bool
	// omit are moves that make no sense for this result.
	omit []move
	// turn counts the services that use the key, in a step that is made for each.
	turn int
	// more are words of the check's own.
	more []word
	// known are the words of the texts; see [scene.words].
	known []word
}

// service holds what is special to the kind of service that a check asks.
type service struct {
	// name is what is asked ("registry"), noun the value that a plan changes
	// ("registry address").
	name, noun string
	// keys are the declared keys of that value, in order.
	keys []string
	// owner is the Compose service, unit the systemd unit that uses the key. Where
	// several do, a space stands between them.
	owner, unit string
	// newValue is the placeholder of a new value, <registry-url>; noTarget is
	// what a probe asks where the configured address cannot be used, and noHost
	// the host of it.
	newValue, noTarget, noHost string
	// probe is the hand probe but for its address; healthy says what it prints
	// when all is well.
	probe, healthy string
	// probePath is what the hand probe asks for below the address, when that is
	// not what the check asked.
	probePath string
	// flags go with every command that runs the check.
	flags string
}

// with is the service with another hand probe.
func (s service) with(noTarget, probe, healthy string) service {
	s.noTarget, s.probe, s.healthy = noTarget, probe, healthy
	return s
}

// fill replaces each {word} of a text in one pass: what a word brings in is not
// looked at again. With {word|before} the text before stands in front of the
// word and is left out with it when the word is empty. Braces around anything
// that is no word stay: shell, awk and curl have braces of their own.
func (s *scene) fill(text string) string {
	var out []byte
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return string(append(out, text...))
		}
		out = append(out, text[:open]...)
		text = text[open:]
		if end := strings.IndexByte(text, '}'); end > 0 {
			name, before, _ := strings.Cut(text[1:end], "|")
			if word, ok := s.word(name); ok {
				if word != "" {
					out = append(append(out, before...), word...)
				}
				text = text[end+1:]
				continue
			}
		}
		out, text = append(out, '{'), text[1:]
	}
}

// word is a name and what it stands for.
type word struct{ name, value string }

// words are all that a text may name, worked out once. Those that end in "arg"
// are words of a shell command, quoted or replaced by a placeholder; only they
// may bring text of configuration and servers into a command. The spellings of
// keys hold nothing but what [isKey] passes. While a plan is written, the words
// for the setting are those of its subject.
func (s *scene) words() []word {
	if s.known != nil {
		return s.known
	}
	var tls wire.TLSInfo
	if s.resp.TLS != nil {
		tls = *s.resp.TLS
	}
	of := s.changes
	if of == nil {
		of = s.subject("")
	}
	key, envs := of.documentedKey(), of.envKeys()
	its, itIs, deployment := "its", "it is", "owner"
	if strings.IndexByte(s.owner, ' ') > 0 {
		its, itIs, deployment = "their", "they are", s.oneOf(s.owner)
	}
	s.known = []word{
		{"check", s.check + s.flags},
		{"service", s.name},
		{"noun", of.noun},
		{"slug", strings.ReplaceAll(lower(s.name), " ", "-")},
		{"owner", s.oneOf(s.owner)},
		{"owners", allOf(s.owner)},
		{"ownersarg", s.owner},
		{"unit", s.oneOf(s.unit)},
		{"units", allOf(s.unit)},
		{"unitsarg", s.unit},
		{"its", its},
		{"itis", itIs},
		{"deployment", "<" + deployment + "-deployment>"},
		{"new", of.newValue},
		{"probe", s.probe},
		{"healthy", s.healthy},

		{"key", of.key},
		{"env", of.changedEnv()},
		{"envs", envs},
		{"ENVS", upper(envs)},
		{"jq", keyPath(key, false)},
		{"jqsection", keyPath(section(key), false)},
		{"helm", keyPath(key, true)},
		{"proxyvar", s.proxyVariable()},
		{"urlarg", s.urlArg()},
		{"hostarg", s.hostArg()},
		{"tlsarg", s.tlsArg()},

		{"peer", s.peer()},
		{"host", s.hostName()},
		{"port", strconv.Itoa(s.target.Port)},
		{"url", s.url()},
		{"shown", s.shown},
		{"method", s.method},
		{"path", s.target.Path},
		{"status", s.status()},
		{"location", s.location()},
		{"retry", s.retryAfter()},
		{"message", s.message()},
		{"reason", s.reason()},
		{"rule", clean(s.answer.rule(), 60)},
		{"fault", ruleText(s.detail())},
		{"issuer", clean(tls.Issuer, 120)},
		{"subject", clean(tls.Subject, 120)},
		{"notbefore", clean(tls.NotBefore, 40)},
		{"notafter", clean(tls.NotAfter, 40)},
	}
	s.known = append(s.known, s.more...)
	return s.known
}

// oneOf returns the one of several names whose turn it is.
func (s *scene) oneOf(names string) string {
	all := strings.Split(names, " ")
	return all[min(s.turn, len(all)-1)]
}

// allOf lists several names for people.
func allOf(names string) string { return strings.ReplaceAll(names, " ", " and ") }

// peer names who was asked. The token service is called so: nobody configured its
// address.
func (s *scene) peer() string {
	switch {
	case s.atRealm && s.target.Host == "":
		return "the token service"
	case s.atRealm:
		return "the token service " + s.target.HostPort()
	}
	return s.target.HostPort()
}

// hostName is the host that was asked, in words where nothing names it.
func (s *scene) hostName() string {
	if s.atRealm && s.target.Host == "" {
		return "of the token service"
	}
	return s.target.Host
}

// word returns the value of a word, and whether it is one.
func (s *scene) word(name string) (string, bool) {
	for _, w := range s.words() {
		if w.name == name {
			return w.value, true
		}
	}
	return "", false
}

// row holds texts for a cause id; those of a variant beat those without one.
type row struct {
	cause, variant string
	texts          []string
}

// find returns the texts of the first table that knows the cause.
func (s *scene) find(cause string, tables ...[]row) []string {
	for _, rows := range tables {
		var texts []string
		for i := range rows {
			if rows[i].cause != cause {
				continue
			}
			if rows[i].variant == s.variant() {
				return rows[i].texts
			}
			if rows[i].variant == "" && texts == nil {
				texts = rows[i].texts
			}
		}
		if texts != nil {
			return texts
		}
	}
	return nil
}

// variant narrows the cause: what the check found, else the error detail of a
// failure or the status of an answer.
func (s *scene) variant() string {
	if s.sort != "" {
		return s.sort
	}
	if s.failed() {
		return s.detail()
	}
	return s.status()
}

// hasToken tells whether a comma-separated header value has a token, given in
// lower case.
func hasToken(list, token string) bool {
	for more := true; more; {
		var one string
		one, list, more = strings.Cut(list, ",")
		if lower(strings.Trim(one, " \t")) == token {
			return true
		}
	}
	return false
}

// isUsername tells whether basic authentication can carry the name: no colon, no
// control character (RFC 7617 §2).
func isUsername(name string) bool {
	return clean(name, 256) == name && !strings.ContainsAny(name, ":\u00ad")
}
