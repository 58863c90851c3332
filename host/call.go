package host

import (
	"context"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// call is one host call with the documents of its function. It holds what differs
// from one kind of document to another; what becomes of a call, and in which
// order, stands once in [hostCalls.answer] and is the same for all.
type call interface {
	// request and response are the documents that cross the boundary.
	request() wire.Document
	response() wire.Document
	// judge asks the access policy about the request, validate the contract.
	judge(grants []access.Grant, f hostFunction) (access.Grant, wire.URL, *wire.CallError)
	validate() error
	// attach makes ready the secrets that the request names, for a call that the
	// access policy allows.
	attach(c *hostCalls, g access.Grant, u wire.URL) *wire.CallError
	// send has the network answer a call that was authorized, and returns the line
	// of the ledger to which the answer belongs.
	send(ctx context.Context, c *hostCalls, line int, g access.Grant, u wire.URL) (answered int)
	// refuse makes the refusal the answer. Play takes the answer from a player,
	// if it holds one that is accepted by its error.
	refuse(denial *wire.CallError)
	play(p *exchange.Player, accept func(recorded *wire.CallError) bool) bool
	// failure is the error of the answer; told writes the answer into a line of
	// the ledger.
	failure() *wire.CallError
	told(line *report.Request)
	// facts are what the audit log says of the answer beyond the ledger.
	facts() audit.Outcome
	// proxyIgnored says that a proxy which is not used might have served the call.
	proxyIgnored() bool
	// words are all the texts of the request that the guest chose; scrub takes
	// secrets out of the answer.
	words() []string
	scrub(s *scrubber)
	// blank makes the response a zero value.
	blank()
	// exchange is the call as cases and cassettes hold it.
	exchange() *exchange.Exchange
}

// functionCall is the call that a host function answers; one that nobody offers
// is answered like http_read.
func functionCall(function string) call {
	e := exchange.Exchange{Function: function}
	if function == wire.FuncTCPProbe {
		e.TCP = new(exchange.TCP)
		return &tcpCall{e: e}
	}
	return &httpCall{e: e}
}

// isHandle tells an address that is a secret.
func isHandle(address string) bool { return strings.HasPrefix(address, wire.SecretPrefix) }

// ledgerURL is the address of a call without query and user info, and of one that
// is a secret the origin. A call that was refused before its address was known
// shows it if it is one.
func ledgerURL(u wire.URL, e *exchange.Exchange) string {
	if u.Host == "" {
		var rule string
		if e.TCP != nil {
			u, rule = wire.ScreenTCP(e.TCP.Request.Host, e.TCP.Request.Port)
		} else {
			u, rule = wire.ScreenURL(e.Request.URL)
		}
		if rule != "" {
			return ""
		}
	}
	if e.TCP == nil && isHandle(e.Request.URL) {
		return u.Origin()
	}
	u.Query = ""
	return bounded(u.String(), 512)
}

// askedText is method and address of a call as its maker wrote them.
func askedText(e *exchange.Exchange) string {
	method, address := e.Asked()
	return strings.Join([]string{method, address}, " ")
}
