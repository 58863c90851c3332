package host

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// canary is a secret that looks different in every form.
const canary = `s3cr/t "Kä<n>a+ry?`

// reflections are the ways in which a server gives a secret back.
func reflections(secret string) map[string]string {
	quoted, _ := json.Marshal(secret)
	basic := func(user string, enc *base64.Encoding) string { return enc.EncodeToString([]byte(user + ":" + secret)) }
	percent := ""
	for i := range len(secret) {
		percent += fmt.Sprintf("%%%02x", secret[i])
	}
	return map[string]string{
		"raw":                   "<" + secret + ">",
		"twice":                 secret + secret,
		"base64":                base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 for addresses":  base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"basic, 1 before":       basic("", base64.StdEncoding),
		"basic, 2 before":       basic("a", base64.StdEncoding),
		"basic, 3 before":       basic("ab", base64.RawStdEncoding),
		"basic, 4 before":       basic("abc", base64.URLEncoding),
		"hex":                   hex.EncodeToString([]byte(secret)),
		"upper-case hex":        strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"query":                 "?token=" + url.QueryEscape(secret),
		"path":                  "/x/" + url.PathEscape(secret),
		"every byte":            percent,
		"lower-case escapes":    strings.ToLower(url.QueryEscape("/")) + lowerEscapes(url.QueryEscape(secret)),
		"JSON":                  `{"token":` + string(quoted) + `}`,
		"JSON in ASCII":         strings.ReplaceAll(string(quoted), "ä", `\u00e4`),
		"JSON of PHP":           strings.ReplaceAll(strings.Trim(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(quoted)), `"`), "/", `\/`),
		"HTML":                  "<p>" + html.EscapeString(secret) + "</p>",
		"in the middle of text": strings.Repeat("x", 5000) + secret + strings.Repeat("y", 5000),
	}
}

func testScrubber(secrets ...string) *scrubber {
	s := &scrubber{values: map[string]string{}}
	for i, value := range secrets {
		addSecret(s.values, fmt.Sprintf("A:Secret%d", i), value)
	}
	return s
}

// leaks tells whether text gives more than the ends of a secret away in any of
// its forms: what is left when bits of the first and last byte stay.
func leaks(text, secret string) string {
	for _, form := range echoes(secret) {
		if inner := form[1 : len(form)-1]; strings.Contains(text, inner) {
			return inner
		}
	}
	return ""
}

func TestScrub(t *testing.T) {
	for name, text := range reflections(canary) {
		t.Run(name, func(t *testing.T) {
			s := testScrubber(canary)
			resp := wire.HTTPResponse{
				Status: 200, Header: map[string][]string{"x-echo": {"a", text}}, Body: []byte(text), FinalURL: text,
				TLS:   &wire.TLSInfo{Subject: text, Issuer: text, ServerName: text},
				Auth:  &wire.AuthInfo{TokenRealmHost: text, Challenge: text, ChallengeError: text},
				Error: &wire.CallError{Kind: wire.KindReset, Message: text},
			}
			s.response(&resp)
			for where, got := range map[string]string{
				"body": string(resp.Body), "header": resp.Header["x-echo"][1], "final_url": resp.FinalURL, "subject": resp.TLS.Subject,
				"issuer": resp.TLS.Issuer, "server name": resp.TLS.ServerName, "realm": resp.Auth.TokenRealmHost,
				"challenge": resp.Auth.Challenge, "challenge error": resp.Auth.ChallengeError, "message": resp.Error.Message,
			} {
				if !strings.Contains(got, redacted) {
					t.Errorf("%s: nothing was taken out of %.200q", where, got)
				}
				if leak := leaks(got, canary); leak != "" {
					t.Errorf("%s: %q is left", where, leak)
				}
			}
		})
	}
}

// TestScrubKeeps: what is no secret is handed on as it is.
func TestScrubKeeps(t *testing.T) {
	body := []byte("nothing of interest, abc \xff\xfe")
	resp := wire.HTTPResponse{Body: body, Header: map[string][]string{"content-type": {"text/plain"}, "x-none": nil}, Truncated: true}
	before := string(wire.Marshal(&resp))
	for name, s := range map[string]*scrubber{"no scrubber": nil, "no hit": testScrubber(canary, "abc", "type")} {
		s.response(&resp)
		if got := string(wire.Marshal(&resp)); got != before {
			t.Errorf("%s: %s became %s", name, before, got)
		}
	}
	if &resp.Body[0] != &body[0] {
		t.Error("a body without a secret was copied")
	}
}

