package sandbox

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

func init() { helpers["-helper-escape"] = helperEscape }

// helperEscape confines itself as a worker does and then tries to get out. It
// prints a line for each attempt: its name, and whether it got through. What it
// aims at stands in its arguments: an address and a directory.
func helperEscape() {
	address, dir := os.Args[2], os.Args[3]
	if err := confine(); err != nil {
		fmt.Println("confine:", err)
		os.Exit(1)
	}
	try := func(name string, attempt func() error) {
		if err := attempt(); err != nil {
			fmt.Println(name, "held:", err)
			return
		}
		fmt.Println(name, "got through")
	}
	try("read", func() error { _, err := os.ReadFile(filepath.Join(dir, "secret")); return err })
	try("list", func() error { _, err := os.ReadDir(dir); return err })
	try("create", func() error { return os.Mkdir(filepath.Join(dir, "made"), 0o700) })
	try("remove", func() error { return os.Remove(filepath.Join(dir, "secret")) })
	try("exec", func() error { return exec.Command("/bin/true").Run() })
	try("connect", func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err
	})
	try("listen", func() error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err == nil {
			l.Close()
		}
		return err
	})
}

// TestWorkerCannotEscape attacks from inside a confined process: each attempt
// must fail wherever the kernel can restrict it.
func TestWorkerCannotEscape(t *testing.T) {
	version, err := landlocksys.LandlockGetABIVersion()
	if err != nil || version < 1 {
		t.Skip("this kernel has no Landlock: nothing here can be restricted")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var accepted atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			c.Close()
		}
	}()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(self, "-helper-escape", l.Addr().String(), dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	attempts := []string{"read", "list", "create", "remove", "exec"}
	if version >= landlockTCP {
		attempts = append(attempts, "connect", "listen")
	} else {
		t.Logf("Landlock ABI %d cannot restrict TCP: connect and listen are not held", version)
	}
	for _, name := range attempts {
		if !strings.Contains(string(out), name+" held: ") {
			t.Errorf("%s was not held:\n%s", name, out)
		}
	}
	if version >= landlockTCP && accepted.Load() != 0 {
		t.Errorf("the listener accepted %d connections", accepted.Load())
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error(err)
	}
	if state := Confinement(); !strings.Contains(strings.Join(state, "\n"), "Landlock (ABI ") {
		t.Errorf("the confinement does not tell of it: %q", state)
	}
}
