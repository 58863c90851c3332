package sandbox

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// openHelper opens the test binary as a worker that behaves as args say.
func openHelper(t *testing.T, args ...string) (Module, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m, err := OpenWorker(t.Context(), zoo(), testConfig(), append([]string{self}, args...))
	if err == nil {
		t.Cleanup(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return m, err
}

// TestHostileWorkers: whatever a worker says that an honest one would not, it
// is killed for it and the call is a trap with the reason.
func TestHostileWorkers(t *testing.T) {
	for how, want := range hostileWorkers {
		t.Run(how, func(t *testing.T) {
			m, err := openHelper(t, "-helper-hostile", how)
			if err != nil {
				t.Fatal(err)
			}
			host := func(ctx context.Context, _ string, _ []byte) []byte { <-ctx.Done(); return nil }
			res := callWithin(t, m, patience, Call{Export: "echo", Host: host})
			checkFault(t, res, FaultTrap, want.detail)
		})
	}
	for how, want := range map[string]struct {
		kind   FaultKind
		detail string
	}{
		"exit":                {FaultTrap, "its process ended: exit status 3"},
		"last words":          {FaultOutOfMemory, "exit status 2: fatal error: [2Jout of memory"},
		"close":               {FaultTrap, "it closed its output"},
		"garbage":             {FaultTrap, "its process was killed: it sent a frame"},
		"half a frame":        {FaultTrap, "its process ended: exit status 0"},
		"silent":              {FaultTimeout, "deadline"},
		"ask and do not read": {FaultTrap, "two host calls"},
	} {
		t.Run(how, func(t *testing.T) {
			m, err := openHelper(t, "-helper-hostile", how)
			if err != nil {
				t.Fatal(err)
			}
			deadline := patience
			if want.kind == FaultTimeout {
				deadline = 100 * time.Millisecond
			}
			host := func(ctx context.Context, _ string, _ []byte) []byte { return make([]byte, 1<<20) }
			checkFault(t, callWithin(t, m, deadline, Call{Export: "echo", Host: host}), want.kind, want.detail)
			next := callWithin(t, m, patience, Call{Export: "echo"})
			checkFault(t, next, FaultInterrupted, "the worker has ended")
		})
	}
	t.Run("result twice", func(t *testing.T) {
		m, err := openHelper(t, "-helper-hostile", "twice")
		if err != nil {
			t.Fatal(err)
		}
		if res := callWithin(t, m, patience, Call{Export: "echo"}); string(res.Output) != "good" {
			t.Fatalf("%q, %v", res.Output, res.Fault)
		}
		<-m.(*worker).gone
		checkFault(t, callWithin(t, m, patience, Call{Export: "echo"}), FaultInterrupted, "a call that does not run")
	})
	t.Run("bad hello", func(t *testing.T) {
		_, err := openHelper(t, "-helper-hostile", "bad hello")
		var fault *Fault
		if !errors.As(err, &fault) || fault.Kind != FaultTrap {
			t.Fatalf("error %v", err)
		}
	})
	t.Run("no such program", func(t *testing.T) {
		if _, err := OpenWorker(t.Context(), zoo(), testConfig(), []string{t.TempDir() + "/none"}); err == nil {
			t.Fatal("opened")
		}
	})
}

// TestWorkerMainIsNeeded: a program that would not know that it is a worker
// must not start itself a second time.
func TestWorkerMainIsNeeded(t *testing.T) {
	workerMainCalled.Store(false)
	defer workerMainCalled.Store(true)
	_, err := OpenWorker(t.Context(), zoo(), testConfig(), nil)
	if err == nil || err.Error() != "cannot start a worker: this program does not call WorkerMain first thing in main" {
		t.Fatalf("error %v", err)
	}
}

// TestKilledWorkerInterruptsSiblings: the call that did not end is a timeout,
// the one that shared its worker is not blamed.
func TestKilledWorkerInterruptsSiblings(t *testing.T) {
	m := mustOpen(t, "worker", zoo(), testConfig())
	asked := make(chan struct{})
	sibling := make(chan Result, 1)
	go func() {
		sibling <- m.Call(t.Context(), Call{Export: "relay", Input: []byte("x"), Host: func(ctx context.Context, _ string, _ []byte) []byte {
			close(asked)
			<-ctx.Done()
			return nil
		}})
	}()
	<-asked
	checkFault(t, callWithin(t, m, 100*time.Millisecond, Call{Export: "chain0"}), FaultTimeout, "")
	checkFault(t, <-sibling, FaultInterrupted, "on account of another call")
}

// TestWorkerKilledFromOutside: one call alone is told how its process ended,
// several are not blamed for what one of them may have done.
func TestWorkerKilledFromOutside(t *testing.T) {
	for _, n := range []int{1, 2} {
		m := mustOpen(t, "worker", zoo(), testConfig())
		var asked, done sync.WaitGroup
		results := make([]Result, n)
		for i := range n {
			asked.Add(1)
			done.Go(func() {
				results[i] = m.Call(t.Context(), Call{Export: "relay", Input: []byte("x"), Host: func(ctx context.Context, _ string, _ []byte) []byte {
					asked.Done()
					<-ctx.Done()
					return nil
				}})
			})
		}
		asked.Wait()
		if err := m.(*worker).proc.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		done.Wait()
		for _, res := range results {
			if n == 1 {
				checkFault(t, res, FaultTrap, "its process ended: signal: killed")
			} else {
				checkFault(t, res, FaultInterrupted, "several calls")
			}
		}
	}
}

// TestEndOfContext covers opening and calling after the end, and cancellation.
func TestEndOfContext(t *testing.T) {
	for place := range places {
		t.Run(place, func(t *testing.T) {
			m := mustOpen(t, place, zoo(), testConfig())
			ctx, cancel := context.WithCancel(t.Context())
			host := func(hostCtx context.Context, _ string, _ []byte) []byte {
				cancel()
				<-hostCtx.Done()
				return []byte("late")
			}
			checkFault(t, m.Call(ctx, Call{Export: "relay", Input: []byte("x"), Host: host}), FaultCanceled, "cancelled")
			checkFault(t, m.Call(ctx, Call{Export: "echo"}), FaultCanceled, "cancelled")
			mustEcho(t, m)
			checkFault(t, callWithin(t, m, -time.Second, Call{Export: "echo"}), FaultTimeout, "deadline")
			// A guest that ends well after its deadline is late all the same.
			late := callWithin(t, m, 50*time.Millisecond, Call{Export: "relay", Input: []byte("x"), Host: func(ctx context.Context, _ string, _ []byte) []byte {
				<-ctx.Done()
				return []byte("late")
			}})
			checkFault(t, late, FaultTimeout, "deadline")
			mustEcho(t, m)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, open := range map[string]func() (Module, error){
		"in process": func() (Module, error) { return OpenInProcess(ctx, zoo(), testConfig()) },
		"worker":     func() (Module, error) { return OpenWorker(ctx, zoo(), testConfig(), nil) },
	} {
		var fault *Fault
		if _, err := open(); !errors.As(err, &fault) || fault.Kind != FaultCanceled {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestClose ends running calls, answers later ones and is idempotent.
func TestClose(t *testing.T) {
	for place, open := range places {
		t.Run(place, func(t *testing.T) {
			m, err := open(t, zoo(), testConfig())
			if err != nil {
				t.Fatal(err)
			}
			asked := make(chan struct{})
			running := make(chan Result, 1)
			go func() {
				running <- m.Call(t.Context(), Call{Export: "relay", Input: []byte("x"), Host: func(ctx context.Context, _ string, _ []byte) []byte {
					close(asked)
					<-ctx.Done()
					return nil
				}})
			}()
			<-asked
			for range 2 {
				if err := m.Close(); err != nil {
					t.Fatal(err)
				}
			}
			checkFault(t, <-running, FaultCanceled, "the module was closed")
			checkFault(t, m.Call(t.Context(), Call{Export: "echo"}), FaultCanceled, "closed")
		})
	}
}

// TestOpenWorkerHonoursContext: a worker that never says whether it loaded the
// module is killed at the end of the context.
func TestOpenWorkerHonoursContext(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = OpenWorker(ctx, zoo(), testConfig(), []string{self, "-helper-parent"})
	var fault *Fault
	if !errors.As(err, &fault) || fault.Kind != FaultTimeout {
		t.Fatalf("error %v", err)
	}
}

// TestWorkerEnvironment: nothing of ours is in the worker's environment.
func TestWorkerEnvironment(t *testing.T) {
	t.Setenv("SANDBOX_CANARY", "sings")
	_, err := openHelper(t, "-helper-report")
	if err == nil || !strings.Contains(err.Error(), "env=[] err=<nil>") {
		t.Fatalf("the worker found %v", err)
	}
}
