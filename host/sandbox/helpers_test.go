package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// helpers are what else the test binary can be, by first argument.
var helpers = map[string]func(){
	"-helper-parent":  helperParent,
	"-helper-report":  helperReport,
	"-helper-hostile": helperHostile,
}

// helperParent opens a worker, says its number, and waits to be killed.
func helperParent() {
	m, err := OpenWorker(context.Background(), zoo(), testConfig(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.(*worker).proc.cmd.Process.Pid)
	time.Sleep(time.Hour)
}

// helperReport is a worker that refuses every module with a description of the
// place that it finds itself in.
func helperReport() {
	err := confine("")
	_, _ = readFrame(os.Stdin, downLimit)
	report := fmt.Sprintf("env=[%s] err=%v descriptors=%s", strings.Join(os.Environ(), " "), err, inheritedDescriptors())
	_ = writeFrame(os.Stdout, frame{kind: frameReady, body: packReady(&Fault{Kind: FaultABI, Detail: report})})
}

// hostileWorkers are workers taken over by their guest. Each gets the number of
// the first call and returns what it says instead of a result.
var hostileWorkers = map[string]struct {
	say    func(call uint32) []byte
	detail string
}{
	"giant length":   {func(n uint32) []byte { return []byte("\x13\x00\x00\x00\x01\xff\xff\xff\xff") }, "4294967295 bytes"},
	"unknown kind":   {say(99, nil), "unknown kind 99"},
	"downward kind":  {say(frameCall, nil), "unknown kind 2"},
	"unknown call":   {func(n uint32) []byte { return raw(frame{kind: frameResult, call: n + 7, body: packResult(good)}) }, "a call that does not run"},
	"host of no one": {func(n uint32) []byte { return raw(frame{kind: frameHost, call: n + 7, body: packHost(0, nil)}) }, "a call that does not run"},
	"no such host":   {say(frameHost, packHost(2, nil)), "a function that does not exist"},
	"minus host":     {say(frameHost, packHost(0xffffffff, nil)), "a function that does not exist"},
	"two hosts":      {func(n uint32) []byte { return bytes.Repeat(say(frameHost, packHost(0, nil))(n), 2) }, "two host calls"},
	"long host":      {say(frameHost, packHost(0, make([]byte, 256<<10+1))), "malformed"},
	"second hello":   {func(uint32) []byte { return raw(frame{kind: frameReady, body: packReady(nil)}) }, "out of turn"},
	"empty body":     {say(frameResult, nil), "malformed"},
	"trailing bytes": {say(frameResult, append(packResult(good), 0)), "malformed"},
	"no output":      {say(frameResult, packResult(Result{})), "without output"},
	"long output":    {say(frameResult, packResult(Result{Output: make([]byte, 256<<10+1)})), "malformed"},
	"long stderr":    {say(frameResult, packResult(Result{Output: []byte("x"), Stderr: make([]byte, 64<<10+1)})), "malformed"},
	"many logs":      {say(frameResult, packResult(Result{Output: []byte("x"), Logs: manyLogs})), "malformed"},
	"strange level":  {say(frameResult, packResult(Result{Output: []byte("x"), Logs: []LogLine{{Level: "loud"}}})), "malformed"},
	"own fault":      {say(frameResult, packResult(Result{Fault: &Fault{Kind: FaultInterrupted}})), "malformed"},
	"early timeout":  {say(frameResult, packResult(Result{Fault: &Fault{Kind: FaultTimeout}})), "that has not come"},
	"early cancel":   {say(frameResult, packResult(Result{Fault: &Fault{Kind: FaultCanceled}})), "that has not come"},
}

// manyLogs fit a frame that holds nothing else, and still exceed their limit.
var manyLogs = []LogLine{{"info", strings.Repeat("x", 200<<10)}, {"info", strings.Repeat("x", 200<<10)}}

var good = Result{Output: []byte("good")}

func raw(f frame) []byte {
	var b bytes.Buffer
	_ = writeFrame(&b, f)
	return b.Bytes()
}

func say(kind byte, body []byte) func(uint32) []byte {
	return func(n uint32) []byte { return raw(frame{kind: kind, call: n, body: body}) }
}

// helperHostile behaves until the first call and then as its second argument
// says.
func helperHostile() {
	how := os.Args[2]
	_, _ = readFrame(os.Stdin, downLimit)
	if how == "bad hello" {
		_, _ = os.Stdout.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	_, _ = os.Stdout.Write(raw(frame{kind: frameReady, body: packReady(nil)}))
	f, _ := readFrame(os.Stdin, downLimit)
	switch how {
	case "exit":
		os.Exit(3)
	case "last words":
		fmt.Fprintf(os.Stderr, "fatal error: \x1b[2Jout of memory\n%s", strings.Repeat("goroutine /home/somebody\n", 1<<20))
		os.Exit(2)
	case "close":
		_ = os.Stdout.Close()
	case "garbage":
		_, _ = io.CopyN(os.Stdout, rand.Reader, 1<<20)
	case "half a frame":
		_, _ = os.Stdout.Write(raw(frame{kind: frameResult, call: f.call, body: packResult(good)})[:20])
		os.Exit(0)
	case "twice":
		_, _ = os.Stdout.Write(bytes.Repeat(raw(frame{kind: frameResult, call: f.call, body: packResult(good)}), 2))
	case "silent":
	case "ask and do not read":
		for {
			_, _ = os.Stdout.Write(say(frameHost, packHost(0, nil))(f.call))
			time.Sleep(time.Millisecond)
		}
	default:
		_, _ = os.Stdout.Write(hostileWorkers[how].say(f.call))
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	time.Sleep(time.Hour)
}
