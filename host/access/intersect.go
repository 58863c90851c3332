package access

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// Intersect returns what of the declared access is approved, in the order in
// which it is declared. An entry that is approved whole stays as it is; of any
// other there is what it shares with each approved entry: the methods, secrets
// and ports that both name, the narrower place, the smaller body, redirects where
// both follow them. [Judge] grants nothing under it that it would not grant under
// either of the two.
func Intersect(declared, approved []wire.Access) []wire.Access {
	var both []wire.Access
	for _, d := range declared {
		if _, covered := uncovered(approved, d); covered {
			both = append(both, d)
			continue
		}
		var parts []wire.Access
		for _, a := range approved {
			if m, ok := meet(d, a); ok && len(Widened(parts, []wire.Access{m})) > 0 {
				parts = append(parts, m)
			}
		}
		both = append(both, parts...)
	}
	return both
}

// meet is what two entries share; the reason is that of the declared one.
func meet(d, a wire.Access) (wire.Access, bool) {
	if d.Kind != a.Kind {
		return wire.Access{}, false
	}
	m := d
	m.Secrets = shared(d.Secrets, a.Secrets)
	if a.Class != wire.ClassWrite {
		m.Class = a.Class
	}
	switch d.Kind {
	case wire.KindHTTP:
		m.Methods = shared(d.Methods, a.Methods)
		if bodyLimit(a.MaxBody) < bodyLimit(d.MaxBody) {
			m.MaxBody = a.MaxBody
		}
		if a.Redirects != d.Redirects {
			m.Redirects = ""
		}
		switch {
		case placeContains(a, d):
		case placeContains(d, a):
			m.Target, m.Trim, m.Path = a.Target, a.Trim, a.Path
		default:
			return wire.Access{}, false
		}
		return m, len(m.Methods) > 0
	case wire.KindTCP:
		return meetPeer(m, d, a)
	}
	return wire.Access{}, false
}

// meetPeer is meet for tcp. Where one of two addresses brings its own port, what
// they share is the host alone, with the ports that both name as its default.
func meetPeer(m, d, a wire.Access) (wire.Access, bool) {
	if d.Port != a.Port {
		return m, false
	}
	m.DefaultPort = shared(d.DefaultPort, a.DefaultPort)
	pd, literalD := literalPeer(d)
	pa, literalA := literalPeer(a)
	if !literalD || !literalA {
		return m, d.Target == a.Target
	}
	if pd.Port != 0 || pa.Port != 0 {
		m.Target, m.DefaultPort = pd.Host, shared(peerPorts(d, pd), peerPorts(a, pa))
	}
	return m, pd.Host == pa.Host && (len(m.DefaultPort) > 0 || m.Port != "")
}

func shared[T comparable](a, b []T) []T {
	var both []T
	for _, v := range a {
		if slices.Contains(b, v) {
			both = append(both, v)
		}
	}
	return both
}
