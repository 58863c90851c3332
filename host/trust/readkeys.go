package trust

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/strictyaml"
)

func (r *Ring) readKeys(file strictyaml.Mapping) *strictyaml.Error {
	nodes, err := file.Items("keys", MaxKeys)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		k, err := readKey(n)
		if err != nil {
			return err
		}
		for _, other := range r.keys {
			switch {
			case other.name == k.name:
				return strictyaml.At(n.Line(), "key %s stands there twice", k.name)
			case other.public.Digest() == k.public.Digest():
				return strictyaml.At(n.Line(), "keys %s and %s are one and the same", other.name, k.name)
			}
		}
		r.keys = append(r.keys, k)
	}
	return nil
}

func readKey(n strictyaml.Node) (key, *strictyaml.Error) {
	var k key
	m, err := n.Mapping("a key", "name", "publisher", "key", "plugins", "not_before", "not_after", "revoked", "revocations")
	if err != nil {
		return k, err
	}
	if k.name, err = readName(m); err != nil {
		return k, err
	}
	if k.publisher, err = m.Text("publisher", maxText); err != nil {
		return k, err
	}
	k.publisher = plain(strings.TrimSpace(k.publisher))
	text, err := m.Need("key", maxPEM)
	if err != nil {
		return k, err
	}
	public, problem := ParsePublicKey([]byte(text))
	if problem != nil {
		return k, strictyaml.At(m.LineOf("key"), "key %s: %s", k.name, problem)
	}
	k.public = public
	if k.revocations, err = m.Bool("revocations"); err != nil {
		return k, err
	}
	if k.plugins, err = readPatterns(m, !k.revocations); err != nil {
		return k, err
	}
	if k.notBefore, err = m.Time("not_before"); err != nil {
		return k, err
	}
	if k.notAfter, err = m.Time("not_after"); err != nil {
		return k, err
	}
	if !k.notAfter.IsZero() && !k.notBefore.Before(k.notAfter) {
		return k, strictyaml.At(m.LineOf("not_after"), "key %s: not_after is not after not_before, so the key never counts", k.name)
	}
	k.revoked, err = readRevoked(m)
	return k, err
}

func readRevoked(m strictyaml.Mapping) (*revocation, *strictyaml.Error) {
	n, ok := m.Node("revoked")
	if !ok {
		return nil, nil
	}
	fields, err := n.Mapping("revoked", "since", "reason")
	if err != nil {
		return nil, err
	}
	v := &revocation{}
	if v.since, err = fields.Time("since"); err != nil {
		return nil, err
	}
	v.reason, err = fields.Need("reason", maxReason)
	v.reason = plain(strings.Join(strings.Fields(v.reason), " "))
	return v, err
}

// readName reads what a key or an authority is called in reports and in the lock.
func readName(m strictyaml.Mapping) (string, *strictyaml.Error) {
	name, err := m.Need("name", maxText)
	if err != nil {
		return "", err
	}
	if !IsName(name) {
		return "", strictyaml.At(m.LineOf("name"), "name: %s is not of lower-case letters, digits, dots, hyphens and underscores, 1 to 64 of them, a letter or digit first", strictyaml.Quote(name))
	}
	return name, nil
}

// IsName reports whether a key or an authority may be called so.
func IsName(name string) bool {
	if name == "" || len(name) > 64 || strings.ContainsAny(name[:1], ".-_") {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}

func readPatterns(m strictyaml.Mapping, need bool) ([]glob.Pattern, *strictyaml.Error) {
	if !m.Has("plugins") && need {
		return nil, strictyaml.At(m.Line(), `it has no plugins: the ids that it counts for, such as ["com.acme.**"], or ["**"] for all`)
	}
	texts, err := m.Texts("plugins", maxPatterns, glob.MaxPattern)
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 && need {
		return nil, strictyaml.At(m.LineOf("plugins"), "the list of plugins is empty, so it counts for none")
	}
	var patterns []glob.Pattern
	for _, text := range texts {
		p, problem := ParsePattern(text)
		if problem != nil {
			return nil, strictyaml.At(m.LineOf("plugins"), "plugins: %s", problem)
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

// manyStars is what stands for any number of segments.
var manyStars = regexp.MustCompile(`\*{2,}`)

// ParsePattern reads a pattern of plugin ids: an id, or a glob over its segments.
// One that no id can match is a mistake that nobody would be told of.
func ParsePattern(text string) (glob.Pattern, error) {
	p, err := glob.Compile(text, '.')
	if err != nil {
		return p, err
	}
	const idChars = "abcdefghijklmnopqrstuvwxyz0123456789.-"
	if chars := idChars + "*?[]{},!"; strings.Trim(text, chars) != "" {
		return p, fmt.Errorf("%s: ids of plugins are of lower-case letters, digits, dots and hyphens", strictyaml.Quote(text))
	}
	if !glob.IsPattern(text) && slices.Contains(strings.Split(text, "."), "") {
		return p, fmt.Errorf("%s is no id of a plugin like com.acme.doctor, and no pattern", strictyaml.Quote(text))
	}
	for _, at := range manyStars.FindAllStringIndex(text, -1) {
		before, after := text[:at[0]], text[at[1]:]
		if before != "" && !strings.ContainsAny(before[len(before)-1:], ".{,") || after != "" && !strings.ContainsAny(after[:1], ".},") {
			return p, fmt.Errorf("%s: ** stands for whole segments, as in com.acme.**; within one write *", strictyaml.Quote(text))
		}
	}
	return p, nil
}
