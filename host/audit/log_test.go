package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// write makes a file with some bytes.
func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRecoverTorn cuts a log at every byte of its last lines, as a kill or a power
// failure could, and has another process go on: nothing is taken away, what was cut is told of,
// and the log is intact.
func TestRecoverTorn(t *testing.T) {
	lines, _ := hundred(t)
	whole := bytes.Join(lines[:37], nil)
	start := len(whole) - len(lines[36]) - len(lines[35])
	for at := start; at < len(whole); at += 7 {
		path := filepath.Join(t.TempDir(), "audit.log")
		write(t, path, whole[:at])
		before := verify(t, whole[:at], Options{})
		if before.Intact() {
			t.Fatalf("a log cut at byte %d is intact", at)
		}
		wholeRun(t, openLog(t, path), 1)
		data := read(t, path)
		if !bytes.HasPrefix(data, whole[:at]) {
			t.Fatalf("cut at byte %d: something was taken away", at)
		}
		v := verify(t, data, Options{Killed: true})
		wantIntact(t, v)
		torn := whole[at-1] != '\n'
		if got := remarks(v); strings.Contains(got, "it was cut after") != torn || !strings.Contains(got, "was left without an end: its process was killed") {
			t.Fatalf("cut at byte %d: remarks:\n%s", at, got)
		}
	}
}

// TestNextRunWhitewashesNothing: whoever cuts the end of a run and has another one
// go on from there is found as before. Only the head of a later line, or the word of
// whoever asks, makes it a kill.
func TestNextRunWhitewashesNothing(t *testing.T) {
	lines, _ := hundred(t)
	for cut := range lines[:len(lines)-1] {
		var line Line
		if cut == 0 || json.Unmarshal(lines[cut-1], &line) != nil || line.Kind == KindRunEnd || line.Kind == KindHeader {
			continue // a cut there leaves no trace but a head
		}
		path := filepath.Join(t.TempDir(), "audit.log")
		write(t, path, bytes.Join(lines[:cut], nil))
		first := wholeRun(t, openLog(t, path), 1)
		last := wholeRun(t, openLog(t, path), 1)
		data := read(t, path)
		v := verify(t, data, Options{})
		if v.Intact() || v.FurtherFindings > 0 || slices.ContainsFunc(v.Findings, func(f Finding) bool { return !f.Killed }) {
			t.Fatalf("cut after line %d: %+v", cut, v)
		}
		before := hashOf(bytes.TrimSuffix(lines[cut-1], []byte("\n")))
		if verify(t, data, Options{Head: before}).Intact() {
			t.Fatalf("cut after line %d: the head of the last line that was left proves it", cut)
		}
		for _, opts := range []Options{{Killed: true}, {Head: first.Hash}, {Head: last.Hash}} {
			v := verify(t, data, opts)
			wantIntact(t, v)
			if !strings.Contains(remarks(v), "was left without an end") {
				t.Fatalf("cut after line %d: with %+v nothing is told", cut, opts)
			}
		}
	}
}

// TestRecoverOften: what recovers can be cut as well, and so can what recovers that.
func TestRecoverOften(t *testing.T) {
	lines, _ := hundred(t)
	path := filepath.Join(t.TempDir(), "audit.log")
	data := append(bytes.Join(lines[:36], nil), lines[36][:50]...)
	for _, keep := range []int{1, 2, 30, 200} { // bytes of what the next writer adds
		write(t, path, data)
		l := openLog(t, path)
		wholeRun(t, l, 0)
		l.Close()
		data = read(t, path)[:len(data)+keep]
	}
	write(t, path, data)
	wholeRun(t, openLog(t, path), 0)
	v := verify(t, read(t, path), Options{Killed: true})
	wantIntact(t, v)
	if n := strings.Count(remarks(v), "it was cut after"); n != 4 {
		t.Errorf("%d lines were cut, want 4:\n%s", n, remarks(v))
	}
}

// TestRecoverEndOfLine: a line that lacks nothing but its end is completed.
func TestRecoverEndOfLine(t *testing.T) {
	lines, _ := hundred(t)
	path := filepath.Join(t.TempDir(), "audit.log")
	write(t, path, bytes.TrimSuffix(bytes.Join(lines, nil), []byte("\n")))
	wholeRun(t, openLog(t, path), 0)
	v := verify(t, read(t, path), Options{Killed: true})
	wantIntact(t, v)
	if got := remarks(v); !strings.Contains(got, "line 100: its end of line was missing and was added: the process that wrote it was killed, or the end of the file was cut\n") {
		t.Errorf("remarks:\n%s", got)
	}
}

