package host_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// limited is a host with one plugin, approved for an hour, whose clock is
// at start until it is set.
type limited struct {
	*host.Host
	start time.Time
	clock atomic.Int64 // seconds since start
}

func (l *limited) pass(d time.Duration) { l.clock.Store(int64(d / time.Second)) }

func openLimited(t *testing.T, s site, file []byte, set ...string) *limited {
	t.Helper()
	info, err := plugin.ReadInfo(file)
	if err != nil {
		t.Fatal(err)
	}
	l := &limited{start: time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)}
	approval := store.Approval{Scope: store.AskedOf(&info), By: "jane@example.com", Engine: store.Compiler, Expires: l.start.Add(time.Hour)}
	if _, err := s.open().Install(&artifact.Artifact{Plugin: file}, approval, store.Options{Now: l.start, AllowUnsigned: true}); err != nil {
		t.Fatal(err)
	}
	values, err := settings.Load(settings.Options{Set: set, NoDefaultFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	l.Host, err = host.Open(host.Config{Store: s.open(), Settings: values, CacheDir: filepath.Join(t.TempDir(), "cache"),
		Now: func() time.Time { return l.start.Add(time.Duration(l.clock.Load()) * time.Second) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestRefusedEverywhere: whoever has code of a plugin executed is refused when the
// plugin is; a hand-written case too, and a host that was open before.
func TestRefusedEverywhere(t *testing.T) {
	file, _ := upgraded(t)
	l := openLimited(t, site{t, t.TempDir()}, file, "Acme:Url=http://127.0.0.1:1")
	handWritten, err := exchange.ParseCase([]byte("-- request.json --\n{\"check\": \"check.acme.web.health\", \"settings\": {\"Acme:Url\": {\"key\": \"Acme:Url\", \"value\": \"https://acme.example.com\"}}}\n" +
		"-- http/1 --\nGET https://acme.example.com\n\n@duration_ms: 1\nHTTP/1.1 200 OK\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	named := host.RunOptions{Selection: host.Selection{Checks: []string{"check.acme.web.health"}}}
	ways := map[string]func() error{
		"run":  func() error { _, err := l.Run(t.Context(), named); return err },
		"play": func() error { _, err := l.Play(t.Context(), handWritten); return err },
		"warm": func() error { _, err := l.Warm(t.Context()); return err },
		"replay of a case": func() error {
			_, err := l.Replay(t.Context(), &cassette.Cassette{Checks: []*exchange.Case{handWritten}}, host.ReplayOptions{})
			return err
		},
	}
	for name, way := range ways {
		if err := way(); err != nil {
			t.Errorf("%s of a plugin that may run: %v", name, err)
		}
	}
	l.pass(2 * time.Hour)
	for name, way := range ways {
		var refused *host.RefusedError
		if err := way(); !errors.As(err, &refused) || !strings.Contains(err.Error(), "expired at 2026-11-26T11:00:00Z") {
			t.Errorf("%s of a refused plugin: %v", name, err)
		}
	}
}

// TestExpiresWhileWaiting: an approval that ends between two attempts ends them, and
// nothing more is sent.
func TestExpiresWhileWaiting(t *testing.T) {
	server := serveChain(t, "base 503")
	l := openLimited(t, site{t, t.TempDir()}, chain(t).Embedded[0], server.settings()...)
	l.UseClock(&host.FakeClock{OnPause: func(n int) {
		if n == 2 {
			l.pass(time.Hour)
		}
	}})
	rep, err := l.Run(t.Context(), host.RunOptions{Selection: host.Selection{Checks: []string{"check.chain.base"}}, WaitFor: wire.Pass})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(rep); got != "base denied" || rep.Summary.ExitCode != report.ExitRefused || !strings.Contains(rep.Results[0].Diagnosis, "its approval expired") {
		t.Errorf("%s, exit code %d: %+v", got, rep.Summary.ExitCode, rep.Results)
	}
	if got := server.requests(); len(got) != 2 {
		t.Errorf("sent: %v", got)
	}
}
