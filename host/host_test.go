package host_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

func TestMain(m *testing.M) {
	host.WorkerMain()
	os.Exit(m.Run())
}

// open opens a host over cfg with --set style settings.
func open(t testing.TB, cfg host.Config, set ...string) *host.Host {
	t.Helper()
	store, err := settings.Load(settings.Options{Set: set, NoDefaultFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Settings = store
	h, err := host.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// registry is a web server that answers /v2/ with a status.
func registry(t testing.TB, status int) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" || r.Method != http.MethodGet {
			t.Errorf("unexpected request %s %s", r.Method, r.URL)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const ociRegistry = "check.integration.oci.registry"

func runOne(t testing.TB, h *host.Host, opts host.RunOptions) report.Result {
	t.Helper()
	rep, err := h.Run(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Results) != 1 {
		t.Fatalf("%d results, want 1", len(rep.Results))
	}
	return rep.Results[0]
}

// TestSameVerdictInBothPlaces runs the first-party plugin in process and as a
// file through the worker: what it finds is the same.
func TestSameVerdictInBothPlaces(t *testing.T) {
	sealed := hosttest.Sealed(t, "plugins/integration")
	file := hosttest.SealedFile(t, "plugins/integration")
	url := registry(t, http.StatusUnauthorized)
	for name, cfg := range map[string]host.Config{
		"in process": {Embedded: [][]byte{sealed}},
		"worker":     {PluginFiles: []string{file}},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, cfg, "OCI:RegistryUrl="+url)
			res := runOne(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
			if res.Outcome != report.Judged || res.Severity == nil || *res.Severity != wire.Pass {
				t.Fatalf("outcome %s, severity %v: %s", res.Outcome, res.Severity, res.Diagnosis)
			}
			if got, _ := res.Evidence["http_status"].AsInt(); got != 401 {
				t.Errorf("evidence http_status is %d", got)
			}
			if len(res.Requests) != 1 || res.Requests[0].Decision != "allowed" || res.Requests[0].Status != 401 {
				t.Errorf("ledger: %+v", res.Requests)
			}
			if res.Plugin.Digest != plugin.Digest(sealed) {
				t.Errorf("digest %s", res.Plugin.Digest)
			}
		})
	}
}

// hostileOutcomes is what each misbehaving check must come to. A set of
// outcomes stands where the engine may see the same end in several ways.
var hostileOutcomes = map[string][]string{
	"ok":               {"pass"},
	"loop":             {report.Timeout},
	"recurse":          {report.OutOfMemory, report.Trap, report.Timeout},
	"memory":           {report.OutOfMemory},
	"sleep":            {"pass"},
	"kernel-heap":      {report.Timeout},
	"panic":            {report.Trap},
	"exit-zero":        {report.BadOutput, report.Trap},
	"exit-three":       {report.Trap},
	"exit-deadline":    {report.Trap},
	"stderr-flood":     {"pass"},
	"log-flood":        {"pass"},
	"huge-output":      {report.BadOutput},
	"nonsense":         {report.BadOutput},
	"empty":            {report.BadOutput},
	"other-nonce":      {report.BadOutput},
	"wrong-check":      {report.BadOutput},
	"control-texts":    {report.BadOutput},
	"control-evidence": {"warn"},
	"many-calls":       {"pass"},
	"ungranted":        {report.Denied},
	"post-by-read":     {"pass"},
	"null-pointer":     {"pass"},
	"wild-pointer":     {report.Trap},
	"garbage-call":     {"pass"},
	"call-loop":        {report.Timeout},
}

// TestHostilePlugin runs every misbehaving check through the worker, and after
// each the honest one, which must pass.
func TestHostilePlugin(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("the server was sent %s %s", r.Method, r.URL)
		}
	}))
	defer server.Close()
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url="+server.URL)
	checks, err := h.Checks(host.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		what := strings.TrimPrefix(c.Info.ID, "check.hostile.")
		t.Run(what, func(t *testing.T) {
			want, ok := hostileOutcomes[what]
			if !ok {
				t.Fatal("this check has no wanted outcome in the table")
			}
			start := time.Now()
			res := runOne(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{c.Info.ID}}})
			got := res.Outcome
			if res.Severity != nil {
				got = string(*res.Severity)
			} else if res.Hint == "" || res.Diagnosis == "" {
				t.Errorf("the outcome has no sentence: %+v", res)
			}
			if !contains(want, got) {
				t.Errorf("came to %s, want one of %v: %s", got, want, res.Diagnosis)
			}
			if took := time.Since(start); took > 40*time.Second {
				t.Errorf("took %s", took)
			}
			if strings.ContainsAny(res.Diagnosis, "\x1b\x07\n") {
				t.Errorf("control characters in the diagnosis: %q", res.Diagnosis)
			}
			honest := runOne(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{"check.hostile.ok"}}})
			if honest.Severity == nil || *honest.Severity != wire.Pass {
				t.Errorf("the honest check after it: %s: %s", honest.Outcome, honest.Diagnosis)
			}
		})
	}
}

