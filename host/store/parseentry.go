package store

import (
	"strings"

	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/sdk/wire"
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
