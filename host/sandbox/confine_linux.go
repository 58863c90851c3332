package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

const workerCPUSeconds = 3600

// Confinement says in a few words each how a worker is confined on this system.
func Confinement() []string {
	limits := "resource limits: no files written, no new descriptors, no core"
	if workerAddressSpace > 0 {
		limits += ", " + strconv.Itoa(workerAddressSpace>>30) + " GiB of address space"
	}
	if os.Geteuid() == 0 {
		limits += "; run as another user than root, who may raise limits again"
	}
	return []string{
		"own process group, empty environment, no inherited descriptors",
		"killed with its parent",
		limits,
		"no new privileges",
		"not traceable, not dumpable",
		landlockState(landlockVersion()),
	}
}

// loadingDescriptors is how many descriptors a worker may have open while it loads
// its module from entry.
const loadingDescriptors = 64

// confine takes from this process what a worker does not need. With an entry, it
// may read that directory until confineRest.
func confine(entry string) error {
	closeInherited()
	for _, limit := range []struct {
		what     string
		resource int
		value    uint64
	}{
		{"core", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"cpu", unix.RLIMIT_CPU, workerCPUSeconds},
		{"address space", unix.RLIMIT_AS, workerAddressSpace},
	} {
		if limit.resource == unix.RLIMIT_AS && limit.value == 0 {
			continue
		}
		if err := lowerLimit(limit.resource, limit.value); err != nil {
			return fmt.Errorf("limit of %s: %w", limit.what, err)
		}
	}
	if err := noNewPrivileges(); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("not dumpable: %w", err)
	}
	if entry == "" {
		return confineRest()
	}
	if err := lowerLimit(unix.RLIMIT_NOFILE, loadingDescriptors); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	if err := landlockBut(entry); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return nil
}

// confineRest takes all further files and descriptors away.
func confineRest() error {
	if err := landlockAll(); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return noDescriptors()
}

// noDescriptors takes away every further descriptor, and so every socket: the
// kernel's Landlock lets some protocols by, such as multipath TCP. What the
// runtime opens late, its poller, is opened before.
func noDescriptors() error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("readying the poller: %w", err)
	}
	if err := errors.Join(r.Close(), w.Close()); err != nil {
		return fmt.Errorf("readying the poller: %w", err)
	}
	if err := lowerLimit(unix.RLIMIT_NOFILE, 0); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	return nil
}

// lowerLimit sets both limits of a resource to value, or leaves them where they
// are lower already.
func lowerLimit(resource int, value uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return err
	}
	lowest := min(value, now.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: lowest, Max: lowest})
}

// noNewPrivileges sets the flag on every thread. A program that is linked with
// C can only set it on its own thread and on those that this one starts.
func noNewPrivileges() error {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if errno == syscall.ENOTSUP {
		return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// closeInherited closes what our program's own parent left open for everybody.
// A descriptor that survived an exec lacks the close-on-exec flag, and all that
// the Go runtime opens has it: that tells them apart.
func closeInherited() {
	for _, fd := range openDescriptors() {
		if fd <= 2 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			_ = unix.Close(fd)
		}
	}
}

// openDescriptors lists the descriptors of this process, or all that are likely
// where there is no /proc.
func openDescriptors() []int {
	names, err := readNames("/proc/self/fd")
	if err != nil {
		fds := make([]int, 4096)
		for i := range fds {
			fds[i] = i
		}
		return fds
	}
	var fds []int
	for _, name := range names {
		if fd, err := strconv.Atoi(name); err == nil {
			fds = append(fds, fd)
		}
	}
	return fds
}

func readNames(path string) ([]string, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	return names, errors.Join(err, dir.Close())
}
