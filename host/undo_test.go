package host_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// uploads is a registry that counts the uploads that are open.
type uploads struct {
	*httptest.Server
	// started and hung are told when an upload of the repository slow is being
	// opened, and when /v2/hang is asked for.
	started, hung chan struct{}

	mu      sync.Mutex
	next    int
	open    map[string]bool
	opened  int
	deletes []string // the Authorization of each DELETE
	gone    chan struct{}
}

func newUploads(t testing.TB) *uploads {
	u := &uploads{started: make(chan struct{}, 8), hung: make(chan struct{}, 8), open: map[string]bool{}, gone: make(chan struct{})}
	u.Server = httptest.NewServer(http.HandlerFunc(u.serve))
	t.Cleanup(func() { close(u.gone); u.Close() })
	return u
}

func (u *uploads) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v2/hang":
		u.hung <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-u.gone:
		}
	case r.Method == http.MethodPost:
		u.mu.Lock()
		u.next++
		u.opened++
		location := fmt.Sprintf("%s%d?_state=s3cret-state", r.URL.Path, u.next)
		u.open[location] = true
		u.mu.Unlock()
		if strings.Contains(r.URL.Path, "/slow/") {
			// The upload is there, its answer is not.
			u.started <- struct{}{}
			time.Sleep(300 * time.Millisecond) // a slow server: the run ends meanwhile
		}
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusAccepted)
	case r.Method == http.MethodDelete:
		u.mu.Lock()
		defer u.mu.Unlock()
		u.deletes = append(u.deletes, r.Header.Get("Authorization"))
		if !u.open[r.URL.RequestURI()] {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		delete(u.open, r.URL.RequestURI())
		w.WriteHeader(http.StatusNoContent)
	}
}

// cancelled wants no upload open and so many to have been opened and cancelled.
func (u *uploads) cancelled(t testing.TB, opened, deletes int) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.open) != 0 || u.opened != opened || len(u.deletes) != deletes {
		t.Errorf("%d uploads were opened, %d are left, DELETE was sent %d times; want %d, 0, %d", u.opened, len(u.open), len(u.deletes), opened, deletes)
	}
	for _, login := range u.deletes {
		if login != "Basic b3BzOmM0bjRyeS1wYXNzdzByZA==" {
			t.Errorf("DELETE was sent with %q", login)
		}
	}
	if host.UndoOwed() {
		t.Error("something is still owed")
	}
}

// places are where a plugin runs.
func places(t testing.TB) map[string]host.Config {
	return map[string]host.Config{
		"in process": {Embedded: [][]byte{hosttest.Sealed(t, "testdata/guests/uploads")}},
		"worker":     {PluginFiles: []string{hosttest.SealedFile(t, "testdata/guests/uploads")}},
	}
}

const uploadsPassword = "Uploads:Password=c4n4ry-passw0rd"

func uploading(what string) host.RunOptions {
	return host.RunOptions{Selection: host.Selection{Checks: []string{"check.uploads." + what}}, AllowWrite: true}
}

// TestUploadsAreCancelled: however a check ends that has opened uploads, none is
// left, and none is cancelled twice.
func TestUploadsAreCancelled(t *testing.T) {
	for place, cfg := range places(t) {
		for what, c := range map[string]struct {
			opened  int
			outcome string
			undone  int // by the host
		}{
			"cancels": {1, report.Judged, 0},
			"returns": {1, report.Judged, 1},
			"twice":   {2, report.Judged, 2},
			"panics":  {1, report.Trap, 1},
			"loops":   {1, report.Timeout, 1},
			"opening": {1, report.Judged, 1},
		} {
			t.Run(place+"/"+what, func(t *testing.T) {
				u := newUploads(t)
				h := open(t, cfg, "Uploads:Url="+u.URL, uploadsPassword)
				res := runOne(t, h, uploading(what))
				if res.Outcome != c.outcome {
					t.Errorf("outcome %s: %s", res.Outcome, res.Diagnosis)
				}
				u.cancelled(t, c.opened, c.opened)
				undone := 0
				for _, q := range res.Requests {
					if q.Purpose == report.PurposeUndo {
						undone++
						if q.Method != "DELETE" || q.Status != http.StatusNoContent || q.Function != wire.FuncHTTPWrite || q.Credential != "Uploads:Password" || strings.Contains(q.URL, "state") {
							t.Errorf("ledger %+v", q)
						}
					}
				}
				if undone != c.undone {
					t.Errorf("the host cancelled %d, want %d: %+v", undone, c.undone, res.Requests)
				}
			})
		}
	}
}

// TestUploadsWithoutUndo: the host takes back nothing that it was not asked to.
func TestUploadsWithoutUndo(t *testing.T) {
	u := newUploads(t)
	h := open(t, host.Config{Embedded: [][]byte{hosttest.Sealed(t, "testdata/guests/uploads")}}, "Uploads:Url="+u.URL, uploadsPassword)
	runOne(t, h, uploading("nothing"))
	if len(u.open) != 1 || len(u.deletes) != 0 {
		t.Errorf("%d open, %d cancelled", len(u.open), len(u.deletes))
	}
}

// TestUploadsAreCancelledOnInterrupt: the run is cancelled with an upload open,
// and with one being opened whose answer is not there yet.
func TestUploadsAreCancelledOnInterrupt(t *testing.T) {
	for place, cfg := range places(t) {
		for _, what := range []string{"waits", "opening"} {
			t.Run(place+"/"+what, func(t *testing.T) {
				u := newUploads(t)
				h := open(t, cfg, "Uploads:Url="+u.URL, uploadsPassword)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					select {
					case <-u.hung:
					case <-u.started:
					}
					cancel()
				}()
				start := time.Now()
				if _, err := h.Run(ctx, uploading(what)); !errors.Is(err, context.Canceled) {
					t.Errorf("the run ended with %v", err)
				}
				u.cancelled(t, 1, 1)
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("took %s", took)
				}
			})
		}
	}
}

// TestRecordedUndo: what the host took back is no part of what a guest asked, and
// a recording of it replays to the same report.
func TestRecordedUndo(t *testing.T) {
	cfg := host.Config{Embedded: [][]byte{hosttest.Sealed(t, "testdata/guests/uploads")}}
	for _, what := range []string{"returns", "panics", "cancels"} {
		u := newUploads(t)
		h := open(t, cfg, "Uploads:Url="+u.URL, uploadsPassword)
		var rec host.Recording
		opts := uploading(what)
		opts.Record = &rec
		rep, err := h.Run(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		tape, err := rec.Cassette(rep)
		if err != nil {
			t.Fatal(err)
		}
		text, err := tape.Format()
		if err != nil || strings.Contains(string(text), "c4n4ry") {
			t.Errorf("the cassette shows the password (%v)", err)
		}
		offline := cfg
		offline.Network = noNetwork{t}
		if _, err := open(t, offline).Replay(t.Context(), parse(t, text), host.ReplayOptions{}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}
