package host

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/challenge"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// openNetwork fails the test when a call reaches it.
type openNetwork struct{ t *testing.T }

func (n openNetwork) HTTP(_ context.Context, call egress.Call) wire.HTTPResponse {
	n.t.Errorf("%s %s reached the network", call.Request.Method, call.URL.String())
	return wire.HTTPResponse{Status: 200}
}

func (n openNetwork) TCP(_ context.Context, call egress.TCPCall) wire.TCPResponse {
	n.t.Errorf("%s reached the network", call.URL.String())
	return wire.TCPResponse{Connected: true}
}

// TestEveryHostFunctionIsAuthorized calls each function that the sandbox is
// given, with calls that no grant covers: none may reach the network. A host
// function that passes authorize by turns this red.
func TestEveryHostFunctionIsAuthorized(t *testing.T) {
	functions := sandboxConfig().Functions
	if len(functions) == 0 {
		t.Fatal("the sandbox is given no host function; the test looks at nothing")
	}
	granted := []access.Grant{{
		Entry: 1, Text: "GET {A:Url}/v2/", Kind: wire.KindHTTP, Methods: []string{"GET"},
		Base: wire.URL{Scheme: "http", Host: "registry.example.com", Port: 5000, Path: "/v2/"}, MaxBody: 1024,
	}, {
		Entry: 2, Text: "POST {A:Url}/v2/blobs/", Kind: wire.KindHTTP, Methods: []string{"POST"},
		Base: wire.URL{Scheme: "http", Host: "registry.example.com", Port: 5000, Path: "/v2/blobs/"}, MaxBody: 1024,
	}, {
		Entry: 3, Text: "PROBE {A:Host}:25", Kind: wire.KindTCP, Methods: []string{wire.MethodProbe},
		Base: wire.URL{Scheme: wire.SchemeTCP, Host: "mail.example.com", Port: 25},
	}}
	attacks := map[string]wire.HTTPRequest{
		"other host":   {Method: "GET", URL: "http://evil.example.com:5000/v2/"},
		"other port":   {Method: "GET", URL: "http://registry.example.com:5001/v2/"},
		"other path":   {Method: "GET", URL: "http://registry.example.com:5000/admin"},
		"other scheme": {Method: "GET", URL: "https://registry.example.com:5000/v2/"},
		"other method": {Method: "DELETE", URL: "http://registry.example.com:5000/v2/"},
		"head":         {Method: "HEAD", URL: "http://registry.example.com:5000/v2/"},
		"host header":  {Method: "GET", URL: "http://registry.example.com:5000/v2/", Header: map[string][]string{"host": {"evil.example.com"}}},
		"credential":   {Method: "GET", URL: "http://registry.example.com:5000/v2/", Credential: &wire.Credential{Scheme: "basic", Secret: "secret:A:Password"}},
		"secret url":   {Method: "GET", URL: "secret:A:Hook"},
		"empty":        {},
		"body":         {Method: "GET", URL: "http://registry.example.com:5000/v2/", Body: []byte("x")},
		"large body":   {Method: "POST", URL: "http://registry.example.com:5000/v2/blobs/", Body: make([]byte, wire.MaxRequestBodyBytes+1)},
		"peer":         {Method: "PROBE", URL: "tcp://mail.example.com:25"},
		"peer by http": {Method: "GET", URL: "http://mail.example.com:25/"},
	}
	peers := map[string]wire.TCPRequest{
		"other peer":      {Host: "evil.example.com", Port: 25},
		"other peer port": {Host: "mail.example.com", Port: 26},
		"peer of http":    {Host: "registry.example.com", Port: 5000},
		"peer of a URL":   {Host: "tcp://mail.example.com:25", Port: 25},
		"no peer":         {Host: "", Port: 25},
		"no port":         {Host: "mail.example.com"},
		"long banner":     {Host: "mail.example.com", Port: 25, Banner: wire.MaxBannerBytes + 1},
	}
	for _, function := range functions {
		for name, req := range peers {
			t.Run(function+"/"+name, func(t *testing.T) {
				calls := &hostCalls{grants: granted, network: openNetwork{t}, budget: 4, writes: true}
				answerDenied(t, calls, function, wire.Marshal(&req))
			})
		}
		for name, req := range attacks {
			t.Run(function+"/"+name, func(t *testing.T) {
				calls := &hostCalls{grants: granted, network: openNetwork{t}, budget: 4, writes: true}
				answerDenied(t, calls, function, wire.Marshal(&req))
			})
		}
		t.Run(function+"/garbage", func(t *testing.T) {
			calls := &hostCalls{grants: granted, network: openNetwork{t}, budget: 4}
			answerDenied(t, calls, function, []byte("\xff{nonsense"))
		})
		t.Run(function+"/no budget", func(t *testing.T) {
			calls := &hostCalls{grants: granted, network: openNetwork{t}}
			answerDenied(t, calls, function, wire.Marshal(&wire.HTTPRequest{Method: "GET", URL: "http://registry.example.com:5000/v2/"}))
			calls = &hostCalls{grants: granted, network: openNetwork{t}}
			answerDenied(t, calls, function, wire.Marshal(&wire.TCPRequest{Host: "mail.example.com", Port: 25}))
		})
	}
	t.Run("no such function", func(t *testing.T) {
		calls := &hostCalls{grants: granted, network: openNetwork{t}, budget: 4}
		answerDenied(t, calls, "file_read", wire.Marshal(&wire.HTTPRequest{Method: "GET", URL: "http://registry.example.com:5000/v2/"}))
	})
}

