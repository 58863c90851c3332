//go:build unix

package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"stella-ops.org/doctor/host/artifact"
)

// The child of these tests is this test binary. envChild holds the operation and
// the state directory, envStep the step at which it kills itself.
const (
	envChild = "STORE_TEST_CHILD"
	envStep  = "STORE_TEST_STEP"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(envChild); what != "" {
		childMain(what, os.Getenv(envStep))
		return
	}
	os.Exit(m.Run())
}

const crashID = "com.acme.a"

type operation struct {
	name   string
	before func(p place)
	do     func(t testing.TB, s *Store) error
}

// operations bring a store from what before makes to something else. Each of them
// writes, or takes away, files as well as the lock.
var operations = []operation{
	{"install", func(place) {}, func(t testing.TB, s *Store) error {
		_, err := s.Install(version(t, 1), all(version(t, 1)), options())
		return err
	}},
	{"upgrade", func(p place) { p.install(version(p.t, 1)) }, func(t testing.TB, s *Store) error {
		_, err := s.Upgrade(crashID, version(t, 2), nil, options())
		return err
	}},
	{"hold back", func(p place) { p.install(version(p.t, 1)) }, func(t testing.TB, s *Store) error {
		_, err := s.Upgrade(crashID, version(t, 3), nil, options())
		return err
	}},
	{"approve", func(p place) {
		p.install(version(p.t, 1))
		p.upgrade(version(p.t, 2))
		p.upgrade(version(p.t, 3))
	}, func(t testing.TB, s *Store) error {
		_, err := s.Approve(crashID, all(version(t, 3)), options())
		return err
	}},
	{"rollback", func(p place) {
		p.install(version(p.t, 1))
		p.upgrade(version(p.t, 2))
		p.upgrade(version(p.t, 3))
	}, func(_ testing.TB, s *Store) error {
		_, err := s.Rollback(crashID, options())
		return err
	}},
	{"hold", func(p place) { p.install(version(p.t, 1)) }, func(_ testing.TB, s *Store) error {
		_, err := s.Hold(crashID, "freeze", options())
		return err
	}},
	{"end of a hold", func(p place) {
		p.install(version(p.t, 1))
		if _, err := p.open().Hold(crashID, "freeze", options()); err != nil {
			p.t.Fatal(err)
		}
		p.upgrade(version(p.t, 2))
	}, func(_ testing.TB, s *Store) error {
		_, err := s.Hold(crashID, "", options())
		return err
	}},
	{"renewal", func(p place) { p.install(version(p.t, 1)) }, func(t testing.TB, s *Store) error {
		a := version(t, 1)
		a.Attached = append(a.Attached, passed(a))
		_, err := s.Install(a, nothing(), options())
		return err
	}},
	{"import", func(p place) { p.install(version(p.t, 1)) }, func(t testing.TB, s *Store) error {
		fresh := build(t, "com.acme.b", "1.0.0")
		fresh.Attached = []artifact.Attachment{{Kind: artifact.Docs, Data: []byte("# B\n")}}
		word := nothing()
		_, err := s.Import([]Arrival{{Artifact: version(t, 2)}, {Artifact: fresh, Approval: &word}}, options())
		return err
	}},
	{"remove", func(p place) { p.install(version(p.t, 1)) }, func(_ testing.TB, s *Store) error {
		_, err := s.Remove(crashID, options())
		return err
	}},
}

// version is one of three: the second asks for less than the first, the third for
// more.
func version(t testing.TB, n int) *artifact.Artifact {
	asks := [][]string{{"GET {Acme:Url}"}, {"GET {Acme:Url} /v2"}, {"GET,HEAD {Acme:Url}"}}[n-1]
	a := build(t, crashID, fmt.Sprintf("%d.0.0", n), asks...)
	a.Attached = []artifact.Attachment{{Kind: artifact.Docs, Data: fmt.Appendf(nil, "# Version %d\n", n)}}
	return a
}

func (p place) upgrade(a *artifact.Artifact) {
	p.t.Helper()
	if _, err := p.open().Upgrade(crashID, a, nil, options()); err != nil {
		p.t.Fatal(err)
	}
}

