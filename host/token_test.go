package host

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	password = "c4n4ry/+passw0rd="
	gotToken = "c4n4ry.t0ken-of_the~registry+/=="
)

// registryCheck declares what the checks of a registry do: a handle for the
// password, and a realm of its own.
func registryCheck() wire.CheckInfo {
	return wire.CheckInfo{
		ID: "check.acme.registry",
		Settings: []wire.SettingInfo{
			{Key: "OCI:RegistryUrl", Type: wire.TypeURL, Lead: true}, {Key: "OCI:TokenRealm", Type: wire.TypeURL},
			{Key: "OCI:Username", Type: wire.TypeString}, {Key: "OCI:Password", Type: wire.TypeString, Secret: true}, {Key: "OCI:Token", Type: wire.TypeString, Secret: true},
		},
		Access: []wire.Access{
			{Kind: wire.KindHTTP, Methods: []string{"GET", "HEAD", "POST"}, Target: "{OCI:RegistryUrl}", Path: "/v2/", Secrets: []string{"OCI:Password", "OCI:Token"}},
			{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{OCI:TokenRealm}", Secrets: []string{"OCI:Password"}},
		},
	}
}

// tokenRegistry is a registry that wants a token, and its token server.
type tokenRegistry struct {
	registry, realm *httptest.Server
	// answer is what the token server does; nil gives the token.
	answer http.HandlerFunc
	// challenge is what the registry says; {realm} stands for the token server.
	challenge []string

	mu     sync.Mutex
	v2     []string // method and Authorization of the registry's requests
	tokens []string // query and Authorization of the token server's
}

func newTokenRegistry(t *testing.T) *tokenRegistry {
	r := &tokenRegistry{challenge: []string{`Bearer realm="{realm}/token?tenant=1",service="registry.example.com",scope="repository:a/b:pull"`}}
	r.realm = httptest.NewServer(http.HandlerFunc(r.serveToken))
	r.registry = httptest.NewServer(http.HandlerFunc(r.serveRegistry))
	t.Cleanup(r.realm.Close)
	t.Cleanup(r.registry.Close)
	return r
}

func (r *tokenRegistry) serveRegistry(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.v2 = append(r.v2, strings.TrimSpace(req.Method+" "+req.Header.Get("Authorization")))
	r.mu.Unlock()
	if strings.HasPrefix(req.URL.Path, "/token") {
		r.serveToken(w, req)
		return
	}
	if req.Header.Get("Authorization") == "Bearer "+gotToken {
		echo(w, req)
		return
	}
	for _, line := range r.challenge {
		w.Header().Add("WWW-Authenticate", strings.ReplaceAll(strings.ReplaceAll(line, "{realm}", r.realm.URL), "{registry}", r.registry.URL))
	}
	w.WriteHeader(http.StatusUnauthorized)
	echo(w, req)
}

func (r *tokenRegistry) serveToken(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.tokens = append(r.tokens, strings.TrimSpace(req.Method+" "+req.URL.RequestURI()+" "+req.Header.Get("Authorization")))
	r.mu.Unlock()
	if r.answer != nil {
		r.answer(w, req)
		return
	}
	fmt.Fprintf(w, `{"token":%q,"expires_in":300}`, gotToken)
}

func (r *tokenRegistry) asked() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(append(slices.Clone(r.v2), r.tokens...), "\n")
}

// basicOf is the header of basic authentication.
func basicOf(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }

// stage of a registry check; realm names the token server in the settings.
func (r *tokenRegistry) stage(t *testing.T, realm bool) *stage {
	set := []string{"OCI:RegistryUrl=" + r.registry.URL, "OCI:Password=" + password}
	if realm {
		set = append(set, "OCI:TokenRealm="+r.realm.URL+"/token")
	}
	return newStage(t, registryCheck(), set...)
}

func (r *tokenRegistry) get(s *stage, change func(*wire.Credential)) wire.HTTPResponse {
	k := &wire.Credential{Scheme: "oci_token", Username: "ops", Secret: "secret:OCI:Password"}
	if change != nil {
		change(k)
	}
	return s.call(wire.HTTPRequest{URL: r.registry.URL + "/v2/", Credential: k})
}

