package inspect_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin"
)

func TestMain(m *testing.M) {
	host.WorkerMain()
	os.Exit(m.Run())
}

// TestFirstParty inspects the plugin that ships: what it is made from is found, and
// it asks for nothing that it cannot use.
func TestFirstParty(t *testing.T) {
	data := hosttest.Sealed(t, "plugins/integration")
	r, err := inspect.Inspect(data, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.GoBuilds) != 1 || r.GoBuilds[0].Path != "stella-ops.org/doctor/plugins/integration" || !slices.Contains(r.GoBuilds[0].Settings, inspect.BuildSetting{Key: "GOOS", Value: "wasip1"}) {
		t.Errorf("build information: %+v", r.GoBuilds)
	}
	if !strings.HasPrefix(r.GoVersion(), "go1.") {
		t.Errorf("toolchain: %+v", r.Toolchain)
	}
	if want := []string{"api.bitbucket.org", "api.github.com", "hooks.slack.com"}; !slices.Equal(r.Hosts, want) {
		t.Errorf("hosts %s, want %s", r.Hosts, want)
	}
	for _, f := range r.Findings {
		if f.Level != inspect.LevelNote {
			t.Errorf("finding: %+v", f)
		}
	}
	again, err := inspect.Inspect(slices.Clone(data), inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for end, write := range map[string]func(io.Writer, *inspect.Report) error{
		"text": inspect.WriteText, "json": inspect.WriteJSON, "markdown": inspect.WriteMarkdown, "sarif": inspect.WriteSARIF, "html": inspect.WriteHTML} {
		var one, two bytes.Buffer
		if write(&one, r) != nil || write(&two, again) != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Errorf("V19 %s: the same file gives other bytes", end)
		}
	}
}

// A Go program of a module with dependencies names them.
func TestThirdPartyModules(t *testing.T) {
	data := hosttest.Sealed(t, "testdata/thirdparty")
	r, err := inspect.Inspect(data, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Dependencies, func(d inspect.Dependency) bool { return d.Path == "stella-ops.org/doctor" })
	if i < 0 {
		t.Fatalf("the module of the SDK is not among %+v", r.Dependencies)
	}
	if r.GoBuilds[0].Main.Path == "" {
		t.Errorf("build information: %+v", r.GoBuilds[0])
	}
	if d := r.Dependencies[i]; d.ReplacedBy == "" {
		t.Errorf("the module of the SDK is replaced by a directory, and told as %+v", d)
	}
}

// realPlugin is the first-party plugin as `make build` leaves it.
func realPlugin(b *testing.B) []byte {
	b.Helper()
	data, err := os.ReadFile(filepath.Join(hosttest.Root(b), "bin", "plugins", "integration.wasm"))
	if err != nil {
		b.Skip("bin/plugins/integration.wasm is not built: make build")
	}
	return data
}

// BenchmarkInspect measures the whole static report of the first-party plugin, from
// its bytes to the text, beside the scan alone: at most 60 ms, and the scanner at
// most 15 ms per MB.
func BenchmarkInspect(b *testing.B) {
	data := realPlugin(b)
	var scans, reports []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := plugin.Scan(data); err != nil {
			b.Fatal(err)
		}
		scans = append(scans, time.Since(start))
		start = time.Now()
		r, err := inspect.Inspect(data, inspect.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := inspect.WriteText(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		reports = append(reports, time.Since(start))
	}
	slices.Sort(scans)
	slices.Sort(reports)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(reports[len(reports)/2]), "median-ms")
	b.ReportMetric(ms(reports[0]), "best-ms")
	b.ReportMetric(ms(scans[len(scans)/2])/(float64(len(data))/1e6), "scan-ms/MB")
}