// TestSiblingsOfAHang runs a hanging check beside honest ones in one worker: the
// hang costs the siblings nothing but a repetition.
func TestSiblingsOfAHang(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url=http://127.0.0.1:1")
	rep, err := h.Run(context.Background(), host.RunOptions{
		Selection: host.Selection{Checks: []string{"check.hostile.kernel-heap", "check.hostile.loop", "check.hostile.ok", "check.hostile.many-calls"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rep.Results {
		got[r.Check] = r.Outcome
	}
	for check, want := range map[string]string{
		"check.hostile.kernel-heap": report.Timeout,
		"check.hostile.loop":        report.Timeout,
		"check.hostile.ok":          report.Judged,
		"check.hostile.many-calls":  report.Judged,
	} {
		if got[check] != want {
			t.Errorf("%s came to %s, want %s", check, got[check], want)
		}
	}
	if rep.Summary.ExitCode != report.ExitUnjudged {
		t.Errorf("exit code %d", rep.Summary.ExitCode)
	}
}

// TestDeniedNamesTheGrant holds that a refusal is told as the operator's matter.
func TestDeniedNamesTheGrant(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url=http://127.0.0.1:1")
	res := runOne(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{"check.hostile.ungranted"}}})
	if !strings.Contains(res.Diagnosis, "the access policy refused GET http") || !strings.Contains(res.Diagnosis, "not-granted") {
		t.Errorf("diagnosis: %s", res.Diagnosis)
	}
	if len(res.Requests) != 1 || res.Requests[0].Decision != "denied" || res.Requests[0].Rule != "not-granted" {
		t.Errorf("ledger: %+v", res.Requests)
	}
}

// TestLedgerOfARepeatedCheck holds that nothing which was sent is missing from
// the ledger, also when the check ran twice on account of a sibling.
func TestLedgerOfARepeatedCheck(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	var mu sync.Mutex
	hits := 0
	release := make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		hits++
		first := hits == 1
		mu.Unlock()
		if first {
			<-release // until the sibling's hang has ended the worker
		}
	}))
	defer server.Close()
	defer once.Do(func() { close(release) })
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url="+server.URL)
	rep, err := h.Run(context.Background(), host.RunOptions{
		Selection: host.Selection{Checks: []string{"check.hostile.many-calls", "check.hostile.kernel-heap"}},
		Observe: func(e host.Event) {
			if e.Kind == host.CheckEnded && e.Check == "check.hostile.kernel-heap" {
				once.Do(func() { close(release) })
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rep.Results {
		if r.Check != "check.hostile.many-calls" {
			continue
		}
		sent := 0
		for i, q := range r.Requests {
			if q.N != i+1 {
				t.Errorf("line %d has the number %d", i+1, q.N)
			}
			if q.Decision == "allowed" {
				sent++
			}
		}
		others := 0 // what the sibling itself sent
		for _, s := range rep.Results {
			if s.Check == "check.hostile.kernel-heap" {
				for _, q := range s.Requests {
					if q.Decision == "allowed" {
						others++
					}
				}
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if sent+others < hits {
			t.Errorf("the server was asked %d times, the ledgers hold %d and %d", hits, sent, others)
		}
	}
}

// TestLedgerIsBounded holds the budget of host calls and the size of what is
// written of the calls beyond it.
func TestLedgerIsBounded(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	var hits sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { hits.Store(r.RemoteAddr, true) }))
	defer server.Close()
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url="+server.URL)
	res := runOne(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{"check.hostile.many-calls"}}})
	n := 0
	hits.Range(func(any, any) bool { n++; return true })
	if n != wire.DefaultRequests {
		t.Errorf("the server was reached %d times, the budget is %d", n, wire.DefaultRequests)
	}
	if len(res.Requests) > wire.DefaultRequests+8 {
		t.Errorf("the ledger has %d lines", len(res.Requests))
	}
	if last := res.Requests[len(res.Requests)-1]; last.Decision != "denied" || last.Rule != "budget" {
		t.Errorf("the last line of the ledger: %+v", last)
	}
}

func TestOpenRefuses(t *testing.T) {
	file := hosttest.SealedFile(t, "plugins/integration")
	dir := t.TempDir()
	text := filepath.Join(dir, "text.wasm")
	if err := os.WriteFile(text, []byte("no module"), 0o644); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.wasm")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, data, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Run("missing", func(t *testing.T) {
		wantErr[*host.FileError](t, host.Config{PluginFiles: []string{filepath.Join(dir, "no.wasm")}})
	})
	t.Run("directory", func(t *testing.T) { wantErr[*host.FileError](t, host.Config{PluginFiles: []string{dir}}) })
	t.Run("text", func(t *testing.T) { wantErr[*plugin.Refusal](t, host.Config{PluginFiles: []string{text}}) })
	t.Run("one id twice", func(t *testing.T) { wantErr[*host.ConflictError](t, host.Config{PluginFiles: []string{file, copied}}) })
	t.Run("proxy", func(t *testing.T) {
		store, err := settings.Load(settings.Options{Set: []string{"Doctor:Proxy=gopher://x"}, NoDefaultFiles: true})
		if err != nil {
			t.Fatal(err)
		}
		h, err := host.Open(host.Config{Settings: store})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		var config *host.ConfigError
		if _, err := h.Run(context.Background(), host.RunOptions{}); !errors.As(err, &config) {
			t.Errorf("run: %v", err)
		}
	})
}

