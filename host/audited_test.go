package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
)

// logged reads the lines of an audit log that is intact.
func logged(t testing.TB, path string) (lines []audit.Line, v *audit.Verdict) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = audit.Verify(bytes.NewReader(data), audit.Options{}); err != nil || !v.Intact() {
		t.Fatalf("%v: %v", err, v.Findings)
	}
	for raw := range bytes.Lines(data) {
		var l audit.Line
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines, v
}

// TestAuditedRun: the log agrees with the ledger, the undo of the host's own
// included, and its head is in the report.
func TestAuditedRun(t *testing.T) {
	for place, cfg := range places(t) {
		t.Run(place, func(t *testing.T) {
			u := newUploads(t)
			cfg.AuditFile = filepath.Join(t.TempDir(), "audit.log")
			h := open(t, cfg, "Uploads:Url="+u.URL, uploadsPassword)
			rep, err := h.Run(t.Context(), uploading("returns"))
			if err != nil {
				t.Fatal(err)
			}
			lines, v := logged(t, cfg.AuditFile)
			var calls []audit.Call
			outcomes := map[int]audit.Outcome{}
			for _, l := range lines {
				if l.Call != nil {
					calls = append(calls, *l.Call)
				}
				if l.Outcome != nil {
					outcomes[l.Outcome.ID] = *l.Outcome
				}
			}
			ledger := rep.Results[0].Requests
			if len(calls) != len(ledger) || len(ledger) < 2 {
				t.Fatalf("%d calls are logged, the ledger has %d", len(calls), len(ledger))
			}
			sealed := plugin.Digest(hosttest.Sealed(t, "testdata/guests/uploads"))
			for i, q := range ledger {
				c := calls[i]
				o := outcomes[c.ID]
				if c.Plugin.Digest != sealed || c.Check != "check.uploads.returns" || c.Function != q.Function || c.Purpose != q.Purpose || c.Method != q.Method || c.URL != q.URL ||
					c.Access != q.Access || c.Credential != q.Credential || o.Decision != q.Decision || o.Address != q.Address || o.Status != q.Status || o.Bytes != q.Bytes || o.DurationMS != q.DurationMS {
					t.Errorf("logged %+v %+v\nledger %+v", c, o, q)
				}
			}
			if ledger[len(ledger)-1].Purpose != report.PurposeUndo {
				t.Errorf("ledger %+v", ledger)
			}
			start := lines[1].Start
			if start == nil || start.Who.PID != os.Getpid() || !start.AllowWrite || start.Version != "dev" || len(start.Plugins) != 1 {
				t.Errorf("start %+v", start)
			}
			if got := noteText(rep, "audited"); !strings.HasSuffix(got, v.Head.String()) || !strings.Contains(got, cfg.AuditFile) {
				t.Errorf("note %q, head %s", got, v.Head)
			}
		})
	}
}

// TestAuditBySetting: the setting names the log of every run; those of two hosts,
// one after the other, and of one twice stand in one file.
func TestAuditBySetting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	url := registry(t, http.StatusOK)
	opts := host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}}
	for range 2 {
		h := open(t, host.Config{Embedded: [][]byte{hosttest.Sealed(t, "plugins/integration")}}, "OCI:RegistryUrl="+url, "doctor:audit:file="+path)
		if unread := h.UnreadSettings(); len(unread) != 0 {
			t.Errorf("nothing reads %v", unread)
		}
		runOne(t, h, opts)
		runOne(t, h, opts)
	}
	if _, v := logged(t, path); v.Runs != 4 || v.Calls != 4 {
		t.Errorf("%d runs, %d calls", v.Runs, v.Calls)
	}
}

