package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// needTool skips, loudly, where a tool that an operator has is missing here.
func needTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("NOT TESTED: %s is not installed, so nothing shows that the printed commands work with it", name)
	}
	return path
}

// sh runs a script with bash in dir and returns what it prints.
func sh(t *testing.T, dir, script string, args ...string) string {
	t.Helper()
	cmd := exec.Command(needTool(t, "bash"), append([]string{"-c", script, "bash"}, args...)...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s\n%v: %s", script, err, stderr.String())
	}
	return string(out)
}

// commands are all that any case prints, each once.
func commands(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, r := range cases(t) {
		if r.Remediation == nil {
			continue
		}
		for _, s := range r.Remediation.Steps {
			if s.Command != "" {
				all = append(all, s.Command)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestCommandsParse: bash reads every printed command, placeholders and all.
func TestCommandsParse(t *testing.T) {
	bash := needTool(t, "bash")
	all := commands(t)
	if len(all) < 60 {
		t.Errorf("only %d commands", len(all))
	}
	for _, command := range all {
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = strings.NewReader(command + "\n")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s\n%v: %s", command, err, out)
		}
	}
}

// TestCommandsPlaceholders: whatever looks like a noun to fill in is listed with
// the step, stands in quotes, and is none of the words that a command prints.
func TestCommandsPlaceholders(t *testing.T) {
	bash := needTool(t, "bash")
	seen, ran := make(map[string]bool), make(map[string]bool)
	for name, r := range cases(t) {
		if r.Remediation == nil {
			continue
		}
		for _, s := range r.Remediation.Steps {
			rest := s.Command
			for _, printed := range []string{`"<set>"`, `"<empty>"`, `"<unset>"`} {
				rest = strings.ReplaceAll(rest, printed, "")
			}
			for _, noun := range s.Placeholders {
				seen[noun] = true
				if !strings.Contains(rest, "<"+noun+">") {
					t.Errorf("%s: %s is listed but not there: %s", name, noun, s.Command)
				}
				rest = strings.ReplaceAll(rest, "<"+noun+">", "")
			}
			rest = strings.ReplaceAll(rest, "</dev/null", "")
			if i := strings.IndexByte(rest, '<'); i >= 0 {
				t.Errorf("%s: a placeholder is not listed: %s", name, s.Command)
			}
			if len(s.Placeholders) == 0 || ran[s.Command] {
				continue
			}
			ran[s.Command] = true
			// With every program replaced by one that notes its
			// arguments, an unfilled placeholder arrives as it stands: no shell
			// took it for a redirection.
			dir := t.TempDir()
			if out, err := runPrinted(bash, dir, s.Command); err == nil && !strings.Contains(out, "<"+s.Placeholders[0]+">") {
				t.Errorf("%s: %s\ngives %s", name, s.Command, out)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); slices.ContainsFunc(left, func(f string) bool { return filepath.Base(f) != "bin" }) {
				t.Errorf("%s: %s\nleaves %v", name, s.Command, left)
			}
		}
	}
	for _, noun := range placeholderNames {
		// A host that cannot be shown does not pass the URL screen either, and a
		// digest that could not be shown was not taken for one.
		if !seen[noun] && !strings.HasSuffix(noun, "-host") && noun != "digest" {
			t.Errorf("no case has placeholder %s", noun)
		}
	}
}

// runPrinted runs a command in dir with a PATH of stand-ins that note their
// arguments, and returns the notes.
func runPrinted(bash, dir, command string) (string, error) {
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"docker", "kubectl", "helm", "curl", "stella", "sudo", "yq", "jq", "openssl", "getent", "systemctl"} {
		stand := "#!" + bash + "\nprintf '[%s]' \"$0\" \"$@\" >>'" + filepath.Join(bin, "log") + "'\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(stand), 0o755); err != nil {
			return "", err
		}
	}
	cmd := exec.Command(bash, "-c", command)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + bin}
	if err := cmd.Run(); err != nil {
		return "", err
	}
	out, err := os.ReadFile(filepath.Join(bin, "log"))
	return string(out), err
}