// purposes writes the ledger as decision, purpose and status of each line.
func purposes(lines []report.Request) string {
	var out []string
	for _, l := range lines {
		word := fmt.Sprintf("%s %d", l.Method, l.Status)
		if l.Decision == "denied" {
			word = l.Method + " denied " + l.Rule
		} else if l.ErrorKind != "" {
			word += " " + l.ErrorKind
		}
		if l.Purpose != "" {
			word += " for " + l.Purpose
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

// TestTokenExchange is the whole of it: Basic at first, the question that the
// challenge asks for, the first request once more. The guest gets the facts.
func TestTokenExchange(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, true)
	resp := r.get(s, nil)
	if outcome(resp) != "200" || resp.Auth == nil || resp.Auth.TokenExchange != "succeeded" || "http://"+resp.Auth.TokenRealmHost != r.realm.URL || !strings.HasPrefix(resp.Auth.Challenge, "Bearer realm=") {
		t.Fatalf("%s, auth %+v", outcome(resp), resp.Auth)
	}
	if got, want := r.asked(), strings.Join([]string{
		"GET " + basicOf("ops:"+password), "GET Bearer " + gotToken,
		"GET /token?tenant=1&service=registry.example.com&scope=repository%3Aa%2Fb%3Apull " + basicOf("ops:"+password)}, "\n"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
	if got := purposes(s.lines()); got != "GET 401, GET 200 for token_exchange, GET 200 for repeat" {
		t.Error(got)
	}
	for _, l := range s.lines() {
		if l.Credential != "OCI:Password" || strings.Contains(l.URL, "?") || l.N == 0 || l.Access == "" {
			t.Errorf("ledger %+v", l)
		}
	}
	if lines := guestLines(s.lines()); len(lines) != 1 || lines[0].Status != 200 || lines[0].Purpose != "" {
		t.Errorf("the guest's lines: %+v", lines)
	}
	s.clean(password, gotToken, "ops:"+password)
	if len(s.tape.calls) != 1 || s.tape.calls[0].Response.Auth.TokenExchange != "succeeded" {
		t.Errorf("recorded %+v", s.tape.calls)
	}
	// The same question is not asked twice in one run, another one is.
	r.get(s, nil)
	if n := len(r.tokens); n != 1 {
		t.Errorf("the token server was asked %d times for one token", n)
	}
	r.get(s, func(k *wire.Credential) { k.Scope = "repository:c:pull,push" })
	if n := len(r.tokens); n != 2 || !strings.Contains(r.tokens[1], "&scope=repository%3Ac%3Apull%2Cpush ") {
		t.Errorf("asked %v", r.tokens)
	}
	r.get(s, func(k *wire.Credential) { k.Username = "other" })
	if n := len(r.tokens); n != 3 {
		t.Errorf("the token of one user was used for another: asked %v", r.tokens)
	}
	again := r.stage(t, true)
	r.get(again, nil)
	if n := len(r.tokens); n != 4 {
		t.Errorf("a token outlived its run: asked %v", r.tokens)
	}
}

// TestTokenOfNobody: an anonymous exchange sends no credential anywhere, and
// needs no secret in the access to the realm.
func TestTokenOfNobody(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, true)
	resp := r.get(s, func(k *wire.Credential) { *k = wire.Credential{Scheme: "oci_token"} })
	if outcome(resp) != "200" || resp.Auth.TokenExchange != "succeeded" {
		t.Errorf("%s, auth %+v", outcome(resp), resp.Auth)
	}
	if strings.Contains(r.asked(), "Basic") || s.lines()[1].Credential != "" {
		t.Errorf("asked %s, ledger %+v", r.asked(), s.lines())
	}
	s.clean(gotToken)
}

// TestWriteWithToken: a POST is refused, and sent once more with the token.
func TestWriteWithToken(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, true)
	resp := s.call(wire.HTTPRequest{Method: "POST", URL: r.registry.URL + "/v2/a/blobs/uploads/", Body: []byte("x"),
		Credential: &wire.Credential{Scheme: "oci_token", Username: "ops", Secret: "secret:OCI:Password"}})
	if outcome(resp) != "200" || purposes(s.lines()) != "POST 401, GET 200 for token_exchange, POST 200 for repeat" {
		t.Errorf("%s: %s", outcome(resp), purposes(s.lines()))
	}
}

// TestTokenRealms: which realms are asked (S10 to S13, S16). A realm that is not
// gets no request at all.
func TestTokenRealms(t *testing.T) {
	for name, c := range map[string]struct {
		challenge []string
		granted   bool
		want      string // token_exchange and what the ledger holds
	}{
		"not granted":             {nil, false, "not_attempted GET 401, GET denied not-granted for token_exchange"},
		"same origin":             {[]string{`Bearer realm="{registry}/token",service="r"`}, false, "succeeded GET 401, GET 200 for token_exchange, GET 200 for repeat"},
		"same origin, no service": {[]string{`Bearer realm="{registry}/token"`}, false, "succeeded GET 401, GET 200 for token_exchange, GET 200 for repeat"},
		"outside of the setting":  {[]string{`Bearer realm="{realm}/other"`}, true, "not_attempted GET 401, GET denied not-granted for token_exchange"},
		"metadata service":        {[]string{`Bearer realm="http://169.254.169.254/latest/api/token"`}, true, "not_attempted GET 401, GET denied not-granted for token_exchange"},
		"user info":               {[]string{`Bearer realm="http://u:p@127.0.0.1/token"`}, true, "error GET 401"},
		"relative":                {[]string{`Bearer realm="/token"`}, true, "error GET 401"},
		"no address":              {[]string{`Bearer realm="registry"`}, true, "error GET 401"},
		"file":                    {[]string{`Bearer realm="file:///etc/passwd"`}, true, "error GET 401"},
		"twice":                   {[]string{`Bearer realm="{realm}/token",realm="{registry}/token"`}, true, "error GET 401"},
		"no end":                  {[]string{`Bearer service="r",realm="{realm}/token`}, true, "error GET 401"},
		"no realm":                {[]string{`Bearer service="r"`}, true, "not_needed GET 401"},
		"Basic challenge":         {[]string{`Basic realm="{realm}/token"`}, true, "not_needed GET 401"},
		"no challenge":            {[]string{}, true, "not_needed GET 401"},
		"behind others":           {[]string{`Negotiate, Basic realm="a, b=\"c\""`, `BEARER Service="r", Realm="{realm}/token"`}, true, "succeeded GET 401, GET 200 for token_exchange, GET 200 for repeat"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTokenRegistry(t)
			if c.challenge != nil {
				r.challenge = c.challenge
			}
			s := r.stage(t, c.granted)
			resp := r.get(s, nil)
			if got := resp.Auth.TokenExchange + " " + purposes(s.lines()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if resp.Auth.TokenExchange != "succeeded" && (resp.Status != 401 || resp.Error != nil || len(r.tokens) != 0) {
				t.Errorf("%s, the token servers were asked %v", outcome(resp), r.tokens)
			}
			s.clean(password, gotToken)
		})
	}
}

// TestHostileTokenServers: each answer but a good one ends as data, and no other
// server is asked for it.
func TestHostileTokenServers(t *testing.T) {
	forbidden := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked", r.URL) }))
	defer forbidden.Close()
	text := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	raw := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				io.WriteString(conn, answer)
				conn.Close()
			}
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string // token_exchange, and the error if it is told
	}{
		"401": {text(401, `{"token":"x"}`), "rejected"},
		"403": {text(403, ""), "rejected"},
		"404": {text(404, `{"token":"x"}`), "error"},
		"429": {text(429, ""), "error"},
		"500": {text(500, ""), "error"},
		"201": {text(201, `{"token":"x"}`), "error"},
		"204": {text(204, ""), "error"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, forbidden.URL, http.StatusTemporaryRedirect)
		}, "error"},
		"redirect home":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/token2", http.StatusFound) }, "error"},
		"empty":          {text(200, ""), "error"},
		"HTML":           {text(200, "<html>"), "error"},
		"truncated":      {text(200, `{"token":"x"`), "error"},
		"twice":          {text(200, `{"token":"x","token":"y"}`), "error"},
		"no token":       {text(200, `{"expires_in":1}`), "error"},
		"empty token":    {text(200, `{"token":"","access_token":""}`), "error"},
		"number":         {text(200, `{"token":7}`), "error"},
		"line break":     {text(200, `{"token":"a\r\nX: y"}`), "error"},
		"UTF-16":         {text(200, "\xff\xfe{\x00}\x00"), "error"},
		"deep":           {text(200, `{"token":"x","a":`+strings.Repeat("[", 30_000)+strings.Repeat("]", 30_000)+`}`), "error"},
		"20 MB":          {text(200, `{"token":"x","a":"`+strings.Repeat("x", 20<<20)+`"}`), "error"},
		"over the bound": {text(200, `{"token":"x","a":"`+strings.Repeat("x", wire.DefaultBodyBytes)+`"}`), "error"},
		"not HTTP":       {raw("SSH-2.0-x\r\n"), "error connection_failed"},
		"hangs up":       {raw(""), "error reset"},
		"half a body":    {raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), "error"},
		"access_token":   {text(200, `{"access_token":"`+gotToken+`"}`), "succeeded"},
		"wrong token":    {text(200, `{"token":"another"}`), "succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTokenRegistry(t)
			r.answer = c.answer
			s := r.stage(t, true)
			resp := r.get(s, nil)
			got := resp.Auth.TokenExchange
			if e := resp.Error; e != nil {
				got += " " + e.Kind
				if e.On != wire.OnRealm || resp.Status != 401 {
					t.Errorf("status %d, error on %q", resp.Status, e.On)
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s (%s)", got, c.want, purposes(s.lines()))
			}
			if n := len(r.tokens); n != 1 {
				t.Errorf("the token server was asked %d times", n)
			}
			if got := strings.Count(r.asked(), "GET Bearer "); got > 1 {
				t.Errorf("the request was sent %d times with a token (S15)", got)
			}
			if name == "wrong token" && (resp.Status != 401 || resp.Auth.Challenge == "") {
				t.Errorf("status %d", resp.Status)
			}
			s.clean(password, gotToken)
		})
	}
	t.Run("refused", func(t *testing.T) {
		r := newTokenRegistry(t)
		s := r.stage(t, true)
		r.realm.Close()
		resp := r.get(s, nil)
		if outcome(resp) != "401 refused" || resp.Error.On != wire.OnRealm || resp.Auth.TokenExchange != "error" || purposes(s.lines()) != "GET 401, GET 0 refused for token_exchange" {
			t.Errorf("%+v %+v: %s", resp.Error, resp.Auth, purposes(s.lines()))
		}
	})
}

