// Package oci brings plugins to a registry and fetches them from there. A plugin
// stands as package image packs it; signatures, the software bill of materials and
// the report of a vetting refer to it, by the referrers API or, where a registry has
// none, by the tag that stands for it.
//
// # What is believed
//
// Nothing but a digest. A tag is resolved once and the digest told; every blob is
// held against its own digest, whatever the registry's headers say, and is as large
// as its manifest says or is refused. Sizes are refused before anything is fetched.
// What is attached is passed on and not judged: whoever verifies signatures does so
// over the plugin file. A registry can hold a signature back, and not make one.
//
// # Where credentials go
//
// To the registry that they are for, and to the realm that it names for tokens;
// never after a redirect to another origin, never from https to http, never by plain
// http beyond this machine unless the operator says so. They come from the
// configuration of Docker and its helpers.
//
// The dialling is package egress's.
package oci

import (
	"context"
	"fmt"
	"strings"
	"time"

	"oras.land/oras-go/v2/registry"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/image"
)

// DefaultTimeout is how long a push or a pull may take when [Options] do not say.
const DefaultTimeout = 5 * time.Minute

// Network is how requests leave this machine.
type Network = egress.Config

// Options say how to reach a registry. The zero value goes straight, by https
// unless the registry is on this machine and answers plain http, and has no
// credentials.
type Options struct {
	Network Network
	// PlainHTTP speaks http to a registry on another machine.
	PlainHTTP bool
	// DockerConfig is the configuration file of Docker; empty for none. It need not
	// exist.
	DockerConfig string
	// Timeout bounds the whole; zero means DefaultTimeout.
	Timeout time.Duration
}

// Refusal is why what a registry holds is not accepted. The error of a plugin file
// itself is a *plugin.Refusal.
type Refusal = image.Refusal

// The rules of this package.
const (
	RuleDigest = "digest"
	RuleCount  = "attachments"
)

// Kind says what kept a registry from doing its part.
type Kind string

// The kinds.
const (
	KindReference   Kind = "reference"   // no reference, or no digest or tag in it
	KindConfig      Kind = "config"      // the options or Docker's configuration
	KindCredentials Kind = "credentials" // the registry wants others
	KindNotFound    Kind = "not-found"   // it has no such thing
	KindTLS         Kind = "tls"         // it is not trusted, or speaks none
	KindRejected    Kind = "rejected"    // it does not take or give this
	KindUnreachable Kind = "unreachable" // it could not be reached, or failed; try again
)

// Error says what kept a registry from doing its part.
type Error struct {
	Ref  string
	Kind Kind
	Text string // a clause in printable text of unknown origin: escape it
	Hint string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("reference %s: %s", e.Ref, e.Text) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Scheme may begin a reference, to tell it from the name of a file.
const Scheme = "oci://"

// ParseReference reads REGISTRY/REPOSITORY with :TAG, @DIGEST, both, or neither,
// which is the tag latest. The registry must look like one: a name without a dot or
// a port would be looked for at another registry by other tools.
func ParseReference(text string) (registry.Reference, error) {
	fail := func(format string, args ...any) (registry.Reference, error) {
		return registry.Reference{}, &Error{Ref: text, Kind: KindReference, Text: fmt.Sprintf(format, args...),
			Hint: "a reference is like registry.example/team/plugin:1.0.0 or registry.example/team/plugin@sha256:…"}
	}
	bare := strings.TrimPrefix(text, Scheme)
	server, _, ok := strings.Cut(bare, "/")
	if !ok || !looksLikeServer(server) {
		return fail("it names no registry")
	}
	ref, err := registry.ParseReference(bare)
	if err != nil {
		return fail("%s", strings.TrimPrefix(err.Error(), "invalid reference: "))
	}
	if strings.Contains(ref.Reference, ":") && !image.IsDigest(ref.Reference) {
		return fail("the digest is no sha256:<64 lower-case hex digits>")
	}
	if ref.Reference == "" {
		ref.Reference = "latest"
	}
	return ref, nil
}

// LooksLikeReference tells whether text, which is no file, is meant as a reference.
func LooksLikeReference(text string) bool {
	if strings.HasPrefix(text, Scheme) {
		return true
	}
	server, _, ok := strings.Cut(text, "/")
	return ok && looksLikeServer(server) && !strings.HasSuffix(text, ".wasm") && !strings.HasPrefix(text, ".")
}

func looksLikeServer(s string) bool { return s == "localhost" || strings.ContainsAny(s, ".:") }

// bound gives a context that ends with the timeout of the options.
func (o Options) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.timeout(), errTimeout)
}

func (o Options) timeout() time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return DefaultTimeout
}