// childMain does one operation and kills this process at a step: a number of
// steps, or a name with the number of times that it passes by.
func childMain(what, at string) {
	name, dir, _ := strings.Cut(what, "|")
	n := 0
	fault = func(step string) error {
		if n++; fmt.Sprint(n) == at {
			fmt.Fprintln(os.Stdout, step)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	t := &testing.T{}
	i := slices.IndexFunc(operations, func(o operation) bool { return o.name == name })
	if err := operations[i].do(t, place{t, dir}.open()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("done", n)
	os.Exit(0)
}

// child runs an operation in a process of its own and returns what it said.
func child(t *testing.T, name, dir, at string) (out string, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envChild+"="+name+"|"+dir, envStep+"="+at)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return strings.TrimSpace(stdout.String()), true
	}
	if err != nil {
		t.Fatalf("%s at %s: %v\n%s", name, at, err, stderr.String())
	}
	return strings.TrimSpace(stdout.String()), false
}

// wantWhole: the store is readable, and has every file that its lock names.
func wantWhole(t *testing.T, p place, after string) *Lock {
	t.Helper()
	s := p.open()
	for digest := range s.Lock().digests() {
		a, err := s.Plugin(digest)
		if err != nil || len(a.Of(artifact.Docs)) != 1 {
			t.Fatalf("%s: the lock names %s, and the store does not have it whole: %v", after, digest, err)
		}
	}
	return s.Lock()
}

// TestKilledAtEveryStep is C01: a process is killed at each step of each
// operation. What is found is the old state or the new one, and the operation can
// be said again.
func TestKilledAtEveryStep(t *testing.T) {
	steps := map[string]bool{}
	for _, o := range operations {
		t.Run(o.name, func(t *testing.T) {
			reference := newPlace(t)
			o.before(reference)
			old := reference.open().Lock().Marshal()
			if err := o.do(t, reference.open()); err != nil {
				t.Fatal(err)
			}
			next := wantWhole(t, reference, "undisturbed").Marshal()
			if bytes.Equal(old, next) {
				t.Fatal("the operation changes nothing")
			}
			sawOld, sawNew := false, false
			for n := 1; ; n++ {
				p := newPlace(t)
				o.before(p)
				said, killed := child(t, o.name, p.dir, fmt.Sprint(n))
				if !killed {
					break
				}
				steps[o.name+": "+said] = true
				switch got := wantWhole(t, p, said).Marshal(); {
				case bytes.Equal(got, old):
					sawOld = true
					if err := o.do(t, p.open()); err != nil {
						t.Fatalf("after a kill at %q it cannot be said again: %v", said, err)
					}
					if !bytes.Equal(wantWhole(t, p, said).Marshal(), next) {
						t.Fatalf("after a kill at %q it comes to something else", said)
					}
				case bytes.Equal(got, next):
					sawNew = true
				default:
					t.Fatalf("a kill at %q leaves\n%s", said, got)
				}
			}
			if !sawOld || !sawNew {
				t.Errorf("old state seen: %v, new state seen: %v", sawOld, sawNew)
			}
		})
	}
	names := map[string]bool{}
	for s := range steps {
		_, name, _ := strings.Cut(s, ": ")
		names[name] = true
	}
	if len(names) < 30 {
		t.Errorf("only %d steps were found to stop at: %v", len(names), names)
	}
}

// TestKilledAtRandom kills a process at any moment, not only between steps.
func TestKilledAtRandom(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	random := rand.New(rand.NewSource(1))
	p := newPlace(t)
	p.install(version(t, 1))
	old := p.open().Lock().Marshal()
	start := time.Now()
	if _, killed := child(t, "upgrade", p.dir, ""); killed {
		t.Fatal("killed by nobody")
	}
	took := time.Since(start)
	next := p.open().Lock().Marshal()
	cut := 0
	for range rounds {
		p := newPlace(t)
		p.install(version(t, 1))
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envChild+"=upgrade|"+p.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Duration(random.Int63n(int64(took * 5 / 4)))) // at any moment of its life
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			cut++
		}
		if got := wantWhole(t, p, "a random kill").Marshal(); !bytes.Equal(got, old) && !bytes.Equal(got, next) {
			t.Fatalf("neither the old state nor the new one:\n%s", got)
		}
	}
	if cut == 0 {
		t.Errorf("none of %d was cut short", rounds)
	}
}
