package host

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// undoServer answers POST with what was asked of it in the query, and keeps the
// other requests.
type undoServer struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // method, address and Authorization of what is no POST
	codes []int    // answers to DELETE, in order; then 204
}

func newUndoServer(t *testing.T) *undoServer {
	u := &undoServer{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if location := r.URL.Query().Get("location"); location != "" {
				w.Header().Set("Location", location)
			}
			switch r.URL.Query().Get("status") {
			case "201":
				w.WriteHeader(http.StatusCreated)
			case "500":
				w.WriteHeader(http.StatusInternalServerError)
			default:
				w.WriteHeader(http.StatusAccepted)
			}
			return
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		u.asked = append(u.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")))
		code := http.StatusNoContent
		if len(u.codes) > 0 {
			code, u.codes = u.codes[0], u.codes[1:]
		}
		w.WriteHeader(code)
	}))
	t.Cleanup(u.Close)
	return u
}

// TestUndoRules: an undo goes where the guest itself might go, and its credential
// to the same origin only, below what the request asked.
func TestUndoRules(t *testing.T) {
	const query, login = "location=", " Bearer c4n4ry-t0ken"
	for name, c := range map[string]struct {
		query string
		here  string // what the registry is asked, there: what the other host is
		there string
		rule  string // of the denied line
	}{
		"absolute":              {query + "{here}/v2/a/1%3Fa%3Db", "DELETE /v2/a/1?a=b" + login, "", ""},
		"relative to the root":  {query + "/v2/a/1", "DELETE /v2/a/1" + login, "", ""},
		"relative":              {query + "1", "DELETE /v2/a/1" + login, "", ""},
		"with a fragment":       {query + "/v2/a/1%23x", "DELETE /v2/a/1" + login, "", ""},
		"another granted host":  {query + "{there}/up/1", "", "DELETE /up/1", ""},
		"protocol-relative":     {query + "//{there-host}/up/1", "", "DELETE /up/1", ""},
		"no location":           {"", "", "", ""},
		"201":                   {query + "/v2/a/1&status=201", "", "", ""},
		"500":                   {query + "/v2/a/1&status=500", "", "", ""},
		"outside of the path":   {query + "/admin", "", "", "not-granted"},
		"another path there":    {query + "{there}/admin", "", "", "not-granted"},
		"metadata service":      {query + "http://169.254.169.254/latest", "", "", "not-granted"},
		"user info":             {query + "http://u:p@127.0.0.1/v2/", "", "", "userinfo"},
		"no address":            {query + "http://%5B", "", "", "host"},
		"something else":        {query + "/v2/prod/manifests/latest", "", "", "undo"},
		"absolutely else":       {query + "{here}/v2/ab/1", "", "", "undo"},
		"the parent":            {query + ".", "", "", "undo"},
		"another query":         {query + "%3Fall=true", "", "", "undo"},
		"above by dot segments": {query + "../prod/1", "", "", "undo"},
		"file":                  {query + "file:///etc/passwd", "", "", "scheme"},
		"dot segments":          {query + "/v2/%2e%2e/admin", "", "", "not-granted"},
		"escaped dot segments":  {query + "/v2/%252e%252e/admin", "", "", "path"},
		"line break in a query": {query + "/v2/a/1%3Fa%3D%250d%250a", "DELETE /v2/a/1?a=%0d%0a" + login, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := newUndoServer(t), newUndoServer(t)
			info := wire.CheckInfo{
				Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}, {Key: "B:Url", Type: wire.TypeURL}, {Key: "A:Token", Type: wire.TypeString, Secret: true}},
				Access: []wire.Access{
					{Kind: wire.KindHTTP, Methods: []string{"POST", "DELETE"}, Target: "{A:Url}", Path: "/v2/", Secrets: []string{"A:Token"}},
					{Kind: wire.KindHTTP, Methods: []string{"DELETE"}, Target: "{B:Url}", Path: "/up/", Secrets: []string{"A:Token"}},
				},
			}
			s := newStage(t, info, "A:Url="+here.URL, "B:Url="+there.URL, "A:Token=c4n4ry-t0ken")
			asked := strings.NewReplacer("{here}", here.URL, "{there}", there.URL, "{there-host}", strings.TrimPrefix(there.URL, "http://")).Replace(c.query)
			s.call(wire.HTTPRequest{Method: "POST", URL: here.URL + "/v2/a/?" + asked, Undo: "DELETE", Credential: &wire.Credential{Scheme: "bearer", Secret: "secret:A:Token"}})
			s.takeBack()
			if got := strings.Join(here.asked, ", "); got != c.here {
				t.Errorf("the registry was asked %q, want %q", got, c.here)
			}
			if got := strings.Join(there.asked, ", "); got != c.there {
				t.Errorf("the other host was asked %q, want %q", got, c.there)
			}
			last := s.last()
			if got := last.Rule; got != c.rule || (c.rule != "") != (last.Decision == "denied") || (last.Purpose == "undo") != (c.here+c.there+c.rule != "") {
				t.Errorf("ledger %+v, want rule %q", last, c.rule)
			}
			if owed.Load() != 0 {
				t.Error("something is still owed")
			}
			s.clean("c4n4ry-t0ken")
		})
	}
}

