//go:build !wasip1

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var (
	smtpKeys = []string{"config_key", "connect_time_ms", "error_kind", "error_message", "host", "port", "timeout_ms"}
	ldapKeys = append(append([]string(nil), smtpKeys...), "use_ssl_enabled")
)

// contacts are the checks that only connect.
var contacts = []struct {
	check, dir, host string
	port             int
	keys             []string
}{
	{smtpID, "smtp", keySMTPHost, smtpPort, smtpKeys},
	{ldapID, "ldap", keyLDAPHost, ldapPort, ldapKeys},
}

// TestContact holds the verdict tables of §3.13 and §3.14 for every error kind
// and detail, those that no host of today has included.
func TestContact(t *testing.T) {
	for _, c := range contacts {
		play := func(resp wire.TCPResponse) wire.Result {
			return sdktest.Play(t, plugin, c.check, &exchange.Case{
				Request: wire.Request{Settings: map[string]wire.Setting{c.host: {Value: "peer.example.com", Key: c.host}}},
				Exchanges: []exchange.Exchange{{Function: wire.FuncTCPProbe, TCP: &exchange.TCP{
					Request: wire.TCPRequest{Host: "peer.example.com", Port: c.port}, Response: resp}}},
			})
		}
		want := func(name string, r wire.Result, severity wire.Severity, cause string) {
			t.Helper()
			if r.Severity != severity || r.Cause != cause {
				t.Errorf("%s: %s: %s %q, want %s %q", c.check, name, r.Severity, r.Cause, severity, cause)
			}
			wantWhole(t, c.check, c.keys, &r)
			if t.Failed() {
				t.Fatal(c.check, name)
			}
		}
		want("connected", play(wire.TCPResponse{Connected: true, ConnectMS: 3}), wire.Pass, "")
		want("neither", play(wire.TCPResponse{}), wire.Fail, "tcp.unreachable")
		for kind, causes := range failures {
			for detail, cause := range causes {
				switch kind {
				case wire.KindTimeout:
					cause = "tcp.timeout"
				case wire.KindSSLError:
					cause = "tcp.unreachable"
				}
				for _, connected := range []bool{false, true} {
					r := play(wire.TCPResponse{Connected: connected, Error: &wire.CallError{Kind: kind, Detail: detail, Message: "what: why", On: detail}})
					want(kind+" "+detail, r, wire.Fail, cause)
				}
			}
		}
		r := play(wire.TCPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "not-granted", Rule: "not-granted"}})
		if r.Unjudged != wire.UnjudgedDenied || r.Severity != "" || r.Cause != "" || r.Remediation != nil {
			t.Errorf("denied: %+v", r)
		}
		for _, part := range []string{"a connection", "peer.example.com", fmt.Sprint(c.port), pluginID} {
			if !strings.Contains(r.Diagnosis, part) {
				t.Errorf("the diagnosis lacks %s: %s", part, r.Diagnosis)
			}
		}
		wantWhole(t, c.check, c.keys, &r)
		wantShown(t, c.check, c.dir)
	}
}

