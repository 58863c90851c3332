package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"stella-ops.org/doctor/host/hosttest"
)

// shellSetups make an interactive shell that has nothing but our script: files
// under its home, and how it is started.
var shellSetups = map[string]struct {
	files map[string]string
	argv  []string
}{
	"bash": {
		files: map[string]string{"rc": "PS1='READY> '\nHISTFILE=\nsource $SCRIPT\n"},
		argv:  []string{"bash", "--noprofile", "--rcfile", "rc", "-i"},
	},
	"zsh": {
		files: map[string]string{".zshrc": "PS1='READY> '\nautoload -Uz compinit\ncompinit -u -D\nsource $SCRIPT\n"},
		argv:  []string{"zsh", "-d", "-i"},
	},
	"fish": {
		files: map[string]string{".config/fish/config.fish": "function fish_prompt; echo -n 'READY> '; end\nfunction fish_greeting; end\nsource $SCRIPT\n"},
		argv:  []string{"fish", "-i"},
	},
}

// typed are lines as a person types them, with the tabulator for a completion,
// and the arguments that the program then gets.
var typed = []struct{ line, want string }{
	{"stella doc\texpl\ttcp.ref\t", "<doctor><explain><tcp.refused>"},
	{"stella doctor explain check.integration.oci.reg\t", "<doctor><explain><check.integration.oci.registry>"},
	{"stella doctor run --check check.integration.oci.reg\t", "<doctor><run><--check><check.integration.oci.registry>"},
	{"stella doctor run --check=check.integration.oci.reg\t", "<doctor><run><--check=check.integration.oci.registry>"},
	{"stella doctor --form\tjson lis\t", "<doctor><--format><json><list>"},
	{`stella doctor run --check '!check.integration.oci.reg` + "\t", "<doctor><run><--check><!check.integration.oci.registry>"},
	{`stella doctor explain "tcp.ref` + "\t", "<doctor><explain><tcp.refused>"},
	{"true; X=1 stella doctor explain tcp.ref\t", "<doctor><explain><tcp.refused>"},
	{"~/bin/stella doctor explain tcp.ref\t", "<doctor><explain><tcp.refused>"},
	{`stella doctor run --config "my sett` + "\t", "<doctor><run><--config><my settings.json>"},
	{"stella doctor run --config=my\t", "<doctor><run><--config=my settings.json>"},
	// A key has colons and ends in a sign after which the value comes at once.
	{"stella doctor run --set OCI:Reg\thttp://x", "<doctor><run><--set><OCI:RegistryUrl=http://x>"},
	{"stella doctor run --set=OCI:Reg\thttp://x", "<doctor><run><--set=OCI:RegistryUrl=http://x>"},
	{"stella doctor run --set Doctor:Tls:\t/x", "<doctor><run><--set><Doctor:Tls:CaFile=/x>"},
	// Names of files, alone and behind a key or a format.
	{"stella doctor run --config sett\t", "<doctor><run><--config><settings.json>"},
	{"stella doctor run --set-file OCI:RegistryUrl=sett\t", "<doctor><run><--set-file><OCI:RegistryUrl=settings.json>"},
	{"stella doctor run --format json=sett\t", "<doctor><run><--format><json=settings.json>"},
	{"stella doctor plugin build plug\t", "<doctor><plugin><build><plugins>"},
	{"stella doctor run --severity fail,wa\t", "<doctor><run><--severity><fail,warn>"},
	{"stella doctor run -s wa\t", "<doctor><run><-s><warn>"},
	{"stella doctor list --tag conn\t", "<doctor><list><--tag><connectivity>"},
	{"stella doctor list --category integ\t", "<doctor><list><--category><integration>"},
	{"stella doctor run --plugin stellaops\t", "<doctor><run><--plugin><stellaops.doctor.integration>"},
	{"stella doctor completion z\t", "<doctor><completion><zsh>"},
	// What a stranger's plugin says is never run: here it is a category.
	{"stella doctor list --plugin described.wasm --category demo\t", "<doctor><list><--plugin><described.wasm><--category><demo $(touch pwned) <b>>"},
	// Nothing to say is no reason to disturb.
	{"stella doctor explain no.such.thing\t", "<doctor><explain><no.such.thing>"},
	{"stella nothing --no-such-flag=\t", "<nothing><--no-such-flag=>"},
}