// TestOwnRequestsAreAuthorized: the two senders that no guest calls are bound by the
// same grants. Nothing of what follows may reach the network.
func TestOwnRequestsAreAuthorized(t *testing.T) {
	const base = "https://registry.example.com/v2/"
	granted := []access.Grant{{Entry: 1, Kind: wire.KindHTTP, Methods: []string{"GET", "POST", "DELETE"}, Secrets: []string{"secret:A:Password"},
		Base: wire.URL{Scheme: "https", Host: "registry.example.com", Port: 443, Path: "/v2/"}}}
	reading := slices.Clone(granted)
	reading[0].Methods = []string{"GET"}
	login := &wire.Credential{Scheme: wire.SchemeBasic, Secret: "secret:A:Password"}
	for name, c := range map[string]struct {
		grants []access.Grant
		writes bool
		u      undo
		rule   string
	}{
		"other host":        {granted, true, undo{method: "DELETE", location: "https://evil.example.com/v2/1"}, access.RuleNotGranted},
		"other path":        {granted, true, undo{method: "DELETE", location: "https://registry.example.com/admin"}, access.RuleNotGranted},
		"other scheme":      {granted, true, undo{method: "DELETE", location: "http://registry.example.com/v2/1"}, access.RuleNotGranted},
		"other method":      {reading, true, undo{method: "DELETE", location: base + "1"}, "method"},
		"no grant":          {nil, true, undo{method: "DELETE", location: base + "1"}, access.RuleNotGranted},
		"no address":        {granted, true, undo{method: "DELETE", location: "::"}, "scheme"},
		"ungranted secret":  {granted, true, undo{method: "DELETE", location: base + "1", credential: &wire.Credential{Scheme: wire.SchemeBasic, Secret: "secret:B:Password"}}, access.RuleCredential},
		"writes not at all": {granted, false, undo{method: "DELETE", location: base + "1"}, ruleWrite},
		"malformed":         {granted, true, undo{method: "DELETE", location: base + "1", credential: &wire.Credential{Scheme: "odd", Secret: "secret:A:Password"}}, ruleDocument},
	} {
		t.Run("undo/"+name, func(t *testing.T) {
			calls := &hostCalls{grants: c.grants, network: openNetwork{t}, budget: 4, writes: c.writes}
			calls.takeBackOne(t.Context(), c.u)
			if line := calls.lines()[0]; line.Decision != "denied" || line.Rule != c.rule || line.Purpose != report.PurposeUndo {
				t.Errorf("ledger %+v, want rule %q", line, c.rule)
			}
		})
	}
	for name, c := range map[string]struct {
		grants []access.Grant
		realm  string
	}{
		"other host":   {granted, "https://evil.example.com/token"},
		"other port":   {granted, "https://registry.example.com:8443/v2/token"},
		"other scheme": {granted, "http://registry.example.com/v2/token"},
		"no grant":     {nil, "https://auth.example.com/token"},
		"metadata":     {granted, "http://169.254.169.254/latest"},
		"no address":   {granted, "::"},
	} {
		t.Run("token/"+name, func(t *testing.T) {
			calls := &hostCalls{grants: c.grants, network: openNetwork{t}, budget: 4}
			u, _ := wire.ScreenURL(base)
			first := wire.HTTPResponse{Auth: &wire.AuthInfo{}}
			call := egress.Call{Grant: granted[0], URL: u, Request: &wire.HTTPRequest{Method: "GET", URL: base, Credential: login}}
			token, result := calls.token(t.Context(), -1, call, challenge.Challenge{Scheme: "bearer", Params: map[string]string{"realm": c.realm}}, &first)
			if token != "" || result == wire.ExchangeSucceeded {
				t.Errorf("token %q, %s", token, result)
			}
		})
	}
}

