package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"stella-ops.org/doctor/host/hosttest"
)

// program is bin/stella as `make build` leaves it.
func program(b *testing.B) string {
	b.Helper()
	path := filepath.Join(hosttest.Root(b), "bin", "stella")
	if _, err := os.Stat(path); err != nil {
		b.Skip("bin/stella is not built: make build")
	}
	return path
}

// beside runs two commands in turn as whole processes and reports the median of
// each in milliseconds and their ratio, so that a machine that grows slower
// meanwhile does so for both.
func beside(b *testing.B, base, measured []string, env ...string) {
	b.Helper()
	run := func(argv []string) time.Duration {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), env...)
		start := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", argv, err, out)
		}
		return time.Since(start)
	}
	run(base)
	run(measured)
	var bases, measureds []time.Duration
	for b.Loop() {
		bases = append(bases, run(base))
		measureds = append(measureds, run(measured))
	}
	x, y := median(bases), median(measureds)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(x.Microseconds())/1000, "base-ms")
	b.ReportMetric(float64(y.Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(y)/float64(x), "x-base")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkListBesideVersion measures what reading the catalog costs.
func BenchmarkListBesideVersion(b *testing.B) {
	p := program(b)
	beside(b, []string{p, "doctor", "version"}, []string{p, "doctor", "list"})
}

// BenchmarkExplainBesideVersion measures what explaining a check costs.
func BenchmarkExplainBesideVersion(b *testing.B) {
	p := program(b)
	beside(b, []string{p, "doctor", "version"}, []string{p, "doctor", "explain", "check.integration.oci.registry"})
}

// BenchmarkCompletionBesideVersion measures what a person waits for after the
// tabulator.
func BenchmarkCompletionBesideVersion(b *testing.B) {
	p := program(b)
	beside(b, []string{p, "doctor", "version"}, []string{p, completeCommand, "doctor", "explain", "tcp."})
}

// BenchmarkCheckBesideCurl measures one check end to end beside curl asking the
// same server: interpreted, from the warm cache, and as a file through the
// worker.
func BenchmarkCheckBesideCurl(b *testing.B) {
	p := program(b)
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Skip("curl is not installed")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	}))
	defer server.Close()
	ask := []string{curl, "-sS", "-o", os.DevNull, "--max-time", "10", server.URL + "/v2/"}
	check := []string{p, "doctor", "run", "--check", "check.integration.oci.registry", "--set", "OCI:RegistryUrl=" + server.URL}
	warm := b.TempDir()
	cmd := exec.Command(p, "doctor", "plugin", "warm")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+warm)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("warm: %v\n%s", err, out)
	}
	b.Run("interpreted", func(b *testing.B) { beside(b, ask, check, "XDG_CACHE_HOME="+b.TempDir()) })
	b.Run("warm", func(b *testing.B) { beside(b, ask, check, "XDG_CACHE_HOME="+warm) })
	b.Run("worker", func(b *testing.B) {
		file := filepath.Join(filepath.Dir(p), "plugins", "integration.wasm")
		beside(b, ask, append(check, "--plugin", file))
	})
}
