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

// BenchmarkOfflineBesideVersion measures the commands that read the catalog
// beside version: with the embedded plugin alone, at most 1.3 times as long, and
// with a thousand checks more, at most twice.
func BenchmarkOfflineBesideVersion(b *testing.B) {
	p := program(b)
	many := []string{}
	for _, area := range []string{"a", "b"} {
		info := generated(area, 500)
		file := filepath.Join(b.TempDir(), area+".wasm")
		if err := os.WriteFile(file, sealedModule(&info), 0o644); err != nil {
			b.Fatal(err)
		}
		many = append(many, "--plugin", file)
	}
	const id, one = "check.integration.oci.registry", "check.a.n00007"
	for _, c := range []struct {
		name        string
		alone, many []string // the command, and what is asked of the thousand
		last        string   // stands behind the plugin files
	}{
		{"list", []string{"doctor", "list"}, []string{"doctor", "list"}, ""},
		{"explain", []string{"doctor", "explain", id}, []string{"doctor", "explain", one}, ""},
		{"plan", []string{"doctor", "plan", id, "--set", "OCI:RegistryUrl=https://registry.example.com"},
			[]string{"doctor", "plan", one, "--set", "a:U7=https://registry.example.com"}, ""},
		{"plan-all", []string{"doctor", "plan"}, []string{"doctor", "plan"}, ""},
		{"config-show", []string{"doctor", "config", "show"}, []string{"doctor", "config", "show"}, ""},
		{"completion-script", []string{"doctor", "completion", "bash"}, nil, ""},
		{"completion", []string{completeCommand, "doctor", "run"}, []string{completeCommand, "doctor", "run"}, "check."},
	} {
		base := []string{p, "doctor", "version"}
		last := []string{}
		if c.last != "" {
			last = append(last, c.last)
		}
		b.Run(c.name, func(b *testing.B) { beside(b, base, slices.Concat([]string{p}, c.alone, last)) })
		if c.many != nil {
			b.Run(c.name+"-1000", func(b *testing.B) { beside(b, base, slices.Concat([]string{p}, c.many, many, last)) })
		}
	}
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
