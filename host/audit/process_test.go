package audit

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// envWriter makes this test binary a writer: it writes runs into the log that the
// variable names until it is killed, or as many as its argument says, and prints
// each call that it was told is on the disk.
const envWriter = "STELLA_TEST_AUDIT_WRITER"

func TestMain(m *testing.M) {
	path := os.Getenv(envWriter)
	if path == "" {
		os.Exit(m.Run())
	}
	var runs int
	fmt.Sscan(os.Args[len(os.Args)-1], &runs)
	if err := writeRuns(path, runs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func writeRuns(path string, runs int) error {
	l, err := Open(path, time.Now)
	if err != nil {
		return err
	}
	defer l.Close()
	for n := 0; runs == 0 || n < runs; n++ {
		r, err := l.Begin(Start{Version: "1.0.0", Plugins: []Plugin{acme}})
		if err != nil {
			return err
		}
		for range 5 {
			id, err := r.Call(allowedCall())
			if err != nil {
				return err
			}
			fmt.Println(r.ID(), id)
			if err := r.Outcome(outcomeOf(id)); err != nil {
				return err
			}
		}
		if _, err := r.End(End{}); err != nil {
			return err
		}
	}
	return nil
}

func writer(t testing.TB, path string, runs int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, fmt.Sprint(runs))
	cmd.Env = append(os.Environ(), envWriter+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKilledWriters (C01, C08) has processes write to one log and kills them with
// signal 9 at any moment. Each time another one goes on. The log is intact, and
// holds every call of which a process was told that it is on the disk.
func TestKilledWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	const writers, kills = 4, 6
	var mu sync.Mutex
	var told []string
	var wg sync.WaitGroup
	for i := range writers {
		rnd := rand.New(rand.NewPCG(7, uint64(i)))
		wg.Go(func() {
			for range kills {
				cmd := writer(t, path, 0)
				out, err := cmd.StdoutPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err != nil {
					t.Error(err)
					return
				}
				lines := bufio.NewScanner(out)
				for n := rnd.IntN(12); lines.Scan(); n-- {
					mu.Lock()
					told = append(told, lines.Text())
					mu.Unlock()
					if n == 0 {
						// The rest of what it has printed is read too.
						_ = cmd.Process.Kill()
					}
				}
				_ = cmd.Wait()
			}
		})
	}
	wg.Wait()
	if err := writer(t, path, 1).Run(); err != nil {
		t.Fatal(err)
	}
	data := read(t, path)
	v := verify(t, data, Options{Killed: true})
	wantIntact(t, v)
	if len(told) < writers*kills {
		t.Errorf("only %d calls were told of", len(told))
	}
	for _, line := range told {
		run, id, _ := strings.Cut(line, " ")
		if !bytes.Contains(data, fmt.Appendf(nil, `"run":"%s","call":{"id":%s,`, run, id)) {
			t.Errorf("call %s of run %s is not in the log", id, run)
		}
	}
	t.Logf("%d lines, %d runs, remarks:\n%s", v.Head.Lines, v.Runs, remarks(v))
}

// TestManyWriters (C06): processes that are not killed lose nothing.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if out, err := writer(t, path, 4).Output(); err != nil || bytes.Count(out, []byte("\n")) != 20 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	v := verify(t, read(t, path), Options{Killed: true})
	wantIntact(t, v)
	if v.Runs != 24 || v.Calls != 120 || strings.Contains(remarks(v), "run ") {
		t.Errorf("%d runs, %d calls, remarks:\n%s", v.Runs, v.Calls, remarks(v))
	}
}

// TestFullDisk: on a file system without space a call is refused, and when there
// is space again the log goes on and tells of the line that was cut.
func TestFullDisk(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("there is no unshare: nothing was proved of a full disk")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "disk", "audit.log")
	if err := os.Mkdir(filepath.Join(dir, "disk"), 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := `mount -t tmpfs -o size=24k none "$1/disk" || exit 77
"$2" 0; echo "writer ended with $?"
ls "$1/disk"
mount -o remount,size=1m "$1/disk" && "$2" 1 && cp "$1/disk/audit.log" "$1/copy"`
	flags := []string{"-m"}
	if os.Geteuid() != 0 {
		flags = []string{"-r", "-m"}
	}
	cmd := exec.Command(unshare, append(flags, "sh", "-c", script, "sh", dir, self)...)
	cmd.Env = append(os.Environ(), envWriter+"="+path)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() == 77 || err != nil && !strings.Contains(string(out), "writer ended") {
		t.Skipf("no file system can be mounted here (%v): nothing was proved of a full disk\n%s", err, out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`(?m)^no space left on device$\n^writer ended with 1$`).Match(out) {
		t.Errorf("the writer said\n%s", out)
	}
	v := verify(t, read(t, filepath.Join(dir, "copy")), Options{Killed: true})
	wantIntact(t, v)
	if got := remarks(v); !strings.Contains(got, "the disk was full") || !strings.Contains(got, "was left without an end") {
		t.Errorf("remarks:\n%s", got)
	}
}