// TestContactIdentity holds what operators and other files refer to.
func TestContactIdentity(t *testing.T) {
	for id, want := range map[string]string{
		smtpID: "warn connectivity email smtp; Smtp:Host Email:Smtp:Host Notify:Email:Host string lead smtp; Smtp:Port Email:Smtp:Port Notify:Email:Port int smtp; " +
			"tcp {Smtp:Host} {Smtp:Port} [587]; check.notify.email.connectivity check.integration.slack check.integration.teams",
		ldapID: "warn connectivity ldap directory auth; Ldap:Host ActiveDirectory:Host Authority:Ldap:Host string lead ldap; " +
			"Ldap:Port ActiveDirectory:Port Authority:Ldap:Port int ldap; Ldap:UseSsl ActiveDirectory:UseSsl Authority:Ldap:UseSsl bool ldap; " +
			"tcp {Ldap:Host} {Ldap:Port} [389 636]; check.integration.oidc check.auth.config",
	} {
		c := described(t, id)
		parts := []string{string(c.DefaultSeverity) + " " + strings.Join(c.Tags, " ")}
		for _, s := range c.Settings {
			text := strings.Join(append([]string{s.Key}, s.Aliases...), " ") + " " + s.Type
			if s.Lead {
				text += " lead"
			}
			parts = append(parts, text+" "+s.Group)
		}
		for _, a := range c.Access {
			parts = append(parts, fmt.Sprintf("%s %s %s %v", a.Kind, a.Target, a.Port, a.DefaultPort))
		}
		var related []string
		for _, r := range c.Related {
			related = append(related, r.ID)
		}
		if got := strings.Join(append(parts, strings.Join(related, " ")), "; "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if c.Class != wire.ClassRead || c.EstimateMS != 5000 || c.Category != "integration" || len(c.DependsOn) != 0 {
			t.Errorf("%+v", c)
		}
	}
}

// TestContactSecrets: what could be a secret in a host stands nowhere in a
// result, and no step prints the value that may hold it.
func TestContactSecrets(t *testing.T) {
	for _, c := range contacts {
		for name, r := range casesOf(t, c.dir) {
			if text := string(wire.Marshal(&r)); strings.Contains(text, "hunter2") {
				t.Errorf("%s: %s", name, text)
			}
		}
		for _, value := range []string{
			"me:hunter2@peer.example.com", "ldap://me:hunter2@peer.example.com", "hunter2@peer.example.com", "peer.example.com:hunter2", "ldap://peer.example.com:hunter2/",
			"peer.example.com?hunter2", "peer.example.com/#hunter2", "ldap://me:hunter2@", "me:hunter2@h@peer.example.com", "'me:hunter2@peer.example.com'", "me:hunter2 @peer.example.com",
		} {
			r := sdktest.Play(t, plugin, c.check, &exchange.Case{Request: wire.Request{Settings: map[string]wire.Setting{c.host: {Value: value, Key: c.host}}}})
			if text := string(wire.Marshal(&r)); strings.Contains(text, "hunter2") || r.Cause != "config.invalid-url" {
				t.Errorf("%s: %s", value, text)
			}
			for _, s := range r.Remediation.Steps {
				if strings.HasPrefix(s.Description, "Show the configured") {
					t.Errorf("%s: a step prints the value: %s", value, s.Command)
				}
			}
		}
	}
}

// TestContactCommands: the probe names the peer that was tried, as one word, and
// curl reads it as host and port.
func TestContactCommands(t *testing.T) {
	for file, want := range map[string]string{
		"smtp/tcp-refused": "telnet://mail.example.com:25", "smtp/host-ipv6": "telnet://[2001:db8::25]:25", "smtp/host-shell": "telnet://<smtp-host>:<smtp-port>",
		"ldap/tcp-refused-tls": "telnet://ldap.example.com:636", "ldap/host-shell": "telnet://<ldap-host>:<ldap-port>", "ldap/port-text": "telnet://<ldap-host>:<ldap-port>",
	} {
		found := 0
		for _, s := range playCase(t, "testdata/"+file+".txtar").Remediation.Steps {
			_, rest, ok := strings.Cut(s.Command, contactProbe+" ")
			if !ok {
				continue
			}
			found++
			word, ok := strings.CutSuffix(rest, " </dev/null")
			if got := sh(t, t.TempDir(), "printf %s "+word); !ok || got != want {
				t.Errorf("%s: %s gives %q, want %q", file, s.Command, got, want)
			}
		}
		if found != 3 {
			t.Errorf("%s: %d probes", file, found)
		}
	}
}

// TestContactEdits runs the edits of port and flag on scratch copies of .env and
// of the settings file: the one key of the section that won changes, and nothing
// else.
func TestContactEdits(t *testing.T) {
	needTool(t, "bash")
	needTool(t, "jq")
	for _, c := range []struct{ file, env, value string }{
		{"smtp/tcp-refused", "Smtp__Port", "587"},
		{"smtp/key-alias-default-port", "Notify__Email__Port", "25"},
		{"smtp/port-text-override", "Doctor__Plugins__Integration__Notify__Email__Port", "465"},
		{"smtp/key-capitals", "SMTP__PORT", "25"},
		{"ldap/tcp-refused", "Ldap__UseSsl", "true"},
		{"ldap/key-alias-tls", "Authority__Ldap__Port", "3269"},
		{"ldap/ssl-malformed-alias", "ActiveDirectory__UseSsl", "false"},
	} {
		var edit, settle string
		for _, s := range playCase(t, "testdata/"+c.file+".txtar").Remediation.Steps {
			command := strings.NewReplacer("<smtp-port>", c.value, "<ldap-port>", c.value, "<true-or-false>", c.value).Replace(s.Command)
			switch {
			case strings.HasPrefix(command, "cp -p .env"):
				edit = command
			case strings.HasPrefix(command, "sudo sh"):
				settle = command
			}
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("A=1\n"+strings.ToLower(c.env)+"=old\n"+c.env+"x=2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		sh(t, dir, edit)
		if got, want := read(t, filepath.Join(dir, ".env")), "A=1\n"+c.env+"x=2\n"+c.env+"="+c.value+"\n"; got != want {
			t.Errorf("%s: .env becomes %q, want %q", c.file, got, want)
		}
		file := settings(t, dir, `{"Smtp":{"Host":"h"},"Other":[1]}`)
		sh(t, dir, local(dir, settle))
		path := strings.Split(c.env, "__")
		if c.env == "SMTP__PORT" {
			path = []string{"Smtp", "Port"} // jq tells cases apart, so the file has the documented one
		}
		if got, want := decode(t, read(t, file)), with(decode(t, `{"Smtp":{"Host":"h"},"Other":[1]}`), c.value, path...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the file becomes %v, want %v", c.file, got, want)
		}
	}
}

// TestContactTables: every row has a cause that is declared and texts, and every
// plan ends by running the check again.
func TestContactTables(t *testing.T) {
	known := map[string]bool{"": true}
	for _, c := range contactCauses {
		known[c.ID] = true
	}
	for _, own := range []tables{smtpTables, ldapTables, ldapsTables} {
		for _, r := range append(append([]row(nil), own.diagnoses...), own.causes...) {
			if !known[r.cause] || len(r.texts) == 0 {
				t.Errorf("row %q %q", r.cause, r.variant)
			}
		}
		plans := own.plans
		for _, o := range own.others {
			plans = append(plans[:len(plans):len(plans)], o.plan)
		}
		for _, p := range plans {
			if !known[p.cause] || p.moves[len(p.moves)-1] != verify {
				t.Errorf("plan %+v", p)
			}
		}
	}
}

// FuzzContact: no setting and no answer makes a check panic or break the
// contract, and what it asks for passes the host's screen.
func FuzzContact(f *testing.F) {
	f.Add("mail.example.com", "587", "true", true, "", "", "")
	f.Add("ldaps://ldap.example.com:636/", "", "1", false, "refused", "", "x: y")
	f.Add("me:pw@[::1]:0", "0x1", "yes", false, "denied", "addr", "\x1b[31m{key}")
	f.Add("$(x)", " 25 ", "", true, "ssl_error", "expired", "\u202e")
	f.Fuzz(func(t *testing.T, host, port, flag string, connected bool, kind, detail, message string) {
		resp := wire.TCPResponse{Connected: connected}
		if kind != "" {
			resp.Error = &wire.CallError{Kind: kind, Detail: detail, Message: message, On: detail}
		}
		b := &probed{t: t, resp: resp}
		for _, c := range contacts {
			req := wire.Request{Version: wire.Version, Nonce: exchange.DefaultNonce, Check: c.check, Now: exchange.DefaultNow, DeadlineMS: 1, Settings: map[string]wire.Setting{}}
			area := strings.TrimSuffix(c.host, "Host")
			for key, value := range map[string]string{"Host": host, "Port": port, "UseSsl": flag} {
				if value != "" && (key != "UseSsl" || c.check == ldapID) {
					req.Settings[area+key] = wire.Setting{Value: value, Key: area + key}
				}
			}
			r, err := plugin.Play(req, b)
			if err != nil {
				t.Fatal(err)
			}
			wantValid(t, c.check, c.keys, r)
		}
	})
}

// probed answers connections and refuses all else.
type probed struct {
	t    *testing.T
	resp wire.TCPResponse
}

func (p *probed) HTTPRead([]byte) []byte  { p.t.Error("an HTTP request"); return nil }
func (p *probed) HTTPWrite([]byte) []byte { p.t.Error("an HTTP request"); return nil }
func (p *probed) Log(string, string)      {}

func (p *probed) TCPProbe(request []byte) []byte {
	var req wire.TCPRequest
	if err := wire.Unmarshal(request, &req); err != nil {
		p.t.Error(err)
	}
	if u, rule := wire.ScreenTCP(req.Host, req.Port); rule != "" || u.Host != req.Host || req.Banner != 0 || req.TLS {
		p.t.Errorf("asks for %+v: %s", req, rule)
	}
	return wire.Marshal(&p.resp)
}

// TestContactByCurl: the probe tells an open port from a closed one.
func TestContactByCurl(t *testing.T) {
	curl := needTool(t, "curl")
	cmd := exec.Command(curl, append(strings.Fields(contactProbe)[1:], "telnet://127.0.0.1:1")...)
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("a closed port: %v", err)
	}
}

// TestSibling: a companion that is unset would stand beside the host, in the same
// spelling.
func TestSibling(t *testing.T) {
	for key, want := range map[string]string{
		"Smtp:Host": "Smtp:Port", "smtp:host": "smtp:port", "SMTP:HOST": "SMTP:PORT", "Doctor:Plugins:Integration:Notify:Email:Host": "Doctor:Plugins:Integration:Notify:Email:Port",
		"Host": "Smtp:Port", "smtp:Host": "smtp:Port",
	} {
		p := &peer{address: &address{key: key}}
		if got := p.sibling(keySMTPPort); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
