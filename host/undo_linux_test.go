package host_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"stella-ops.org/doctor/host/report"
)

// children are the processes that this one has started.
func children(t testing.TB) []int {
	t.Helper()
	files, _ := filepath.Glob("/proc/self/task/*/children")
	var pids []int
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// TestUploadsOfAKilledWorker: somebody else, such as a system short of memory,
// kills the worker while an upload is open.
func TestUploadsOfAKilledWorker(t *testing.T) {
	if _, err := os.Stat("/proc/self/task/" + strconv.Itoa(os.Getpid()) + "/children"); err != nil {
		t.Skip("this kernel does not list the children of a process")
	}
	u := newUploads(t)
	h := open(t, places(t)["worker"], "Uploads:Url="+u.URL, uploadsPassword)
	go func() {
		<-u.hung
		for _, pid := range children(t) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}()
	if res := runOne(t, h, uploading("waits")); res.Outcome == report.Judged {
		t.Errorf("outcome %s: the worker was not killed", res.Outcome)
	}
	u.cancelled(t, 1, 1)
}
