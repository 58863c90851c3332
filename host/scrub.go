package host

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

// redacted stands where the value of a secret setting stood.
const redacted = "[redacted]"

// minSecret is the length in bytes of the shortest value that is looked for.
// What is shorter stands in any text by chance: taking it out would change
// answers and hide nothing.
const minSecret = 4

// scrubber takes the values of secret settings out of texts (DESIGN §4); which
// values out of which texts, secrets.go says. A nil scrubber changes nothing.
//
// It knows a value as it stands and in the forms in which servers echo it. What
// a server hands out in pieces, or compressed, is beyond it.
type scrubber struct {
	values map[string]string // value → the key that has it

	once  sync.Once
	forms []string // all forms of all values, the longest first
	text  *strings.Replacer
	names *strings.Replacer // for header names, which are in lower case
}

// minSecretName is the same for header names, which are words: no password such
// as "type" may take a content-type away.
const minSecretName = 8

// prepare works the forms out when the first answer comes.
func (s *scrubber) prepare() {
	s.once.Do(func() {
		all := map[string]bool{}
		for value := range s.values {
			for _, form := range echoes(value) {
				if len(form) >= minSecret {
					all[form] = true
				}
			}
		}
		s.forms = slices.SortedFunc(maps.Keys(all), func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
		var pairs, lower []string
		for _, form := range s.forms {
			pairs = append(pairs, form, redacted)
			if len(form) >= minSecretName {
				lower = append(lower, strings.ToLower(form), "redacted")
			}
		}
		s.text, s.names = strings.NewReplacer(pairs...), strings.NewReplacer(lower...)
	})
}

// response scrubs an answer in place. Header names, addresses and bodies too:
// a server chooses them all.
func (s *scrubber) response(resp *wire.HTTPResponse) {
	if s == nil {
		return
	}
	s.prepare()
	resp.Header = s.header(resp.Header)
	var cut bool
	resp.Body, cut = s.body(resp.Body, resp.Truncated, wire.MaxBodyBytes)
	resp.Truncated = resp.Truncated || cut
	s.texts(&resp.FinalURL)
	if a := resp.Auth; a != nil {
		s.texts(&a.TokenRealmHost, &a.Challenge, &a.ChallengeError)
	}
	s.facts(&resp.Address, resp.TLS, resp.Error)
}

// probed is response for the answer to a probe. A line that did not come to its
// end may have ended within a secret, as one that was cut off.
func (s *scrubber) probed(resp *wire.TCPResponse) {
	if s == nil {
		return
	}
	s.prepare()
	var cut bool
	resp.Banner, cut = s.body(resp.Banner, resp.Truncated || resp.Error != nil, wire.MaxBannerBytes)
	resp.Truncated = resp.Truncated || cut
	s.facts(&resp.Address, resp.TLS, resp.Error)
}

// facts scrubs what every kind of answer has.
func (s *scrubber) facts(address *string, t *wire.TLSInfo, e *wire.CallError) {
	s.texts(address)
	if t != nil {
		s.texts(&t.ServerName, &t.Subject, &t.Issuer)
	}
	if e != nil {
		s.texts(&e.Message)
	}
}

func (s *scrubber) texts(all ...*string) {
	for _, t := range all {
		*t = s.text.Replace(*t)
	}
}

func (s *scrubber) header(h map[string][]string) map[string][]string {
	if h == nil {
		return nil
	}
	out := make(map[string][]string, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values := slices.Clone(h[name])
		for i := range values {
			values[i] = s.text.Replace(values[i])
		}
		clean := s.names.Replace(name)
		out[clean] = append(out[clean], values...)
	}
	return out
}

// body scrubs a body. One that is partial may end within a secret, and one in
// which a mark is longer than the value may grow: it is cut at its limit then.
func (s *scrubber) body(body []byte, partial bool, limit int) (out []byte, cut bool) {
	text := string(body)
	clean := s.text.Replace(text)
	if partial {
		if n := s.begun(clean); n > 0 {
			clean = clean[:len(clean)-n] + redacted
		}
	}
	if clean == text {
		return body, false
	}
	if most := max(len(body), limit); len(clean) > most {
		clean, cut = clean[:most], true
	}
	return []byte(clean), cut
}

// begun is the length of the beginning of a secret with which text ends.
func (s *scrubber) begun(text string) int {
	longest := 0
	for _, form := range s.forms {
		for n := min(len(form)-1, len(text)); n >= max(minSecret, longest+1); n-- {
			if strings.HasSuffix(text, form[:n]) {
				longest = n
				break
			}
		}
	}
	return longest
}