// TestScrubCutOff: a body that was cut within a secret does not give its
// beginning away, and marks do not let a body grow over its limit.
func TestScrubCutOff(t *testing.T) {
	const secret = "correct-horse-battery"
	s := testScrubber(secret)
	for n := minSecret; n < len(secret); n++ {
		resp := wire.HTTPResponse{Body: []byte("token=" + secret[:n]), Truncated: true}
		s.response(&resp)
		if got := string(resp.Body); got != "token="+redacted {
			t.Errorf("cut after %d: %s", n, got)
		}
		resp = wire.HTTPResponse{Body: []byte("token=" + secret[:n])}
		s.response(&resp)
		if got := string(resp.Body); got != "token="+secret[:n] {
			t.Errorf("not cut, %d: %s", n, got)
		}
	}
	resp := wire.HTTPResponse{Body: []byte(strings.Repeat("abcd", wire.MaxBodyBytes/4))}
	testScrubber("abcd").response(&resp)
	if len(resp.Body) != wire.MaxBodyBytes || !resp.Truncated {
		t.Errorf("a body of %d bytes, truncated %v", len(resp.Body), resp.Truncated)
	}
}

// TestScrubProbed: the answer to a probe loses secrets in every text, and the
// beginning of one where its line did not come to an end.
func TestScrubProbed(t *testing.T) {
	s := testScrubber(canary)
	for name, form := range reflections(canary) {
		resp := wire.TCPResponse{Connected: true, Address: form, Banner: []byte(form), TLS: &wire.TLSInfo{ServerName: form, Subject: form, Issuer: form},
			Error: &wire.CallError{Kind: wire.KindReset, Message: form}}
		s.probed(&resp)
		if inner := leaks(string(wire.Marshal(&resp))+string(resp.Banner), canary); inner != "" {
			t.Errorf("%s: %q is left in %+v", name, inner, resp)
		}
	}
	for _, c := range []struct {
		name string
		resp wire.TCPResponse
		want string
		cut  bool
	}{
		{"whole line", wire.TCPResponse{Banner: []byte("220 " + canary[:8])}, "220 " + canary[:8], false},
		{"cut line", wire.TCPResponse{Banner: []byte("220 " + canary[:8]), Truncated: true}, "220 " + redacted, true},
		{"broken line", wire.TCPResponse{Banner: []byte("220 " + canary[:8]), Error: &wire.CallError{Kind: wire.KindTimeout}}, "220 " + redacted, false},
	} {
		s.probed(&c.resp)
		if string(c.resp.Banner) != c.want || c.resp.Truncated != c.cut {
			t.Errorf("%s: %q, truncated %v", c.name, c.resp.Banner, c.resp.Truncated)
		}
	}
	short := testScrubber("hunter2x")
	long := wire.TCPResponse{Banner: bytes.Repeat([]byte("hunter2x"), wire.MaxBannerBytes/8)}
	if short.probed(&long); len(long.Banner) != wire.MaxBannerBytes || !long.Truncated {
		t.Errorf("%d bytes, truncated %v", len(long.Banner), long.Truncated)
	}
	(*scrubber)(nil).probed(&long)
}

func TestScrubHeaderNames(t *testing.T) {
	resp := wire.HTTPResponse{Header: map[string][]string{"x-hunter2hunter2": {"a"}, "x-redacted": {"b"}, "accept": {"c"}}}
	testScrubber("Hunter2Hunter2").response(&resp)
	if got := fmt.Sprint(resp.Header); got != "map[accept:[c] x-redacted:[a b]]" {
		t.Errorf("header %s", got)
	}
}

