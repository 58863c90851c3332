package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// contact is one connection of a check and what came of it. It is told as an
// answer that has no status, so that the tables and plans for failed requests
// serve it too.
type contact struct {
	*answer
	resp wire.TCPResponse
}

// contactMethod stands where a request has its method: "does not allow {method}
// to host …".
const contactMethod = "a connection"

// reachOut connects to the peer, or makes no attempt at all when it cannot be
// used: the contact then has error kind invalid_url.
func reachOut(env *sdk.Env, p *peer) *contact {
	if p.rule != "" {
		return met(p, wire.TCPResponse{})
	}
	return met(p, env.Probe(wire.TCPRequest{Host: p.name, Port: p.port}))
}

// met tells what came of a connection.
func met(p *peer, resp wire.TCPResponse) *contact {
	x := &answer{key: p.configKey()}
	if p.rule != "" {
		resp = wire.TCPResponse{Error: &wire.CallError{Kind: wire.KindInvalidURL, Detail: p.rule, Message: "the setting cannot be used: " + ruleText(p.rule)}}
	} else {
		x.method, x.target = contactMethod, wire.URL{Scheme: wire.SchemeTCP, Host: p.name, Port: p.port}
	}
	if x.resp.Error = resp.Error; resp.Error == nil && !resp.Connected {
		x.resp.Error = &wire.CallError{Kind: wire.KindConnectionFailed} // breaks the contract
	}
	return &contact{x, resp}
}

// cause is the cause id of a connection that did not come about, empty for one
// that did and one that was denied. A check that only connects has none of TLS and
// of HTTP, whatever a newer host may say.
func (c *contact) cause() string {
	switch {
	case c.connected(), c.kind() == wire.KindDenied:
		return ""
	case c.kind() == wire.KindTimeout:
		return causeTCPTimeout
	case c.kind() == wire.KindSSLError:
		return causeUnreachable
	}
	return transportCause(c.answer)
}

// connected tells whether the port is open, which is all that was asked.
func (c *contact) connected() bool { return c.answer.resp.Error == nil && c.resp.Connected }

// facts adds evidence set T (§3.0.4): every key, null where it does not apply.
func (c *contact) facts(e wire.Evidence, p *peer) {
	notes(e, []word{
		{"config_key", c.key},
		{"host", p.shown},
		{"error_kind", ""},
		{"error_message", c.message()},
		{"port", ""},
		{"connect_time_ms", ""},
	})
	e["timeout_ms"] = wire.Int(wire.ConnectMS)
	if p.rule == "" {
		e["port"] = wire.Int(int64(p.port))
	}
	if c.connected() {
		e["connect_time_ms"] = wire.Int(c.resp.ConnectMS)
	} else {
		e["error_kind"] = wire.String(clean(c.kind(), 60))
	}
}

// judgePeer is the verdict table of §3.13 and §3.14. A row of §3.0 comes first.
func judgePeer(check string, of *service, p *peer, c *contact, evidence wire.Evidence, own *tables) wire.Result {
	s := scene{check: check, service: of, address: p.address, answer: c.answer, cause: c.cause(), subjects: p.settings}
	s.more = []word{
		{"portkey", s.subject(portSubject).key},
		{"sslkey", s.subject(sslSubject).key},
		{"peerarg", s.peerArg()},
	}
	c.facts(evidence, p)
	switch {
	case c.kind() == wire.KindDenied:
		return s.denied(evidence)
	case c.connected():
		s.sort = open
		return s.judged(wire.Pass, evidence, own)
	case p.broken != "":
		// What is said is about the setting at fault, and so is the plan.
		s.changes = s.subject(p.broken)
		own = &tables{causes: own.causes, others: []otherPlan{{p.broken, plan{causeInvalidURL,
			"Set {key} to a value that can be used, or remove it to have the default.", contactStandard}, ""}}}
	}
	return s.judged(wire.Fail, evidence, own)
}

// open is the variant of a connection that came about.
const open = "open"

// peerArg is the peer as an address for curl, as a word of a shell command.
func (s *scene) peerArg() string {
	if s.target.Host == "" {
		return singleQuoted(s.noTarget)
	}
	peer, _ := shellWord("telnet://" + s.target.HostPort())
	return peer
}

// usualContactSteps are the steps of the usual change where nothing was asked yet.
func usualContactSteps(check string, of *service) []wire.Step {
	s := scene{check: check, service: of, address: &address{key: of.keys[0], fromDefault: true}, answer: &answer{}}
	s.more = []word{{"peerarg", s.peerArg()}}
	return s.write(plan{moves: contactStandard}, "").Steps
}
