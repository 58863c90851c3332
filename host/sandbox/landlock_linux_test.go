package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

func init() {
	helpers["-helper-escape"] = helperEscape
	helpers["-helper-escaped"] = func() { fmt.Println("become\tgot through") }
}

// escape is one way out of a worker. It returns nil when it got through.
type escape struct {
	name string
	// since is the first Landlock version whose kernel refuses it, 0 when none
	// that we know does.
	since int
	// descriptor says that it needs one, so that a worker is refused it anyway.
	descriptor bool
	try        func(target escapeTarget) error
}

// escapeTarget is what the attempts aim at.
type escapeTarget struct {
	self, dir, address, abstract string
}

// The versions of the kernel's interface after [landlockTCP] that add to it.
const (
	landlockScopes = 6
	landlockUDP    = 10
)

// escapes are in order: the last takes the place of the process.
var escapes = []escape{
	{"read", 1, true, func(to escapeTarget) error { _, err := os.ReadFile(filepath.Join(to.dir, "secret")); return err }},
	{"read system", 1, true, func(escapeTarget) error { _, err := os.Open("/etc/passwd"); return err }},
	{"list", 1, true, func(escapeTarget) error { _, err := os.ReadDir("/"); return err }},
	{"write", 1, true, func(to escapeTarget) error { return os.WriteFile(filepath.Join(to.dir, "new"), []byte("x"), 0o600) }},
	{"mkdir", 1, false, func(to escapeTarget) error { return os.Mkdir(filepath.Join(to.dir, "made"), 0o700) }},
	{"remove", 1, false, func(to escapeTarget) error { return os.Remove(filepath.Join(to.dir, "secret")) }},
	{"truncate", 3, false, func(to escapeTarget) error { return os.Truncate(filepath.Join(to.dir, "kept"), 0) }},
	{"connect", landlockTCP, true, func(to escapeTarget) error { return dial("tcp", to.address, false) }},
	{"listen", landlockTCP, true, func(escapeTarget) error { return listen(false) }},
	{"connect by multipath", 0, true, func(to escapeTarget) error { return dial("tcp", to.address, true) }},
	{"listen by multipath", 0, true, func(escapeTarget) error { return listen(true) }},
	{"udp", landlockUDP, true, func(to escapeTarget) error { return dial("udp", to.address, false) }},
	{"abstract socket", landlockScopes, true, func(to escapeTarget) error { return dial("unix", to.abstract, false) }},
	{"signal", landlockScopes, false, func(escapeTarget) error { return syscall.Kill(os.Getppid(), 0) }},
	{"start", 1, true, func(to escapeTarget) error {
		// The standard streams, or else this would only try to open /dev/null.
		p, err := os.StartProcess(to.self, []string{to.self, "-helper-escaped"}, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
		if err == nil {
			_, err = p.Wait()
		}
		return err
	}},
	{"become", 1, false, func(to escapeTarget) error { return syscall.Exec(to.self, []string{to.self, "-helper-escaped"}, nil) }},
}

func dial(network, address string, multipath bool) error {
	var d net.Dialer
	d.SetMultipathTCP(multipath)
	c, err := d.Dial(network, address)
	if err == nil {
		err = c.Close()
	}
	return err
}

func listen(multipath bool) error {
	var lc net.ListenConfig
	lc.SetMultipathTCP(multipath)
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err == nil {
		err = l.Close()
	}
	return err
}

// helperEscape confines itself, by Landlock alone or as a worker does, or not at
// all, tries to get out and prints a line for each attempt.
func helperEscape() {
	how := map[string]func() error{"landlock": landlockAll, "worker": func() error { return confine("") }, "free": func() error { return nil },
		"loaded": func() error { return errors.Join(confine(os.Args[4]), confineRest()) }}
	if err := how[os.Args[2]](); err != nil {
		fmt.Println("confine:", err)
		os.Exit(1)
	}
	target := escapeTarget{self: os.Args[3], dir: os.Args[4], address: os.Args[5], abstract: os.Args[6]}
	for _, e := range escapes {
		err := e.try(target)
		switch {
		case err == nil:
			fmt.Printf("%s\tgot through\n", e.name)
		case errors.Is(err, os.ErrPermission):
			fmt.Printf("%s\tforbidden\t%v\n", e.name, err)
		default:
			fmt.Printf("%s\tfailed\t%v\n", e.name, err)
		}
	}
}

// attack runs the attempts in a process confined in one way. It returns how each
// ended and how many connections arrived.
func attack(t *testing.T, how string) (outcomes map[string]string, arrived int32) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"secret", "kept"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("canary"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var accepted atomic.Int32
	tcp := count(t, "tcp", "127.0.0.1:0", &accepted)
	abstract := count(t, "unix", fmt.Sprintf("@sandbox-escape-%d-%s", os.Getpid(), how), &accepted)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, runErr := exec.Command(self, "-helper-escape", how, self, dir, tcp, abstract).CombinedOutput()
	outcomes = make(map[string]string)
	for line := range strings.Lines(string(out)) {
		name, outcome, _ := strings.Cut(strings.TrimSpace(line), "\t")
		// What was started says its own line; what got through once stays so.
		if !strings.HasPrefix(outcomes[name], "got through") {
			outcomes[name] = outcome
		}
	}
	last := escapes[len(escapes)-1].name
	for _, e := range escapes {
		switch {
		case outcomes[e.name] != "":
		case e.name == last:
			// Whoever took the place of the process need not have lived to say so.
			outcomes[last] = "got through"
		default:
			t.Fatalf("%s was not tried: %v\n%s", e.name, runErr, out)
		}
	}
	return outcomes, accepted.Load()
}

// count listens and counts the connections, which it closes.
func count(t *testing.T, network, address string, accepted *atomic.Int32) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// effectiveVersion is what the library makes of the kernel's version: it leaves
// signals alone where the kernel would cut the threads of a process off.
func effectiveVersion() int {
	version := landlockVersion()
	if errata, err := landlocksys.LandlockGetErrata(); version >= landlockScopes && (err != nil || errata&2 == 0) {
		return landlockScopes - 1
	}
	return version
}

// TestEscapesWork holds the attempts themselves: unconfined, each gets through,
// so that one that fails elsewhere was refused.
func TestEscapesWork(t *testing.T) {
	outcomes, arrived := attack(t, "free")
	for _, e := range escapes {
		if outcomes[e.name] != "got through" {
			t.Errorf("%s: %q", e.name, outcomes[e.name])
		}
	}
	if arrived == 0 {
		t.Error("no connection arrived")
	}
}

// TestLandlockHolds attacks a process that has nothing but Landlock around it:
// what the kernel can restrict must be forbidden, and not fail for some other reason.
func TestLandlockHolds(t *testing.T) {
	version := effectiveVersion()
	if version < 1 {
		t.Skip("NOT TESTED: this kernel has no Landlock, nothing can be restricted by it")
	}
	outcomes, _ := attack(t, "landlock")
	for _, e := range escapes {
		switch {
		case e.since == 0 || version < e.since:
			t.Logf("Landlock ABI %d cannot restrict %s: %s", version, e.name, outcomes[e.name])
		case !strings.HasPrefix(outcomes[e.name], "forbidden"):
			t.Errorf("%s: %q, want it forbidden", e.name, outcomes[e.name])
		}
	}
}

// TestWorkerCannotEscape attacks from a process confined as a worker is, and as one
// is that was let read a directory before. What needs a descriptor must fail on
// every kernel.
func TestWorkerCannotEscape(t *testing.T) {
	for _, how := range []string{"worker", "loaded"} {
		t.Run(how, func(t *testing.T) { cannotEscape(t, how) })
	}
}

func cannotEscape(t *testing.T, how string) {
	version := effectiveVersion()
	outcomes, arrived := attack(t, how)
	for _, e := range escapes {
		if !e.descriptor && (e.since == 0 || version < e.since) {
			t.Logf("NOT HELD: Landlock ABI %d cannot restrict %s: %s", version, e.name, outcomes[e.name])
			continue
		}
		if outcome := outcomes[e.name]; !strings.HasPrefix(outcome, "forbidden") && !strings.HasPrefix(outcome, "failed") {
			t.Errorf("%s: %q", e.name, outcome)
		}
	}
	if arrived != 0 {
		t.Errorf("%d connections arrived", arrived)
	}
}

// TestLandlockState holds the words to the versions, and the words for this
// machine to its kernel. Asking must not restrict the one who asks.
func TestLandlockState(t *testing.T) {
	for version, want := range map[int]string{
		0: "no Landlock: this kernel does not offer it",
		1: "Landlock (ABI 1): no files; this kernel cannot restrict TCP",
		3: "Landlock (ABI 3): no files; this kernel cannot restrict TCP",
		4: "Landlock (ABI 4): no files, no TCP",
		7: "Landlock (ABI 7): no files, no TCP",
	} {
		if got := landlockState(version); got != want {
			t.Errorf("version %d: %q, want %q", version, got, want)
		}
	}
	if got := Confinement(); !slices.Contains(got, landlockState(landlockVersion())) {
		t.Errorf("the confinement does not tell of it: %q", got)
	}
	if _, err := os.ReadDir(t.TempDir()); err != nil {
		t.Errorf("asking restricted us: %v", err)
	}
}
