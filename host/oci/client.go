package oci

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/image"
)

// maxPages bounds the pages of a list of referrers.
const maxPages = 16

// client is the way to one repository.
type client struct {
	*remote.Repository
	ref       registry.Reference
	text      string // the reference as it was given
	transport *egress.Transport
}

// open makes the way to the repository of a reference. It connects only to find out
// what a registry on this machine speaks.
func open(ctx context.Context, text string, o Options) (*client, error) {
	ref, err := ParseReference(text)
	if err != nil {
		return nil, err
	}
	transport, err := egress.NewTransport(o.Network, ref.Host())
	if err != nil {
		return nil, &Error{Ref: text, Kind: KindConfig, Text: err.Error(), Err: err}
	}
	c := &client{
		Repository: &remote.Repository{
			Reference:            ref,
			PlainHTTP:            o.PlainHTTP,
			MaxMetadataBytes:     image.MaxManifest,
			ReferrerListMaxPages: maxPages,
			// What others push may refer to the old list still.
			SkipReferrersGC: true,
		},
		ref: ref, text: text, transport: transport,
	}
	patient := &retry.Transport{Base: transport, Policy: func() retry.Policy { return again }}
	bare := &http.Client{
		Transport:     careful{patient, o.PlainHTTP},
		CheckRedirect: checkRedirect,
	}
	c.Repository.Client = asking{&auth.Client{
		Client:     bare,
		Header:     http.Header{"User-Agent": {o.userAgent()}},
		Cache:      auth.NewCache(),
		ClientID:   "stella-doctor",
		Credential: dockerCredentials(o.DockerConfig),
		// None: the transport judges the address that is dialled, and knows what is
		// on this machine. The library would ask the system for the name before.
		BlockedRealmPrefixes: []netip.Prefix{},
	}}
	if !o.PlainHTTP && egress.IsLocal(ref.Host()) {
		if c.PlainHTTP, err = c.speaksPlain(ctx, bare); err != nil {
			transport.CloseIdleConnections()
			return nil, c.explain(ctx, err)
		}
	}
	return c, nil
}

func (c *client) close() { c.transport.CloseIdleConnections() }

func (o Options) userAgent() string {
	if o.Network.UserAgent != "" {
		return o.Network.UserAgent
	}
	return "stella-doctor"
}

// again is how often and how fast a request is sent again that failed by no fault of
// its own.
var again = &retry.GenericPolicy{
	Retryable: retry.DefaultPredicate,
	Backoff:   retry.DefaultBackoff,
	MinWait:   100 * time.Millisecond,
	MaxWait:   2 * time.Second,
	MaxRetry:  3,
}

// maxRedirects bounds the hops from a registry to where its blobs are.
const maxRedirects = 5

// checkRedirect follows a registry to its storage, and not from https to http. The
// library has taken the credentials off by then when the origin is another one.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errDowngrade
	}
	if req.URL.User != nil {
		return errors.New("the registry redirects to an address with a user name")
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("the registry redirects more than %d times", maxRedirects)
	}
	return nil
}

var errDowngrade = errors.New("the registry redirects from https to http, which is not followed")

// speaksPlain finds out whether a registry on this machine speaks plain http: those
// that people start to try things do. A certificate that is not trusted is no reason
// to go without.
func (c *client) speaksPlain(ctx context.Context, bare *http.Client) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, (&url.URL{Scheme: "https", Host: c.ref.Host(), Path: "/v2/"}).String(), nil)
	if err != nil {
		return false, err
	}
	resp, err := bare.Do(req)
	if err == nil {
		resp.Body.Close()
		return false, nil
	}
	return isPlain(err), plainOr(err)
}

func isPlain(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func plainOr(err error) error {
	if isPlain(err) {
		return nil
	}
	return err
}

// dockerCredentials reads the configuration of Docker when a registry asks for
// credentials, and not before.
func dockerCredentials(file string) auth.CredentialFunc {
	if file == "" {
		return nil
	}
	load := sync.OnceValues(func() (credentials.Store, error) {
		return credentials.NewStore(file, credentials.StoreOptions{})
	})
	return func(ctx context.Context, server string) (auth.Credential, error) {
		store, err := load()
		if err != nil {
			return auth.EmptyCredential, &configError{fmt.Errorf("the configuration of Docker: %w", err)}
		}
		cred, err := credentials.Credential(store)(ctx, server)
		if err != nil {
			return auth.EmptyCredential, &configError{fmt.Errorf("the credentials of %s: %w", server, err)}
		}
		return cred, nil
	}
}

// configError is a mistake in the configuration of Docker.
type configError struct{ error }

func (e *configError) Unwrap() error { return e.error }

// wireDescriptor is a descriptor as the library has them.
func wireDescriptor(d image.Descriptor) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: d.MediaType, ArtifactType: d.ArtifactType, Digest: digest.Digest(d.Digest), Size: d.Size, Annotations: d.Annotations}
}

// fetch reads a blob or, with manifests set, a manifest, and holds it against its
// digest and its size.
func (c *client) fetch(ctx context.Context, d image.Descriptor, manifest bool) ([]byte, error) {
	store := content.Fetcher(c.Blobs())
	if manifest {
		store = c.Manifests()
	}
	r, err := store.Fetch(ctx, wireDescriptor(d))
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	defer r.Close()
	return c.read(ctx, r, d)
}

// read reads exactly what the descriptor says. The size is checked already.
func (c *client) read(ctx context.Context, r io.Reader, d image.Descriptor) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, d.Size+1))
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	if int64(len(data)) != d.Size {
		return nil, c.refuse(RuleDigest, "the registry sent %s of %s, which has %d bytes", atLeast(len(data), d.Size), d.Digest, d.Size)
	}
	if got := image.Digest(data); got != d.Digest {
		return nil, c.refuse(RuleDigest, "the registry sent other bytes for %s: their digest is %s", d.Digest, got)
	}
	return data, nil
}

func atLeast(n int, size int64) string {
	if int64(n) > size {
		return "more bytes"
	}
	return fmt.Sprintf("%d bytes", n)
}

// refuse makes a refusal that names the reference.
func (c *client) refuse(rule, format string, args ...any) error {
	return c.about(image.Refuse(rule, "", format, args...))
}

// about puts the reference before an error about what stands there.
func (c *client) about(err error) error { return fmt.Errorf("reference %s: %w", c.text, err) }
