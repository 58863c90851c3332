package store

import (
	"fmt"
	"regexp"

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

func problemOf(err error) string {
	switch e := err.(type) {
	case nil:
		return ""
	case *wire.ValidationError:
		return e.Problem
	}
	return fmt.Sprint(err)
}
