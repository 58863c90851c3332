package host_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/vet"
)

// canaries are the values of every secret setting of the first-party checks in
// every section that it may stand in, each unlike any other text.
var canaries = map[string]string{
	"OCI:Password":                            `Kq7/ä "<oci+pw>?%9Zx`,
	"OCI:Token":                               "ociT0ken.Xw4_Jm-8rPq~27",
	"Registry:Password":                       `reg1stryPw/Bd8:"&Lp`,
	"Registry:Token":                          "reg1stryT0ken-Tt55.Yq",
	"CI:Systems:0:ApiToken":                   "ciT0ken+jenkins/Bz61vQ==",
	"CI:Systems:1:ApiToken":                   "glpat-ciG1tlabT0ken_77Ls",
	"CI:Systems:2:ApiToken":                   "genericCi.T0ken.42.Vd",
	"CI:ApiToken":                             "s1ngleCiT0ken-Pw90+Rk",
	"Secrets:Managers:0:Token":                "hvs.Vault0T0ken-Ny38Ke",
	"Secrets:Managers:1:Token":                "azureT0ken.eyJ.Rf55.Ho",
	"Secrets:Vault:Token":                     "hvs.0lderVaultT0ken-Wd17",
	"Vault:Token":                             "hvs.0ldestVaultT0ken-Aa63",
	"Webhooks:Endpoints:0:Url":                "hookPath0-Mm19Tt/Uv28",
	"Slack:WebhookUrl":                        "T00SLACK/B00Wk/slackS3cretPath",
	"Notify:Slack:WebhookUrl":                 "T01SLACK/B01Wk/n0tifySlackPath",
	"Teams:WebhookUrl":                        "teamsS3cretPath-Gh64@tenant",
	"Notify:Teams:WebhookUrl":                 "teamsN0tifyPath-Jj20@tenant",
	"Doctor:Plugins:Integration:OCI:Password": `0verr1de/pw"<Hh7>`,
	"X:Password":                              "unread-S3cret-0f-no-check",
}

// sections are ways to configure the checks: the plain settings that point them
// at SERVER, and the secrets that stand beside them.
var sections = map[string]struct {
	plain   []string
	secrets []string
}{
	"password": {
		[]string{"OCI:RegistryUrl=SERVER", "OCI:Username=doctor", "CI:Systems:0:Url=SERVER", "CI:Systems:0:Type=jenkins", "CI:Systems:0:Username=ci",
			"CI:Systems:1:Url=SERVER", "CI:Systems:1:Type=gitlab", "CI:Systems:2:Url=SERVER", "CI:Systems:2:Type=generic",
			"Secrets:Managers:0:Url=SERVER", "Secrets:Managers:0:Type=vault", "Secrets:Managers:1:Url=SERVER", "Secrets:Managers:1:Type=azurekeyvault"},
		[]string{"OCI:Password", "CI:Systems:0:ApiToken", "CI:Systems:1:ApiToken", "CI:Systems:2:ApiToken", "Secrets:Managers:0:Token", "Secrets:Managers:1:Token",
			"Webhooks:Endpoints:0:Url", "Slack:WebhookUrl", "Teams:WebhookUrl", "X:Password"},
	},
	"token": {
		[]string{"OCI:RegistryUrl=SERVER", "CI:Url=SERVER", "CI:Type=gitlab", "Secrets:Vault:Url=SERVER"},
		[]string{"OCI:Token", "CI:ApiToken", "Secrets:Vault:Token", "Notify:Slack:WebhookUrl", "Notify:Teams:WebhookUrl"},
	},
	"older password": {[]string{"Registry:Url=SERVER", "Registry:Username=doctor", "Vault:Url=SERVER"}, []string{"Registry:Password", "Vault:Token"}},
	"older token":    {[]string{"Registry:Url=SERVER"}, []string{"Registry:Token"}},
	"override": {[]string{"OCI:RegistryUrl=SERVER", "Doctor:Plugins:Integration:OCI:Username=doctor"},
		[]string{"Doctor:Plugins:Integration:OCI:Password"}},
}

// TestEveryCanary: no secret setting of the sealed plugin is left out.
func TestEveryCanary(t *testing.T) {
	h := open(t, host.Config{Embedded: embedded()})
	checks, err := h.Checks(host.Selection{Full: true})
	if err != nil {
		t.Fatal(err)
	}
	planted := map[string]bool{}
	for _, s := range sections {
		for _, key := range s.secrets {
			planted[key] = true
		}
	}
	for _, c := range checks {
		for _, s := range c.Info.Settings {
			for _, key := range append([]string{s.Key}, s.Aliases...) {
				if key = strings.Replace(key, "*", "0", 1); s.Secret && (canaries[key] == "" || !planted[key]) {
					t.Errorf("%s: no canary is planted in %s", c.Info.ID, key)
				}
			}
		}
	}
}

