package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/strictyaml"
)

// Schema names the trust file.
const Schema = "stellaops.doctor.trust/v1"

// Bounds of a trust file.
const (
	// MaxFile is the largest trust file, in bytes.
	MaxFile = 1 << 20
	// MaxKeys, MaxAuthorities and MaxRules are how many it may have.
	MaxKeys        = 256
	MaxAuthorities = 16
	MaxRules       = 64
	maxPatterns    = 64
	maxAnchors     = 16
	maxThreshold   = 16
	maxText        = 4 << 10
	maxPEM         = 256 << 10
)

// Error tells why a trust file or a revocation list cannot be used.
type Error struct {
	File string
	// What is the kind of file: trust file, revocation list.
	What string
	// Line counts from 1; zero when no line is at fault.
	Line int
	// Problem is a lower-case clause.
	Problem string
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s %s: line %d: %s", e.What, e.File, e.Line, e.Problem)
	}
	return fmt.Sprintf("%s %s: %s", e.What, e.File, e.Problem)
}

// Parse reads a trust file; name is how messages call it. It is strict: what is
// read wrongly believes somebody, or forgets a revocation. The error is an
// *Error: for a text that [strictyaml] refuses, another schema, a key or a
// certificate that cannot be used, two entries of one name or one key, a pattern
// that no plugin id can match, and thresholds and times that make no sense.
//
// A ring that wants a revocation list believes nobody until it has it:
// [Ring.RevocationsFile], [Ring.WithRevocations].
func Parse(data []byte, name string) (*Ring, error) {
	r, err := parse(data)
	if err != nil {
		return nil, &Error{File: name, What: "trust file", Line: err.Line, Problem: err.Problem}
	}
	r.name = name
	return r, nil
}

func parse(data []byte) (*Ring, *strictyaml.Error) {
	top, err := strictyaml.Document(data, "a trust file", MaxFile)
	if err != nil {
		return nil, err
	}
	file, err := top.Mapping("the trust file", "schema", "require_lock", "threshold", "keys", "authorities", "rules", "revocations")
	if err != nil {
		return nil, err
	}
	switch schema, err := file.Need("schema", maxText); {
	case err != nil:
		return nil, err
	case schema != Schema:
		return nil, strictyaml.At(file.LineOf("schema"), "schema: %s is not %s, which this program reads", strictyaml.Quote(schema), Schema)
	}
	r := &Ring{}
	if r.requireLock, err = file.Bool("require_lock"); err != nil {
		return nil, err
	}
	if r.threshold, err = readThreshold(file); err != nil {
		return nil, err
	}
	if r.threshold == 0 {
		r.threshold = 1
	}
	for _, part := range []func(*Ring, strictyaml.Mapping) *strictyaml.Error{(*Ring).readKeys, (*Ring).readAuthorities, (*Ring).readRules, (*Ring).readRevocations} {
		if err := part(r, file); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func readThreshold(m strictyaml.Mapping) (int, *strictyaml.Error) {
	n, err := m.Int("threshold", 1, maxThreshold)
	return int(n), err
}

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

func (r *Ring) readAuthorities(file strictyaml.Mapping) *strictyaml.Error {
	nodes, err := file.Items("authorities", MaxAuthorities)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		a, err := readAuthority(n)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.authorities, func(other authority) bool { return other.name == a.name }) {
			return strictyaml.At(n.Line(), "authority %s stands there twice", a.name)
		}
		r.authorities = append(r.authorities, a)
	}
	return nil
}

func readAuthority(n strictyaml.Node) (authority, *strictyaml.Error) {
	var a authority
	m, err := n.Mapping("an authority", "name", "certificates", "crls", "plugins", "subjects")
	if err != nil {
		return a, err
	}
	if a.name, err = readName(m); err != nil {
		return a, err
	}
	text, err := m.Need("certificates", maxPEM)
	if err != nil {
		return a, err
	}
	var problem string
	if a.anchors, problem = parseAnchors(text); problem != "" {
		return a, strictyaml.At(m.LineOf("certificates"), "authority %s: %s", a.name, problem)
	}
	if text, err = m.Text("crls", maxPEM); err != nil {
		return a, err
	}
	if m.Has("crls") {
		if a.crls, problem = parseCRLs(text); problem != "" {
			return a, strictyaml.At(m.LineOf("crls"), "authority %s: %s", a.name, problem)
		}
	}
	if a.plugins, err = readPatterns(m, true); err != nil {
		return a, err
	}
	if a.subjects, err = m.Texts("subjects", maxPatterns, maxText); err == nil && m.Has("subjects") && len(a.subjects) == 0 {
		err = strictyaml.At(m.LineOf("subjects"), "the list of subjects is empty; leave it out to take all")
	}
	return a, err
}

