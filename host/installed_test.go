package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

// site is a state directory of a test.
type site struct {
	t   *testing.T
	dir string
}

func (s site) open() *store.Store {
	s.t.Helper()
	st, err := store.Open(filepath.Join(s.dir, "store"), filepath.Join(s.dir, store.LockName))
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func (s site) install(file []byte, scope access.Scope) {
	s.t.Helper()
	if _, err := s.open().Install(&artifact.Artifact{Plugin: file}, store.Approval{Scope: scope, By: "jane@example.com"}, store.Options{Now: time.Now(), AllowUnsigned: true}); err != nil {
		s.t.Fatal(err)
	}
}

func (s site) host(set ...string) *host.Host {
	s.t.Helper()
	values, err := settings.Load(settings.Options{Set: set, NoDefaultFiles: true})
	if err != nil {
		s.t.Fatal(err)
	}
	h, err := host.Open(host.Config{Store: s.open(), Settings: values, Embedded: [][]byte{hosttest.Sealed(s.t, "plugins/integration")}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { h.Close() })
	return h
}

// upgraded is a plugin that asks a server by Acme:Url with the secret Acme:Token.
func upgraded(t *testing.T) ([]byte, access.Scope) {
	file := hosttest.Sealed(t, "sdk/testdata/upgraded")
	info, err := plugin.ReadInfo(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, store.AskedOf(&info)
}

func note(notes []report.Note, code string) string {
	i := slices.IndexFunc(notes, func(n report.Note) bool { return n.Code == code })
	if i < 0 {
		return ""
	}
	return notes[i].Text
}

// TestInstalledPlan: what a plan says of an installed plugin is what is approved.
func TestInstalledPlan(t *testing.T) {
	file, asked := upgraded(t)
	noToken := asked
	noToken.Secrets = nil
	noToken.Access = slices.Clone(asked.Access)
	noToken.Access[0].Secrets = nil
	set := []string{"Acme:Url=https://acme.example.com", "Acme:Token=canary-hush"}
	for _, tt := range []struct {
		name     string
		approved access.Scope
		want     string // decision, settings, secrets of the request, or its problem
	}{
		{"all", asked, "run [Acme:Token Acme:Url] [Acme:Token]"},
		{"no secret", noToken, "run [Acme:Url] []"},
		{"settings alone", access.Scope{Settings: asked.Settings, Secrets: asked.Secrets}, "run [Acme:Token Acme:Url] it is not approved: stella doctor plugin approve acme.doctor.web"},
		{"access alone", access.Scope{Access: asked.Access}, "deny [] it is not approved: stella doctor plugin approve acme.doctor.web"},
		{"nothing", access.Scope{}, "deny [] it is not approved: stella doctor plugin approve acme.doctor.web"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := site{t, t.TempDir()}
			s.install(file, tt.approved)
			p, err := s.host(set...).Plan(host.RunOptions{Selection: host.Selection{Checks: []string{"check.acme.web.health"}}})
			if err != nil || p.Refusal != nil {
				t.Fatal(err, p.Refusal)
			}
			c := p.Checks[0]
			keys := []string{}
			for _, v := range c.Settings {
				keys = append(keys, v.Key)
			}
			got := c.Decision + " [" + strings.Join(keys, " ") + "] "
			if r := c.Requests[0]; r.Problem != "" {
				got += r.Problem
			} else {
				got += "[" + strings.Join(r.Secrets, " ") + "]"
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestInstalledRefused: what cannot be used ends nothing but its own checks, and
// whoever asks for them is told.
func TestInstalledRefused(t *testing.T) {
	file, asked := upgraded(t)
	s := site{t, t.TempDir()}
	s.install(file, asked)
	blob := filepath.Join(s.dir, "store", "blobs", "sha256", strings.TrimPrefix(plugin.Digest(file), "sha256:"))

	// A signature that the lock tells of and nobody can verify any more.
	lock := filepath.Join(s.dir, store.LockName)
	text, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(text), "unsigned: true", "signers:\n      - name: acme\n        key: sha256:"+strings.Repeat("a", 64), 1)
	if err := os.WriteFile(lock, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.host().Run(t.Context(), host.RunOptions{Selection: host.Selection{Plugins: []string{"acme.doctor.web"}}})
	var refused *host.RefusedError
	if !errors.As(err, &refused) || refused.Plugin != "acme.doctor.web" || trust.RuleOf(err) != trust.RuleNoTrustFile {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(lock, text, 0o600); err != nil {
		t.Fatal(err)
	}

	// T26: the bytes that were read are those that run, whatever becomes of the file.
	h := s.host("Acme:Url=http://127.0.0.1:1")
	if err := os.WriteFile(blob, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	rep, err := h.Run(t.Context(), host.RunOptions{Selection: host.Selection{Checks: []string{"check.acme.web.health"}}})
	if err != nil || len(rep.Results) != 1 || rep.Results[0].Outcome != report.Judged || rep.Results[0].Plugin.Digest != plugin.Digest(file) {
		t.Errorf("%+v, %v", rep, err)
	}
	if note(rep.Notes, "unsigned") == "" {
		t.Errorf("no note tells that nobody signed it: %+v", rep.Notes)
	}

	// T25: read anew, they are not those of the lock.
	h = s.host()
	if r := h.Refused(); len(r) != 1 || r[0].Plugin != "acme.doctor.web" {
		t.Fatalf("%v", r)
	}
	rep, err = h.Run(t.Context(), host.RunOptions{Offline: true})
	if err != nil || rep.Summary.ExitCode != report.ExitRefused || !strings.Contains(note(rep.Notes, report.NoteRefused), "not the one that was approved") {
		t.Errorf("%+v, %v", rep, err)
	}
	rep, err = h.Run(t.Context(), host.RunOptions{Selection: host.Selection{Checks: []string{"check.integration.oci.registry"}}})
	if err != nil || rep.Summary.ExitCode != report.ExitOK || note(rep.Notes, report.NoteRefused) != "" {
		t.Errorf("a check of another plugin: %+v, %v", rep, err)
	}
	if _, err = h.Run(t.Context(), host.RunOptions{Selection: host.Selection{Plugins: []string{"acme.doctor.web"}}}); !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}

// TestInstalledGone: a plugin that another process takes out while the host opens
// is not there, and is no error.
func TestInstalledGone(t *testing.T) {
	file, asked := upgraded(t)
	s := site{t, t.TempDir()}
	s.install(file, asked)
	stale := s.open()
	if _, err := s.open().Remove("acme.doctor.web", store.Options{Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	h, err := host.Open(host.Config{Store: stale})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if len(h.Refused()) != 0 || len(h.Plugins()) != 0 {
		t.Errorf("%v %v", h.Refused(), h.Plugins())
	}
}

// TestInstalledBehindEmbedded: a program whose embedded plugin has got a check that
// an installed one claims runs its own.
func TestInstalledBehindEmbedded(t *testing.T) {
	s := site{t, t.TempDir()}
	s.install(hosttest.Sealed(t, "plugins/integration"), access.Scope{})
	h := s.host()
	if len(h.Plugins()) != 1 || !h.Plugins()[0].Embedded() {
		t.Errorf("%+v", h.Plugins())
	}
	if r := h.Refused(); len(r) != 1 || !strings.Contains(r[0].Error(), "plugin stellaops.doctor.integration is refused: it is part of this program") {
		t.Errorf("%v", r)
	}
}