// reflectors are servers that give back all that they are told, each in its own
// way.
var reflectors = map[string]http.HandlerFunc{
	"raw body": func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s", heard(r)) },
	"JSON": func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"version": heard(r), "sealed": false, "initialized": true, "token": heard(r), "issuer": heard(r), "computer": []any{}})
	},
	"web page": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<p>%s</p>", html.EscapeString(heard(r)))
	},
	"hex and base64": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "%x %X %s %s", heard(r), heard(r), base64.StdEncoding.EncodeToString([]byte(heard(r))), base64.RawURLEncoding.EncodeToString([]byte("x"+heard(r))))
	},
	"redirect": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere?"+url.QueryEscape(heard(r)))
		w.WriteHeader(http.StatusFound)
	},
	"basic challenge": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+header(heard(r))+`"`)
		w.WriteHeader(http.StatusUnauthorized)
	},
	"bearer challenge": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" { // the token is the secret itself
			json.NewEncoder(w).Encode(map[string]string{"token": strings.Map(visible, heard(r))})
			return
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="%s",error="%s"`, r.Host, header(heard(r)), header(heard(r))))
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, heard(r))
	},
	"registry": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Docker-Distribution-API-Version", header(heard(r)))
		w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("0", 64))
		w.Header().Set("Location", "/v2/upload/"+url.PathEscape(heard(r))+"?_state="+url.QueryEscape(heard(r)))
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
		}
		fmt.Fprintf(w, `{"schemaVersion":2,"manifests":[],"note":%q}`, heard(r))
	},
	"forbidden": func(w http.ResponseWriter, r *http.Request) { http.Error(w, heard(r), http.StatusForbidden) },
	"large": func(w http.ResponseWriter, r *http.Request) {
		for range 3000 {
			fmt.Fprintf(w, "%s", heard(r))
		}
	},
	"cut off": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		fmt.Fprint(w, heard(r))
		panic(http.ErrAbortHandler)
	},
	"no HTTP": func(w http.ResponseWriter, r *http.Request) {
		text := heard(r)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			fmt.Fprintf(conn, "%s\r\n", text)
			conn.Close()
		}
	},
}

// heard is all that a request says, with the credentials taken out of their
// wrapping.
func heard(r *http.Request) string {
	var b strings.Builder
	b.WriteString(r.RequestURI)
	for name, values := range r.Header {
		b.WriteString("\n" + name + ": " + strings.Join(values, ", "))
	}
	if user, password, ok := r.BasicAuth(); ok {
		b.WriteString("\n" + user + "\n" + password)
	}
	if _, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		b.WriteString("\n" + token)
	}
	return b.String()
}

func header(s string) string {
	return strings.NewReplacer("\n", " ", `"`, `\"`, `\`, `\\`).Replace(s)
}

func visible(r rune) rune {
	if r <= ' ' || r >= 0x7f || r == '"' {
		return '.'
	}
	return r
}

// TestCanaries: no secret reaches a guest, and none is in anything that is kept
// or said of a run, whatever the servers make of what they are told.
func TestCanaries(t *testing.T) {
	var all []vet.Canary
	for key, secret := range canaries {
		all = append(all, vet.CanaryOf(key, secret))
	}
	cache := warmCache(t)
	var sent earshot
	chunks := chunkSet{seen: map[uint64]bool{}, seed: maphash.MakeSeed()}
	for kind, handler := range reflectors {
		if hosttest.UnderRace && kind != "raw body" { // what comes back is no matter of races
			continue
		}
		for section := range sections {
			// The way in which a secret comes back does not depend on its section.
			if s := section; s != "password" && s != "token" && kind != "raw body" && kind != "bearer challenge" {
				continue
			}
			t.Run(kind+", "+section, func(t *testing.T) {
				server := httptest.NewServer(sent.of(handler))
				defer server.Close()
				proxy := httptest.NewServer(sent.of(handler)) // Slack and Teams are asked through it
				defer proxy.Close()
				seen := runWithCanaries(t, canarySettings(t, server.URL, proxy.URL, section), cache, &chunks)
				if len(seen["report"]) == 0 || len(seen["memory"]) == 0 || len(seen["cassette"]) == 0 {
					t.Fatalf("nothing was kept of the run: %d bytes of report, %d of memory", len(seen["report"]), len(seen["memory"]))
				}
				for place, kept := range seen {
					text := string(kept)
					for _, c := range all {
						if form := c.Find(text); form != "" {
							t.Errorf("the %s holds %s as %s", place, c.Setting, form)
						}
					}
				}
			})
		}
	}
	// The search is worth something only where the secrets were on their way.
	for key, secret := range canaries {
		kept := strings.HasSuffix(key, ":WebhookUrl") || key == "X:Password"
		if got := sent.heard(secret); got == kept {
			t.Errorf("%s was sent to a server: %v, want %v", key, got, !kept)
		}
	}
}

