package host

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// redacted stands where the value of a secret setting stood.
const redacted = "[redacted]"

// minSecret is the length in bytes of the shortest value that is looked for.
// What is shorter stands in any text by chance: taking it out would change
// answers and hide nothing.
const minSecret = 4

// scrubber takes the values of secret settings out of what comes back from a
// network, before the guest, the ledger or a recording sees it (DESIGN §4). A
// nil scrubber changes nothing.
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

// secretValues are the values of the secret settings of a store.
func secretValues(store *settings.Store) map[string]string {
	values := map[string]string{}
	for _, e := range store.Entries() {
		if store.IsSecret(e.Key) {
			addSecret(values, e.Key, e.Value)
		}
	}
	return values
}

// addSecret adds a value and, of an address, the parts that are secret by
// themselves: a password with its user name, and a path that is long enough to
// be one.
func addSecret(values map[string]string, key, value string) {
	parts := []string{value}
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		if password, ok := u.User.Password(); ok {
			parts = append(parts, password, u.User.Username()+":"+password, u.User.String())
		}
		if path := u.RequestURI(); len(path) >= minSecretPath {
			parts = append(parts, path)
		}
	}
	for _, p := range parts {
		if _, ok := values[p]; !ok && len(p) >= minSecret {
			values[p] = key
		}
	}
}

// minSecretPath is the length of the shortest path that counts as the secret of
// an address: /api/v1/ is none, the path of a webhook is longer.
const minSecretPath = 16

// minSecretName is the same for header names, which are words: no password such
// as "type" may take a content-type away.
const minSecretName = 8

// scrubberOf returns what scrubs the answers to one check: the secrets of all
// settings, and of the check's own those that only its declaration makes secret.
func (h *Host) scrubberOf(r settings.Resolution) *scrubber {
	h.scrubOnce.Do(func() { h.scrub = &scrubber{values: secretValues(h.settings)} })
	s := h.scrub
	for _, v := range r.Values {
		if !v.Secret || v.From.Key == "" || len(v.Value) < minSecret || s.values[v.Value] != "" {
			continue
		}
		if s == h.scrub {
			s = &scrubber{values: maps.Clone(s.values)}
		}
		addSecret(s.values, v.Declared, v.Value)
	}
	if len(s.values) == 0 {
		return nil
	}
	return s
}

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

// echoes are the forms in which a server may give a value back: as it stands, in
// base64 at any offset within a longer text, in hex, and escaped for addresses,
// JSON and HTML.
func echoes(value string) []string {
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value)}
	upper, lower := "", ""
	for i := range len(value) {
		upper += fmt.Sprintf("%%%02X", value[i])
		lower += fmt.Sprintf("%%%02x", value[i])
	}
	forms = append(forms, upper, lower, lowerEscapes(forms[1]), lowerEscapes(forms[2]))
	digits := hex.EncodeToString([]byte(value))
	forms = append(forms, digits, strings.ToUpper(digits))
	forms = append(forms, jsonForms(value)...)
	forms = append(forms, htmlForms.Replace(value), strings.ReplaceAll(html.EscapeString(value), "+", "&#43;"))
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		forms = append(forms, enc.EncodeToString([]byte(value)), enc.WithPadding(base64.NoPadding).EncodeToString([]byte(value)))
		for before := range 3 {
			forms = append(forms, base64Core(enc, value, before))
		}
	}
	return forms
}

// htmlForms escapes with names where package html has numbers.
var htmlForms = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
		}
	}
	return string(b)
}

// jsonForms are the value within a JSON string: with and without the escapes for
// HTML, with \/ as PHP writes it, and in ASCII alone as Python does.
func jsonForms(value string) []string {
	escaped, _ := json.Marshal(value)
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value)
	var forms []string
	for _, quoted := range []string{string(escaped), strings.TrimSuffix(plain.String(), "\n")} {
		inner := quoted[1 : len(quoted)-1]
		forms = append(forms, inner, strings.ReplaceAll(inner, "/", `\/`), asciiJSON(inner))
	}
	return forms
}

// asciiJSON writes every other character as \u escapes.
func asciiJSON(s string) string {
	var ascii strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			ascii.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&ascii, `\u%04x`, r)
		default:
			fmt.Fprintf(&ascii, `\u%04x\u%04x`, (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00)
		}
	}
	return ascii.String()
}

// base64Core is what the base64 of a longer text has of value when so many bytes
// (mod 3) stand before it: the characters that value alone makes.
func base64Core(enc *base64.Encoding, value string, before int) string {
	text := enc.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, before), value...))
	first := (8*before + 5) / 6
	last := 8 * (before + len(value)) / 6
	return text[min(first, last):last]
}

// response scrubs an answer in place. Header names, addresses and bodies too:
// a server chooses them all.
func (s *scrubber) response(resp *wire.HTTPResponse) {
	if s == nil {
		return
	}
	s.prepare()
	resp.Header = s.header(resp.Header)
	resp.Body = s.body(resp.Body, &resp.Truncated)
	texts := []*string{&resp.FinalURL, &resp.Address}
	if t := resp.TLS; t != nil {
		texts = append(texts, &t.ServerName, &t.Subject, &t.Issuer)
	}
	if a := resp.Auth; a != nil {
		texts = append(texts, &a.TokenRealmHost, &a.Challenge, &a.ChallengeError)
	}
	if e := resp.Error; e != nil {
		texts = append(texts, &e.Message)
	}
	for _, t := range texts {
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

// body scrubs a body. One that was cut off may end within a secret, and one in
// which a mark is longer than the value may grow: neither passes a limit by it.
func (s *scrubber) body(body []byte, truncated *bool) []byte {
	text := string(body)
	clean := s.text.Replace(text)
	if *truncated {
		if cut := s.begun(clean); cut > 0 {
			clean = clean[:len(clean)-cut] + redacted
		}
	}
	if clean == text {
		return body
	}
	if most := max(len(body), wire.MaxBodyBytes); len(clean) > most {
		clean, *truncated = clean[:most], true
	}
	return []byte(clean)
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

// holds returns the key of a secret setting whose value stands within text and
// is not all of it: a user name may well be the same word as its password.
func (s *scrubber) holds(text string) (key string, ok bool) {
	if s == nil {
		return "", false
	}
	for _, value := range slices.Sorted(maps.Keys(s.values)) {
		if text != value && strings.Contains(text, value) {
			return s.values[value], true
		}
	}
	return "", false
}
