package oci_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/oci"
)

// The libraries below have resolvers of their own: no test asks a name of the world.
func init() {
	net.DefaultResolver.PreferGo = true
	net.DefaultResolver.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("a test asks for a name")
	}
}

// names is a resolver that knows no name and counts who asks.
type names struct{ asked atomic.Int32 }

func (n *names) network() oci.Network {
	return oci.Network{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		n.asked.Add(1)
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			size := make([]byte, 2)
			if _, err := io.ReadFull(far, size); err != nil {
				return
			}
			query := make([]byte, int(size[0])<<8|int(size[1]))
			if _, err := io.ReadFull(far, query); err != nil {
				return
			}
			query[2], query[3] = 0x81, 0x83 // an answer: there is no such name
			far.Write(append(size, query...))
		}()
		return near, nil
	}}}
}

// bearer lets a registry want a token that realm gives.
func bearer(r *registry, realm string) {
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if req.Header.Get("Authorization") == "Bearer ticket" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm+`",service="test"`)
		fail(w, 401, "UNAUTHORIZED")
		return true
	}
}

// tokens answers as a token server on an address of this machine.
func tokens(t *testing.T, address string, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("%s is no address of this machine: %v", address, err)
	}
	s := httptest.NewUnstartedServer(answer)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func give(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"token":"ticket"}`) }

// A registry on this machine that speaks http names a token server on another one:
// nothing is asked there in the clear unless the operator says so, nor is where the
// token server sends us.
func TestTokenInTheClear(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	far := tokens(t, "127.0.0.1:0", func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "http://auth.test/token", http.StatusFound)
	})
	for _, realm := range []string{"http://auth.test/token", far.URL + "/token"} {
		var n names
		bearer(r, realm)
		o := oci.Options{Network: n.network(), DockerConfig: docker(t, `{"auths":{%q:{"auth":%q}}}`, r.host(), auth("jane", "hunter2"))}
		_, err := oci.Pull(t.Context(), r.ref(":1"), o)
		failed(t, err, oci.KindRejected, "the registry's token server auth.test is on another machine and is to be asked over http")
		if !strings.Contains(hint(err), "--plain-http") {
			t.Errorf("the hint is %q", hint(err))
		}
		if n.asked.Load() > 0 {
			t.Errorf("realm %s: the name of the token server was asked for", realm)
		}
		o.PlainHTTP = true
		_, err = oci.Pull(t.Context(), r.ref(":1"), o)
		failed(t, err, oci.KindUnreachable, "the name of the registry's token server auth.test cannot be resolved")
		if n.asked.Load() == 0 {
			t.Error("the operator's word counts for nothing")
		}
	}
}

// What keeps a token server from its part is not said of the registry.
func TestTokenServerFails(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	status := 0
	server := tokens(t, "127.0.0.1:0", func(w http.ResponseWriter, _ *http.Request) { fail(w, status, "SAID") })
	host := strings.TrimPrefix(server.URL, "http://")
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, c := range []struct {
		realm  string
		status int
		kind   oci.Kind
		text   string
		hint   string
	}{
		{"https://auth.test/token", 0, oci.KindUnreachable, "the name of the registry's token server auth.test cannot be resolved", "whoever runs the registry"},
		{closed.URL, 0, oci.KindUnreachable, "the registry's token server " + strings.TrimPrefix(closed.URL, "http://") + " cannot be reached", "try again"},
		{"https://" + host, 0, oci.KindTLS, "the registry's token server " + host + " speaks http, not https", "whoever runs the registry"},
		{server.URL, 404, oci.KindRejected, "the registry's token server " + host + " gives no tokens there, status 404: said: said by the test", "whoever runs the registry"},
		{server.URL, 401, oci.KindCredentials, "the registry's token server " + host + " does not accept the credentials, status 401", "docker login"},
		{server.URL, 403, oci.KindCredentials, "the registry's token server " + host + " does not allow it, status 403", "the right"},
		{server.URL, 400, oci.KindRejected, "the registry's token server " + host + " rejects it, status 400", ""},
		{server.URL, 503, oci.KindUnreachable, "the registry's token server " + host + " cannot do it now, status 503", "try again"},
	} {
		status = c.status
		bearer(r, c.realm)
		var n names
		_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{Network: n.network()})
		failed(t, err, c.kind, c.text)
		if !strings.Contains(hint(err), c.hint) {
			t.Errorf("%s: the hint is %q", c.text, hint(err))
		}
	}
}

// A token server of a registry on this machine may be at any address of this machine.
func TestTokenOnThisMachine(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "127.0.0.2:0", "[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			r := newRegistry(t)
			push(t, r, ":1", whole())
			bearer(r, tokens(t, address, give).URL+"/token")
			pull(t, r.ref(":1"), oci.Options{})
			push(t, r, ":2", whole())
		})
	}
	// By name too, and never link-local.
	r := newRegistry(t)
	push(t, r, ":1", whole())
	server := tokens(t, "127.0.0.1:0", give)
	bearer(r, "http://localhost:"+server.URL[strings.LastIndex(server.URL, ":")+1:])
	pull(t, r.ref(":1"), oci.Options{})
	bearer(r, "https://169.254.169.254/token")
	_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
	failed(t, err, oci.KindRejected, "169.254.169.254 (metadata service): no connection is made to that")
}

func hint(err error) string {
	var e *oci.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