// TestCompletionInShells types into real shells on a terminal of their own.
func TestCompletionInShells(t *testing.T) {
	for name, setup := range shellSetups {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skipf("NOT TESTED: %s is not installed, so nothing shows that completion works in it", name)
			}
			home := t.TempDir()
			env, out := shellHome(t, home)
			script := filepath.Join(home, "script")
			data, err := completionScripts.ReadFile("shell/stella." + name)
			if err != nil {
				t.Fatal(err)
			}
			writeTest(t, script, string(data))
			for file, text := range setup.files {
				writeTest(t, filepath.Join(home, file), strings.ReplaceAll(text, "$SCRIPT", script))
			}
			sh := startShell(t, home, append(env, "ZDOTDIR="+home), setup.argv)
			sh.wait("READY> ")
			for i, c := range typed {
				sh.send(c.line + "\r")
				got := sh.line(out, i)
				// Shells differ about the slash after a directory.
				if strings.Replace(got, "/>", ">", 1) != c.want {
					t.Errorf("%q runs the program with %s, want %s", c.line, got, c.want)
				}
			}
			if _, err := os.Stat(filepath.Join(home, "pwned")); err == nil {
				t.Error("a command in the text of a plugin ran")
			}
		})
	}
}

// shellHome prepares a directory with a program stella that notes its arguments
// and has completions answered by the real one. It returns the environment and
// the file of the notes.
func shellHome(t *testing.T, home string) (env []string, out string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(home, "real", "stella")
	out = filepath.Join(home, "out")
	for _, dir := range []string{"bin", "real", "plugins"} {
		if err := os.Mkdir(filepath.Join(home, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The test binary takes itself for the program under the name stella.
	if err := os.Symlink(self, real); err != nil {
		t.Fatal(err)
	}
	stand := "#!/bin/sh\n[ \"$1\" != __complete ] || exec '" + real + "' \"$@\"\n{ printf '<%s>' \"$@\"; echo; } >>'" + out + "'\n"
	writeTest(t, filepath.Join(home, "bin", "stella"), stand)
	if err := os.Chmod(filepath.Join(home, "bin", "stella"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeTest(t, filepath.Join(home, "settings.json"), "{}")
	writeTest(t, filepath.Join(home, "my settings.json"), "{}")
	writeTest(t, filepath.Join(home, "described.wasm"), string(moduleKinds(nil)["described"]()))
	return []string{
		"HOME=" + home, "PATH=" + filepath.Join(home, "bin") + ":" + os.Getenv("PATH"), "TERM=xterm", "LC_ALL=C.UTF-8",
		envEmbedded + "=" + hosttest.SealedFile(t, "plugins/integration"),
	}, out
}

func writeTest(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// shellSession is a shell on a terminal of its own.
type shellSession struct {
	t      *testing.T
	master *os.File
	mu     sync.Mutex
	shown  strings.Builder
}

func startShell(t *testing.T, dir string, env, argv []string) *shellSession {
	t.Helper()
	master, slave, err := openTerminal()
	if err != nil {
		t.Skipf("NOT TESTED: no terminal can be made here: %v", err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	sh := &shellSession{t: t, master: master}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		master.Close()
		if t.Failed() {
			sh.mu.Lock()
			t.Logf("the terminal showed %q", sh.shown.String())
			sh.mu.Unlock()
		}
	})
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			sh.mu.Lock()
			sh.shown.Write(buf[:n])
			sh.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return sh
}

// openTerminal opens a pair of pseudo terminal devices.
func openTerminal() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200})
	}
	var n int
	if err == nil {
		n, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, slave, nil
}

func (sh *shellSession) send(text string) {
	sh.t.Helper()
	if _, err := io.WriteString(sh.master, text); err != nil {
		sh.t.Fatal(err)
	}
}

// until polls a condition; a shell has no other way to say that it is done.
func (sh *shellSession) until(what string, done func() bool) {
	sh.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if done() {
			return
		}
	}
	sh.t.Fatalf("%s did not come within 20 seconds", what)
}

func (sh *shellSession) wait(text string) {
	sh.t.Helper()
	sh.until(text, func() bool {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		return strings.Contains(sh.shown.String(), text)
	})
}

// line waits for a line of a file.
func (sh *shellSession) line(file string, n int) string {
	sh.t.Helper()
	var lines []string
	sh.until(fmt.Sprintf("the answer to line %d", n), func() bool {
		data, _ := os.ReadFile(file)
		lines = strings.SplitAfter(string(data), "\n")
		return len(lines) > n+1
	})
	return strings.TrimSuffix(lines[n], "\n")
}
