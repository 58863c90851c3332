package trust

import (
	"fmt"
	"path"
	"strings"

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
