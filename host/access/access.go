// Package access decides what a plugin may reach: it resolves the access that a
// check declares against the operator's settings into grants ([Resolve]), and
// judges one request against them ([Judge]). It is pure: no network, no files,
// no clock. Everything that is not granted is refused.
package access

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// Grant is one access entry of a check, resolved for one run. A request is
// allowed when some grant covers it.
type Grant struct {
	// Entry is the 1-based number of the access entry, Text its one-line form
	// for ledgers and plans, such as "GET {OCI:RegistryUrl}/v2/".
	Entry int
	Text  string
	// Kind is http or tcp.
	Kind string
	// Methods are those of the entry; of tcp, wire.MethodProbe alone.
	Methods []string
	// Base is the resolved target: scheme, host, port; its Path is the granted
	// prefix, matched on segment boundaries. Of tcp, host and port alone count.
	Base wire.URL
	// Key is the setting that supplied the target, as the operator wrote it
	// (override included); empty for a literal target.
	Key string
	// Setting is the declared key of the target with its item number; empty for
	// a literal target.
	Setting string
	// Redirects is empty or same-origin.
	Redirects string
	// MaxBody is the largest response body in bytes, never zero for http.
	MaxBody int64
	// Secrets are the handles that may be sent to Base.
	Secrets []string
	// Invalid is the rule of wire.ScreenURL, or for tcp of wire.ScreenPeer, that
	// the target setting breaks, or for tcp the port setting. No
	// request under such a grant is sent.
	Invalid string

	// whole is the address of the target setting with its query, for the guest
	// that holds it as a secret and can only name it.
	whole wire.URL
	// raw is the target as it was before the screen, kept only when the grant
	// is invalid: it tells whether a request was meant for this entry.
	raw string
}

// Covers says whether the grant allows one request: an HTTP grant with a valid
// target, the same scheme, host and port, a path at or below the granted one,
// and a method that the grant lists exactly. [Judge] asks it for the first
// request and egress asks it again for every redirect.
func (g Grant) Covers(method string, u wire.URL) bool {
	return g.reaches(u) && slices.Contains(g.Methods, method)
}

// bears says whether the grant names a secret; none needs no naming.
func (g Grant) bears(handle string) bool {
	return handle == "" || slices.Contains(g.Secrets, handle)
}

// reaches is Covers without the method.
func (g Grant) reaches(u wire.URL) bool {
	return g.Kind == wire.KindHTTP && g.Invalid == "" && g.Base.Host != "" && g.Base.Covers(u)
}
