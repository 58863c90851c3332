package sandbox

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestMessagesRoundTrip: what one side packs the other unpacks.
func TestMessagesRoundTrip(t *testing.T) {
	cfg := testConfig()
	cfg.Limits, cfg.Compile = Limits{1, 2, 3, 4, 5, 6, 7}, true
	wasm, got, err := unpackOpen(packOpen([]byte("wasm"), cfg))
	if err != nil || string(wasm) != "wasm" || !reflect.DeepEqual(got, cfg) {
		t.Errorf("open: %q %+v %v", wasm, got, err)
	}
	budget, export, input, err := unpackCall(packCall(time.Second, "run", []byte("in")))
	if err != nil || budget != time.Second || export != "run" || string(input) != "in" {
		t.Errorf("call: %v %q %q %v", budget, export, input, err)
	}
	document, failure, err := unpackReply(packReply([]byte("out"), nil))
	if err != nil || failure != nil || string(document) != "out" {
		t.Errorf("reply: %q %v %v", document, failure, err)
	}
	document, failure, err = unpackReply(packReply([]byte("out"), errors.New("no\nway")))
	if err != nil || failure == nil || failure.Error() != "no" || len(document) != 0 {
		t.Errorf("failed reply: %q %v %v", document, failure, err)
	}
	limits := Limits{}.withDefaults()
	for _, want := range []Result{
		{Output: []byte("out"), Logs: []LogLine{{"info", "a"}, {"error", ""}}, LogsDropped: 3, Stderr: []byte("err")},
		{Fault: &Fault{Kind: FaultTrap, Detail: "why"}, Stderr: []byte("err")},
	} {
		got, err := unpackResult(packResult(want), limits)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("result %+v, want %+v, %v", got, want, err)
		}
	}
}

// TestLargestResultFits: what an honest worker may keep within its limits must
// fit the frame that its program accepts, at the limits themselves.
func TestLargestResultFits(t *testing.T) {
	limits := Limits{OutputBytes: 100, LogBytes: 1000, StderrBytes: 50}.withDefaults()
	kept := logBuffer{limit: limits.LogBytes}
	for range 100 {
		kept.add("error", "")
	}
	lines, dropped := kept.take()
	for _, res := range []Result{
		{Output: make([]byte, 100), Logs: lines, LogsDropped: dropped, Stderr: make([]byte, 50)},
		{Fault: newFault(FaultTrap, "%s", strings.Repeat("x", 3000)), Logs: lines, Stderr: make([]byte, 50)},
	} {
		body := packResult(res)
		if int64(len(body)) > upLimit(frameResult, limits) {
			t.Errorf("%d bytes, the limit is %d", len(body), upLimit(frameResult, limits))
		}
		if _, err := unpackResult(body, limits); err != nil {
			t.Error(err)
		}
	}
}

// FuzzFrames feeds a program what a hostile worker may write. Nothing panics or
// hangs, and what reaches a call keeps to the limits.
func FuzzFrames(f *testing.F) {
	for _, h := range hostileWorkers {
		f.Add(h.say(1))
	}
	f.Add(append(raw(frame{kind: frameReady, body: packReady(nil)}), raw(frame{kind: frameResult, call: 1, body: packResult(good)})...))
	f.Add(append(say(frameHost, packHost(1, []byte("doc")))(2), say(frameResult, packResult(good))(2)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg := testConfig()
		cfg.Limits = Limits{OutputBytes: 64, CallBytes: 64, LogBytes: 256, StderrBytes: 64}
		w := newWorker(cfg)
		ctx, cancel := context.WithCancel(t.Context())
		var calls []*pending
		for range 2 {
			p, fault := w.begin(ctx, bounded(func(_ context.Context, function string, in []byte) []byte {
				if function != "ask" && function != "tell" || len(in) > 64 {
					t.Errorf("host call %q with %d bytes", function, len(in))
				}
				return in
			}, 64))
			if fault != nil {
				t.Fatal(fault)
			}
			calls = append(calls, p)
		}
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			for {
				select {
				case f := <-w.out:
					f.sent()
				case <-w.gone:
					return
				}
			}
		}()
		_ = w.receive(bytes.NewReader(data))
		cancel()
		for _, p := range calls {
			p.serving.Wait()
			select {
			case res := <-p.result:
				checkWorkerResult(t, res)
			default:
			}
		}
		close(w.gone)
		<-drained
	})
}

func checkWorkerResult(t *testing.T, res Result) {
	t.Helper()
	logs := 0
	for _, line := range res.Logs {
		logs += len(line.Text)
	}
	if len(res.Output) > 64 || len(res.Stderr) > 64 || logs > 256 {
		t.Errorf("result beyond the limits: %+v", res)
	}
	if (res.Fault == nil) == (len(res.Output) == 0) {
		t.Errorf("result with both or neither: %+v", res)
	}
	if res.Fault != nil {
		checkDetail(t, strings.ReplaceAll(strings.ReplaceAll(res.Fault.Detail, ".go:", ""), "goroutine ", ""))
	}
}

// FuzzMessages feeds a worker what it does not expect from its program.
func FuzzMessages(f *testing.F) {
	f.Add(packOpen([]byte("wasm"), testConfig()))
	f.Add(packCall(time.Second, "run", []byte("in")))
	f.Add(packReply([]byte("out"), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if wasm, cfg, err := unpackOpen(data); err == nil && !bytes.Equal(packOpen(wasm, cfg), data) {
			t.Error("open is read in two ways")
		}
		_, _, _, _ = unpackCall(data)
		_, _, _ = unpackReply(data)
		_, _ = unpackReady(data)
		_, _ = readFrame(bytes.NewReader(data), downLimit)
	})
}

// FuzzDetail: no text becomes a detail that could not be shown.
func FuzzDetail(f *testing.F) {
	f.Add("a\x1b[31m\nb")
	f.Add(strings.Repeat("ü", 3000))
	f.Add("\u202e\u2028\xff")
	f.Fuzz(func(t *testing.T, text string) {
		detail := oneLine(text)
		checkDetail(t, strings.ReplaceAll(strings.ReplaceAll(detail, ".go:", ""), "goroutine ", ""))
		if !utf8.ValidString(detail) {
			t.Errorf("detail %q", detail)
		}
		if again := oneLine(detail); again != detail {
			t.Errorf("%q, then %q", detail, again)
		}
		_ = panicLine([]byte(text))
	})
}