// TestWriteNeedsPermission: what a grant covers is not written all the same when
// the check is not of class write, or the run does not allow writing. The gates
// see to it before a guest starts; this is what holds when they do not.
func TestWriteNeedsPermission(t *testing.T) {
	const address = "http://registry.example.com:5000/v2/"
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		grants := []access.Grant{{Entry: 1, Kind: wire.KindHTTP, Methods: []string{"GET", method},
			Base: wire.URL{Scheme: "http", Host: "registry.example.com", Port: 5000, Path: "/v2/"}}}
		in := wire.Marshal(&wire.HTTPRequest{Method: method, URL: address})
		calls := &hostCalls{grants: grants, network: openNetwork{t}, budget: 4}
		answerDenied(t, calls, wire.FuncHTTPWrite, in)
		if got := calls.lines()[0].Rule; got != ruleWrite {
			t.Errorf("%s: rule %q", method, got)
		}
		for function, writes := range map[string]bool{wire.FuncHTTPRead: true, "http_patch": true} {
			answerDenied(t, &hostCalls{grants: grants, network: openNetwork{t}, budget: 4, writes: writes}, function, in)
		}
		allowed := &hostCalls{grants: grants, network: fixed{}, budget: 4, writes: true}
		allowed.answer(context.Background(), wire.FuncHTTPWrite, in)
		if line := allowed.lines()[0]; line.Decision != "allowed" || line.Status != 200 || line.Function != wire.FuncHTTPWrite {
			t.Errorf("%s with permission: %+v", method, line)
		}
	}
	in := wire.Marshal(&wire.HTTPRequest{Method: "GET", URL: address})
	answerDenied(t, &hostCalls{network: openNetwork{t}, budget: 4, writes: true}, wire.FuncHTTPWrite, in)
}

// fixed answers every call.
type fixed struct{}

func (fixed) HTTP(context.Context, egress.Call) wire.HTTPResponse {
	return wire.HTTPResponse{Status: 200}
}

// TCP implements Network.
func (fixed) TCP(context.Context, egress.TCPCall) wire.TCPResponse {
	return wire.TCPResponse{Connected: true, ConnectMS: 2, DurationMS: 3, Address: "192.0.2.1:25", Banner: []byte("220 mail\r\n")}
}

