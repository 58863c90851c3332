package vet_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// hostile is a text by which a plugin or a file could say more than its place
// allows (V16).
const hostile = "x\x1b]0;owned\a\r\n| a | [l](http://evil.example) <script>alert(1)</script> \u202e`"

// sample has something in every place, and hostile texts wherever a plugin has a
// word.
func sample() *vet.Report {
	return &vet.Report{
		Schema:  vet.Schema,
		Subject: vet.Subject{ID: "com.acme.doctor", Name: hostile, Version: "1.2.0", SHA256: strings.Repeat("ab", 32), SHA512: strings.Repeat("cd", 64), Bytes: 3446000},
		Tool:    vet.Tool{Version: "1.0.0", Engine: "an engine", Ran: []string{"compiled", "interpreted"}, Catalogue: "1", Cases: []string{"sha256:" + strings.Repeat("ef", 32)}},
		Policy:  vet.Applied{Name: hostile, SHA256: strings.Repeat("01", 32), Lowered: []vet.Lowered{{Rule: vet.RuleTrap, From: vet.Error, To: vet.Off}}},
		Date:    "2026-07-01T12:00:00Z", Verdict: vet.Failed,
		Findings: []vet.Finding{
			{Rule: vet.RuleOutsideAccess, Level: vet.Error, Check: "check.acme.web", Text: "asks for GET https://collector.example.net/" + hostile + ", which is refused (rule not-granted)", Scenario: "every setting set; all answer 200", Seen: 12},
			{Rule: vet.RuleUnusedAccess, Level: vet.Warning, Check: "check.acme.web", Text: "declares GET {Acme:Url}/admin/ and was never made to use it"},
			{Rule: vet.RuleDescribe, Level: vet.Note, Text: "the file is sealed as one thing", Scenario: "x", Seen: 1},
		},
		Limits: []string{"not every status was tried"},
		Facts: vet.Facts{Imports: []string{"extism:host/env alloc", "stella:doctor/v1 http_read", "wasi_snapshot_preview1 fd_write"}, Toolchain: []string{"Go go1.26.8"}, MemoryBytes: 4 << 20, LiteralHosts: []string{"api.example.net"},
			Methods: []string{"GET"}, Dependencies: []vet.Dependency{{Path: "golang.org/x/net", Version: "v0.54.0"}}, ModulesTold: true, Signers: []string{"acme-release"}, SBOM: true, SBOMBy: []string{hostile, "stella doctor 1.0.0"}},
		Checks: []vet.Check{{
			ID: "check.acme.web", Name: hostile, Class: "read", Runs: 512,
			Requests: []vet.Request{
				{Function: "http_read", Method: "GET", Target: "{Acme:Url}", Path: "/" + hostile, Access: "GET {Acme:Url}", Headers: []string{"accept"}, Credential: "Acme:Token", Scheme: "bearer"},
				{Function: "http_read", Method: "GET", Target: "{Acme:Url}", Path: "/token", Access: "GET {Acme:Url}", Headers: []string{}, Scheme: "oci_token", Purpose: "token_exchange"},
				{Function: "http_write", Method: "POST", Target: "{Acme:Url}", Path: "/up", Access: "POST {Acme:Url}", Headers: []string{}, BodyBytes: 17},
			},
			Access: []vet.AccessUse{
				{Text: "GET {Acme:Url}", Reason: hostile, Reached: 2, Below: "/api/", Unused: []string{"HEAD"}},
				{Text: "GET {Acme:Url}/admin/", Reason: "To look.", Unused: []string{"GET"}},
			},
			Settings: []vet.SettingUse{{Key: "Acme:Url", Effect: true}, {Key: "Acme:Unread"}},
			Table: []truth.Request{{Case: "every setting set; all answer 200", N: 1, Call: "GET {Acme:Url}", Rows: []truth.Row{
				{When: []string{"200-299", "200 with a web page"}, Verdict: "pass"}, {When: []string{"timeout connect"}, Verdict: "fail", Cause: "tcp.timeout"},
			}}},
			Adversaries: []vet.Encounter{{Adversary: "html", Verdict: "pass", Cause: "http.200-html"}, {Adversary: "ssh", Verdict: "fail", Cause: "tcp.unreachable"}, {Adversary: "http-2", Verdict: "fail", Cause: "tcp.unreachable"}},
		}},
	}
}

