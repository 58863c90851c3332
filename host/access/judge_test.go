package access

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

var readMethods = []string{"GET", "HEAD", "OPTIONS"}

var writeMethods = []string{"POST", "PUT", "PATCH", "DELETE"}

// TestJudgeBody: bodies go with the methods that write, up to the limit.
func TestJudgeBody(t *testing.T) {
	for _, tt := range []struct {
		method  string
		bytes   int
		refused bool
	}{
		{"POST", 0, false}, {"POST", 1, false}, {"POST", wire.MaxRequestBodyBytes, false}, {"POST", wire.MaxRequestBodyBytes + 1, true},
	} {
		_, _, err := Judge(testGrants(), "http_write", writeMethods, &wire.HTTPRequest{Method: tt.method, URL: "https://[2001:db8::1]/", Body: make([]byte, tt.bytes)})
		if (err != nil) != tt.refused || err != nil && err.Detail != RuleBody {
			t.Errorf("%s of %d bytes: %v", tt.method, tt.bytes, err)
		}
	}
	if _, _, err := Judge(testGrants(), "http_write", writeMethods, &wire.HTTPRequest{Method: "GET", URL: "http://a.example.com:5000/v2/"}); err == nil || err.Detail != RuleMethod {
		t.Errorf("GET by http_write: %v", err)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// testGrants are the grants of every case below: a registry, a wider body for
// one path of it, another host, and a setting that cannot be used.
func testGrants() []Grant {
	entries := []wire.Access{
		{Kind: "http", Methods: []string{"GET"}, Target: "{A:Url}", Path: "/v2/"},
		{Kind: "http", Methods: []string{"GET", "HEAD"}, Target: "{A:Url}", Path: "/v2/big", MaxBody: 1 << 20},
		{Kind: "http", Methods: []string{"POST"}, Target: "https://[2001:db8::1]", Path: "/"},
		{Kind: "http", Methods: []string{"GET"}, Target: "{Bad:Url}"},
		{Kind: "http", Methods: []string{"get", "TRACE"}, Target: "http://odd.example.com"},
	}
	return Resolve(entries, settings(map[string]string{"A:Url": "http://a.example.com:5000", "Bad:Url": "http://me:pw@bad.example.com"}), nil)
}

// TestJudge: the answer is "entry N", or kind and rule.
func TestJudge(t *testing.T) {
	header := func(name, value string) map[string][]string { return map[string][]string{name: {value}} }
	tests := []struct {
		name string
		req  wire.HTTPRequest
		want string
	}{
		{"allow", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/"}, "entry 1"},
		{"E139 without the last slash", wire.HTTPRequest{URL: "http://a.example.com:5000/v2"}, "entry 1"},
		{"E002 upper case", wire.HTTPRequest{URL: "HTTP://A.Example.COM:5000/v2/x?y=z"}, "entry 1"},
		{"E003 trailing dot", wire.HTTPRequest{URL: "http://a.example.com.:5000/v2/"}, "entry 1"},
		{"most specific", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/big/x"}, "entry 2"},
		{"method of the other entry", wire.HTTPRequest{Method: "HEAD", URL: "http://a.example.com:5000/v2/big"}, "entry 2"},
		{"E057 path", wire.HTTPRequest{URL: "http://a.example.com:5000/v2x"}, "denied not-granted"},
		{"E009 port", wire.HTTPRequest{URL: "http://a.example.com/v2/"}, "denied not-granted"},
		{"E010 scheme", wire.HTTPRequest{URL: "https://a.example.com:5000/v2/"}, "denied not-granted"},
		{"E004 host", wire.HTTPRequest{URL: "http://b.example.com:5000/v2/"}, "denied not-granted"},
		{"method of the grant only", wire.HTTPRequest{Method: "POST", URL: "https://[2001:db8::1]/"}, "denied method"},
		{"E140 method of the function only", wire.HTTPRequest{URL: "https://[2001:DB8:0:0:0:0:0:1]:443/"}, "denied method"},
		{"E060 method of neither", wire.HTTPRequest{Method: "POST", URL: "http://a.example.com:5000/v2/"}, "denied method"},
		{"E062 lower-case method", wire.HTTPRequest{Method: "get", URL: "http://a.example.com:5000/v2/"}, "denied method"},
		{"lower-case method granted", wire.HTTPRequest{Method: "get", URL: "http://odd.example.com/"}, "denied method"},
		{"TRACE granted", wire.HTTPRequest{Method: "TRACE", URL: "http://odd.example.com/"}, "denied method"},
		{"no method", wire.HTTPRequest{Method: "none", URL: "http://a.example.com:5000/v2/"}, "denied method"},
		{"unusable setting", wire.HTTPRequest{URL: "http://bad.example.com/"}, "invalid_url userinfo"},
		{"part of an unusable setting", wire.HTTPRequest{URL: "http://ad.example.com/"}, "denied not-granted"},
		{"name above an unusable setting", wire.HTTPRequest{URL: "http://example.com/"}, "denied not-granted"},
		{"screen", wire.HTTPRequest{URL: "http://me@a.example.com:5000/v2/"}, "invalid_url userinfo"},
		{"no address", wire.HTTPRequest{}, "invalid_url url"},
		{"secret address", wire.HTTPRequest{URL: "secret:A:Url"}, "denied credential"},
		{"credential", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Credential: &wire.Credential{Scheme: "basic"}}, "denied credential"},
		{"body", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Body: []byte("x")}, "denied body"},
		{"accept", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header("accept", "a/b, c/d;q=0.1")}, "entry 1"},
		{"tab in value", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header("x-a", "a\tb")}, "entry 1"},
		{"upper-case header", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header("Accept", "x")}, "denied header"},
		{"empty header", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header("", "x")}, "denied header"},
		{"non-ASCII value", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header("x-a", "\u010D\u010A")}, "denied header"},
		{"NUL in value", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header("x-a", "\x00")}, "denied header"},
		{"header without values", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: map[string][]string{"host": nil}}, "denied header"},
		{"many headers", wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: map[string][]string{"x-a": make([]string, 3000)}}, "denied header"},
	}
	for _, name := range append([]string{"proxy-authorization", "sec-fetch-site", "x-forwarded-host", "metadata", "x-aws-ec2-metadata-token"}, hostHeaders...) {
		tests = append(tests, struct {
			name string
			req  wire.HTTPRequest
			want string
		}{"header " + name, wire.HTTPRequest{URL: "http://a.example.com:5000/v2/", Header: header(name, "x")}, "denied header"})
	}
	grants := testGrants()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			switch tt.req.Method {
			case "":
				tt.req.Method = "GET"
			case "none":
				tt.req.Method = ""
			}
			g, u, err := Judge(grants, "http_read", readMethods, &tt.req)
			got := fmt.Sprintf("entry %d", g.Entry)
			if err != nil {
				got = err.Kind + " " + err.Detail
				if g.Entry != 0 || u != (wire.URL{}) {
					t.Error("a refusal came with a grant or an address")
				}
				if err.Kind == wire.KindDenied && err.Rule != err.Detail {
					t.Errorf("rule %q beside detail %q", err.Rule, err.Detail)
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s (%v)", got, tt.want, err)
			}
		})
	}
}

