package host_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
)

// TestUnguarded: a run that wrote without a guard says so, in its report and in
// the log, and took back what it opened all the same.
func TestUnguarded(t *testing.T) {
	u := newUploads(t)
	var log bytes.Buffer
	cfg := host.Config{Embedded: [][]byte{hosttest.Sealed(t, "testdata/guests/uploads")}, Logger: hclog.New(&hclog.LoggerOptions{Output: &log})}
	const why = "this program does not call WorkerMain first thing in main"
	for name, c := range map[string]struct {
		guard      bool
		opts       host.RunOptions
		note, logs bool
	}{
		"without a guard": {false, uploading("returns"), true, true},
		"with a guard":    {true, uploading("returns"), false, false},
		"nothing written": {false, host.RunOptions{Selection: host.Selection{Checks: []string{"check.uploads.*"}}}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.guard {
				defer host.WithoutGuard()()
			}
			log.Reset()
			h := open(t, cfg, "Uploads:Url="+u.URL, uploadsPassword)
			rep, err := h.Run(t.Context(), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := noteText(rep, "unguarded"); strings.HasSuffix(got, why) != c.note || (got != "") != c.note {
				t.Errorf("note %q", got)
			}
			if got := strings.Contains(log.String(), why); got != c.logs {
				t.Errorf("log %q", log.String())
			}
		})
	}
	u.cancelled(t, 2, 2)
}