// warmCache compiles the embedded plugin, which is then not interpreted anew in
// every host.
func warmCache(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache")
	h := open(t, host.Config{Embedded: embedded(), CacheDir: dir})
	if _, err := h.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// earshot keeps all that the servers were told.
type earshot struct {
	mu  sync.Mutex
	all strings.Builder
}

func (e *earshot) of(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.all.WriteString(heard(r) + "\n")
		e.mu.Unlock()
		handler(w, r)
	}
}

func (e *earshot) heard(secret string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Contains(e.all.String(), secret)
}

// runWithCanaries runs every check with all secrets set and returns all that a
// secret could be in.
func runWithCanaries(t *testing.T, settings []string, cache string, chunks *chunkSet) map[string][]byte {
	t.Helper()
	var mu sync.Mutex
	seen := map[string][]byte{}
	keep := func(place string, data []byte) {
		mu.Lock()
		defer mu.Unlock()
		seen[place] = append(append(seen[place], data...), '\n')
	}
	host.InspectMemory(func(memory []byte) { keep("memory", chunks.fresh(memory)) })
	defer host.InspectMemory(nil)

	var log bytes.Buffer
	h := open(t, host.Config{Embedded: embedded(), CacheDir: cache, Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: &log})}, settings...)
	rec := &host.Recording{}
	rep, err := h.Run(context.Background(), host.RunOptions{
		Selection: host.Selection{Full: true}, AllowWrite: true, NoDeps: true, Record: rec,
		Observe: func(e host.Event) { keep("events", plainJSON(t, e)) },
	})
	if err != nil {
		keep("error", []byte(err.Error()))
		t.Fatalf("the run: %v", err)
	}
	keep("report", plainJSON(t, rep))
	asked := 0
	for _, r := range rep.Results {
		asked += len(r.Requests)
	}
	if asked < 5 {
		t.Errorf("the checks made %d requests only", asked)
	}
	recorded, err := rec.Cassette(rep)
	if err != nil {
		t.Fatal(err)
	}
	text, err := recorded.Format()
	if err != nil {
		t.Fatal(err)
	}
	keep("cassette", text)
	keep("log", log.Bytes())
	return seen
}

func plainJSON(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Error(err)
	}
	return b.Bytes()
}

// chunkSet tells the parts of memories that were searched before: most of a
// guest's memory is the same in every run.
type chunkSet struct {
	mu   sync.Mutex
	seed maphash.Seed
	seen map[uint64]bool
}

// fresh returns the chunks that are new, each with the beginning of the next.
func (c *chunkSet) fresh(memory []byte) []byte {
	const size, overlap = 4096, 256
	var out []byte
	c.mu.Lock()
	defer c.mu.Unlock()
	for from := 0; from < len(memory); from += size {
		chunk := memory[from:min(len(memory), from+size+overlap)]
		if sum := maphash.Bytes(c.seed, chunk); !c.seen[sum] {
			c.seen[sum] = true
			out = append(append(out, chunk...), '\n')
		}
	}
	return out
}

// canarySettings point every check at one server, configured as a section says.
func canarySettings(t *testing.T, server, proxy, section string) []string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	name, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	set := []string{
		"Doctor:Proxy=" + proxy, "Git:Url=" + server, "Oidc:Issuer=" + server + "/realm", "S3:Endpoint=" + server,
		"Smtp:Host=" + name, "Smtp:Port=" + port, "Ldap:Host=" + name, "Ldap:Port=" + port,
	}
	for _, s := range sections[section].plain {
		set = append(set, strings.ReplaceAll(s, "SERVER", server))
	}
	for _, key := range sections[section].secrets {
		secret := canaries[key]
		switch key {
		case "Webhooks:Endpoints:0:Url":
			secret = server + "/" + secret
		case "Slack:WebhookUrl", "Notify:Slack:WebhookUrl":
			secret = "https://hooks.slack.com/services/" + secret
		case "Teams:WebhookUrl", "Notify:Teams:WebhookUrl":
			secret = "https://example.webhook.office.com/webhookb2/" + secret
		}
		set = append(set, key+"="+secret)
	}
	return set
}
