package audit

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryChangeIsFound edits, takes out, moves, repeats and inserts single lines
// and bytes of a log, and wants each of it found.
func TestEveryChangeIsFound(t *testing.T) {
	lines, _ := hundred(t)
	whole := bytes.Join(lines, nil)
	wantIntact(t, verify(t, whole, Options{}))
	rnd := rand.New(rand.NewPCG(1, 2))
	found := func(what string, at int, changed []byte) {
		t.Helper()
		v := verify(t, changed, Options{})
		if v.Intact() {
			t.Errorf("%s at %d: nothing was found", what, at)
		}
	}
	with := func(i int, put ...[]byte) []byte {
		return bytes.Join(slices.Concat(lines[:i], put, lines[i+1:]), nil)
	}
	for i := range lines {
		found("line cut", i, with(i))
		found("line repeated", i, with(i, lines[i], lines[i]))
		found("line cut in half", i, with(i, append(slices.Clone(lines[i][:len(lines[i])/2]), '\n')))
		found("line emptied", i, with(i, []byte("\n")))
		found("line inserted", i, with(i, lines[rnd.IntN(len(lines))], lines[i]))
		if j := rnd.IntN(len(lines)); j != i {
			swapped := slices.Clone(lines)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			found("lines swapped", i, bytes.Join(swapped, nil))
		}
		if i > 0 {
			found("line moved up", i, bytes.Join(slices.Concat(lines[:i-1], [][]byte{lines[i], lines[i-1]}, lines[i+1:]), nil))
		}
	}
	for at := 0; at < len(whole); at += 1 + rnd.IntN(100) {
		changed := slices.Clone(whole)
		changed[at] ^= byte(1 + rnd.IntN(255))
		found("byte changed", at, changed)
		found("byte taken out", at, slices.Delete(slices.Clone(whole), at, at+1))
		found("byte inserted", at, slices.Insert(slices.Clone(whole), at, byte(rnd.IntN(256))))
	}
	// The bytes of the last line, which no other line bears the hash of.
	for at := len(whole) - len(lines[99]); at < len(whole); at++ {
		changed := slices.Clone(whole)
		changed[at] ^= byte(1 + rnd.IntN(255))
		found("byte of the last line", at, changed)
	}
}

// TestCutAtTheEnd: a log that was cut is told from a whole one, by itself unless
// it was cut at the end of a run, and then by a head that somebody has kept.
func TestCutAtTheEnd(t *testing.T) {
	lines, firstEnd := hundred(t)
	last := Head{Lines: 100, Hash: hashOf(bytes.TrimSuffix(lines[99], []byte("\n")))}
	for n := range lines {
		cut := bytes.Join(lines[:n], nil)
		v := verify(t, cut, Options{})
		var line Line
		atEnd := n > 0 && json.Unmarshal(lines[n-1], &line) == nil && (line.Kind == KindRunEnd || line.Kind == KindHeader)
		if v.Intact() != atEnd {
			t.Errorf("cut after line %d: %q", n, findings(v))
		}
		for _, opts := range []Options{{Head: last.Hash}, {Lines: 100}, {Head: last.Hash, Lines: 100}} {
			if verify(t, cut, opts).Intact() {
				t.Errorf("cut after line %d: not found with %+v", n, opts)
			}
		}
		if n >= int(firstEnd.Lines) {
			if v := verify(t, cut, Options{Head: firstEnd.Hash, Lines: firstEnd.Lines}); v.Anchored != firstEnd.Lines {
				t.Errorf("cut after line %d: the first head is at line %d", n, v.Anchored)
			}
		}
	}
}

