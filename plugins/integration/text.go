package main

import (
	"strconv"
	"strings"
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
}

// service holds what is special to the kind of service that a check asks.
type service struct {
	// name is what is asked ("registry"), noun the value that a plan changes
	// ("registry address").
	name, noun string
	// keys are the declared keys of that value, in order.
	keys []string
	// owner is the Compose service, unit the systemd unit that uses the key.
	owner, unit string
	// newValue is the placeholder of a new value, <registry-url>; noTarget is
	// what a probe asks where the configured address cannot be used.
	newValue, noTarget string
	// probe is the hand probe but for its address; healthy says what it prints
	// when all is well.
	probe, healthy string
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

// word returns the value of a word. Words that end in "arg" are words of a shell
// command, quoted or replaced by a placeholder; only they may bring text of
// configuration and servers into a command. The spellings of keys hold nothing
// but what [isKey] passes.
func (s *scene) word(name string) (string, bool) {
	switch name {
	case "check":
		return s.check, true
	case "service":
		return s.name, true
	case "noun":
		return s.noun, true
	case "owner":
		return s.owner, true
	case "unit":
		return s.unit, true
	case "new":
		return s.newValue, true
	case "probe":
		return s.probe, true
	case "healthy":
		return s.healthy, true
	case "key":
		return s.address.key, true
	case "env":
		return envKey(s.address.key), true
	case "envs":
		return s.envKeys(), true
	case "ENVS":
		return upper(s.envKeys()), true
	case "jq":
		return jqPath(s.address.key), true
	case "jqsection":
		return jqPath(section(s.address.key)), true
	case "helm":
		return helmPath(s.address.key), true
	case "proxyvar":
		return s.proxyVariable(), true
	case "urlarg":
		return s.urlArg(), true
	case "hostarg":
		return s.hostArg(), true
	case "tlsarg":
		return s.tlsArg(), true
	}
	return s.fact(name)
}

// fact returns a word that stands for something observed.
func (s *scene) fact(name string) (string, bool) {
	switch name {
	case "peer":
		return s.target.HostPort(), true
	case "host":
		return s.target.Host, true
	case "port":
		return strconv.Itoa(s.target.Port), true
	case "url":
		return s.url(), true
	case "method":
		return s.method, true
	case "path":
		return s.target.Path, true
	case "status":
		return s.status(), true
	case "location":
		return s.location(), true
	case "retry":
		return s.retryAfter(), true
	case "message":
		return s.message(), true
	case "reason":
		return s.reason(), true
	case "rule":
		return clean(s.answer.rule(), 60), true
	case "fault":
		return ruleText(s.detail()), true
	}
	if s.resp.TLS != nil {
		switch name {
		case "issuer":
			return clean(s.resp.TLS.Issuer, 120), true
		case "subject":
			return clean(s.resp.TLS.Subject, 120), true
		case "notbefore":
			return clean(s.resp.TLS.NotBefore, 40), true
		case "notafter":
			return clean(s.resp.TLS.NotAfter, 40), true
		}
	}
	switch name {
	case "issuer", "subject", "notbefore", "notafter":
		return "", true
	}
	return "", false
}

// row holds texts for a cause id; those of a variant beat those without one.
type row struct {
	cause, variant string
	texts          []string
}

// find returns the texts of the first table that knows the cause.
func (s *scene) find(tables ...[]row) []string {
	for _, rows := range tables {
		var texts []string
		for i := range rows {
			if rows[i].cause != s.cause {
				continue
			}
			if rows[i].variant == s.variant() {
				return rows[i].texts
			}
			if rows[i].variant == "" {
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