// TestTokenBudget: what the host asks for a guest spends the guest's calls.
func TestTokenBudget(t *testing.T) {
	for budget, want := range map[int]string{
		1: "error GET 401, GET denied budget for token_exchange",
		2: "error GET 401, GET 200 for token_exchange, GET denied budget for repeat",
		3: "succeeded GET 401, GET 200 for token_exchange, GET 200 for repeat",
	} {
		r := newTokenRegistry(t)
		s := r.stage(t, true)
		s.budget = budget
		resp := r.get(s, nil)
		if got := resp.Auth.TokenExchange + " " + purposes(s.lines()); got != want {
			t.Errorf("budget %d\ngot  %s\nwant %s", budget, got, want)
		}
	}
}

// TestOtherSchemes: a configured token is final (S14), and every answer to a
// credential has its facts.
func TestOtherSchemes(t *testing.T) {
	r := newTokenRegistry(t)
	r.challenge = []string{`Bearer realm="{realm}/token",error="invalid_token"`, `Basic realm="` + strings.Repeat("x", 600) + `"`}
	for _, k := range []*wire.Credential{{Scheme: "bearer", Secret: "secret:OCI:Token"}, {Scheme: "basic", Username: "ops", Secret: "secret:OCI:Password"}} {
		s := newStage(t, registryCheck(), "OCI:RegistryUrl="+r.registry.URL, "OCI:TokenRealm="+r.realm.URL+"/token", "OCI:Password="+password, "OCI:Token=c4n4ry-c0nfigured")
		resp := s.call(wire.HTTPRequest{URL: r.registry.URL + "/v2/", Credential: k})
		a := resp.Auth
		if resp.Status != 401 || a.TokenExchange != "not_needed" || a.ChallengeError != "invalid_token" || len(a.Challenge) != wire.MaxHeaderValue || len(r.tokens) != 0 {
			t.Errorf("%s: %d %+v", k.Scheme, resp.Status, a)
		}
		s.clean(password, "c4n4ry-c0nfigured")
	}
	s := newStage(t, registryCheck(), "OCI:RegistryUrl="+r.registry.URL, "OCI:Password="+password)
	if resp := s.call(wire.HTTPRequest{URL: r.registry.URL + "/v2/"}); resp.Auth != nil {
		t.Errorf("without a credential: %+v", resp.Auth)
	}
}