// TestDeniedSentence: the message names what has to be granted, and stays short
// and printable whatever the guest writes.
func TestDeniedSentence(t *testing.T) {
	_, _, err := Judge(nil, "http_read", readMethods, &wire.HTTPRequest{Method: "GET", URL: "https://registry.example.com:8443/v2/"})
	want := "registry.example.com on port 8443 is outside what is granted: the access has to name GET https://registry.example.com:8443/v2/"
	if err == nil || err.Message != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	long := &wire.HTTPRequest{Method: "\x1b[31m" + strings.Repeat("é", 500), URL: "http://" + strings.Repeat("a.", 100) + "example.com/" + strings.Repeat("b", 1000)}
	_, _, err = Judge(nil, "http_read", readMethods, long)
	if err == nil || len(err.Message) > wire.MaxErrorMessage || strings.ContainsRune(err.Message, 0x1b) {
		t.Errorf("message %q", err.Message)
	}
}

// TestSecretTargetStaysOut: an unusable setting is told by rule, never by value.
func TestSecretTargetStaysOut(t *testing.T) {
	_, _, err := Judge(testGrants(), "http_read", readMethods, &wire.HTTPRequest{Method: "GET", URL: "http://bad.example.com/"})
	if err == nil || strings.Contains(err.Message, "pw") || !strings.Contains(err.Message, "{Bad:Url}") {
		t.Errorf("message %v", err)
	}
}

