package host

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// plannedRequests shows the grants of a check, and each access entry that came
// to none with the reason.
func plannedRequests(e checkEntry, a admission, client *egress.Client, plainHTTP bool) []PlannedRequest {
	out := []PlannedRequest{}
	for i, declared := range e.info.Access {
		entry := i + 1
		granted := false
		for _, g := range a.grants {
			if g.Entry == entry {
				granted = true
				out = append(out, plannedRequest(g, declared, a.resolution, client, plainHTTP))
			}
		}
		if granted {
			continue
		}
		r := unplanned(entry, declared, a.resolution)
		if slices.ContainsFunc(a.declared, func(g access.Grant) bool { return g.Entry == entry }) {
			r.Problem = "it is not approved: " + approveCommand(e.plugin.info.ID)
		}
		out = append(out, r)
	}
	return out
}

// unplanned shows an access entry that grants nothing.
func unplanned(entry int, declared wire.Access, s settings.Resolution) PlannedRequest {
	methods := declared.Methods
	if declared.Kind == wire.KindTCP {
		methods = []string{wire.MethodProbe}
	}
	r := PlannedRequest{Entry: entry, Access: strings.TrimSpace(strings.Join(methods, ",") + " " + declared.Target + declared.Path),
		Kind: declared.Kind, Methods: []string{}, Secrets: []string{}, Reason: declared.Reason}
	_, set := s.Lookup(strings.Trim(declared.Target, "{}"))
	switch {
	case declared.Kind != wire.KindHTTP && declared.Kind != wire.KindTCP:
		r.Problem = "this host does not offer " + declared.Kind
	case declared.Kind == wire.KindTCP && (set || !strings.HasPrefix(declared.Target, "{")):
		r.Problem = "no port is known"
	default:
		r.Problem = declared.Target + " is not set"
	}
	return r
}

func plannedRequest(g access.Grant, declared wire.Access, r settings.Resolution, client *egress.Client, plainHTTP bool) PlannedRequest {
	p := PlannedRequest{Entry: g.Entry, Access: g.Text, Kind: g.Kind, Methods: offered(g.Methods), Setting: g.Key,
		Redirects: g.Redirects, MaxBody: g.MaxBody, Secrets: []string{}, Reason: declared.Reason}
	if v, ok := r.Lookup(g.Setting); ok {
		p.Secret = v.Secret
	}
	for _, handle := range g.Secrets {
		if plainHTTP || !access.InTheClear(g.Base) {
			p.Secrets = append(p.Secrets, keyOf(handle))
		}
	}
	switch {
	case g.Kind == wire.KindTCP && p.Secret:
		p.Problem = "its address is a secret, which no call for a connection can name"
		return p
	case g.Invalid != "" && g.Kind == wire.KindTCP:
		p.Rule, p.Problem = g.Invalid, "host and port cannot be used: "+peerText(g.Invalid)
		return p
	case g.Invalid != "":
		p.Rule, p.Problem = g.Invalid, "its address cannot be used: "+screenText(g.Invalid)
		return p
	case len(p.Methods) == 0:
		p.Problem = "this host does not offer " + strings.Join(g.Methods, ", ")
	case p.Secret:
		p.URL = g.Base.Origin()
	default:
		p.URL = settings.MaskQuery(g.Base.String())
	}
	if client != nil && g.Kind == wire.KindHTTP { // a connection uses no proxy
		p.Proxy = client.Route(g.Base)
	}
	return p
}

// offered are those of the methods that some host function serves.
func offered(methods []string) []string {
	out := []string{}
	for _, m := range methods {
		if slices.ContainsFunc(hostFunctions, func(f hostFunction) bool { return slices.Contains(f.methods, m) }) {
			out = append(out, m)
		}
	}
	return out
}

// screenText says in words what a rule of wire.ScreenURL means.
func screenText(rule string) string {
	switch rule {
	case wire.RuleScheme:
		return "it does not begin with http:// or https://"
	case wire.RuleUserinfo:
		return "it contains a user name or password, which belong into settings of their own"
	case wire.RuleHost:
		return "its host is neither a DNS name nor an IP address"
	case wire.RulePort:
		return "its port is not a number from 1 to 65535"
	case wire.RulePath:
		return "its path has dot segments, doubled slashes or forbidden escapes"
	}
	return "it is not a well-formed http or https URL in plain ASCII"
}

// peerText says in words what a rule of wire.ScreenPeer means.
func peerText(rule string) string {
	switch rule {
	case wire.RuleScheme:
		return "what stands before :// is no scheme"
	case wire.RuleUserinfo:
		return "the host contains a user name or password, which belong into settings of their own"
	case wire.RuleHost:
		return "the host is neither a DNS name nor an IP address"
	case wire.RulePort:
		return "the port is not a number from 1 to 65535"
	case wire.RulePath:
		return "the host contains a path"
	}
	return "the host is empty, too long, or not in plain ASCII"
}
