package host

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/settings"
)

// secretsOf decides which secrets are taken out of what one check is told, and
// out of what is told of it.
//
// What a guest is told loses only the secrets that the grant of the call bears:
// a guest that could have any text compared with every secret, by having its own
// server send guesses back, would have an oracle (threats S27). What is kept of a
// run (the result, the cassette) loses all of them.
type secretsOf struct {
	all        *scrubber
	resolution settings.Resolution

	mu     sync.Mutex
	grants map[string]*scrubber
	// learned are the values that came up in the run, by the origin that they
	// were sent to, and everything with them.
	learned    map[string]map[string]string
	everything *scrubber
}

// secretsOf returns the secrets in reach of one check: those of all settings,
// and of its own those that only its declaration makes secret.
func (h *Host) secretsOf(r settings.Resolution) *secretsOf {
	h.readSecrets()
	all := h.allSecrets
	own := map[string]string{}
	for _, v := range r.Values {
		if v.Secret && v.From.Key != "" && h.secrets[v.Value] == "" {
			addSecret(own, v.Declared, v.Value)
		}
	}
	if len(own) > 0 {
		for value, key := range h.secrets {
			own[value] = key
		}
		all = newScrubber(distinctive(own))
	}
	return &secretsOf{all: all, resolution: r, grants: map[string]*scrubber{}}
}

// readSecrets reads the secret settings once.
func (h *Host) readSecrets() {
	h.secretsOnce.Do(func() {
		h.secrets = map[string]string{}
		for _, e := range h.settings.Entries() {
			if h.settings.IsSecret(e.Key) {
				addSecret(h.secrets, e.Key, e.Value)
			}
		}
		h.allSecrets = newScrubber(distinctive(h.secrets))
	})
}

// unsearched are the keys of the secret settings that nothing is searched for,
// sorted.
func (h *Host) unsearched() []string {
	var keys []string
	for _, e := range h.settings.Entries() {
		if h.settings.IsSecret(e.Key) && len(distinctive(map[string]string{e.Value: e.Key})) == 0 {
			keys = append(keys, e.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// learn takes in a value that is as good as the secret of key: what was made of it
// for a server of the grant, or what a server gave for it.
func (s *secretsOf) learn(g access.Grant, key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	origin := g.Base.Origin()
	if _, known := s.learned[origin][value]; known || len(value) < minSecret {
		return
	}
	if s.learned == nil {
		s.learned = map[string]map[string]string{}
	}
	if s.learned[origin] == nil {
		s.learned[origin] = map[string]string{}
	}
	s.learned[origin][value] = key
	s.everything = nil
	clear(s.grants)
}

// kept returns what scrubs that which is kept of a run.
func (s *secretsOf) kept() *scrubber {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.learned) == 0 {
		return s.all
	}
	if s.everything == nil {
		values := map[string]string{}
		if s.all != nil {
			maps.Copy(values, s.all.values)
		}
		for _, learned := range s.learned {
			maps.Copy(values, distinctive(learned))
		}
		s.everything = newScrubber(values)
	}
	return s.everything
}

// borneBy returns what scrubs the answers to calls under a grant: the secrets
// that may be sent there, and the address itself where that is one.
func (s *secretsOf) borneBy(g access.Grant) *scrubber {
	if s == nil {
		return nil
	}
	keys := []string{g.Setting}
	for _, handle := range g.Secrets {
		keys = append(keys, strings.TrimPrefix(handle, "secret:"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	origin := g.Base.Origin()
	name := origin + "\n" + strings.Join(keys, "\n")
	known, ok := s.grants[name]
	if !ok {
		values := map[string]string{}
		for _, key := range keys {
			if v, ok := s.resolution.Lookup(key); ok && v.Secret {
				addSecret(values, v.Declared, v.Value)
			}
		}
		maps.Copy(values, s.learned[origin])
		known = newScrubber(values)
		s.grants[name] = known
	}
	return known
}

func newScrubber(values map[string]string) *scrubber {
	if len(values) == 0 {
		return nil
	}
	return &scrubber{values: values}
}

// addSecret adds a value and, of an address, the parts that are secret by
// themselves: a password with its user name, and a path, a segment of it or a
// value of the query that is long enough to be one. A server that moves a webhook
// or complains about a signature says these without the rest.
func addSecret(values map[string]string, key, value string) {
	parts := []string{value}
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		if password, ok := u.User.Password(); ok {
			parts = append(parts, password, u.User.Username()+":"+password, u.User.String())
		}
		long := append([]string{u.RequestURI(), strings.TrimRight(u.EscapedPath(), "/")}, strings.Split(u.EscapedPath(), "/")...)
		long = append(long, strings.Split(u.Path, "/")...)
		for pair := range strings.SplitSeq(u.RawQuery, "&") {
			_, value, _ := strings.Cut(pair, "=")
			plain, _ := url.QueryUnescape(value)
			long = append(long, value, plain)
		}
		for _, part := range long {
			if len(part) >= minSecretPath {
				parts = append(parts, part)
			}
		}
	}
	for _, p := range parts {
		if _, ok := values[p]; !ok && len(p) >= minSecret {
			values[p] = key
		}
	}
}

// minSecretPath is the length of the shortest path, or part of an address, that
// counts as its secret: /api/v1/ is none, the path of a webhook is longer.
const minSecretPath = 16

// distinctive keeps the values that can be told from words. A password such as
// "registry" stands in every report of a registry: to take it out there would
// spoil the report and, by the gaps, give it away.
func distinctive(values map[string]string) map[string]string {
	kept := map[string]string{}
	for value, key := range values {
		word := strings.Trim(value, "abcdefghijklmnopqrstuvwxyz-_.") == ""
		if len(value) >= minDistinctive && !word || len(value) >= 2*minDistinctive {
			kept[value] = key
		}
	}
	return kept
}

// minDistinctive is the length in bytes of the shortest value that does not
// stand in a text by chance; for words it is twice that.
const minDistinctive = 8

// holds returns the key of a secret setting whose value stands within text, in
// any of its forms, and is not all of it: a user name may well be the same word
// as its password.
func (s *scrubber) holds(text string) (key string, ok bool) {
	if s == nil || text == "" {
		return "", false
	}
	var found []string
	for value, key := range s.values {
		if text != value && slices.ContainsFunc(echoes(value), func(form string) bool { return len(form) >= minSecret && strings.Contains(text, form) }) {
			found = append(found, key)
		}
	}
	if len(found) == 0 {
		return "", false
	}
	return slices.Min(found), true
}
