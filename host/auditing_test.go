package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/sdk/wire"
)

// audited gives a stage an audit log, and returns its path and what ends the run
// in it.
func audited(t testing.TB, s *stage) (path string, end func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit.log")
	log, err := audit.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	run, err := log.Begin(audit.Start{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	s.audit = &checkAudit{auditing: &auditing{path: path, run: run, end: cancel}, check: "check.acme.registry"}
	return path, func() {
		t.Helper()
		if err := context.Cause(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := run.End(audit.End{}); err != nil {
			t.Fatal(err)
		}
	}
}

// auditLines reads the calls and outcomes of a log as text, a line each, and wants
// the log to be intact.
func auditLines(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := audit.Verify(bytes.NewReader(data), audit.Options{})
	if err != nil || !v.Intact() {
		t.Fatalf("%v, %v", err, v.Findings)
	}
	var out strings.Builder
	for raw := range bytes.Lines(data) {
		var l audit.Line
		if err := json.Unmarshal(raw, &l); err == nil || strings.Contains(err.Error(), "sum") {
			switch {
			case l.Call != nil:
				fmt.Fprintf(&out, "call %d %s %s %s %s %s %s %s\n", l.Call.ID, l.Call.Purpose, l.Call.Method, l.Call.URL, l.Call.Access, l.Call.Credential, l.Call.Decision, l.Call.Rule)
			case l.Outcome != nil:
				fmt.Fprintf(&out, "outcome %d %s %s %d %s\n", l.Outcome.ID, l.Outcome.Decision, l.Outcome.Rule, l.Outcome.Status, l.Outcome.ErrorKind)
			case l.More != nil:
				fmt.Fprintf(&out, "more %d %s\n", l.More.Count, l.More.Rule)
			}
		}
	}
	return out.String()
}

// TestAuditTokenExchange: what the host asks for by itself is in the log with its
// purpose, each decision before its outcome, and no secret is. The setting of the
// realm counts as one by its name; where it is shows all the same.
func TestAuditTokenExchange(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, true)
	path, end := audited(t, s)
	if resp := r.get(s, nil); resp.Status != http.StatusOK {
		t.Fatalf("%+v", resp)
	}
	end()
	want := strings.NewReplacer("REGISTRY", r.registry.URL, "REALM", r.realm.URL).Replace(`call 1  GET REGISTRY/v2/ GET,HEAD,POST {OCI:RegistryUrl}/v2/ OCI:Password allowed 
call 2 token_exchange GET REALM/[redacted] GET {OCI:TokenRealm} OCI:Password allowed 
outcome 2 allowed  200 
call 3 repeat GET REGISTRY/v2/ GET,HEAD,POST {OCI:RegistryUrl}/v2/ OCI:Password allowed 
outcome 1 allowed  401 
outcome 3 allowed  200 
`)
	if got := auditLines(t, path); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{password, gotToken, "c4n4ry", basicOf("ops:" + password), "tenant=1"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// TestAuditSecretInAddress: a secret that a guest puts into the path of an address
// is not in the log.
func TestAuditSecretInAddress(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, false)
	path, end := audited(t, s)
	s.call(wire.HTTPRequest{URL: r.registry.URL + "/v2/c4n4ry%2F+passw0rd=/" + strings.ReplaceAll(password, "/", "")})
	s.call(wire.HTTPRequest{URL: r.registry.URL + "/v2/" + strings.ToUpper("x") + "/" + "c4n4ry/+passw0rd="})
	end()
	if got := auditLines(t, path); strings.Contains(got, password) || !strings.Contains(got, redacted) {
		t.Errorf("the log says\n%s", got)
	}
}

// TestAuditDenied: a refusal has its line with the rule, and nothing is sent.
func TestAuditDenied(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, false)
	path, end := audited(t, s)
	s.call(wire.HTTPRequest{URL: r.realm.URL + "/token"})
	s.call(wire.HTTPRequest{URL: "http://localhost.example.invalid/v2/"})
	s.call(wire.HTTPRequest{URL: r.registry.URL + "/v1/"})
	end()
	want := strings.NewReplacer("REGISTRY", r.registry.URL, "REALM", r.realm.URL).Replace(`call 1  GET REALM/token   denied not-granted
call 2  GET http://localhost.example.invalid/v2/   denied not-granted
call 3  GET REGISTRY/v1/   denied not-granted
`)
	if got := auditLines(t, path); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if asked := r.asked(); asked != "" {
		t.Errorf("the servers were asked %s", asked)
	}
}

// TestNothingIsSentWithoutItsLine takes the log away while a request is answered:
// neither the token server, nor the registry once more, nor what has to be taken
// back is asked after that, and the run ends with the reason.
func TestNothingIsSentWithoutItsLine(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, true)
	path, _ := audited(t, s)
	var ended error
	s.audit.end = func(err error) { ended = err }
	s.undos = []undo{{method: http.MethodPost, location: r.registry.URL + "/v2/uploads/1"}}
	r.realm.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the token server was asked") })
	plain := r.registry.Config.Handler
	r.registry.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := os.Remove(path); err != nil {
			t.Errorf("a second request: %v", err)
		}
		plain.ServeHTTP(w, req)
	})
	if resp := r.get(s, nil); resp.Status != http.StatusUnauthorized {
		t.Errorf("%+v", resp)
	}
	resp := s.call(wire.HTTPRequest{URL: r.registry.URL + "/v2/"})
	if resp.Error == nil || resp.Error.Kind != wire.KindDenied || resp.Error.Rule != ruleAudit {
		t.Errorf("%+v", resp)
	}
	owed.Add(1)
	s.takeBack()
	if asked := r.asked(); asked != "GET "+basicOf("ops:"+password) && asked != "GET Basic "+strings.TrimPrefix(basicOf("ops:"+password), "Basic ") {
		t.Errorf("asked\n%s", asked)
	}
	if want := "audit log " + path + ": it was moved, removed or replaced while it was written to; the run was ended, because no request is sent without its line"; ended == nil || ended.Error() != want {
		t.Errorf("ended with %v", ended)
	}
	for _, l := range s.lines()[1:] {
		if l.Decision != audit.Denied || l.Rule != ruleAudit {
			t.Errorf("ledger %+v", l)
		}
	}
}