// credentialGrants are the grants of the cases below: a list with two items, one
// of them twice at the same address, and a webhook whose address is a secret.
func credentialGrants() []Grant {
	return Resolve([]wire.Access{
		{Kind: "http", Methods: []string{"GET"}, Target: "{CI:*:Url}", Path: "/api"},
		{Kind: "http", Methods: []string{"GET"}, Target: "{CI:*:Url}", Path: "/api", Secrets: []string{"CI:*:Token"}},
		{Kind: "http", Methods: []string{"HEAD"}, Target: "{Hook:Url}"},
		{Kind: "http", Methods: []string{"GET"}, Target: "{Hook:Url}", Trim: "*"},
		{Kind: "http", Methods: []string{"HEAD"}, Target: "{Bad:Url}"},
	}, settings(map[string]string{
		"CI:0:Url": "https://a.example.com", "CI:1:Url": "https://b.example.com", "CI:2:Url": "https://a.example.com",
		"Hook:Url": "https://hooks.example.com/services/T0/B0/canary/?sig=a%2Fb", "Bad:Url": "https://u:pw@hooks.example.com/",
	}), numbers(0, 1, 2))
}

// TestJudgeCredential: the answer is the setting of the grant and the address,
// or kind, rule and sentence.
func TestJudgeCredential(t *testing.T) {
	bearer := func(key string) *wire.Credential { return &wire.Credential{Scheme: "bearer", Secret: "secret:" + key} }
	inHeader := func(name string) *wire.Credential {
		return &wire.Credential{Scheme: "header", Secret: "secret:CI:0:Token", Header: name}
	}
	const a, b = "https://a.example.com/api", "https://b.example.com/api"
	tests := []struct {
		name string
		req  wire.HTTPRequest
		want string
	}{
		{"own item", wire.HTTPRequest{URL: a, Credential: bearer("CI:0:Token")}, "CI:0:Url " + a},
		{"another item at the same address", wire.HTTPRequest{URL: a, Credential: bearer("CI:2:Token")}, "CI:2:Url " + a},
		{"another item's address", wire.HTTPRequest{URL: b, Credential: bearer("CI:0:Token")}, `denied credential the access to b.example.com:443 does not name the secret "CI:0:Token"`},
		{"a secret of nobody", wire.HTTPRequest{URL: a, Credential: bearer("Other:Token")}, `denied credential the access to a.example.com:443 does not name the secret "Other:Token"`},
		{"the pattern", wire.HTTPRequest{URL: a, Credential: bearer("CI:*:Token")}, `denied credential the access to a.example.com:443 does not name the secret "CI:*:Token"`},
		{"a value for a handle", wire.HTTPRequest{URL: a, Credential: &wire.Credential{Scheme: "bearer", Secret: "CI:0:Token"}}, `denied credential the access to a.example.com:443 does not name the secret "CI:0:Token"`},
		{"no secret", wire.HTTPRequest{URL: a, Credential: &wire.Credential{Scheme: "bearer"}}, "denied credential the credential names no secret"},
		{"anonymous token", wire.HTTPRequest{URL: b, Credential: &wire.Credential{Scheme: "oci_token"}}, "CI:1:Url " + b},
		{"outside the grant", wire.HTTPRequest{URL: "https://a.example.com/", Credential: bearer("CI:0:Token")},
			"denied not-granted a.example.com on port 443 is outside what is granted: the access has to name GET https://a.example.com:443/"},
		{"header", wire.HTTPRequest{URL: a, Credential: inHeader("private-token")}, "CI:0:Url " + a},
		{"header of Vault", wire.HTTPRequest{URL: a, Credential: inHeader("x-vault-token")}, "CI:0:Url " + a},
		{"header of a key", wire.HTTPRequest{URL: a, Credential: inHeader("x-api-key")}, "CI:0:Url " + a},
		{"header that is logged", wire.HTTPRequest{URL: a, Credential: inHeader("accept")}, "denied header no secret may be sent in the header accept: its name must end with -token, -key or -secret"},
		{"authorization", wire.HTTPRequest{URL: a, Credential: inHeader("authorization")}, `denied header no secret may be sent in the header "authorization"`},
		{"host", wire.HTTPRequest{URL: a, Credential: inHeader("host")}, `denied header no secret may be sent in the header "host"`},
		{"metadata service", wire.HTTPRequest{URL: a, Credential: inHeader("x-aws-ec2-metadata-token")}, `denied header no secret may be sent in the header "x-aws-ec2-metadata-token"`},
		{"proxy", wire.HTTPRequest{URL: a, Credential: inHeader("proxy-token")}, `denied header no secret may be sent in the header "proxy-token"`},
		{"upper case", wire.HTTPRequest{URL: a, Credential: inHeader("Private-Token")}, `denied header no secret may be sent in the header "Private-Token"`},
		{"line break in the name", wire.HTTPRequest{URL: a, Credential: inHeader("a\r\nb-token")}, `denied header no secret may be sent in the header "a\r\nb-token"`},
		{"no name", wire.HTTPRequest{URL: a, Credential: inHeader("")}, `denied header no secret may be sent in the header ""`},
		{"header twice", wire.HTTPRequest{URL: a, Credential: inHeader("private-token"), Header: map[string][]string{"private-token": {"x"}}},
			"denied header the header private-token is there twice: once with the secret, once without"},
		{"secret address", wire.HTTPRequest{Method: "HEAD", URL: "secret:Hook:Url"}, "Hook:Url https://hooks.example.com/services/T0/B0/canary/?sig=a%2Fb"},
		{"secret address, another method", wire.HTTPRequest{Method: "OPTIONS", URL: "secret:Hook:Url"}, "denied method OPTIONS of hooks.example.com:443 by http_read is not granted"},
		{"its origin", wire.HTTPRequest{URL: "https://hooks.example.com/"}, "Hook:Url https://hooks.example.com/"},
		{"secret address with more", wire.HTTPRequest{Method: "HEAD", URL: "secret:Hook:Url/x"}, "denied credential http_read cannot send to a secret that is no address in the access of the check"},
		{"secret that is no target", wire.HTTPRequest{Method: "HEAD", URL: "secret:CI:0:Token"}, "denied credential http_read cannot send to a secret that is no address in the access of the check"},
		{"secret address with a credential", wire.HTTPRequest{Method: "HEAD", URL: "secret:Hook:Url", Credential: bearer("CI:0:Token")}, `denied credential the access to hooks.example.com:443 does not name the secret "CI:0:Token"`},
		{"unusable secret address", wire.HTTPRequest{Method: "HEAD", URL: "secret:Bad:Url"}, "invalid_url userinfo the address in HEAD {Bad:Url} cannot be used (userinfo)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.req.Method == "" {
				tt.req.Method = "GET"
			}
			g, u, err := Judge(credentialGrants(), "http_read", readMethods, &tt.req)
			got := g.Setting + " " + u.String()
			if err != nil {
				got = err.Kind + " " + err.Detail + " " + err.Message
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err != nil && strings.Contains(err.Message, "canary") {
				t.Errorf("the sentence tells the address: %s", err.Message)
			}
		})
	}
}

func TestInTheClear(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.example.com": false, "http://a.example.com": true, "http://10.0.0.1": true, "http://[fd00::1]": true, "https://10.0.0.1": false,
		"http://localhost:5000": false, "http://127.0.0.1": false, "http://127.9.8.7:5000": false, "http://[::1]:5000": false, "http://[::ffff:127.0.0.1]": false,
		"http://localhost.example.com": true, "http://sub.localhost": true, "http://0.0.0.0": true,
	} {
		u, rule := wire.ScreenURL(address)
		if got := InTheClear(u); rule != "" || got != want {
			t.Errorf("%s: %v, want %v (%s)", address, got, want, rule)
		}
	}
}