// TestProbeCall: a connection goes the same way as a request, to its line in the
// ledger and onto the tape.
func TestProbeCall(t *testing.T) {
	rec := &Recording{}
	calls := &hostCalls{network: fixed{}, budget: 2, tape: rec.newTape(nil), grants: []access.Grant{{Entry: 1, Text: "PROBE {A:Host}:25", Kind: wire.KindTCP,
		Base: wire.URL{Scheme: wire.SchemeTCP, Host: "mail.example.com", Port: 25}}}}
	ask := func(host string, port int) (resp wire.TCPResponse) {
		t.Helper()
		in := wire.Marshal(&wire.TCPRequest{Host: host, Port: port, Banner: 64})
		if err := wire.Unmarshal(calls.answer(context.Background(), wire.FuncTCPProbe, in), &resp); err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if resp := ask("Mail.example.com.", 25); !resp.Connected || string(resp.Banner) != "220 mail\r\n" {
		t.Errorf("granted: %+v", resp)
	}
	if resp := ask("me@mail.example.com", 25); resp.Error == nil || resp.Error.Kind != wire.KindInvalidURL {
		t.Errorf("malformed: %+v", resp)
	}
	if resp := ask("mail.example.com", 25); resp.Error == nil || resp.Error.Rule != ruleBudget {
		t.Errorf("beyond the budget: %+v", resp)
	}
	want := []report.Request{
		{N: 1, Function: "tcp_probe", Method: "PROBE", URL: "tcp://mail.example.com:25", Access: "PROBE {A:Host}:25", Decision: "allowed", Address: "192.0.2.1:25", Bytes: 10, DurationMS: 3},
		{N: 2, Function: "tcp_probe", Method: "PROBE", Decision: "denied", Rule: wire.RuleUserinfo, ErrorKind: wire.KindInvalidURL},
		{N: 3, Function: "tcp_probe", Method: "PROBE", Decision: "denied", Rule: ruleBudget, ErrorKind: wire.KindDenied},
	}
	if got := calls.lines(); !slices.Equal(got, want) {
		t.Errorf("ledger\n%+v\nwant\n%+v", got, want)
	}
	taped := calls.tape.end()
	if len(taped) != 2 || taped[0].TCP == nil || taped[0].TCP.Request.Host != "Mail.example.com." || !taped[0].TCP.Response.Connected || taped[1].TCP.Response.Error == nil {
		t.Errorf("taped %+v", taped)
	}
}

// TestRefusalsKeepTheirWords sends calls of list E on the whole way and wants the
// word of each as the rule.
func TestRefusalsKeepTheirWords(t *testing.T) {
	const granted = "http://registry.example.com:5000/v2/"
	header := func(name, value string) map[string][]string { return map[string][]string{name: {value}} }
	grants := []access.Grant{{Entry: 1, Text: "GET {A:Url}/v2/", Kind: wire.KindHTTP, Methods: []string{"GET"},
		Base: wire.URL{Scheme: "http", Host: "registry.example.com", Port: 5000, Path: "/v2/"}, MaxBody: 1024}}
	for name, c := range map[string]struct {
		req  wire.HTTPRequest
		rule string
	}{
		"E004 other host":      {wire.HTTPRequest{Method: "GET", URL: "http://evil.example.com/v2/"}, access.RuleNotGranted},
		"E012 port 0":          {wire.HTTPRequest{Method: "GET", URL: "http://registry.example.com:0/v2/"}, wire.RulePort},
		"E015 userinfo":        {wire.HTTPRequest{Method: "GET", URL: "http://registry.example.com:5000@127.0.0.1/"}, wire.RuleUserinfo},
		"E020 short address":   {wire.HTTPRequest{Method: "GET", URL: "http://127.1/v2/"}, wire.RuleHost},
		"E042 file":            {wire.HTTPRequest{Method: "GET", URL: "file:///etc/passwd"}, wire.RuleScheme},
		"E052 dot segments":    {wire.HTTPRequest{Method: "GET", URL: "http://registry.example.com:5000/v2/../admin"}, wire.RulePath},
		"E060 post":            {wire.HTTPRequest{Method: "POST", URL: granted}, access.RuleMethod},
		"E061 connect":         {wire.HTTPRequest{Method: "CONNECT", URL: granted}, access.RuleMethod},
		"E062 lower-case":      {wire.HTTPRequest{Method: "get", URL: granted}, access.RuleMethod},
		"E064 line break":      {wire.HTTPRequest{Method: "GET", URL: granted, Header: header("x-a", "a\r\nb: c")}, access.RuleHeader},
		"E066 space in a name": {wire.HTTPRequest{Method: "GET", URL: granted, Header: header("x a", "b")}, access.RuleHeader},
		"E068 host":            {wire.HTTPRequest{Method: "GET", URL: granted, Header: header("host", "evil")}, access.RuleHeader},
		"E075 authorization":   {wire.HTTPRequest{Method: "GET", URL: granted, Header: header("authorization", "Basic eA==")}, access.RuleHeader},
		"body":                 {wire.HTTPRequest{Method: "GET", URL: granted, Body: []byte("x")}, access.RuleBody},
		"credential":           {wire.HTTPRequest{Method: "GET", URL: granted, Credential: &wire.Credential{Scheme: "basic", Secret: "secret:A:B"}}, access.RuleCredential},
		"no address":           {wire.HTTPRequest{Method: "GET"}, wire.RuleURL},
	} {
		t.Run(name, func(t *testing.T) {
			calls := &hostCalls{grants: grants, network: openNetwork{t}, budget: 4}
			answerDenied(t, calls, wire.FuncHTTPRead, wire.Marshal(&c.req))
			if got := calls.lines()[0].Rule; got != c.rule {
				t.Errorf("rule %q, want %q", got, c.rule)
			}
		})
	}
}

func answerDenied(t *testing.T, calls *hostCalls, function string, in []byte) {
	t.Helper()
	var resp wire.HTTPResponse
	if err := wire.Unmarshal(calls.answer(context.Background(), function, in), &resp); err != nil {
		t.Fatal(err)
	}
	if resp.Error == nil || resp.Error.Kind != wire.KindDenied && resp.Error.Kind != wire.KindInvalidURL {
		t.Fatalf("answered %+v", resp)
	}
	lines := calls.lines()
	if len(lines) != 1 || lines[0].Decision != "denied" || lines[0].Rule == "" {
		t.Errorf("ledger: %+v", lines)
	}
}

// TestHostFunctionsMatchTheAllowList holds the functions that the scanner lets a
// module import against those that the sandbox is given.
func TestHostFunctionsMatchTheAllowList(t *testing.T) {
	if got, want := fmt.Sprint(plugin.HostFunctions()), fmt.Sprint(sandboxConfig().Functions); got != want {
		t.Errorf("the scanner allows %s, the sandbox offers %s", got, want)
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"plugin.wasm":   "plugin.wasm",
		"a b.wasm":      "'a b.wasm'",
		"it's.wasm":     `'it'\''s.wasm'`,
		"$(reboot).yml": "'$(reboot).yml'",
		"":              "''",
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"check.integration.oci.registry", "check.integration.oci.pull", "check.acme.web.health"}
	for typed, want := range map[string]string{
		"check.integration.oci.regsitry": "[check.integration.oci.registry]",
		"oci.registry":                   "[check.integration.oci.registry]",
		"check.db.pool":                  "[]",
		"":                               "[]",
	} {
		if got := fmt.Sprint(Nearest(typed, known)); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
}
