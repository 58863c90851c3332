package waivers

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// takes reports whether an entry's cause and target are those of a problem.
func (e *entry) takes(res *report.Result) bool {
	cause := ""
	if res.Cause != nil {
		cause = *res.Cause
	}
	if !e.cause.match(cause) {
		return false
	}
	if e.target.text == "" {
		return true
	}
	addresses := targets(res)
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(address string) bool {
		return !slices.ContainsFunc(spellings(address), e.target.match)
	})
}

// targets are the addresses that a problem is about; the package comment says
// which those are.
func targets(res *report.Result) []string {
	if url, _ := res.Evidence["request_url"].AsString(); url != "" {
		return []string{url}
	}
	var all []string
	for name, v := range res.Evidence {
		if url, _ := v.AsString(); url != "" && strings.HasSuffix(name, "_url") {
			all = append(all, url)
		}
		items, _ := v.AsItems()
		for _, item := range items {
			all = append(all, itemTargets(item)...)
		}
	}
	all = append(all, hostPort(res.Evidence["host"], res.Evidence["port"])...)
	if len(all) > 0 {
		return all
	}
	for _, call := range res.Requests {
		if call.URL != "" {
			all = append(all, call.URL)
		}
	}
	return all
}

// itemTargets are the addresses of one item of a list.
func itemTargets(item wire.Item) []string {
	fields := map[string]wire.Value{}
	for _, f := range item {
		fields[f.Name] = f.Value
	}
	for _, name := range []string{"request_url", "url", "url_host"} {
		if url, _ := fields[name].AsString(); url != "" {
			return []string{url}
		}
	}
	return hostPort(fields["host"], fields["port"])
}

func hostPort(host, port wire.Value) []string {
	name, _ := host.AsString()
	if name == "" {
		return nil
	}
	if n, ok := port.AsInt(); ok {
		name = wire.URL{Host: name, Port: int(n)}.HostPort()
	}
	return []string{name}
}

// spellings are the forms of an address that a target may be written in: the
// address, its origin, host and port, and the host alone.
func spellings(address string) []string {
	forms := []string{address}
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		host, _, cut := strings.Cut(address, ":")
		if cut && !strings.ContainsAny(host, "[/") {
			forms = append(forms, host)
		}
		return forms
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	} else {
		forms = append(forms, address+"/")
	}
	if u, rule := wire.ScreenURL(scheme + "://" + authority + "/"); rule == "" {
		return append(forms, u.Origin(), u.HostPort(), u.Host)
	}
	if p, rule := wire.ScreenPeer(address); rule == "" && p.Port != 0 { // tcp://host:port
		u := wire.URL{Scheme: p.Scheme, Host: p.Host, Port: p.Port}
		forms = append(forms, u.HostPort(), u.Host)
	}
	return forms
}