// redirecting is a registry that moves requests for one path of itself to another,
// and keeps the paths that were asked for; log is removed when a path is.
func redirecting(t *testing.T, moved map[string]string, log *string, removeAt string) (*stage, string, func() string) {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, req.URL.Path)
		if req.URL.Path == removeAt {
			if err := os.Remove(*log); err != nil {
				t.Error(err)
			}
		}
		if to, ok := moved[req.URL.Path]; ok {
			http.Redirect(w, req, to, http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	info := registryCheck()
	for i := range info.Access {
		info.Access[i].Redirects = wire.RedirectSameOrigin
	}
	return newStage(t, info, "OCI:RegistryUrl="+server.URL), server.URL, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(asked, " ")
	}
}

// TestAuditRedirects: each hop of a redirect is a request, and has its line before
// it is sent.
func TestAuditRedirects(t *testing.T) {
	var path string
	s, url, _ := redirecting(t, map[string]string{"/v2/": "/v2/a?token=1", "/v2/a": "/v2/b"}, &path, "")
	path, end := audited(t, s)
	if resp := s.call(wire.HTTPRequest{URL: url + "/v2/"}); resp.Status != http.StatusOK {
		t.Fatalf("%+v", resp)
	}
	end()
	grant := "GET,HEAD,POST {OCI:RegistryUrl}/v2/"
	want := strings.NewReplacer("URL", url, "GRANT", grant).Replace(`call 1  GET URL/v2/ GRANT  allowed 
call 2 redirect GET URL/v2/a GRANT  allowed 
outcome 1 allowed  302 
call 3 redirect GET URL/v2/b GRANT  allowed 
outcome 2 allowed  302 
outcome 3 allowed  200 
`)
	if got := auditLines(t, path); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestNoHopWithoutItsLine takes the log away while the first request is answered
// with a redirect: nobody is asked any more.
func TestNoHopWithoutItsLine(t *testing.T) {
	var path string
	s, url, asked := redirecting(t, map[string]string{"/v2/": "/v2/a"}, &path, "/v2/")
	path, _ = audited(t, s)
	var ended error
	s.audit.end = func(err error) { ended = err }
	resp := s.call(wire.HTTPRequest{URL: url + "/v2/"})
	if resp.Error == nil || resp.Error.Kind != wire.KindDenied || resp.Error.Rule != ruleAudit || resp.Status != 0 {
		t.Errorf("%+v", resp)
	}
	if got := asked(); got != "/v2/" {
		t.Errorf("asked %s", got)
	}
	if ended == nil {
		t.Error("the run goes on")
	}
	if l := s.last(); l.Decision != audit.Denied || l.Rule != ruleAudit {
		t.Errorf("ledger %+v", l)
	}
}

// TestAuditPeer: who was at the other end of a TLS connection is in the log, also
// when its certificate was not accepted.
func TestAuditPeer(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent to a stranger") }))
	defer server.Close()
	s := newStage(t, registryCheck(), "OCI:RegistryUrl="+server.URL, "OCI:Password="+password)
	path, end := audited(t, s)
	s.call(wire.HTTPRequest{URL: server.URL + "/v2/"})
	end()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"error_kind":"ssl_error"`, `"tls":{"server_name":"127.0.0.1","subject":"O=Acme Co","issuer":"O=Acme Co","not_after":"2084-`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("the log lacks %s:\n%s", want, data)
		}
	}
}
