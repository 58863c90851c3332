package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// record runs and records, and returns the report and the cassette as files.
func record(t testing.TB, h *host.Host, opts host.RunOptions) (rep, tape []byte) {
	t.Helper()
	var rec host.Recording
	opts.Record = &rec
	r, err := h.Run(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rec.Cassette(r)
	if err != nil {
		t.Fatal(err)
	}
	if tape, err = c.Format(); err != nil {
		t.Fatal(err)
	}
	return jsonOf(t, r), tape
}

func jsonOf(t testing.TB, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parse(t testing.TB, tape []byte) *cassette.Cassette {
	t.Helper()
	c, err := cassette.Parse(tape)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// noNetwork fails the test when a call reaches it.
type noNetwork struct{ t testing.TB }

func (n noNetwork) HTTP(_ context.Context, call egress.Call) wire.HTTPResponse {
	n.t.Errorf("%s %s reached the network", call.Request.Method, call.Request.URL)
	return wire.HTTPResponse{}
}

func (n noNetwork) TCP(_ context.Context, call egress.TCPCall) wire.TCPResponse {
	n.t.Errorf("%s reached the network", call.URL.String())
	return wire.TCPResponse{}
}

// TestReplayIsTheRun records a pass and a problem in each place in which a plugin
// can run, and replays them in each: the report is the same to the byte.
func TestReplayIsTheRun(t *testing.T) {
	sealed := hosttest.Sealed(t, "plugins/integration")
	file := hosttest.SealedFile(t, "plugins/integration")
	places := map[string]host.Config{"in process": {Embedded: [][]byte{sealed}}, "worker": {PluginFiles: []string{file}}}
	for where, cfg := range places {
		for name, status := range map[string]int{"pass": http.StatusUnauthorized, "problem": http.StatusInternalServerError} {
			t.Run(where+"/"+name, func(t *testing.T) {
				h := open(t, cfg, "OCI:RegistryUrl="+registry(t, status))
				want, tape := record(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}, VerifyFlags: []string{"--config", "my app.yaml"}, FailOn: wire.Warn})
				for again, cfg := range places {
					cfg.Network = noNetwork{t}
					// The settings of whoever replays mean nothing.
					h := open(t, cfg, "OCI:RegistryUrl=http://127.0.0.1:1", "Doctor:Proxy=gopher://x")
					done, err := h.Replay(context.Background(), parse(t, tape), host.ReplayOptions{})
					if err != nil {
						t.Fatalf("%s: %v", again, err)
					}
					if got := jsonOf(t, done.Report); !bytes.Equal(got, want) || done.Then != nil {
						t.Errorf("%s: got %s\nwant %s", again, got, want)
					}
				}
			})
		}
	}
}

// TestReplayOfMisbehaviour: guests that trap, answer nonsense, flood, are refused
// or are ended by the host come to the same outcome in the same words.
func TestReplayOfMisbehaviour(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url="+anyServer(t, nil))
	want, tape := record(t, h, host.RunOptions{})
	c := parse(t, tape)
	for _, id := range []string{"check.hostile.call-loop", "check.hostile.kernel-heap", "check.hostile.loop"} {
		if !slices.Contains(c.ByHost, id) {
			t.Errorf("%s was ended by the host, the cassette says so of %v", id, c.ByHost)
		}
	}
	// A sibling that was still under way when both workers were ended is the host's
	// doing too; which one that is depends on the machine.
	for _, r := range c.Report.Results {
		byHost := r.Outcome == report.Timeout || strings.Contains(r.Diagnosis, "was ended twice")
		if byHost != slices.Contains(c.ByHost, r.Check) {
			t.Errorf("%s: %s, made by the host %v", r.Check, r.Diagnosis, !byHost)
		}
	}
	done, err := h.Replay(context.Background(), c, host.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, done.Report); !bytes.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestRecordedBudget: the calls within the budget are recorded, and those beyond
// it are refused again.
func TestRecordedBudget(t *testing.T) {
	file := hosttest.SealedFile(t, "testdata/guests/hostile")
	h := open(t, host.Config{PluginFiles: []string{file}}, "Hostile:Url="+anyServer(t, nil))
	want, tape := record(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{"check.hostile.many-calls"}}})
	c := parse(t, tape)
	if n := len(c.Checks[0].Exchanges); n != wire.DefaultRequests {
		t.Errorf("%d calls of 100 were recorded, want %d", n, wire.DefaultRequests)
	}
	done, err := h.Replay(context.Background(), c, host.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, done.Report); !bytes.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// anyServer answers every request with what write writes.
func anyServer(t testing.TB, write http.HandlerFunc) string {
	t.Helper()
	if write == nil {
		write = func(http.ResponseWriter, *http.Request) {}
	}
	s := httptest.NewServer(write)
	t.Cleanup(s.Close)
	return s.URL
}

// TestRecordedSkips: what the host decides before a guest starts is taken from
// the recording.
func TestRecordedSkips(t *testing.T) {
	cfg := host.Config{Embedded: embedded()}
	for name, opts := range map[string]host.RunOptions{"unconfigured": {}, "offline": {Offline: true}} {
		h := open(t, cfg)
		want, tape := record(t, h, opts)
		if c := parse(t, tape); len(c.Checks) != 0 {
			t.Errorf("%s: a guest ran", name)
		}
		done, err := h.Replay(context.Background(), parse(t, tape), host.ReplayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got := jsonOf(t, done.Report); !bytes.Equal(got, want) {
			t.Errorf("%s: got %s\nwant %s", name, got, want)
		}
	}
}

// TestNoSecretInCassette runs against a server that gives back the operator's
// secret in many forms, and looks for it in everything that leaves the run.
func TestNoSecretInCassette(t *testing.T) {
	const secret = "Tr0ub4dor+3/xyz"
	echoes := []string{secret, "Basic VHIwdWI0ZG9yKzMveHl6", "bWU6VHIwdWI0ZG9yKzMveHl6", fmt.Sprintf("%x", secret), "Tr0ub4dor%2B3%2Fxyz", `Tr0ub4dor+3\/xyz`, "Tr0ub4dor&#43;3/xyz"}
	url := anyServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; token="+secret)
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://auth.example.com/`+secret+`"`)
		w.Header().Set("Location", "https://other.example.com/?t=Tr0ub4dor%2B3%2Fxyz")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, strings.Join(echoes, "\n"))
	})
	h := open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl="+url, "OCI:Password="+secret)
	rep, tape := record(t, h, host.RunOptions{})
	if !bytes.Contains(tape, []byte("[redacted]")) {
		t.Error("the cassette does not hold what the server gave back")
	}
	for _, form := range []string{"Tr0ub4dor", "VHIwdWI0ZG9yKzMveHl6", "VHIwdWI0ZG9y", "5472307562346"} {
		if bytes.Contains(rep, []byte(form)) {
			t.Errorf("the report holds %s", form)
		}
		if i := bytes.Index(tape, []byte(form)); i >= 0 {
			t.Errorf("the cassette holds %s: %s", form, tape[max(0, i-60):i+60])
		}
	}
	done, err := open(t, host.Config{Embedded: embedded()}).Replay(context.Background(), parse(t, tape), host.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, done.Report); !bytes.Equal(got, rep) {
		t.Errorf("got %s\nwant %s", got, rep)
	}
}