func wantErr[E error](t *testing.T, cfg host.Config) {
	t.Helper()
	h, err := host.Open(cfg)
	if err == nil {
		h.Close()
		t.Fatal("was opened")
	}
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("error %v is no %T", err, want)
	}
}

// TestCancel ends a run in the middle: it returns at once with the cause, and
// Close leaves no process.
func TestCancel(t *testing.T) {
	file := hosttest.SealedFile(t, "plugins/integration")
	reached := make(chan struct{})
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(reached)
		<-release
	}))
	defer server.Close()
	defer close(release)
	h := open(t, host.Config{PluginFiles: []string{file}}, "OCI:RegistryUrl="+server.URL)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("the operator went home")
	go func() {
		<-reached
		cancel(why)
	}()
	start := time.Now()
	if _, err := h.Run(ctx, host.RunOptions{}); !errors.Is(err, why) {
		t.Errorf("run returned %v", err)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("the run ended after %s, the request alone would have taken %d ms", took, wire.RequestMS)
	}
}

// TestParallelRunsLikeSerial holds that the order of ending never shows.
func TestParallelRunsLikeSerial(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url=http://127.0.0.1:1")
	sel := host.Selection{Checks: []string{"check.hostile.ok", "check.hostile.panic", "check.hostile.nonsense", "check.hostile.ungranted", "check.hostile.empty"}}
	var documents []string
	for _, parallel := range []int{1, 8} {
		var done []string
		rep, err := h.Run(context.Background(), host.RunOptions{Selection: sel, Parallel: parallel,
			Observe: func(e host.Event) {
				if e.Kind == host.CheckEnded {
					done = append(done, e.Check)
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
		if len(done) != len(rep.Results) {
			t.Errorf("done was called %d times for %d results", len(done), len(rep.Results))
		}
		rep.StartedAt, rep.DurationMS = "", 0
		for i := range rep.Results {
			rep.Results[i].DurationMS = 0
			for j := range rep.Results[i].Requests {
				rep.Results[i].Requests[j].DurationMS = 0
			}
		}
		var b strings.Builder
		if err := report.WriteJSON(&b, rep); err != nil {
			t.Fatal(err)
		}
		documents = append(documents, b.String())
	}
	if documents[0] != documents[1] {
		t.Errorf("serial and parallel differ:\n%s\n%s", documents[0], documents[1])
	}
}

// embedded is what a program with first-party plugins would have from go:embed.
func embedded() [][]byte {
	data, err := hosttest.BuildSealed("plugins/integration")
	if err != nil {
		panic(err)
	}
	return [][]byte{data}
}

// TestThirdParty builds, seals and runs a stranger's plugin, which uses nothing
// but the SDK, through the worker.
func TestThirdParty(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/thirdparty")
	for status, want := range map[int]wire.Severity{http.StatusOK: wire.Pass, http.StatusServiceUnavailable: wire.Warn} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/healthz" {
				t.Errorf("unexpected request %s", r.URL)
			}
			w.WriteHeader(status)
		}))
		defer server.Close()
		h := open(t, host.Config{PluginFiles: []string{file}}, "Acme:Url="+server.URL)
		rep, err := h.Run(context.Background(), host.RunOptions{Selection: host.Selection{Checks: []string{"check.acme.web.health"}}})
		if err != nil {
			t.Fatal(err)
		}
		res := rep.Results[0]
		if res.Severity == nil || *res.Severity != want {
			t.Errorf("status %d: outcome %s, severity %v, want %s: %s", status, res.Outcome, res.Severity, want, res.Diagnosis)
		}
		if want := "stella doctor run --check check.acme.web.health --plugin " + file; res.Verification != want {
			t.Errorf("verification %s, want %s", res.Verification, want)
		}
		if len(rep.Notes) == 0 || rep.Notes[0].Code != "plugin_file" {
			t.Errorf("notes: %+v", rep.Notes)
		}
	}
}

