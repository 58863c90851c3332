package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inheritedDescriptors lists what a process was handed beside the standard
// streams, as links; what Go opened by itself closes on exec.
func inheritedDescriptors() string {
	var found []string
	for _, fd := range openDescriptors() {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if fd > 2 && err == nil && flags&unix.FD_CLOEXEC == 0 {
			found = append(found, strconv.Itoa(fd))
		}
	}
	return fmt.Sprint(found)
}

// TestWorkerInheritsNoDescriptor holds the writing end of a pipe open for every
// child: once we close it, its reading end must end although the worker lives.
func TestWorkerInheritsNoDescriptor(t *testing.T) {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	reader := os.NewFile(uintptr(pipe[0]), "reader")
	defer reader.Close()
	_, report := openHelper(t, "-helper-report")
	m := mustOpen(t, "worker", zoo(), testConfig())
	mustEcho(t, m)
	if err := syscall.Close(pipe[1]); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := reader.Read(make([]byte, 1))
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != io.EOF {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("the worker holds a descriptor that it inherited")
	}
	mustEcho(t, m)
	if report == nil || !strings.Contains(report.Error(), "descriptors=[]") {
		t.Fatalf("the worker found %v", report)
	}
}

// TestWorkerLimits reads the limits of a worker from outside.
func TestWorkerLimits(t *testing.T) {
	m := mustOpen(t, "worker", zoo(), testConfig())
	mustEcho(t, m)
	pid := m.(*worker).proc.cmd.Process.Pid
	for _, want := range []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_NOFILE, 0},
		{unix.RLIMIT_CPU, workerCPUSeconds}, {unix.RLIMIT_AS, workerAddressSpace},
	} {
		if want.resource == unix.RLIMIT_AS && want.value == 0 {
			continue
		}
		var got unix.Rlimit
		if err := unix.Prlimit(pid, want.resource, nil, &got); err == unix.EPERM {
			t.Skip("this user may not look at a process that is not dumpable")
		} else if err != nil {
			t.Fatal(err)
		}
		if got.Max > want.value || got.Cur > want.value {
			t.Errorf("limit %d is %+v, want at most %d", want.resource, got, want.value)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Error("the worker may gain privileges")
	}
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("process group %d, %v", group, err)
	}
}

// alive says whether a process exists and runs.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// eventually waits for a condition, long enough for a busy machine.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestParentKilled: a worker does not outlive the program that started it, not
// even one that cannot notice the end of its input.
func TestParentKilled(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		t.Run(fmt.Sprintf("stopped %v", stopped), func(t *testing.T) { killParent(t, stopped) })
	}
}

func killParent(t *testing.T, stopped bool) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(self, "-helper-parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		_ = parent.Process.Kill()
		t.Fatalf("the parent says %q", line)
	}
	if !alive(pid) {
		t.Error("there is no worker")
	}
	if stopped {
		// Should the worker survive, it must not do so for good.
		defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Error(err)
		}
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	eventually(t, "the worker outlives its parent", func() bool { return !alive(pid) })
}

// TestStoppedWorker: a worker that does not run at all cannot stop our clock.
func TestStoppedWorker(t *testing.T) {
	m := mustOpen(t, "worker", zoo(), testConfig())
	mustEcho(t, m)
	pid := m.(*worker).proc.cmd.Process.Pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// More input than a pipe holds: not even the writing may block the call.
	input := make([]byte, 1<<20)
	checkFault(t, callWithin(t, m, 100*time.Millisecond, Call{Export: "echo", Input: input}), FaultTimeout, "deadline")
	eventually(t, "the worker survives", func() bool { return !alive(pid) })
}

// TestNothingIsLeft opens, misuses and closes modules and counts what remains.
func TestNothingIsLeft(t *testing.T) {
	descriptors := func() int {
		names, err := readNames("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(names)
	}
	round := func() (pids []int) {
		for place, open := range places {
			m, err := open(t, zoo(), testConfig())
			if err != nil {
				t.Fatal(err)
			}
			if w, ok := m.(*worker); ok {
				pids = append(pids, w.proc.cmd.Process.Pid)
			}
			mustEcho(t, m)
			callWithin(t, m, 20*time.Millisecond, Call{Export: "spin"})
			callWithin(t, m, patience, Call{Export: "trap"})
			if place == "worker" {
				callWithin(t, m, 20*time.Millisecond, Call{Export: "chain0"})
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
		_, _ = OpenWorker(t.Context(), []byte("no module"), testConfig(), nil)
		_, _ = OpenWorker(t.Context(), zoo(), testConfig(), []string{filepath.Join(t.TempDir(), "none")})
		return pids
	}
	round()
	runtime.GC()
	goroutines, files := runtime.NumGoroutine(), descriptors()
	var pids []int
	for range 3 {
		pids = append(pids, round()...)
	}
	for _, pid := range pids {
		eventually(t, "a worker is left", func() bool { return !alive(pid) })
	}
	eventually(t, "a goroutine is left", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, "a descriptor is left", func() bool { return descriptors() <= files })
}
