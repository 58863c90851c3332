package store

import (
	"fmt"
	"regexp"
	"strings"

	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/sdk/wire"
)

// ParseLock reads a lock; name is how messages call it. It is strict, because a
// lock that is read wrongly lets in what nobody approved.
//
// The error is an *Error: for a text that is no YAML, too large or empty, with
// fields that are unknown, repeated or missing, of another schema, with plugins
// that are not sorted by id or stand twice, and for every value that this program
// would not have written.
func ParseLock(data []byte, name string) (*Lock, error) {
	l, err := parseLock(data)
	if err != nil {
		problem := &Error{File: name, Line: err.Line, Problem: err.Problem}
		if later(data) {
			problem.Line, problem.Problem = 0, "it was written by a newer version of this program"
			problem.Hint = "use the newer version, or a lock of schema " + Schema
		}
		return nil, problem
	}
	return l, nil
}

// schemaLine finds the schema of a lock that need not be understood otherwise.
var schemaLine = regexp.MustCompile(`(?m)^schema: *["']?stellaops\.doctor\.lock/v([0-9]{1,9})["']?[ \r]*$`)

// later tells the locks of a newer schema. They may hold anything.
func later(data []byte) bool {
	m := schemaLine.FindSubmatch(data)
	return m != nil && string(m[1]) != "1" && string(m[1]) != "0"
}

func parseLock(data []byte) (*Lock, *strictyaml.Error) {
	top, err := strictyaml.Document(data, "a lock", MaxLock)
	if err != nil {
		return nil, err
	}
	file, err := top.Mapping("the lock", "schema", "plugins", "seen")
	if err != nil {
		return nil, err
	}
	schema, err := file.Need("schema", maxText)
	switch {
	case err != nil:
		return nil, err
	case schema != Schema:
		return nil, strictyaml.At(file.LineOf("schema"), "schema is %s; this program reads %s", strictyaml.Quote(schema), Schema)
	case !file.Has("plugins"):
		return nil, strictyaml.At(file.Line(), "it has no list called plugins")
	}
	nodes, err := file.Items("plugins", MaxPlugins)
	if err != nil {
		return nil, err
	}
	l := &Lock{}
	files := map[string]string{}
	for _, n := range nodes {
		e, err := parseEntry(n)
		if err != nil {
			return nil, err
		}
		if len(l.Entries) > 0 {
			switch last := l.Entries[len(l.Entries)-1].ID; {
			case last == e.ID:
				return nil, strictyaml.At(n.Line(), "plugin %s stands there twice", e.ID)
			case last > e.ID:
				return nil, strictyaml.At(n.Line(), "plugin %s stands after %s: plugins are sorted by id", e.ID, last)
			}
		}
		if other, twice := files[e.Digest]; twice {
			return nil, strictyaml.At(n.Line(), "plugin %s has the digest of plugin %s: one file is one plugin", e.ID, other)
		}
		files[e.Digest] = e.ID
		l.Entries = append(l.Entries, e)
	}
	l.Seen, err = parseSeen(file)
	return l, err
}

// parseSeen reads the releases that were here.
func parseSeen(file strictyaml.Mapping) ([]Seen, *strictyaml.Error) {
	nodes, err := file.Items("seen", maxSeen)
	if err != nil {
		return nil, err
	}
	var all []Seen
	for _, n := range nodes {
		m, err := n.Mapping("a version that was here", "id", "version", "digest")
		if err != nil {
			return nil, err
		}
		var s Seen
		if s.ID, err = m.Need("id", maxKey); err != nil {
			return nil, err
		}
		if s.Version, err = m.Need("version", maxText); err != nil {
			return nil, err
		}
		if problem := checkInfo(s.ID, s.Version); problem != "" {
			return nil, strictyaml.At(n.Line(), "%s", problem)
		}
		if s.Digest, err = parseDigest(m, "digest", true); err != nil {
			return nil, err
		}
		if len(all) > 0 && compareSeen(all[len(all)-1], s) >= 0 {
			return nil, strictyaml.At(n.Line(), "what was seen is sorted by id and version, each once")
		}
		all = append(all, s)
	}
	return all, nil
}

// Fields of the parts of a lock.
var (
	releaseFields  = []string{"version", "digest", "bytes", "signers", "unsigned", "unsigned_by", "vet"}
	approvedFields = append([]string{"access", "settings", "secrets", "engine", "approved_by", "approved_at", "expires"}, releaseFields...)
	entryFields    = append([]string{"id", "hold", "pending", "previous"}, approvedFields...)
	pendingFields  = append([]string{"since"}, releaseFields...)
)

func parseEntry(n strictyaml.Node) (e Entry, err *strictyaml.Error) {
	m, err := n.Mapping("a plugin", entryFields...)
	if err != nil {
		return e, err
	}
	if e.ID, err = m.Need("id", maxKey); err != nil {
		return e, err
	}
	if problem := checkInfo(e.ID, "0.0.0"); problem != "" {
		return e, strictyaml.At(m.LineOf("id"), "id: %s", problem)
	}
	if e.Approved, err = parseApproved(m); err != nil {
		return e, err
	}
	if e.Hold, err = m.Text("hold", maxText); err != nil {
		return e, err
	}
	if part, ok := m.Node("pending"); ok {
		if e.Pending, err = parsePending(part); err != nil {
			return e, err
		}
		if e.Pending.Digest == e.Digest {
			return e, strictyaml.At(part.Line(), "the version that waits is the one that runs")
		}
	}
	if part, ok := m.Node("previous"); ok {
		p, err := part.Mapping("the previous version", approvedFields...)
		if err != nil {
			return e, err
		}
		before, err := parseApproved(p)
		if err != nil {
			return e, err
		}
		e.Previous = &before
	}
	return e, nil
}