// TestAuditOfFloods: a guest that calls without end makes no log without end; the
// calls that have no line are counted.
func TestAuditOfFloods(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	h := open(t, host.Config{PluginFiles: []string{hosttest.SealedFile(t, "testdata/guests/hostile")}, AuditFile: path})
	if _, err := h.Run(t.Context(), host.RunOptions{Selection: host.Selection{Checks: []string{"check.hostile.many-calls", "check.hostile.call-loop"}}}); err != nil {
		t.Fatal(err)
	}
	lines, v := logged(t, path)
	more := 0
	for _, l := range lines {
		if l.More != nil {
			more += l.More.Count
			if l.More.Rule != "budget" {
				t.Errorf("rule %s", l.More.Rule)
			}
		}
	}
	if more < 20 || v.Calls-more > 100 || v.Denied < more {
		t.Errorf("%d calls, %d denied, %d without a line", v.Calls, v.Denied, more)
	}
}

// TestAuditRefused: a log that cannot be written ends the run before anything
// runs.
func TestAuditRefused(t *testing.T) {
	hits := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer server.Close()
	dir := t.TempDir()
	other := filepath.Join(dir, "other.txt")
	if err := os.WriteFile(other, []byte("notes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		other:                           "the file is there and is no audit log",
		dir:                             "it is no regular file",
		filepath.Join(dir, "no", "x"):   "no such file or directory",
		filepath.Join(other, "is", "x"): "not a directory",
	} {
		h := open(t, host.Config{Embedded: [][]byte{hosttest.Sealed(t, "plugins/integration")}, AuditFile: path}, "OCI:RegistryUrl="+server.URL)
		_, err := h.Run(t.Context(), host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
		var refused *host.AuditError
		if !errors.As(err, &refused) || refused.Began || err.Error() != "audit log "+path+": "+want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if hits != 0 {
		t.Errorf("the server was asked %d times", hits)
	}
}

// TestAuditLostInTheMiddle: the log is taken away while a request is answered. The
// run ends with that, and the target hears no more.
func TestAuditLostInTheMiddle(t *testing.T) {
	for place, cfg := range places(t) {
		t.Run(place, func(t *testing.T) {
			u := newUploads(t)
			cfg.AuditFile = filepath.Join(t.TempDir(), "audit.log")
			serve := u.Config.Handler
			u.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := os.Rename(cfg.AuditFile, cfg.AuditFile+".1"); err != nil {
					t.Errorf("a second request, %s %s", r.Method, r.URL)
				}
				serve.ServeHTTP(w, r)
			})
			h := open(t, cfg, "Uploads:Url="+u.URL, uploadsPassword)
			_, err := h.Run(t.Context(), uploading("cancels"))
			var lost *host.AuditError
			if !errors.As(err, &lost) || !lost.Began || !strings.Contains(err.Error(), "it was moved, removed or replaced") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestAuditOfInterrupted: an interrupted run has its end in the log, with what it
// took back.
func TestAuditOfInterrupted(t *testing.T) {
	u := newUploads(t)
	path := filepath.Join(t.TempDir(), "audit.log")
	h := open(t, host.Config{Embedded: [][]byte{hosttest.Sealed(t, "testdata/guests/uploads")}, AuditFile: path}, "Uploads:Url="+u.URL, uploadsPassword)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-u.hung
		cancel()
	}()
	if _, err := h.Run(ctx, uploading("waits")); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	lines, v := logged(t, path)
	end := lines[len(lines)-1].End
	if end == nil || end.ExitCode != nil || end.Error != "context canceled" || len(v.Remarks) != 0 {
		t.Errorf("end %+v, remarks %v", end, v.Remarks)
	}
	u.cancelled(t, 1, 1)
}

// BenchmarkAuditedRun is a run of one check of one request, with and without a log.
func BenchmarkAuditedRun(b *testing.B) {
	url := registry(b, http.StatusOK)
	for name, file := range map[string]string{"without": "", "with": filepath.Join(b.TempDir(), "audit.log")} {
		b.Run(name, func(b *testing.B) {
			h := open(b, host.Config{Embedded: [][]byte{hosttest.Sealed(b, "plugins/integration")}, AuditFile: file}, "OCI:RegistryUrl="+url)
			for b.Loop() {
				runOne(b, h, host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
			}
		})
	}
}