// TestCommandsHostile: whatever an address holds, the word of it in a command
// reaches the program as that address, and nothing of it runs.
func TestCommandsHostile(t *testing.T) {
	values := []string{
		`https://registry.example.com/$(touch x)'`,
		`https://registry.example.com/$(touch${IFS}x)`,
		"https://registry.example.com/`touch x`",
		"https://registry.example.com/$(touch$IFS$9x)",
		"https://registry.example.com/;touch$IFS$9x;",
		"https://registry.example.com/a&touch$IFS$9x&",
		"https://registry.example.com/a'b",
		`https://registry.example.com/a\'b`,
		"https://registry.example.com/!!*?~#",
		"https://registry.example.com/a\ntouch x",
		"https://registry.example.com/<registry-url>",
		"https://registry.example.com/{env}{key}",
		"https://-x.example.com/", "https://$(touch)/", "-o/x",
		"https://registry.example.com:$(touch x)",
		"http://[::1]/$(touch$IFS$9x)",
	}
	bash := needTool(t, "bash")
	for _, value := range values {
		a := readAddress(wire.Setting{Value: value, Key: keyRegistryURL}, keyRegistryURL, registryTrim)
		x := prepare(a, "GET", "/v2/")
		if a.rule == "" {
			x.resp.Error = &wire.CallError{Kind: wire.KindRefused}
		}
		r := judgeOCIRegistry(a, x)
		want := x.url()
		if a.rule != "" {
			want = "<registry-url>/v2/"
		}
		found := 0
		for _, s := range r.Remediation.Steps {
			_, word, ok := strings.Cut(s.Command, " --max-time 10 ")
			if !ok {
				continue
			}
			found++
			dir := t.TempDir()
			cmd := exec.Command(bash, "-c", "printf %s "+word)
			cmd.Dir = dir
			out, err := cmd.Output()
			if err != nil || string(out) != want {
				t.Errorf("%s: %s gives %q, %v; want %q", value, s.Command, out, err, want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%s: %s leaves %v", value, s.Command, left)
			}
		}
		if found != 3 {
			t.Errorf("%s: %d probes", value, found)
		}
	}
}

// TestProxyPassword: where a proxy asks for a password, the plan gives it to
// Doctor's own proxy too: the check that ends the plan goes through that one.
func TestProxyPassword(t *testing.T) {
	for _, name := range []string{"proxy-auth-required", "status-407"} {
		given := make(map[string]bool)
		for _, s := range playCase(t, "testdata/ociregistry/"+name+".txtar").Remediation.Steps {
			if s.Command == "stella doctor run --check "+ociRegistryID+" --set-file 'Doctor:Proxy=<proxy-file>'" {
				given[s.Runtime] = s.Manual && s.Effect == wire.EffectRead && slices.Equal(s.Placeholders, []string{"proxy-file"})
			}
		}
		if len(given) != 3 || !given[wire.RuntimeCompose] || !given[wire.RuntimeSystemd] || !given[wire.RuntimeKubernetes] {
			t.Errorf("%s: given %v", name, given)
		}
	}
}

// TestShellWord: a word is refused or arrives byte for byte, whatever shell reads it.
func TestShellWord(t *testing.T) {
	for _, s := range []string{"", "-x", "a\nb", "a\x00b", "a\x1bb", "é", "<a>", "a\u202eb", strings.Repeat("a", 3000)} {
		if word, ok := shellWord(s); ok {
			t.Errorf("%q passes as %s", s, word)
		}
	}
	var all []byte
	for b := byte(0x20); b < 0x7f; b++ {
		if b != '<' && b != '>' {
			all = append(all, b)
			s := "a" + string(b)
			word, ok := shellWord(s)
			if got := sh(t, t.TempDir(), "printf %s "+word); !ok || got != s {
				t.Errorf("%q gives %q by %s", s, got, word)
			}
		}
	}
	for _, s := range []string{string(all[1:]), "''", "a'b'c", "$(exit)", "~", "~root", "*", "{a,b}"} {
		word, ok := shellWord(s)
		if got := sh(t, t.TempDir(), "printf %s "+word); !ok || got != s {
			t.Errorf("%q gives %q by %s", s, got, word)
		}
		// Within sh -c a word is quoted once more.
		if got := sh(t, t.TempDir(), "sh -c "+singleQuoted("printf %s "+word)); got != s {
			t.Errorf("%q gives %q by way of sh -c", s, got)
		}
	}
}