// TestRecoverHeader: a header that was cut tells nothing, and is written again.
func TestRecoverHeader(t *testing.T) {
	lines, _ := hundred(t)
	for at := range lines[0] {
		path := filepath.Join(t.TempDir(), "audit.log")
		write(t, path, lines[0][:at])
		wholeRun(t, openLog(t, path), 0)
		v := verify(t, read(t, path), Options{})
		wantIntact(t, v)
		if v.Head.Lines != 4 || len(v.Remarks) != 0 {
			t.Fatalf("cut at byte %d: %+v", at, v)
		}
	}
}

// TestLiveRunsAreNotAbandoned: only runs whose process is gone are ended by
// another.
func TestLiveRunsAreNotAbandoned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	a, b := openLog(t, path), openLog(t, path)
	running := begin(t, a)
	wholeRun(t, b, 1)
	request(t, running)
	if !Alive(path) {
		t.Error("nobody writes to the log")
	}
	v := verify(t, read(t, path), Options{Live: true})
	wantIntact(t, v)
	if got := remarks(v); !strings.Contains(got, "may be under way") {
		t.Errorf("remarks:\n%s", got)
	}
	b.Close()
	a.Close() // as if it was killed
	if Alive(path) {
		t.Error("somebody still writes to the log")
	}
	wholeRun(t, openLog(t, path), 1)
	v = verify(t, read(t, path), Options{Killed: true})
	wantIntact(t, v)
	if got := remarks(v); !strings.Contains(got, "run "+running.ID()+", which began at line 2, was left without an end") {
		t.Errorf("remarks:\n%s", got)
	}
}

// TestUnsettled: a call whose outcome did not come before the end of its run is
// told of, and the outcome is not written after that.
func TestUnsettled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	r := begin(t, openLog(t, path))
	request(t, r)
	id, err := r.Call(allowedCall())
	if err != nil {
		t.Fatal(err)
	}
	end(t, r)
	if err := r.Outcome(outcomeOf(id)); err != nil {
		t.Error(err)
	}
	if _, err := r.Call(allowedCall()); !errors.Is(err, errEnded) {
		t.Errorf("a call after the end: %v", err)
	}
	data := read(t, path)
	wantIntact(t, verify(t, data, Options{}))
	if !bytes.Contains(data, []byte(`"end":{"calls":2,"unsettled":[2],"exit_code":0}`)) {
		t.Errorf("%s", data)
	}
}

// TestWriters has many runs of many writers write at once, into one file.
func TestWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	const writers, calls = 8, 20
	var wg sync.WaitGroup
	for range writers {
		l, err := Open(path, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for range 2 {
			wg.Go(func() { wholeRun(t, l, calls) })
		}
	}
	wg.Wait()
	v := verify(t, read(t, path), Options{})
	wantIntact(t, v)
	if v.Runs != 2*writers || v.Calls != 2*writers*(calls+1) || len(v.Remarks) != 0 {
		t.Errorf("%+v", v)
	}
}

