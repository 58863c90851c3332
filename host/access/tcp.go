package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// resolveTCP makes the grants of an entry of kind tcp for one item. The port is
// that of the port setting, else the target's own, else each of the default
// ports, for each of which there is one grant: a check may choose among them.
// Without any port the entry grants nothing.
//
// A port setting that is no port makes the grant invalid, as a target does that
// fails the screen.
func resolveTCP(e wire.Access, bind string, lookup Lookup) []Grant {
	raw, g, ok := tcpTarget(e, bind, lookup)
	if !ok {
		return nil
	}
	peer, rule := wire.ScreenPeer(raw)
	port, from, ok := tcpPort(e, bind, lookup)
	if !ok {
		return nil
	}
	if from != "" {
		g.Text += ":" + from
		if rule == "" && port == 0 {
			rule = wire.RulePort
		}
		peer.Port = port
	}
	switch {
	case rule != "":
		g.Invalid, g.raw = rule, raw
		return []Grant{g}
	case peer.Port != 0:
		g.Base = wire.URL{Scheme: wire.SchemeTCP, Host: peer.Host, Port: peer.Port}
		return []Grant{g}
	}
	var grants []Grant
	for _, port := range e.DefaultPort {
		each := g
		each.Text += ":" + strconv.Itoa(port)
		u, rule := wire.ScreenTCP(peer.Host, port)
		if each.Base = u; rule != "" {
			each.Invalid, each.raw = rule, raw
		}
		grants = append(grants, each)
	}
	return grants
}

// tcpTarget begins the grant of an entry with its target. It reports false when
// the setting has no value.
func tcpTarget(e wire.Access, bind string, lookup Lookup) (raw string, g Grant, ok bool) {
	g = Grant{Kind: e.Kind, Methods: []string{wire.MethodProbe}}
	key, isKey := targetKey(e.Target)
	if !isKey {
		g.Text = wire.MethodProbe + " " + e.Target
		return e.Target, g, true
	}
	key, bound := bindKey(key, bind)
	if !bound {
		return "", g, false
	}
	value, from, ok := lookup(key)
	if raw = strings.TrimSpace(value); !ok || raw == "" {
		return "", g, false
	}
	g.Text, g.Key, g.Setting = wire.MethodProbe+" {"+key+"}", from, key
	return raw, g, true
}

// tcpPort reads the port setting: from is its name in braces, empty when there is
// none or it has no value; port is zero when the value is no port. It reports
// false for a key that cannot be bound.
func tcpPort(e wire.Access, bind string, lookup Lookup) (port int, from string, ok bool) {
	key, isKey := targetKey(e.Port)
	if !isKey {
		return 0, "", true
	}
	key, bound := bindKey(key, bind)
	if !bound {
		return 0, "", false
	}
	value, _, set := lookup(key)
	if value = strings.TrimSpace(value); !set || value == "" {
		return 0, "", true
	}
	return wire.ParsePort(value), "{" + key + "}", true
}

// CoversTCP says whether the grant allows a connection to u, which has passed
// [wire.ScreenTCP]: a grant of kind tcp with a valid target, the same host and
// the same port.
func (g Grant) CoversTCP(u wire.URL) bool {
	return g.Kind == wire.KindTCP && g.Invalid == "" && g.Base.Host != "" &&
		u.Scheme == wire.SchemeTCP && g.Base.Host == u.Host && g.Base.Port == u.Port
}

// JudgeTCP is [Judge] for a call of tcp_probe: screen of host and port, then
// grant by exact host and port.
func JudgeTCP(grants []Grant, function string, req *wire.TCPRequest) (Grant, wire.URL, *wire.CallError) {
	u, rule := wire.ScreenTCP(req.Host, req.Port)
	if rule != "" {
		return Grant{}, wire.URL{}, invalid(rule, fmt.Sprintf("%s: host and port cannot be used (%s)", function, rule))
	}
	if i := slices.IndexFunc(grants, func(g Grant) bool { return g.CoversTCP(u) }); i >= 0 {
		return grants[i], u, nil
	}
	for _, g := range grants {
		if g.Kind == wire.KindTCP && g.Invalid != "" && mentions(g.raw, u.Host) {
			return Grant{}, wire.URL{}, invalid(g.Invalid, fmt.Sprintf("the peer in %s cannot be used (%s)", g.Text, g.Invalid))
		}
	}
	return Grant{}, wire.URL{}, denied(RuleNotGranted, fmt.Sprintf("%s on port %d is outside what is granted: the access has to name %s",
		u.Host, u.Port, u.String()))
}