// TestIntegrationModule holds the size of the sealed first-party plugin and that
// its imports prove what it cannot do: it links no host function but those that
// its checks call.
func TestIntegrationModule(t *testing.T) {
	const maxBytes = 3_600_000
	data := hosttest.Sealed(t, "plugins/integration")
	if len(data) > maxBytes {
		t.Errorf("the sealed plugin has %d bytes, it may have %d", len(data), maxBytes)
	}
	f, err := plugin.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	var functions []string
	for _, i := range f.Module.Imports {
		if i.Module == wire.ImportModule {
			functions = append(functions, i.Name)
		}
	}
	slices.Sort(functions)
	if want := []string{wire.FuncHTTPRead, wire.FuncHTTPWrite, wire.FuncTCPProbe}; !slices.Equal(functions, want) {
		t.Errorf("the plugin imports the host functions %v, want %v", functions, want)
	}
}

// TestSlowObserver: whoever reads the events slowly, such as the reader of a pipe
// that is full, spends no time of the checks. The observer here waits for the
// very request that it is told of late.
func TestSlowObserver(t *testing.T) {
	asked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(asked) }))
	defer server.Close()
	h := open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl="+server.URL)
	var kinds []host.EventKind
	rep, err := h.Run(context.Background(), host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}, Observe: func(e host.Event) {
		if e.Kind == host.RunStarted {
			select {
			case <-asked:
			case <-time.After(time.Minute):
				t.Error("the check waited for the observer")
			}
		}
		kinds = append(kinds, e.Kind)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Summary.Pass != 1 {
		t.Errorf("summary %+v", rep.Summary)
	}
	want := []host.EventKind{host.RunStarted, host.CheckStarted, host.CallStarted, host.CallEnded, host.CheckEnded}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v, all of them before Run returns", kinds, want)
	}
}
