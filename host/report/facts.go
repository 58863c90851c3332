package report

import (
	"fmt"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// maxFacts is how many facts stand beside a verdict; --verbose shows all.
const maxFacts = 2

// topFacts picks the two facts that say most: what was asked with what came of it,
// and which setting led there; then whatever else the evidence holds, in the
// order of its names.
func topFacts(e wire.Evidence) []fact {
	var out []fact
	add := func(name, text string) {
		if text != "" && len(out) < maxFacts {
			out = append(out, fact{name, text})
		}
	}
	used := map[string]bool{"skip_reason": true}
	if request := requestFact(e); request != "" {
		add("request", request)
		for _, name := range []string{"request_url", "request_method", "http_status", "error_kind", "tls_error", "response_time_ms"} {
			used[name] = true
		}
	} else if peer := peerFact(e); peer != "" {
		add("connection", peer)
		for _, name := range []string{"host", "port", "connect_time_ms", "error_kind", "timeout_ms"} {
			used[name] = true
		}
	}
	if key, ok := e["config_key"].AsString(); ok {
		add("setting", key)
		used["config_key"] = true
	}
	for _, name := range sortedNames(e) {
		v := e[name]
		// A bare yes or no tells little out of its context, and the beginning of a
		// list of objects nothing.
		_, isBool := v.AsBool()
		_, isItems := v.AsItems()
		if used[name] || isBool || isItems || v.IsNull() {
			continue
		}
		add(name, cut(valueText(v), 200))
	}
	return out
}

// requestFact sums up the HTTP request behind a verdict in one line.
func requestFact(e wire.Evidence) string {
	url, method := textOf(e, "request_url"), textOf(e, "request_method")
	if url == "" {
		return ""
	}
	answer := ""
	if status, ok := e["http_status"].AsInt(); ok {
		answer = fmt.Sprintf(" answered %d", status)
	} else if kind := textOf(e, "error_kind"); kind != "" {
		answer = " got no answer: " + kind
		if detail := textOf(e, "tls_error"); detail != "" {
			answer += " (" + detail + ")"
		}
	}
	return strings.TrimSpace(method+" "+url) + answer + inTime(e, "response_time_ms")
}

// peerFact sums up the TCP connection behind a verdict in one line.
func peerFact(e wire.Evidence) string {
	host := textOf(e, "host")
	port, ok := e["port"].AsInt()
	if host == "" || !ok {
		return ""
	}
	if kind := textOf(e, "error_kind"); kind != "" {
		return fmt.Sprintf("%s port %d: %s", host, port, kind)
	}
	return fmt.Sprintf("%s port %d is open", host, port) + inTime(e, "connect_time_ms")
}

func inTime(e wire.Evidence, name string) string {
	if ms, ok := e[name].AsInt(); ok {
		return fmt.Sprintf(" in %d ms", ms)
	}
	return ""
}

func textOf(e wire.Evidence, name string) string {
	s, _ := e[name].AsString()
	return s
}

// cut keeps at most n characters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-3]) + "..."
}
