package challenge

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// show writes challenges as scheme(name=value …), ! for malformed ones.
func show(all []Challenge) string {
	var out []string
	for _, c := range all {
		s := c.Scheme + "("
		for i, name := range slices.Sorted(maps.Keys(c.Params)) {
			if i > 0 {
				s += " "
			}
			s += name + "=" + c.Params[name]
		}
		if s += ")"; c.Malformed {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  string
	}{
		{[]string{`Bearer realm="https://auth.example.com/token",service="r",scope="repository:a:pull"`}, "bearer(realm=https://auth.example.com/token scope=repository:a:pull service=r)"},
		{[]string{`BEARER Realm = "a" ,  SERVICE="b"`}, "bearer(realm=a service=b)"},
		{[]string{`Bearer realm="a, b\"c\\d", scope="repository:a:pull,push"`}, `bearer(realm=a, b"c\d scope=repository:a:pull,push)`},
		{[]string{`Basic realm="x", Bearer realm="y"`}, "basic(realm=x); bearer(realm=y)"},
		{[]string{`Bearer realm="y", Basic realm="x", charset="UTF-8"`}, "bearer(realm=y); basic(charset=UTF-8 realm=x)"},
		{[]string{`Basic realm="x"`, `Bearer realm="y"`}, "basic(realm=x); bearer(realm=y)"},
		{[]string{`Negotiate, NTLM, Basic realm=x`}, "negotiate(); ntlm(); basic(realm=x)"},
		{[]string{`Negotiate YII==, Bearer realm="y"`}, "negotiate(); bearer(realm=y)"},
		{[]string{`NTLM TlRM/TVN+TUA=  , Basic realm=x`}, "ntlm(); basic(realm=x)"},
		{[]string{`,, ,Bearer ,realm="y",,error="insufficient_scope",`}, "bearer(error=insufficient_scope realm=y)"},
		{[]string{`Bearer realm=https://auth.example.com/token,service=r`}, "bearer(realm=https://auth.example.com/token service=r)"},
		{[]string{`Bearer realm="a",realm="b"`}, "bearer(realm=a)!"},
		{[]string{`Bearer realm="a",REALM="a"`}, "bearer(realm=a)!"},
		{[]string{`Bearer realm="https://auth.example.com`}, "bearer()!"},
		{[]string{`Bearer service="r",realm="a\"`}, "bearer(service=r)!"},
		{[]string{`Bearer realm="a`, `b", Basic realm="x"`}, `bearer()!; b(); basic(realm=x)`},
		{[]string{`Bearer Basic realm="x"`}, "bearer(); basic(realm=x)"},
		{[]string{`Bearer realm=`}, "bearer()"},
		{[]string{`Bearer future="x",realm="a",9="b"`}, "bearer(9=b future=x realm=a)"},
		{[]string{`"quoted", Bearer realm="a"`}, "bearer(realm=a)"},
		{[]string{`=, ;x, Bearer realm="a"`}, "bearer(realm=a)"},
		{[]string{`Bearer realm="a" ; x, Basic realm=b`}, "bearer(realm=a); basic(realm=b)"},
		{[]string{"", " ", "\t,"}, ""},
		{nil, ""},
	} {
		got := show(Parse(tt.lines))
		if got != tt.want {
			t.Errorf("%q\ngot  %s\nwant %s", tt.lines, got, tt.want)
		}
	}
}

// TestManyChallenges is H55: a thousand challenges take no time, and of them a
// few are read.
func TestManyChallenges(t *testing.T) {
	start := time.Now()
	for _, piece := range []string{`Bearer realm="a",`, `"`, `\`, `Bearer realm="\`, `a=`, `Basic `, `,`, `Bearer a="b",`} {
		all := Parse([]string{strings.Repeat(piece, wire.MaxHeaderBytes/len(piece))})
		if len(all) > most {
			t.Errorf("%q: %d challenges", piece, len(all))
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestTokenURL(t *testing.T) {
	for _, tt := range []struct{ registry, realm, service, scope, asked, want string }{
		{"https://r.example.com", "https://auth.example.com/token", "r", "repository:a:pull", "", "https://auth.example.com/token?service=r&scope=repository%3Aa%3Apull"},
		{"https://r.example.com", "https://auth.example.com/token", "r", "repository:a:pull", "repository:b:pull,push", "https://auth.example.com/token?service=r&scope=repository%3Ab%3Apull%2Cpush"},
		{"https://r.example.com", "https://auth.example.com/token", "", "", "", "https://auth.example.com/token"},
		{"https://r.example.com", "https://auth.example.com", "r", "a b", "", "https://auth.example.com/?service=r&scope=a&scope=b"},
		{"https://r.example.com", "https://auth.example.com/token?tenant=1", "r", "", "", "https://auth.example.com/token?tenant=1&service=r"},
		{"https://r.example.com", "https://AUTH.example.com.:443/token", "", "", "", "https://auth.example.com/token"},
		{"http://r.example.com", "http://auth.example.com/token", "", "", "", "http://auth.example.com/token"},
		{"http://r.example.com", "https://auth.example.com/token", "", "", "", "https://auth.example.com/token"},
		// S13: nothing gets out of its parameter.
		{"https://r.example.com", "https://auth.example.com/token", "r&scope=admin\r\nX: \"y\"", "a&service=b#c", "", "https://auth.example.com/token?service=r%26scope%3Dadmin%0D%0AX%3A+%22y%22&scope=a%26service%3Db%23c"},
		// S11, S12 and what is no address.
		{"https://r.example.com", "http://auth.example.com/token", "", "", "", "refused"},
		{"https://r.example.com", "http://127.0.0.1/token", "", "", "", "refused"},
		{"https://r.example.com", "https://u:p@auth.example.com/token", "", "", "", "refused"},
		{"https://r.example.com", "/token", "", "", "", "refused"},
		{"https://r.example.com", "//auth.example.com/token", "", "", "", "refused"},
		{"https://r.example.com", "auth.example.com", "", "", "", "refused"},
		{"https://r.example.com", "file:///etc/passwd", "", "", "", "refused"},
		{"https://r.example.com", "https://auth.example.com/token#x", "", "", "", "refused"},
		{"https://r.example.com", "https://auth.example.com/../token", "", "", "", "refused"},
		{"https://r.example.com", "https://2130706433/token", "", "", "", "refused"},
		{"https://r.example.com", "https://auth.example.com/token", "", strings.Repeat("a", wire.MaxURLBytes), "", "refused"},
	} {
		registry, _ := wire.ScreenURL(tt.registry)
		u, ok := TokenURL(registry, Challenge{Params: map[string]string{"realm": tt.realm, "service": tt.service, "scope": tt.scope}}, tt.asked)
		got := u.String()
		if !ok {
			got = "refused"
		}
		if got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.realm, got, tt.want)
		}
	}
	registry, _ := wire.ScreenURL("https://r.example.com")
	if _, ok := TokenURL(registry, Challenge{Params: map[string]string{"realm": "https://a.example.com"}, Malformed: true}, ""); ok {
		t.Error("a malformed challenge was followed")
	}
}

func TestToken(t *testing.T) {
	deep := strings.Repeat("[", 10_000)
	for _, tt := range []struct{ body, want string }{
		{`{"token":"a.b-c_d"}`, "a.b-c_d"},
		{`{"access_token":"x","expires_in":300,"issued_at":"2026-01-01T00:00:00Z"}`, "x"},
		{`{"token":"x","access_token":"y"}`, "x"},
		{`{"token":"","access_token":"y"}`, "y"},
		{`{"token":null,"access_token":"y"}`, "y"},
		{` {"token":"x"} ` + "\n", "x"},
		{`{"token":"` + strings.Repeat("x", MaxTokenBytes) + `"}`, strings.Repeat("x", MaxTokenBytes)},
		{`{"token":"` + strings.Repeat("x", MaxTokenBytes+1) + `"}`, ""},
		{`{"token":"x","token":"y"}`, ""},
		{`{"Token":"x"}`, ""},
		{`{"token":7}`, ""},
		{`{"token":["x"]}`, ""},
		{`{"token":"a b"}`, ""},
		{`{"token":"a\r\nHost: b"}`, ""},
		{`{"token":"ø"}`, ""},
		{`{"token":"a\u0000"}`, ""},
		{`{"token":"x"}{"token":"y"}`, ""},
		{`{"token":"x"`, ""},
		{`{"token":"x","z":` + deep, ""},
		{`{"token":"x","z":` + deep + strings.Repeat("]", 10_000) + `}`, ""},
		{"\xef\xbb\xbf" + `{"token":"x"}`, ""},
		{"\xff\xfe{\x00\"\x00t\x00", ""},
		{`{"token":"x","z":"` + "\xff" + `"}`, ""},
		{`["x"]`, ""},
		{`null`, ""},
		{``, ""},
		{`<html>`, ""},
	} {
		got, ok := Token([]byte(tt.body))
		if ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%.80q: got %.40q, %v", tt.body, got, ok)
		}
	}
}

// FuzzParse: whatever stands there, parsing ends, and what it makes of a challenge
// that another reader wrote is the same.
func FuzzParse(f *testing.F) {
	f.Add(`Bearer realm="https://a.example.com/t",service="r"`, "https://b.example.com/t", "a\"b\\c, d")
	f.Add(`Negotiate YII==, Basic realm=x`, "http://a", "")
	f.Add(`Bearer realm="a`, "x", ",")
	f.Fuzz(func(t *testing.T, line, realm, service string) {
		for _, c := range Parse([]string{line, line}) {
			if c.Scheme == "" || c.Scheme != strings.ToLower(c.Scheme) {
				t.Fatalf("scheme %q", c.Scheme)
			}
			registry := wire.URL{Scheme: "https", Host: "r.example.com", Port: 443, Path: "/"}
			u, ok := TokenURL(registry, c, "")
			if !ok {
				continue
			}
			p, err := url.Parse(u.String())
			if err != nil || p.Scheme != "https" || p.Hostname() != strings.Trim(u.Host, "[]") || p.User != nil {
				t.Fatalf("realm %q became %q (%v)", c.Params["realm"], u.String(), err)
			}
			if scope := c.Params["scope"]; scope != "" && !strings.Contains(scope, " ") && p.Query().Get("scope") == "" {
				t.Fatalf("scope %q is lost in %q", scope, u.String())
			}
		}
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
		written := fmt.Sprintf(`Bearer realm="%s", service="%s", Basic realm="x"`, quote(realm), quote(service))
		all := Parse([]string{written})
		if len(all) != 2 || all[0].Params["realm"] != realm || all[0].Params["service"] != service || all[1].Params["realm"] != "x" || all[0].Malformed {
			t.Fatalf("%s\nread as %s", written, show(all))
		}
	})
}

// FuzzToken: what is taken for a token can be sent.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"token":"x"}`))
	f.Add([]byte(`{"access_token":"x","token":"\u0041"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		token, ok := Token(body)
		if !ok {
			return
		}
		req, err := http.NewRequest("GET", "http://a", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		var b strings.Builder
		if err := req.Write(&b); err != nil || !strings.Contains(b.String(), "\r\nAuthorization: Bearer "+token+"\r\n") || len(token) > MaxTokenBytes {
			t.Fatalf("token %q: %v", token, err)
		}
	})
}