// TestAnchorOfAnother: a log that was written anew from some line on is intact by
// itself. The head of what was there before finds it.
func TestAnchorOfAnother(t *testing.T) {
	lines, _ := hundred(t)
	head := hashOf(bytes.TrimSuffix(lines[99], []byte("\n")))
	forged := forge(t, lines, 40, func(l *Line) {
		if l.Call != nil {
			l.Call.URL = "https://harmless.test/"
		}
	})
	wantIntact(t, verify(t, forged, Options{}))
	v := verify(t, forged, Options{Head: head, Lines: 100})
	if got, want := findings(v), "no line has the hash "+head+": the log was cut before it, was changed, or is another one\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// forge changes the lines from one on and puts the chain right, as somebody who
// can write the file could.
func forge(t testing.TB, lines [][]byte, from int, change func(*Line)) []byte {
	t.Helper()
	out := bytes.Join(lines[:from], nil)
	prev := hashOf(bytes.TrimSuffix(lines[from-1], []byte("\n")))
	for _, raw := range lines[from:] {
		l, err := decode(bytes.TrimSuffix(raw, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		change(l)
		l.Prev = prev
		again, err := encode(l)
		if err != nil {
			t.Fatal(err)
		}
		prev = hashOf(again)
		out = append(append(out, again...), '\n')
	}
	return out
}

// TestSentences holds what is told of single changes.
func TestSentences(t *testing.T) {
	lines, _ := hundred(t)
	join := func(parts ...[][]byte) []byte { return bytes.Join(slices.Concat(parts...), nil) }
	edited := bytes.Replace(lines[49], []byte("GET"), []byte("PUT"), 1)
	one := func(l []byte) [][]byte { return [][]byte{l} }
	for name, c := range map[string]struct {
		log  []byte
		opts Options
		want string
	}{
		"edited":      {log: join(lines[:49], one(edited), lines[50:]), want: "line 50: its text does not match its sum\n"},
		"edited last": {log: join(lines[:99], one(bytes.Replace(lines[99], []byte(`"calls":16`), []byte(`"calls":15`), 1))), want: "line 100: its text does not match its sum\n"},
		"cut":         {log: join(lines[:49], lines[50:]), want: "line 50: its number is 51, and 50 is due: what came before it is missing\n"},
		"several cut": {log: join(lines[:49], lines[60:]), want: "line 50: its number is 61, and 50 is due: what came before it is missing\n"},
		"repeated":    {log: join(lines[:50], lines[49:]), want: "line 51: it repeats the line before\n"},
		"swapped": {log: join(lines[:49], one(lines[50]), one(lines[49]), lines[51:]), want: "line 50: its number is 51, and 50 is due: what came before it is missing\n" +
			"line 51: its number is 50, and 52 is due: it is out of order, or was inserted\nline 52: it does not continue the line before: one of them was exchanged or inserted\n"},
		"header cut": {log: join(lines[1:]), want: "line 1: it is not the header with which a log begins: lines before it were cut\n"},
		"begin cut":  {log: join(lines[50:]), want: "line 1: it is not the header with which a log begins: lines before it were cut\n"},
		"end cut":    {log: join(lines[:99]), want: "line 68: run RUN began and has no end, and no process has the log open: it was killed, or the end of the file was cut\n"},
		"torn end": {log: join(lines)[:len(join(lines))-10], want: "line 100: it is incomplete, 263 bytes: the process that wrote it was killed, the disk was full, or the end of the file was cut; the next run that writes to the log ends it\n" +
			"line 68: run RUN began and has no end, and no process has the log open: it was killed, or the end of the file was cut\n"},
		"torn inside":   {log: join(lines[:49], one([]byte("{\n")), lines[50:]), want: "line 51: the line before it was cut, and nothing was recovered\n"},
		"no end":        {log: bytes.TrimSuffix(join(lines), []byte("\n")), want: "line 100: it lacks its end of line: the process that wrote it was killed, or the end of the file was cut; the next run that writes to the log adds it\n"},
		"empty":         {log: nil, want: "the file is empty: it has no header\n"},
		"another file":  {log: []byte("hello\n"), want: "line 1: it is no line of an audit log\n"},
		"second header": {log: join(lines, lines[:1]), want: "line 101: it is a second header\n"},
		"fewer lines":   {log: join(lines[:34]), opts: Options{Lines: 100}, want: "it has 34 lines, at least 100 were written: the end was cut\n"},
		"other line": {log: join(lines), opts: Options{Head: hashOf(bytes.TrimSpace(lines[33])), Lines: 50},
			want: "line 34: it has the hash that line 50 must have\n"},
		"long line": {log: join(lines[:1], one(append(bytes.Repeat([]byte("x"), 3*MaxLine), '\n')), lines[1:]), want: "line 2: it is no line of an audit log\nline 3: its number is 2, and 3 is due: it is out of order, or was inserted\n"},
	} {
		t.Run(name, func(t *testing.T) {
			v := verify(t, c.log, c.opts)
			var last Line
			if json.Unmarshal(lines[99], &last) != nil {
				t.Fatal("the last line does not decode")
			}
			if got := strings.ReplaceAll(findings(v), last.Run, "RUN"); !strings.HasPrefix(got, c.want) {
				t.Errorf("got  %swant %s", got, c.want)
			}
		})
	}
}

// TestForgedChain: who puts the chain right must also keep what a run consists of.
func TestForgedChain(t *testing.T) {
	lines, _ := hundred(t)
	drop := func(which int) [][]byte { return slices.Concat(lines[:which], lines[which+1:]) }
	number := func(l *Line) { l.N-- }
	for name, c := range map[string]struct {
		log  []byte
		want string
	}{
		"outcome dropped": {forge(t, drop(3), 3, number), "it tells of other calls than the lines of run"},
		"call dropped":    {forge(t, drop(2), 2, number), "it tells the outcome of call 1, which was not allowed before it, or has one"},
		"start dropped":   {forge(t, drop(1), 1, number), "has not begun or has ended"},
		"end dropped":     {forge(t, drop(33), 33, number), "it names other runs as open than are"},
		"calls changed": {forge(t, lines, 1, func(l *Line) {
			if l.End != nil {
				l.End.Calls = 3
			}
		}), "it tells of other calls than the lines of run"},
		"open changed": {forge(t, lines, 1, func(l *Line) {
			if l.Start != nil {
				l.Open = append(l.Open, "ffff")
			}
		}), "it names other runs as open than are"},
	} {
		if v := verify(t, c.log, Options{}); !strings.Contains(findings(v), c.want) {
			t.Errorf("%s: %s", name, findings(v))
		}
	}
}

// TestStrictLines: what encode does not write is no line, even with a right sum.
func TestStrictLines(t *testing.T) {
	lines, _ := hundred(t)
	line := string(bytes.TrimSpace(lines[2]))
	body := line[:len(line)-trailerLen]
	for name, changed := range map[string]string{
		"field twice":    strings.Replace(body, `"kind":"call"`, `"kind":"outcome","kind":"call"`, 1),
		"other case":     strings.Replace(body, `"kind"`, `"Kind"`, 1),
		"unknown field":  body + `,"more_facts":1`,
		"white space":    strings.Replace(body, `,"kind"`, `, "kind"`, 1),
		"other order":    strings.Replace(body, `"n":3,`, ``, 1) + `,"n":3`,
		"other escape":   strings.Replace(body, `http_read`, `http\u005fread`, 1),
		"beyond ASCII":   strings.Replace(body, `http_read`, "http_r\u00e9ad", 1),
		"other kind":     strings.Replace(body, `"kind":"call"`, `"kind":"run_end"`, 1),
		"unknown kind":   strings.Replace(body, `"kind":"call"`, `"kind":"nothing"`, 1),
		"two kinds":      body + `,"more":{"plugin":{"id":"","version":"","digest":""},"check":"","count":1,"rule":""}`,
		"trailing text":  body + `}{"n":1`,
		"number as text": strings.Replace(body, `"n":3`, `"n":"3"`, 1),
	} {
		raw := changed + sumField + strings.TrimPrefix(hashOf([]byte(changed)), "sha256:") + `"}`
		if l, err := decode([]byte(raw)); err == nil {
			t.Errorf("%s: taken for %+v", name, l)
		}
	}
	if _, err := decode([]byte(line)); err != nil {
		t.Errorf("the line itself: %v", err)
	}
}

// TestManyFindings: what is told of a log is bounded.
func TestManyFindings(t *testing.T) {
	lines, _ := hundred(t)
	slices.Reverse(lines)
	for name, log := range map[string][]byte{"reversed": bytes.Join(lines, nil), "junk": bytes.Repeat([]byte("{}\n"), 500)} {
		if v := verify(t, log, Options{}); len(v.Findings) != maxFindings || v.FurtherFindings < 70 {
			t.Errorf("%s: %d findings and %d more", name, len(v.Findings), v.FurtherFindings)
		}
	}
}

func FuzzVerify(f *testing.F) {
	path := filepath.Join(f.TempDir(), "audit.log")
	l := openLog(f, path)
	wholeRun(f, l, 1)
	whole := read(f, path)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:bytes.IndexByte(whole, '\n')+1])
	f.Add([]byte{})
	f.Add([]byte("\n\n"))
	f.Add(append(slices.Clone(whole), "{\"n\":101"...))
	f.Fuzz(func(t *testing.T, data []byte) {
		v := verify(t, data, Options{})
		if len(v.Findings) > maxFindings || len(v.Remarks) > maxRemarks {
			t.Errorf("%d findings, %d remarks", len(v.Findings), len(v.Remarks))
		}
		if !v.Intact() {
			return
		}
		// An intact log ends with a line, is continued by nothing but a next one, and
		// says the same when it is read again.
		if !bytes.HasSuffix(data, []byte("\n")) || !bytes.HasPrefix(data, []byte(Beginning)) {
			t.Errorf("an intact log is no log: %q", data)
		}
		if w := verify(t, data, Options{Head: v.Head.Hash, Lines: v.Head.Lines}); !w.Intact() || w.Anchored == 0 {
			t.Errorf("its own head is not found: %s", findings(w))
		}
		if w := verify(t, append(slices.Clone(data), data...), Options{}); w.Intact() {
			t.Error("a repeated log is intact")
		}
	})
}