var forms = map[string]func(io.Writer, *vet.Report) error{
	"txt": vet.WriteText, "json": vet.WriteJSON, "md": vet.WriteMarkdown, "html": vet.WriteHTML,
	"sarif": func(w io.Writer, r *vet.Report) error { return vet.WriteSARIF(w, r, "acme.wasm", 3) },
}

// TestForms: every form is as its golden file, and the same the second time.
func TestForms(t *testing.T) {
	for name, write := range forms {
		var a, b bytes.Buffer
		if err := write(&a, sample()); err != nil {
			t.Fatal(err)
		}
		if err := write(&b, sample()); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: the second time differs (%v)", name, err)
		}
		golden := filepath.Join("testdata", "report."+name)
		if *update {
			if err := os.WriteFile(golden, a.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), want) {
			t.Errorf("%s differs from %s; -update rewrites it\n%s", name, golden, a.Bytes())
		}
	}
}

// TestCutShortForms: of a check that was not vetted to the end no form says what it
// does not use, and none says of a plugin that it ran as it did not.
func TestCutShortForms(t *testing.T) {
	for _, tt := range []struct {
		ran       []string
		runs      int
		want, not string
	}{
		{nil, 0, "No check was run", "The plugin ran"},
		{[]string{"interpreted"}, 7, "worker processes, interpreted.", "compiled"},
		{nil, 7, "worker processes.", "compiled"},
	} {
		r := sample()
		r.Tool.Ran, r.Checks[0].Runs, r.Checks[0].CutShort = tt.ran, tt.runs, true
		for _, name := range []string{"txt", "md", "html"} {
			var b bytes.Buffer
			if err := forms[name](&b, r); err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(b.String(), "\\", "")
			if !strings.Contains(text, tt.want) || strings.Contains(text, tt.not) || !strings.Contains(text, "is not known") {
				t.Errorf("%s, %d runs %v: it lacks %q or the unknown, or has %q: %s", name, tt.runs, tt.ran, tt.want, tt.not, text)
			}
			for _, unused := range []string{"HEAD", "setting Acme:Unread", "1 part", "2 parts", "3 parts"} {
				if strings.Contains(text, unused) {
					t.Errorf("%s says that %s is unused", name, unused)
				}
			}
		}
	}
}

var codeSpan = regexp.MustCompile("``[^\n]*``")