// TestSecretsOfSettings: which values are taken out of what is kept, the parts of
// addresses included, and what a check's own declaration adds. Words stay: they
// stand in any text.
func TestSecretsOfSettings(t *testing.T) {
	store, err := settings.Load(settings.Options{NoDefaultFiles: true, Set: []string{
		"OCI:Password=hunter2-hunter2", "OCI:Token=abc", "Registry:Password=registry", "OCI:RegistryUrl=https://registry.example.com",
		"Doctor:Proxy=http://me:Proxypass@proxy.example.com:3128", "Slack:WebhookUrl=https://hooks.example.com/services/T00/B00/XXXX",
		"Teams:WebhookUrl=https://teams.example.com/workflows/0f1e2d3c4b5a69788796a5b4/run?api-version=2016-06-01&sig=Sig%2Fnature-0f1e2d3c4b&x",
	}})
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{settings: store}
	for text, want := range map[string]bool{
		"hunter2-hunter2": true, "abc": false, "registry": false, "registry.example.com": false, "Proxypass": true, "me:Proxypass": true,
		base64.StdEncoding.EncodeToString([]byte("me:Proxypass")): true,
		"/services/T00/B00/XXXX":                                  true, "hooks.example.com": false,
		"/v3/0f1e2d3c4b5a69788796a5b4": true, "signature 'Sig/nature-0f1e2d3c4b' is wrong": true, "?sig=Sig%2Fnature-0f1e2d3c4b": true,
		"workflows": false, "api-version 2016-06-01": false,
	} {
		resp := wire.HTTPResponse{Body: []byte("a " + text + " b")}
		h.secretsOf(settings.Resolution{}).all.response(&resp)
		if got := !strings.Contains(string(resp.Body), text); got != want {
			t.Errorf("%s: taken out %v, want %v", text, got, want)
		}
	}
	own := settings.Resolution{Values: []settings.Resolved{
		{Declared: "A:Password", Value: "Declared1", Secret: true, From: settings.Entry{Key: "A:Alias"}},
		{Declared: "A:Default", Value: "Harmless1", Secret: true},
	}}
	resp := wire.HTTPResponse{Body: []byte("Declared1 Harmless1 hunter2-hunter2")}
	h.secretsOf(own).all.response(&resp)
	if got := string(resp.Body); got != redacted+" Harmless1 "+redacted {
		t.Errorf("with a check's own: %s", got)
	}
	resp = wire.HTTPResponse{Body: []byte("Declared1")}
	h.secretsOf(settings.Resolution{}).all.response(&resp)
	if string(resp.Body) != "Declared1" {
		t.Error("the secret of one check is taken out for another")
	}
	if s := (&Host{settings: &settings.Store{}}).secretsOf(settings.Resolution{}); s.all != nil {
		t.Error("without secrets there is a scrubber")
	}
}

// TestNoOracle: what a guest is told loses the secrets that the grant of the
// call bears, short ones and words too, and no others: else a guest could have
// its own server send guesses back and see which of them vanish (threats S27).
func TestNoOracle(t *testing.T) {
	r := settings.Resolution{Values: []settings.Resolved{
		{Declared: "A:Password", Value: "word", Secret: true},
		{Declared: "B:Token", Value: "an0ther-secret", Secret: true},
		{Declared: "C:Url", Value: "https://hooks.example.com/services/T00/B00/XXXX", Secret: true},
	}}
	s := (&Host{settings: &settings.Store{}}).secretsOf(r)
	const body = "word an0ther-secret /services/T00/B00/XXXX"
	for name, c := range map[string]struct {
		grant access.Grant
		want  string
	}{
		"no secret":         {access.Grant{Setting: "A:Url"}, body},
		"a password":        {access.Grant{Setting: "A:Url", Secrets: []string{"secret:A:Password"}}, redacted + " an0ther-secret /services/T00/B00/XXXX"},
		"a secret address":  {access.Grant{Setting: "C:Url"}, "word an0ther-secret " + redacted},
		"no grant, refused": {access.Grant{}, body},
	} {
		resp := wire.HTTPResponse{Body: []byte(body)}
		s.borneBy(c.grant).response(&resp)
		if got := string(resp.Body); got != c.want {
			t.Errorf("%s: the guest is told %q, want %q", name, got, c.want)
		}
	}
}