// parseAnchors reads the certificates of an authority, which are all believed.
func parseAnchors(text string) ([]*x509.Certificate, string) {
	blocks, problem := pemBlocks(text, "CERTIFICATE")
	if problem != "" {
		return nil, problem
	}
	var anchors []*x509.Certificate
	for i, der := range blocks {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Sprintf("certificate %d cannot be read: %s", i+1, plain(err.Error()))
		}
		if !c.BasicConstraintsValid || !c.IsCA || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
			return nil, fmt.Sprintf("certificate %d, of %s, is not that of an authority", i+1, quote(c.Subject.String()))
		}
		if err := judgeIssuer(c); err != nil {
			return nil, fmt.Sprintf("certificate %d, of %s, does not count: %s", i+1, quote(c.Subject.String()), err)
		}
		anchors = append(anchors, c)
	}
	return anchors, ""
}

// pemBlocks reads a text that holds PEM blocks of one type. Text between them is
// for people, as openssl writes it; but every block that begins must be read.
func pemBlocks(text, kind string) ([][]byte, string) {
	var blocks [][]byte
	for rest := []byte(text); ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != kind {
			return nil, fmt.Sprintf("PEM block %d is of type %s; %s is wanted", len(blocks)+1, quote(block.Type), kind)
		}
		blocks, rest = append(blocks, block.Bytes), after
	}
	switch begun := bytes.Count([]byte(text), []byte("-----BEGIN ")); {
	case len(blocks) == 0:
		return nil, "there is no PEM block of type " + kind
	case begun != len(blocks):
		return nil, fmt.Sprintf("of %d PEM blocks only %d can be read", begun, len(blocks))
	case len(blocks) > maxAnchors:
		return nil, fmt.Sprintf("there are more than %d PEM blocks", maxAnchors)
	}
	return blocks, ""
}

func (r *Ring) readRules(file strictyaml.Mapping) *strictyaml.Error {
	nodes, err := file.Items("rules", MaxRules)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		m, err := n.Mapping("a rule", "plugins", "threshold", "predicates")
		if err != nil {
			return err
		}
		var each rule
		if each.plugins, err = readPatterns(m, true); err != nil {
			return err
		}
		if each.threshold, err = readThreshold(m); err != nil {
			return err
		}
		if each.predicates, err = m.Texts("predicates", maxPatterns, maxText); err != nil {
			return err
		}
		if m.Has("predicates") && len(each.predicates) == 0 {
			return strictyaml.At(m.LineOf("predicates"), "the list of predicates is empty, so nothing counts")
		}
		if each.threshold == 0 && len(each.predicates) == 0 {
			return strictyaml.At(n.Line(), "the rule has neither threshold nor predicates, so it says nothing")
		}
		r.rules = append(r.rules, each)
	}
	return nil
}

func (r *Ring) readRevocations(file strictyaml.Mapping) *strictyaml.Error {
	n, ok := file.Node("revocations")
	if !ok {
		return nil
	}
	m, err := n.Mapping("revocations", "file", "number")
	if err != nil {
		return err
	}
	w := &listFile{}
	if w.file, err = m.Need("file", maxText); err != nil {
		return err
	}
	if path.Base(w.file) != w.file || strings.ContainsAny(w.file, `\:`) || w.file == "." || w.file == ".." {
		return strictyaml.At(m.LineOf("file"), "file: %s is no plain name of a file beside this one", strictyaml.Quote(w.file))
	}
	w.number, err = m.Int("number", 1, maxNumber)
	r.wanted = w
	return err
}