// TestFormsNeutralise (V16): nothing that a plugin says becomes control of a
// terminal, a link, a tag or another row.
func TestFormsNeutralise(t *testing.T) {
	for name, write := range forms {
		var b bytes.Buffer
		if err := write(&b, sample()); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if strings.ContainsAny(text, "\x1b\a\r\u202e") {
			t.Errorf("%s: control characters came through", name)
		}
		if name == "html" && (strings.Contains(text, "<script>") || strings.Count(text, "<a ") > 0) {
			t.Errorf("html: a tag came through")
		}
		text = codeSpan.ReplaceAllString(text, "") // nothing is read in there
		if name == "md" && (strings.Contains(text, "[l](http") || strings.Contains(text, "<script>")) {
			t.Errorf("markdown: a link or a tag came through")
		}
		if name == "json" || name == "sarif" {
			var v any
			if err := json.Unmarshal(b.Bytes(), &v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestSignable: the forms for a change board name the file, the policy and the
// verdict, say what reached means, and have a place to sign.
func TestSignable(t *testing.T) {
	for _, name := range []string{"md", "html"} {
		var b bytes.Buffer
		if err := forms[name](&b, sample()); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{strings.Repeat("ab", 32), strings.Repeat("01", 32), "failed: 1 error, 1 warning, 1 note", "It is not all that the check could send", "signature", "date", "rejected", "approved until"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
}

// TestCanary: a canary is found in the forms in which secrets travel, and the one
// of another setting is not taken for it.
func TestCanary(t *testing.T) {
	scene := vet.NewScene([32]byte{1}, "a")
	a, b := scene.Canary("Acme:Token"), scene.Canary("Acme:Password")
	if a.Secret == b.Secret || a.Secret != scene.Canary("Acme:Token").Secret || len(a.Secret) < 16 {
		t.Fatalf("canaries %q and %q", a.Secret, b.Secret)
	}
	for want, text := range map[string]string{
		"raw": "x" + a.Secret + "y", "hex": strings.ToLower(hexOf(a.Secret)), "upper-case hex": strings.ToUpper(hexOf("z" + a.Secret)),
	} {
		if got := a.Find(text); got != want {
			t.Errorf("%q found as %q, want %q", text, got, want)
		}
		if got := b.Find(text); got != "" {
			t.Errorf("the other canary was found as %q in %q", got, text)
		}
	}
	for before := range 5 {
		if got := a.Find(base64Of(strings.Repeat("u", before) + a.Secret + ":rest")); !strings.HasPrefix(got, "base64") {
			t.Errorf("behind %d bytes it was found as %q", before, got)
		}
	}
	quoted, _ := json.Marshal(vet.CanaryOf("X", "a\"b\\cé-long-enough").Secret)
	if got := vet.CanaryOf("X", "a\"b\\cé-long-enough").Find(string(quoted)); got != "JSON" {
		t.Errorf("in JSON it was found as %q", got)
	}
}

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestCanaryParts: ten characters of a canary are found whatever was done to them,
// nine are not, and neither is what is found in ordinary text.
func TestCanaryParts(t *testing.T) {
	c := vet.NewScene([32]byte{7}, "a").Canary("Acme:Token")
	plain := strings.NewReplacer("-", "", "_", "").Replace(c.Secret)
	turned := []byte(c.Secret)
	slices.Reverse(turned)
	for what, text := range map[string]string{
		"cut":              c.Secret[:len(c.Secret)-1],
		"ten":              "x" + plain[5:15] + "=",
		"lower":            strings.ToLower(c.Secret),
		"upper":            strings.ToUpper(c.Secret),
		"backwards":        string(turned),
		"spaced":           strings.Join(strings.Split(c.Secret, ""), " "),
		"lines":            strings.Join(strings.Split(c.Secret, ""), "\r\n- "),
		"hex with colons":  strings.ToUpper(strings.Join(strings.Split(hexOf(c.Secret), ""), ":")),
		"base64 of a part": base64Of("of " + c.Secret[3:18]),
		"hex backwards":    hexOf(string(turned)),
	} {
		if got := c.Find(text); got == "" {
			t.Errorf("%s: %q was not found", what, text)
		}
	}
	for _, text := range []string{plain[5:14], plain[:9] + "?" + plain[20:29], strings.Repeat("the quick brown fox 0123456789 ", 1000), hexOf("nothing of it at all"), c.Setting} {
		if got := c.Find(text); got != "" {
			t.Errorf("%.40q was found as %q", text, got)
		}
	}
}

// TestScene: a scene follows from the file, and nothing of it is the same for
// another file or in another scene.
func TestScene(t *testing.T) {
	a, again := vet.NewScene([32]byte{1}, "usual"), vet.NewScene([32]byte{1}, "usual")
	if a != again {
		t.Error("one file has two scenes")
	}
	for _, b := range []vet.Scene{vet.NewScene([32]byte{2}, "usual"), vet.NewScene([32]byte{1}, "other")} {
		if a.Now.Equal(b.Now) || a.Nonce == b.Nonce || a.Domain == b.Domain || a.Word("X") == b.Word("X") || a.Canary("X").Secret == b.Canary("X").Secret || a.Address("x.example.com") == b.Address("x.example.com") {
			t.Errorf("scenes %+v and %+v have something in common", a, b)
		}
	}
	for n := range byte(40) {
		s := vet.NewScene([32]byte{n}, "usual")
		if letter, other := s.Nonce[0] > '9', s.OtherNonce()[0] > '9'; letter == other || len(s.OtherNonce()) != len(s.Nonce) {
			t.Errorf("nonces %s and %s begin alike", s.Nonce, s.OtherNonce())
		}
		addr, err := netip.ParseAddr(s.Address("X.example.com"))
		if err != nil || !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.String() != s.Address("x.example.com") || s.Address("10.0.0.1") != "10.0.0.1" {
			t.Errorf("address %s", addr)
		}
		if connect, all := s.ConnectMS("x"), s.DurationMS("x"); connect < 1 || all <= connect || all > 50 {
			t.Errorf("%d ms, %d to connect", all, connect)
		}
	}
}
