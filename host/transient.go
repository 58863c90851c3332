package host

import (
	"strings"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// passing are the causes that time alone may cure, of the family that all plugins
// share (CONTRACT §1): a name that ends in a dot stands for all below it. What is
// not here waits for a person, such as an unknown authority or a refused
// password: running the check again shows the same, or locks an account. That
// holds for the causes of a plugin's own too, of which the host knows nothing.
var passing = []string{
	"dns.",         // a name appears when its service registers; a resolver restarts
	"tcp.",         // nobody listens before a service is up; a route or a firewall follows
	"tls.timeout",  // who is starting, or has too much to do, is slow to answer
	"http.timeout", // the same, one rung higher
	"http.5xx",     // a server that is starting says so, and so does the gateway before it
	"http.429",     // the window of a limit ends
	"proxy.unused", // no name, no connection or no route: that a proxy might help is a guess
}

// passingUnsent are those of passing by which a check that writes has left nothing
// half done: they come before its request was sent, or are the server's word on it.
// A connection that broke may have carried the request (CONTRACT §3).
var passingUnsent = []string{
	"dns.", "tcp.refused", "tcp.timeout", "tcp.unreachable", "tls.timeout", "http.5xx", "http.429", "proxy.unused",
}

func isPassing(e checkEntry, cause string) bool {
	if writes(e.info) {
		return among(passingUnsent, cause)
	}
	return among(passing, cause)
}

func among(list []string, cause string) bool {
	for _, p := range list {
		if cause == p || strings.HasSuffix(p, ".") && strings.HasPrefix(cause, p) {
			return true
		}
	}
	return false
}

// lasting says why it is in vain to run a check again that came to r; empty when
// time may cure it. A check that was kept from running is a matter of those that
// kept it.
func lasting(e checkEntry, r *report.Result) string {
	switch {
	case r.Outcome == report.Timeout && writes(e.info):
		// What it left half done is unknown: CONTRACT §3 never repeats it.
		return r.Check + " ran out of time while it wrote, and is not run again"
	case r.Outcome == report.Timeout:
		return ""
	case r.Severity == nil:
		return r.Check + " could not judge (" + r.Outcome + "), which waiting does not cure"
	case r.Cause != nil && isPassing(e, *r.Cause):
		return ""
	case r.Cause != nil && among(passing, *r.Cause):
		return r.Check + " finds " + *r.Cause + " and may have written, and is not run again"
	}
	return r.Check + " finds " + whyOf(r) + ", which waiting does not cure"
}

// whyOf is the shortest word for what is wrong with a check.
func whyOf(r *report.Result) string {
	switch {
	case r.Severity == nil:
		return r.Outcome
	case r.Cause != nil:
		return *r.Cause
	}
	return string(*r.Severity)
}

// healthy tells whether a result is as good as waitFor asks, a waiver aside. What
// was skipped for want of a setting, or because it does not apply, is done.
func healthy(r *report.Result, waitFor wire.Severity) bool {
	switch {
	case r.Severity == nil, isBlocked(r):
		return false
	case *r.Severity == wire.Skip:
		return true
	case waitFor == wire.Warn:
		return *r.Severity != wire.Fail
	}
	return r.Severity.Rank() < wire.Warn.Rank()
}