// TestUndoOfTheGuest: what the guest has taken back is done; where its request
// failed, the host tries once more.
func TestUndoOfTheGuest(t *testing.T) {
	for name, c := range map[string]struct {
		codes []int
		sent  int
	}{
		"204": {nil, 1}, "404": {[]int{404}, 1}, "405": {[]int{405}, 1}, "500, then 204": {[]int{500}, 2}, "401, then 404": {[]int{401, 404}, 2}, "429, then 500": {[]int{429, 500}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUndoServer(t)
			u.codes = c.codes
			s := newStage(t, wire.CheckInfo{
				Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}},
				Access:   []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"POST", "DELETE", "GET"}, Target: "{A:Url}"}},
			}, "A:Url="+u.URL)
			s.call(wire.HTTPRequest{Method: "POST", URL: u.URL + "/?location=/u/1%3Fa%3Db", Undo: "DELETE"})
			s.call(wire.HTTPRequest{Method: "DELETE", URL: u.URL + "/u/1?a=b"})
			s.takeBack()
			if len(u.asked) != c.sent {
				t.Errorf("asked %v, want %d", u.asked, c.sent)
			}
		})
	}
	t.Run("another address, another method", func(t *testing.T) {
		u := newUndoServer(t)
		s := newStage(t, wire.CheckInfo{
			Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}},
			Access:   []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"POST", "DELETE", "GET"}, Target: "{A:Url}"}},
		}, "A:Url="+u.URL)
		s.budget = 3
		s.call(wire.HTTPRequest{Method: "POST", URL: u.URL + "/?location=/u/1", Undo: "DELETE"})
		s.call(wire.HTTPRequest{Method: "DELETE", URL: u.URL + "/u/2"})
		s.call(wire.HTTPRequest{Method: "GET", URL: u.URL + "/u/1"})
		s.takeBack() // no call is left in the budget
		if got := strings.Join(u.asked, ", "); got != "DELETE /u/2, GET /u/1, DELETE /u/1" {
			t.Error(got)
		}
	})
	t.Run("after the run", func(t *testing.T) {
		u := newUndoServer(t)
		s := newStage(t, wire.CheckInfo{
			Settings: []wire.SettingInfo{{Key: "A:Url", Type: wire.TypeURL}},
			Access:   []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"POST", "DELETE"}, Target: "{A:Url}"}},
		}, "A:Url="+u.URL)
		s.takeBack()
		if got := outcome(s.call(wire.HTTPRequest{Method: "POST", URL: u.URL + "/?location=/u/1", Undo: "DELETE"})); got != "0 connection_failed" {
			t.Errorf("a guest that goes on after its end: %s", got)
		}
	})
}

// TestUndoWithToken: a registry may want another scope for taking back than for
// what is taken back, as distribution does.
// What that takes costs no budget either.
func TestUndoWithToken(t *testing.T) {
	for name, c := range map[string]struct {
		budget int
		more   int // requests of the guest after the upload
		spent  string
	}{
		"budget left":  {wire.DefaultRequests, 0, ""},
		"just spent":   {3, 0, ""},
		"overspent":    {3, 1, ",  denied budget"},
		"no line left": {3, ledgerKept + 2, strings.Repeat(",  denied budget", ledgerKept)},
	} {
		t.Run(name, func(t *testing.T) { undoWithToken(t, c.budget, c.more, c.spent) })
	}
}

func undoWithToken(t *testing.T, budget, more int, spent string) {
	var asked []string
	server := httptest.NewServer(nil)
	defer server.Close()
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		if r.URL.Path == "/token" {
			fmt.Fprintf(w, `{"token":"for-%s"}`, strings.TrimPrefix(r.URL.Query().Get("scope"), "repository:a:"))
			return
		}
		scope := map[string]string{"POST": "pull,push", "DELETE": "delete"}[r.Method]
		if r.Header.Get("Authorization") != "Bearer for-"+scope {
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+server.URL+`/token",scope="repository:a:`+scope+`"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Location", "/v2/a/blobs/uploads/1")
		w.WriteHeader(http.StatusAccepted)
	})
	s := newStage(t, registryCheck(), "OCI:RegistryUrl="+server.URL, "OCI:Password="+password)
	s.grants[0].Methods = []string{"POST", "DELETE"}
	s.budget = budget
	resp := s.call(wire.HTTPRequest{Method: "POST", URL: server.URL + "/v2/a/blobs/uploads/", Undo: "DELETE",
		Credential: &wire.Credential{Scheme: "oci_token", Username: "ops", Secret: "secret:OCI:Password", Scope: "repository:a:pull,push"}})
	if resp.Status != http.StatusAccepted {
		t.Fatal(outcome(resp))
	}
	for range more {
		s.call(wire.HTTPRequest{Method: "DELETE", URL: server.URL + "/v2/a/blobs/uploads/1"})
	}
	s.takeBack()
	want := "POST 401, GET 200 for token_exchange, POST 202 for repeat" + spent + ", DELETE 401 for undo, GET 200 for token_exchange, DELETE 202 for repeat"
	if got := purposes(s.lines()); got != want {
		t.Errorf("got  %s\nwant %s\nasked %v", got, want, asked)
	}
	if lines := guestLines(s.lines()); len(lines) != 1+strings.Count(spent, "denied") || lines[0].Status != http.StatusAccepted {
		t.Errorf("the guest's lines: %+v", lines)
	}
}