// TestNotRecorded: a run that no cassette may hold is harmed in nothing.
func TestNotRecorded(t *testing.T) {
	h := open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl="+registry(t, 200)+"/v2", "OCI:Password=hunter2-hunter2", "Registry:Token=v2")
	var rec host.Recording
	rep, err := h.Run(context.Background(), host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}, Record: &rec})
	if err != nil || rep.Summary.Pass != 1 {
		t.Fatalf("%v, %+v", err, rep)
	}
	if _, err := rec.Cassette(rep); err != nil {
		t.Errorf("a secret of two letters keeps a run from being recorded: %v", err)
	}
	h = open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl=http://127.0.0.1:1/hunter2-hunter2", "OCI:Password=hunter2-hunter2")
	rec = host.Recording{}
	if rep, err = h.Run(context.Background(), host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}, Record: &rec}); err != nil || rep.Summary.Fail != 1 {
		t.Fatalf("%v, %+v", err, rep)
	}
	var refused *host.RecordError
	if _, err := rec.Cassette(rep); !errors.As(err, &refused) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// TestReplayOptions: the start and the exit code may be others, and nothing else.
func TestReplayOptions(t *testing.T) {
	h := open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl="+registry(t, 500))
	_, tape := record(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
	c := parse(t, tape)
	if c.Report.Summary.Warn != 1 || c.Report.Summary.ExitCode != 0 {
		t.Fatalf("recorded %+v", c.Report.Summary)
	}
	done, err := h.Replay(context.Background(), c, host.ReplayOptions{FailOn: wire.Warn, StartedAt: time.Date(2030, 1, 2, 4, 4, 5, 6, time.FixedZone("", 3600))})
	if err != nil {
		t.Fatal(err)
	}
	if got := done.Report; got.Summary.ExitCode != report.ExitWarn || got.StartedAt != "2030-01-02T03:04:05Z" {
		t.Errorf("exit code %d, started at %s", got.Summary.ExitCode, got.StartedAt)
	}
	done.Report.StartedAt, done.Report.Summary = c.Report.StartedAt, c.Report.Summary
	if got, want := jsonOf(t, done.Report), jsonOf(t, c.Report); !bytes.Equal(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestForgedCassette changes one thing in a recording and seals it again: the
// replay finds what it can compute.
func TestForgedCassette(t *testing.T) {
	h := open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl="+registry(t, 500))
	_, tape := record(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
	pass := wire.Pass
	result := func(change func(*report.Result)) func(*cassette.Cassette) {
		return func(c *cassette.Cassette) { change(&c.Report.Results[0]) }
	}
	for name, c := range map[string]struct {
		forge func(*cassette.Cassette)
		want  string
	}{
		"verdict":     {result(func(r *report.Result) { r.Severity = &pass }), "severity differs"},
		"cause":       {result(func(r *report.Result) { other := "tcp.refused"; r.Cause = &other }), "cause differs"},
		"diagnosis":   {result(func(r *report.Result) { r.Diagnosis = "All is well." }), "diagnosis differs"},
		"command":     {result(func(r *report.Result) { r.Verification = "rm -rf /" }), "verification differs"},
		"name":        {result(func(r *report.Result) { r.Name = "Other" }), "name differs"},
		"step":        {result(func(r *report.Result) { r.Remediation.Steps[0].Command = "rm -rf /" }), "remediation differs"},
		"ledger":      {result(func(r *report.Result) { r.Requests[0].Status = 200 }), "requests differ"},
		"ledger, cut": {result(func(r *report.Result) { r.Requests = nil }), "requests differ"},
		"summary":     {func(c *cassette.Cassette) { c.Report.Summary.ExitCode = 20 }, "the summary differs"},
		"answer":      {func(c *cassette.Cassette) { c.Checks[0].Exchanges[0].Response.Status = 401 }, "severity differs"},
		"call": {func(c *cassette.Cassette) { c.Checks[0].Exchanges[0].Request.URL = "http://other.example.com/v2/" },
			"which the recording does not hold"},
		"more calls": {func(c *cassette.Cassette) {
			c.Checks[0].Exchanges = append(c.Checks[0].Exchanges, c.Checks[0].Exchanges[0])
		}, "it does not ask for GET "},
		"setting": {func(c *cassette.Cassette) {
			c.Checks[0].Request.Settings["OCI:RegistryUrl"] = wire.Setting{Value: "http://127.0.0.1:1", Key: "OCI:RegistryUrl"}
		}, "which the recording does not hold"},
		"path": {func(c *cassette.Cassette) { c.Plugins[0].Path = "evil.wasm" }, "remediation differs"},
		"check": {func(c *cassette.Cassette) {
			c.Report.Results[0].Check, c.Checks[0].Request.Check = "check.acme.other", "check.acme.other"
		}, "its plugin has no such check"},
		"skip": {func(c *cassette.Cassette) {
			skip, reason := wire.Skip, "offline"
			c.Checks = nil
			c.Report.Results[0].Severity, c.Report.Results[0].SkipReason = &skip, &reason
		}, "cause differs"},
	} {
		t.Run(name, func(t *testing.T) {
			forged := parse(t, tape)
			c.forge(forged)
			data, err := forged.Format()
			if err != nil {
				t.Fatal(err)
			}
			var mismatch *host.ReplayError
			if _, err = h.Replay(context.Background(), parse(t, data), host.ReplayOptions{}); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

// otherDigest is the same plugin with another digest: a section that means
// nothing stands at its beginning.
func otherDigest(sealed []byte) []byte {
	return slices.Concat(sealed[:8], []byte{0, 6, 5}, []byte("other"), sealed[8:])
}

// TestOtherPlugin: another digest is refused, or judges anew when it was named.
func TestOtherPlugin(t *testing.T) {
	sealed := hosttest.Sealed(t, "plugins/integration")
	_, tape := record(t, open(t, host.Config{Embedded: [][]byte{sealed}}, "OCI:RegistryUrl="+registry(t, 500)), host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
	c := parse(t, tape)

	var other *host.OtherPluginError
	if _, err := open(t, host.Config{Embedded: [][]byte{otherDigest(sealed)}}).Replay(context.Background(), c, host.ReplayOptions{}); !errors.As(err, &other) {
		t.Errorf("another embedded plugin: %v", err)
	}
	var missing *host.MissingPluginError
	if _, err := open(t, host.Config{}).Replay(context.Background(), c, host.ReplayOptions{}); !errors.As(err, &missing) {
		t.Errorf("no plugin: %v", err)
	}

	file := filepath.Join(t.TempDir(), "new.wasm")
	if err := os.WriteFile(file, otherDigest(sealed), 0o644); err != nil {
		t.Fatal(err)
	}
	done, err := open(t, host.Config{Embedded: [][]byte{sealed}, PluginFiles: []string{file}, Network: noNetwork{t}}).Replay(context.Background(), c, host.ReplayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if done.Then != c.Report || len(done.Changes) != 0 {
		t.Errorf("the same code changed its mind: %+v", done.Changes)
	}
	res := done.Report.Results[0]
	if *res.Severity != wire.Warn || res.Plugin.Digest == c.Plugins[0].Digest || res.DurationMS != res.Requests[0].DurationMS ||
		!strings.HasSuffix(res.Verification, " --plugin "+file) {
		t.Errorf("result %+v", res)
	}
	if codes := noteCodes(done.Report); !strings.HasSuffix(codes, "plugin_file plugin_replaced retro") {
		t.Errorf("notes %s", codes)
	}
}

func noteCodes(r *report.Report) string {
	var codes []string
	for _, n := range r.Notes {
		codes = append(codes, n.Code)
	}
	return strings.Join(codes, " ")
}

// TestRetro gives the answers of one version to another that asks for something
// else: nobody answers that, and the outcome says so.
func TestRetro(t *testing.T) {
	then := hosttest.SealedFile(t, "sdk/testdata/asking")
	now := hosttest.SealedFile(t, "testdata/thirdparty")
	for _, c := range []struct{ from, to, notMade, notRecorded string }{
		{then, now, "/", "/healthz"},
		{now, then, "/healthz", "/"},
	} {
		url := anyServer(t, nil)
		_, tape := record(t, open(t, host.Config{PluginFiles: []string{c.from}}, "Acme:Url="+url), host.RunOptions{})
		done, err := open(t, host.Config{PluginFiles: []string{c.to}}).Replay(context.Background(), parse(t, tape), host.ReplayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(done.Changes) != 1 {
			t.Fatalf("changes %+v", done.Changes)
		}
		change, res := done.Changes[0], done.Report.Results[0]
		if *change.Then.Severity != wire.Pass || change.Now.Outcome != report.Denied || change.Now.Severity != nil {
			t.Errorf("change %+v", change)
		}
		want := host.Call{Function: "http_read", Method: "GET", URL: url + c.notMade}
		if len(change.NotMade) != 1 || change.NotMade[0] != want {
			t.Errorf("not made %+v, want %+v", change.NotMade, want)
		}
		want.URL = url + c.notRecorded
		if len(change.NotRecorded) != 1 || change.NotRecorded[0] != want {
			t.Errorf("not recorded %+v, want %+v", change.NotRecorded, want)
		}
		if res.Outcome != report.Denied || !strings.Contains(res.Diagnosis, "the recording does not hold GET "+url+c.notRecorded) || res.Hint == "" || res.Remediation != nil {
			t.Errorf("result %+v", res)
		}
		if done.Report.Summary.ExitCode != report.ExitUnjudged {
			t.Errorf("exit code %d", done.Report.Summary.ExitCode)
		}
	}
}

// TestReplayInterrupted: a context that ended ends the replay.
func TestReplayInterrupted(t *testing.T) {
	h := open(t, host.Config{Embedded: embedded()}, "OCI:RegistryUrl="+registry(t, 200))
	_, tape := record(t, h, host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	if _, err := h.Replay(ctx, parse(t, tape), host.ReplayOptions{}); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// TestReplayCases replays every hand-written case of the first-party plugin and
// wants the result that the case wants.
func TestReplayCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(hosttest.Root(t), "plugins/integration/testdata/ociregistry/*.txtar"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	h := open(t, host.Config{Embedded: embedded(), Network: noNetwork{t}})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := parse(t, data)
			done, err := h.Replay(context.Background(), c, host.ReplayOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if codes := noteCodes(done.Report); codes != "hand_written" {
				t.Errorf("notes %s", codes)
			}
			if done.Report.StartedAt != exchange.DefaultNow {
				t.Errorf("started at %s", done.Report.StartedAt)
			}
			sameAsWanted(t, done.Report.Results[0], c.Checks[0])
		})
	}
}

func sameAsWanted(t *testing.T, got report.Result, c *exchange.Case) {
	t.Helper()
	var want wire.Result
	if err := wire.Unmarshal(c.Want, &want); err != nil {
		t.Fatal(err)
	}
	if want.Unjudged != "" {
		if got.Outcome != report.Denied || got.Hint == "" {
			t.Errorf("outcome %s, hint %q", got.Outcome, got.Hint)
		}
		return
	}
	back := wire.Result{Severity: *got.Severity, Diagnosis: got.Diagnosis, Evidence: got.Evidence, LikelyCauses: got.LikelyCauses}
	if got.Cause != nil {
		back.Cause = *got.Cause
	}
	if got.SkipReason != nil {
		back.SkipReason = *got.SkipReason
	}
	if r := got.Remediation; r != nil {
		back.Remediation = &wire.Remediation{Summary: r.Summary, RunbookURL: want.Remediation.RunbookURL, Steps: r.Steps}
	}
	if want.Verification != "" {
		back.Verification = got.Verification
	}
	if len(back.LikelyCauses) == 0 {
		back.LikelyCauses = want.LikelyCauses
	}
	if g, w := wire.Marshal(&back), wire.Marshal(&want); !bytes.Equal(g, w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// TestReplayCaseCalls: a case that lacks a call, or holds one too many, is not
// taken for an answer.
func TestReplayCaseCalls(t *testing.T) {
	const request = "-- request.json --\n" + `{"check":"check.integration.oci.registry","settings":{"OCI:RegistryUrl":{"value":"http://r.example.com","key":"OCI:RegistryUrl"}}}` + "\n"
	const call = "GET http://r.example.com/v2/\n\n@duration_ms: 7\nHTTP/1.1 200 OK\n"
	h := open(t, host.Config{Embedded: embedded(), Network: noNetwork{t}})
	replay := func(text string) *report.Report {
		t.Helper()
		done, err := h.Replay(context.Background(), parse(t, []byte(text)), host.ReplayOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return done.Report
	}
	rep := replay(request)
	if res := rep.Results[0]; res.Outcome != report.Denied || !strings.Contains(res.Diagnosis, "does not hold GET http://r.example.com/v2/") {
		t.Errorf("a call is missing: %+v", res)
	}
	rep = replay(request + "-- http/1 --\n" + call + "-- http/2 --\n" + call)
	if codes := noteCodes(rep); codes != "hand_written not_asked" || rep.DurationMS != 7 || rep.Results[0].DurationMS != 7 {
		t.Errorf("a call too many: %s, %d ms", codes, rep.DurationMS)
	}
	var unknown *host.UnknownError
	other := strings.ReplaceAll(request, "oci.registry", "oci.regitsry")
	if _, err := h.Replay(context.Background(), parse(t, []byte(other)), host.ReplayOptions{}); !errors.As(err, &unknown) || !slices.Contains(unknown.Suggestions, ociRegistry) {
		t.Errorf("a check that is not there: %v", err)
	}
}

// TestRecordingIsDeterministic: two recordings of the same run differ in nothing
// but what the clock and the nonce say.
func TestRecordingIsDeterministic(t *testing.T) {
	cfg := host.Config{Embedded: embedded(), Now: func() time.Time { return time.Unix(1_700_000_000, 0) }, Network: fixed{}}
	texts := map[string]bool{}
	for range 2 {
		_, tape := record(t, open(t, cfg, "OCI:RegistryUrl=http://r.example.com"), host.RunOptions{Selection: host.Selection{Checks: []string{ociRegistry}}})
		c := parse(t, tape)
		c.Checks[0].Request.Nonce = strings.Repeat("0", 32)
		c.Report.Results[0].DurationMS = 0
		data, err := c.Format()
		if err != nil {
			t.Fatal(err)
		}
		texts[string(data)] = true
	}
	if len(texts) != 1 {
		t.Errorf("%d texts:\n%s", len(texts), strings.Join(slices.Collect(maps.Keys(texts)), "\n"))
	}
}

// fixed always gives the same answer.
type fixed struct{}

func (fixed) HTTP(context.Context, egress.Call) wire.HTTPResponse {
	return wire.HTTPResponse{Status: 200, Header: map[string][]string{"b": {"2", "1"}, "a": {"x"}}, Body: []byte("-- x --\n\x00"), DurationMS: 3}
}

func (fixed) TCP(context.Context, egress.TCPCall) wire.TCPResponse {
	return wire.TCPResponse{Connected: true, Banner: []byte("-- x --\n\x00"), DurationMS: 3}
}