// TestGuestAsksTheRealm: a guest that asks the realm by itself, which its access
// allows, gets no token either.
func TestGuestAsksTheRealm(t *testing.T) {
	r := newTokenRegistry(t)
	s := r.stage(t, true)
	resp := s.call(wire.HTTPRequest{URL: r.realm.URL + "/token", Credential: &wire.Credential{Scheme: "basic", Username: "ops", Secret: "secret:OCI:Password"}})
	if outcome(resp) != "200" {
		t.Fatal(outcome(resp))
	}
	s.clean(gotToken, password)
}

// TestSecureRegistry: over https, a realm of plain HTTP is an error, wherever it
// is (S11), and one of https is asked.
func TestSecureRegistry(t *testing.T) {
	r := newTokenRegistry(t)
	secure := httptest.NewTLSServer(http.HandlerFunc(r.serveRegistry))
	defer secure.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := egress.New(egress.Config{CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for challenge, want := range map[string]string{
		`Bearer realm="{realm}/token"`:            "error",
		`Bearer realm="` + secure.URL + `/token"`: "succeeded",
	} {
		r.challenge = []string{challenge}
		s := newStage(t, registryCheck(), "OCI:RegistryUrl="+secure.URL, "OCI:TokenRealm="+r.realm.URL+"/token", "OCI:Password="+password)
		s.network = client
		resp := s.call(wire.HTTPRequest{URL: secure.URL + "/v2/", Credential: &wire.Credential{Scheme: "oci_token", Username: "ops", Secret: "secret:OCI:Password"}})
		if resp.Auth.TokenExchange != want {
			t.Errorf("%s: %s, want %s (%s)", challenge, resp.Auth.TokenExchange, want, purposes(s.lines()))
		}
	}
}

// scripted answers calls by their address.
type scripted map[string]wire.HTTPResponse

func (n scripted) HTTP(_ context.Context, call egress.Call) wire.HTTPResponse {
	resp, ok := n[call.URL.Host]
	if !ok {
		resp.Error = &wire.CallError{Kind: wire.KindConnectionFailed, Message: "no such host"}
	}
	return resp
}

// TCP connects to nothing: no exchange of tokens needs it.
func (n scripted) TCP(context.Context, egress.TCPCall) wire.TCPResponse {
	return wire.TCPResponse{Error: &wire.CallError{Kind: wire.KindConnectionFailed, Message: "no such host"}}
}

// TestRealmInTheClear: credentials go to no realm over plain HTTP, and a realm
// whose name leads where it may not is a matter of the policy, not of the realm.
func TestRealmInTheClear(t *testing.T) {
	first := wire.HTTPResponse{Status: 401, Header: map[string][]string{"www-authenticate": {`Bearer realm="http://auth.example.com/token"`}}}
	refused := wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: access.RuleAddr, Rule: access.RuleAddr, Message: "out of bounds"}}
	for name, c := range map[string]struct {
		set, want string
		anonymous bool
	}{
		"with a password": {"X:Y=z", "not_attempted GET 401, GET denied plain-http for token_exchange", false},
		"with permission": {keyPlainHTTP + "=true", "not_attempted GET 401, GET denied addr for token_exchange", false},
		"anonymous":       {"X:Y=z", "not_attempted GET 401, GET denied addr for token_exchange", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, registryCheck(), "OCI:RegistryUrl=http://127.0.0.1:5000", "OCI:TokenRealm=http://auth.example.com/token", "OCI:Password="+password, c.set)
			s.network = scripted{"127.0.0.1": first, "auth.example.com": refused}
			k := &wire.Credential{Scheme: "oci_token", Username: "ops", Secret: "secret:OCI:Password"}
			if c.anonymous {
				k = &wire.Credential{Scheme: "oci_token"}
			}
			resp := s.call(wire.HTTPRequest{URL: "http://127.0.0.1:5000/v2/", Credential: k})
			if got := resp.Auth.TokenExchange + " " + purposes(s.lines()); got != c.want || resp.Error != nil || resp.Status != 401 {
				t.Errorf("got  %s (%s)\nwant %s", got, outcome(resp), c.want)
			}
		})
	}
}