func parsePending(n strictyaml.Node) (*Pending, *strictyaml.Error) {
	m, err := n.Mapping("the version that waits", pendingFields...)
	if err != nil {
		return nil, err
	}
	p := &Pending{}
	if p.Release, err = parseRelease(m); err != nil {
		return nil, err
	}
	if _, err := m.Need("since", maxText); err != nil {
		return nil, err
	}
	p.Since, err = m.Time("since")
	return p, err
}

func parseRelease(m strictyaml.Mapping) (r Release, err *strictyaml.Error) {
	if r.Version, err = m.Need("version", maxText); err != nil {
		return r, err
	}
	if problem := checkInfo("a.b", r.Version); problem != "" {
		return r, strictyaml.At(m.LineOf("version"), "version: %s", problem)
	}
	if r.Digest, err = parseDigest(m, "digest", true); err != nil {
		return r, err
	}
	if _, err = m.Need("bytes", maxText); err != nil {
		return r, err
	}
	if r.Bytes, err = m.Int("bytes", 1, wire.MaxModuleBytes); err != nil {
		return r, err
	}
	if r.Vet, err = parseDigest(m, "vet", false); err != nil {
		return r, err
	}
	if r.Unsigned, err = m.Bool("unsigned"); err != nil {
		return r, err
	}
	if r.UnsignedBy, err = m.Text("unsigned_by", maxText); err != nil {
		return r, err
	}
	if r.UnsignedBy != "" && !r.Unsigned {
		return r, strictyaml.At(m.LineOf("unsigned_by"), "unsigned_by stands there without unsigned: true")
	}
	if r.Signers, err = parseSigners(m); err != nil {
		return r, err
	}
	if r.Unsigned == (len(r.Signers) > 0) {
		return r, strictyaml.At(m.Line(), "a version has either signers or unsigned: true")
	}
	return r, nil
}

func parseSigners(m strictyaml.Mapping) ([]Signer, *strictyaml.Error) {
	nodes, err := m.Items("signers", maxSigners)
	if err != nil {
		return nil, err
	}
	var all []Signer
	for _, n := range nodes {
		part, err := n.Mapping("a signer", "name", "key")
		if err != nil {
			return nil, err
		}
		var s Signer
		if s.Name, err = part.Need("name", maxText); err != nil {
			return nil, err
		}
		if s.Key, err = parseDigest(part, "key", true); err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.Key == s.Key {
				return nil, strictyaml.At(n.Line(), "the key of signer %s stands there twice", strictyaml.Quote(s.Name))
			}
		}
		all = append(all, s)
	}
	return all, nil
}

func parseApproved(m strictyaml.Mapping) (a Approved, err *strictyaml.Error) {
	if a.Release, err = parseRelease(m); err != nil {
		return a, err
	}
	if a.Scope, err = parseScope(m); err != nil {
		return a, err
	}
	if a.Engine, err = parseEngine(m); err != nil {
		return a, err
	}
	if a.By, err = m.Need("approved_by", maxText); err != nil {
		return a, err
	}
	if _, err = m.Need("approved_at", maxText); err != nil {
		return a, err
	}
	if a.At, err = m.Time("approved_at"); err != nil {
		return a, err
	}
	if a.Expires, err = m.Time("expires"); err != nil {
		return a, err
	}
	if m.Has("expires") && !a.Expires.After(a.At) {
		return a, strictyaml.At(m.LineOf("expires"), "expires is not after approved_at")
	}
	return a, nil
}

// parseDigest reads sha256:<hex> in lower case.
func parseDigest(m strictyaml.Mapping, field string, needed bool) (string, *strictyaml.Error) {
	read := m.Text
	if needed {
		read = m.Need
	}
	text, err := read(field, maxText)
	if err != nil || text == "" {
		return "", err
	}
	if !isDigest(text) {
		return "", strictyaml.At(m.LineOf(field), "%s: %s is not sha256: with 64 hex digits in lower case", field, strictyaml.Quote(text))
	}
	return text, nil
}

func isDigest(text string) bool {
	digits, ok := strings.CutPrefix(text, "sha256:")
	return ok && len(digits) == 64 && strings.Trim(digits, "0123456789abcdef") == ""
}

// checkInfo holds an id and a version to the rules of the contract, by which no
// part of either can be taken for a path.
func checkInfo(id, version string) string {
	info := wire.PluginInfo{ABI: wire.Version, ID: id, Name: "x", Version: version, Category: "x", Checks: []wire.CheckInfo{stub()}}
	return problemOf(info.Validate())
}

// stub is a check that is valid by itself.
func stub() wire.CheckInfo {
	return wire.CheckInfo{ID: "check.lock.entry", Name: "x", Description: "x", Class: wire.ClassWrite, DefaultSeverity: wire.Warn}
}

func problemOf(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *wire.ValidationError:
		return e.Problem
	}
	return fmt.Sprint(err)
}
