package access

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Relation says how what is asked for now stands to what was approved before.
type Relation int

// Relations. What cannot be compared is [Wider]: nothing goes through because
// nobody knew.
const (
	Same Relation = iota
	Narrower
	Wider
)

// String returns same, narrower or wider.
func (r Relation) String() string {
	switch r {
	case Same:
		return "same"
	case Narrower:
		return "narrower"
	}
	return "wider"
}

// Widened returns what of new the old access does not cover: the entries in
// their order, each with those of its methods alone that are not covered.
func Widened(old, new []wire.Access) []wire.Access {
	var wider []wire.Access
	for _, e := range new {
		if rest, covered := uncovered(old, e); !covered {
			wider = append(wider, rest)
		}
	}
	return wider
}

// Contains says whether whatever inner lets pass under any settings, outer lets
// pass too: the same kind, no more class, methods, secrets, ports, body and
// redirects, and a target that is the same setting or an address below the
// other, by scheme, host, port and path segments. A setting and an address
// written out are never compared: what a setting holds is the operator's.
func Contains(outer, inner wire.Access) bool {
	if outer.Kind != inner.Kind || inner.Class == wire.ClassWrite && outer.Class != wire.ClassWrite || !subset(inner.Secrets, outer.Secrets) {
		return false
	}
	switch outer.Kind {
	case wire.KindHTTP:
		return subset(inner.Methods, outer.Methods) && placeContains(outer, inner) &&
			(inner.Redirects == "" || inner.Redirects == outer.Redirects) && bodyLimit(inner.MaxBody) <= bodyLimit(outer.MaxBody)
	case wire.KindTCP:
		return peerContains(outer, inner)
	}
	return false
}

// uncovered returns what of e no entry of old contains. One request uses one
// method and at most one secret, so each pair of them may be covered by an entry
// of its own.
func uncovered(old []wire.Access, e wire.Access) (rest wire.Access, covered bool) {
	if e.Kind != wire.KindHTTP {
		return e, containedOnce(old, e)
	}
	rest = e
	rest.Methods = nil
	for _, m := range e.Methods {
		one := e
		one.Methods = []string{m}
		if !containedOnce(old, one) {
			rest.Methods = append(rest.Methods, m)
		}
	}
	return rest, len(rest.Methods) == 0 && len(e.Methods) > 0
}

// containedOnce asks for each secret of an entry of one method.
func containedOnce(old []wire.Access, one wire.Access) bool {
	secrets := one.Secrets
	one.Secrets = nil
	for i := -1; i < len(secrets); i++ {
		if i >= 0 {
			one.Secrets = secrets[i : i+1]
		}
		if !slices.ContainsFunc(old, func(o wire.Access) bool { return Contains(o, one) }) {
			return false
		}
	}
	return true
}

// placeContains compares where two http entries lead.
func placeContains(outer, inner wire.Access) bool {
	if outer.Target == inner.Target {
		whole := outer.Trim == wire.TrimAll && strings.Trim(outer.Path, "/") == "" // the origin and all that is below it
		if whole || normalTrim(outer.Trim) == normalTrim(inner.Trim) && wire.CoversPath(rooted(outer.Path), rooted(inner.Path)) {
			return true
		}
	}
	o, okOuter := literalBase(outer)
	i, okInner := literalBase(inner)
	return okOuter && okInner && o.Covers(i)
}

// literalBase is the address that [Resolve] makes of an entry without a setting.
func literalBase(e wire.Access) (wire.URL, bool) {
	if _, isKey := targetKey(e.Target); isKey {
		return wire.URL{}, false
	}
	u, rule := wire.ScreenURL(e.Target)
	if rule != "" {
		return wire.URL{}, false
	}
	u, rule = wire.ScreenURL(u.Join(e.Trim, e.Path).String())
	return u, rule == ""
}

// peerContains compares where two tcp entries lead. The port setting has to be
// the same one: where only one of the two has it, its value decides which is
// the wider.
func peerContains(outer, inner wire.Access) bool {
	if outer.Port != inner.Port {
		return false
	}
	o, okOuter := literalPeer(outer)
	i, okInner := literalPeer(inner)
	if okOuter && okInner {
		return o.Host == i.Host && subset(peerPorts(inner, i), peerPorts(outer, o))
	}
	return outer.Target == inner.Target && subset(inner.DefaultPort, outer.DefaultPort)
}

// literalPeer reads a target that is no setting.
func literalPeer(e wire.Access) (wire.Peer, bool) {
	if _, isKey := targetKey(e.Target); isKey {
		return wire.Peer{}, false
	}
	p, rule := wire.ScreenPeer(e.Target)
	return p, rule == ""
}

// peerPorts are the ports of a literal target without a port setting.
func peerPorts(e wire.Access, p wire.Peer) []int {
	if p.Port != 0 {
		return []int{p.Port}
	}
	return e.DefaultPort
}

// normalTrim makes the spellings of one trim equal, and keeps [wire.TrimAll]
// apart from a segment that is an asterisk.
func normalTrim(trim string) string {
	if trim == wire.TrimAll {
		return trim
	}
	return rooted(trim)
}

// rooted returns the path with one slash before it and none after it.
func rooted(path string) string { return "/" + strings.Trim(path, "/") }

func subset[T comparable](part, whole []T) bool {
	return !slices.ContainsFunc(part, func(v T) bool { return !slices.Contains(whole, v) })
}