// TestRefused: files that no log is written to.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	lines, _ := hundred(t)
	damaged := slices.Clone(bytes.Join(lines, nil))
	damaged[len(damaged)-20] ^= 1
	forked := bytes.Join(slices.Concat(lines, lines[98:99]), nil)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"text":     {[]byte("hello\n"), "the file is there and is no audit log"},
		"report":   {[]byte(`{"schema":"stellaops.doctor.report/v1"}`), "the file is there and is no audit log"},
		"zeros":    {make([]byte, 10), "the file is there and is no audit log"},
		"damaged":  {damaged, "line 100 is damaged: its text does not match its sum; it is not continued"},
		"repeated": {forked, "line 101 is damaged: its number is 99, and 101 is due: it is out of order, or was inserted; it is not continued"},
		"header":   {bytes.Replace(lines[0], []byte(`"id":"`), []byte(`"id":"0`), 1), "line 1 is damaged: its text does not match its sum; it is not continued"},
	} {
		path := filepath.Join(dir, name)
		write(t, path, c.file)
		l, err := Open(path, tick())
		if err == nil {
			_, err = l.Begin(Start{})
			l.Close()
		}
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if !bytes.Equal(read(t, path), c.file) {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := Open(dir, tick()); err == nil || err.Error() != "it is no regular file" {
		t.Errorf("directory: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "no", "such"), tick()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if runtime.GOOS != "windows" {
		if _, err := Open(os.DevNull, tick()); err == nil || err.Error() != "it is no regular file" {
			t.Errorf("device: %v", err)
		}
	}
}

// TestTakenAway: a log that is moved, removed, cut or written to by something else in
// the middle of a run takes no further call.
func TestTakenAway(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(path string) error
		want string
	}{
		"moved":   {func(path string) error { return os.Rename(path, path+".1") }, "it was moved, removed or replaced while it was written to"},
		"removed": {os.Remove, "it was moved, removed or replaced while it was written to"},
		"cut":     {func(path string) error { return os.Truncate(path, 100) }, "it became shorter while it was written to"},
		"appended": {func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				_, err = f.WriteString(`{"n":5,"sum":"` + strings.Repeat("0", 64) + "\"}\n")
				f.Close()
			}
			return err
		}, "line 5 is damaged: its text does not match its sum; it is not continued"},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "cut" && runtime.GOOS == "windows" {
				t.Skip("the system does not let a file go that is open")
			}
			path := filepath.Join(t.TempDir(), "audit.log")
			r := begin(t, openLog(t, path))
			request(t, r)
			if err := c.do(path); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Call(allowedCall()); err == nil || err.Error() != c.want {
				t.Errorf("call: %v", err)
			}
			if _, err := r.End(End{}); err == nil || err.Error() != c.want {
				t.Errorf("end: %v", err)
			}
		})
	}
}

// TestManyOpenRuns: the list of open runs is bounded.
func TestManyOpenRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	lines, _ := hundred(t)
	l, err := decode(bytes.TrimSpace(lines[1]))
	if err != nil {
		t.Fatal(err)
	}
	log := bytes.Clone(lines[0])
	c := chain{}
	if _, err := c.next(bytes.TrimSpace(lines[0])); err != nil {
		t.Fatal(err)
	}
	for range MaxOpen {
		l.N, l.Prev, l.Run = c.n+1, c.hash, strings.Repeat("0", 12)+string(rune('a'+c.n/1000))+string([]byte{byte('0' + c.n/100%10), byte('0' + c.n/10%10), byte('0' + c.n%10)})
		l.Open = c.openAfter(l)
		raw, err := encode(l)
		if err == nil {
			_, err = c.next(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
		log = append(append(log, raw...), '\n')
	}
	write(t, path, log)
	holder := openLog(t, path)
	if alone, err := holder.live(); err != nil || !alone || holder.share() != nil {
		t.Fatal(alone, err)
	}
	late := openLog(t, path)
	if _, err := late.Begin(Start{}); err == nil || err.Error() != "1000 runs have begun and not ended" {
		t.Errorf("got %v", err)
	}
	late.Close()
	holder.Close()
	wholeRun(t, openLog(t, path), 0)
	wantIntact(t, verify(t, read(t, path), Options{Killed: true}))
}

func BenchmarkCall(b *testing.B) {
	r := begin(b, openLog(b, filepath.Join(b.TempDir(), "audit.log")))
	for b.Loop() {
		request(b, r)
	}
}

// BenchmarkUnsynced is what a line costs without the wait for the disk.
func BenchmarkUnsynced(b *testing.B) {
	r := begin(b, openLog(b, filepath.Join(b.TempDir(), "audit.log")))
	for b.Loop() {
		if _, err := r.Call(deniedCall()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	lines, _ := hundred(b)
	whole := bytes.Join(lines, nil)
	b.SetBytes(int64(len(whole)))
	for b.Loop() {
		wantIntact(b, verify(b, whole, Options{}))
	}
}

// TestTailBound: the end of a log is searched for a line that begins or ends a run as
// far as the bound goes, and no byte further.
func TestTailBound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	l := openLog(t, path)
	r := begin(t, l)
	for size := 0; size < 3*tailWindow; size = len(read(t, path)) {
		for range 50 {
			if _, err := r.Call(deniedCall()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		bound int64
		found bool
	}{{tailWindow, false}, {3 * tailWindow / 2, false}, {4 * tailWindow, true}} {
		next := openLog(t, path)
		next.maxTail = c.bound
		_, err := next.Begin(Start{Version: "1.0.0", Plugins: []Plugin{acme}, Checks: 1})
		var damaged *DamagedError
		if c.found && err != nil || !c.found && !errors.As(err, &damaged) {
			t.Errorf("bound %d: %v", c.bound, err)
		}
	}
}