// TestRedactResult: whatever a guest writes of a secret, no part of its result
// keeps it, and the guest's own values are not changed under its hands.
func TestRedactResult(t *testing.T) {
	const secret = "c4nary-c4nary"
	text := "a " + secret + " b"
	original := report.Result{
		Diagnosis: text, Hint: text, Verification: text, LikelyCauses: []string{text},
		Requests: []report.Request{{URL: text}},
		Evidence: wire.Evidence{
			"text": wire.String(text), "list": wire.Strings([]string{text, "b"}), "number": wire.Int(7),
			"items": wire.Items(wire.Item{{Name: "item", Value: wire.Int(0)}, {Name: "url", Value: wire.String(text)}}),
		},
		Remediation: &report.Remediation{Summary: text, Steps: []wire.Step{{Description: text, Command: text, Backup: text, Safety: text}}},
	}
	var before, after bytes.Buffer
	if err := report.WriteDocument(&before, original); err != nil {
		t.Fatal(err)
	}
	res := original
	testScrubber(secret).result(&res)
	if err := report.WriteDocument(&after, res); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(after.String(), secret) {
		t.Errorf("the result keeps the secret:\n%s", after.String())
	}
	if got, want := after.String(), strings.ReplaceAll(before.String(), secret, redacted); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var again bytes.Buffer
	if err := report.WriteDocument(&again, original); err != nil || again.String() != before.String() {
		t.Errorf("the original was changed (%v):\n%s", err, again.String())
	}
}

// TestLeakedSetting: a plain setting that holds a secret cannot be recorded; a
// user name that is the same word as a password can.
func TestLeakedSetting(t *testing.T) {
	s := testScrubber("hunter2")
	request := func(value string) *wire.Request {
		return &wire.Request{Settings: map[string]wire.Setting{"OCI:RegistryUrl": {Value: value}, "OCI:Password": {Secret: "secret:OCI:Password"}}}
	}
	if err := leakedSetting(request("https://registry.example.com/?t=hunter2"), s); err == nil ||
		err.Error() != "the setting OCI:RegistryUrl holds the value of the secret A:Secret0, which a cassette may not show" {
		t.Errorf("an address with a token: %v", err)
	}
	for _, value := range []string{"hunter2", "https://registry.example.com"} {
		if err := leakedSetting(request(value), s); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
	if err := leakedSetting(request("hunter2!"), nil); err != nil {
		t.Errorf("without secrets: %v", err)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("hunter2", "a hunter2 b", true)
	f.Add("abcd", "YWJjZA==", false)
	f.Add("\xff\xfe\x00\x01", "%ff", true)
	f.Fuzz(func(t *testing.T, secret, text string, truncated bool) {
		s := testScrubber(secret)
		resp := wire.HTTPResponse{Body: []byte(text + secret), Header: map[string][]string{"a": {secret + text}}, Truncated: truncated}
		s.response(&resp)
		// Beside a mark with the same letters, a secret may come about anew.
		if len(secret) < minSecret || strings.ContainsAny(secret, redacted) {
			return
		}
		if strings.Contains(string(resp.Body), secret) || strings.Contains(resp.Header["a"][0], secret) {
			t.Errorf("%q is left in %q or %q", secret, resp.Body, resp.Header["a"])
		}
	})
}

// TestSecretsOfGuests: what a guest logs loses secrets, and a request that holds
// one, in any form and place, keeps its run from being recorded.
func TestSecretsOfGuests(t *testing.T) {
	const secret = "c4nary/c4nary"
	s := testScrubber(secret)
	out := sandbox.Result{Logs: []sandbox.LogLine{{Level: "info", Text: "a " + secret}}, Stderr: []byte("b " + secret)}
	s.guest(&out)
	if got := out.Logs[0].Text + string(out.Stderr); got != "a "+redacted+"b "+redacted {
		t.Errorf("the log keeps %q", got)
	}
	for name, req := range map[string]wire.HTTPRequest{
		"address":  {URL: "https://a.example.com/?t=" + url.QueryEscape(secret)},
		"header":   {Header: map[string][]string{"x-a": {secret}}},
		"body":     {Body: []byte(base64.StdEncoding.EncodeToString([]byte(secret)))},
		"username": {Credential: &wire.Credential{Username: secret}},
	} {
		k := &httpCall{e: exchange.Exchange{Request: req}}
		if key, ok := s.among(k.words()); !ok || key != "A:Secret0" {
			t.Errorf("%s: found %q, %v", name, key, ok)
		}
	}
	k := &httpCall{e: exchange.Exchange{Request: wire.HTTPRequest{URL: "https://a.example.com/v2/"}}}
	if key, ok := s.among(k.words()); ok {
		t.Errorf("a plain request holds %s", key)
	}
	peer := &tcpCall{e: exchange.Exchange{TCP: &exchange.TCP{Request: wire.TCPRequest{Host: secret + ".example.com"}}}}
	if key, ok := s.among(peer.words()); !ok || key != "A:Secret0" {
		t.Errorf("host: found %q, %v", key, ok)
	}
}
