package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
)

// TestCompletionSources: a flag that takes a value says what it may be, and so
// does every argument. Values that nothing can be offered for say that.
func TestCompletionSources(t *testing.T) {
	app := newApp(&streams{})
	for name, f := range allFlags(app) {
		if !takesValue(f) {
			continue
		}
		if !slices.ContainsFunc(f.Names(), func(n string) bool { return flagSources[n] != nil }) {
			t.Errorf("flag --%s takes a value and is not in flagSources", name)
		}
		if noun := flagValue(f); noun == "VALUE" {
			t.Errorf("flag --%s does not name its value", name)
		}
	}
	for _, c := range commands(app.Commands) {
		if argumentSources[c.ArgsUsage] == nil {
			t.Errorf("%s: the arguments %q are not in argumentSources", c.Name, c.ArgsUsage)
		}
	}
}

// completions asks for completions with the words of a line; the last may be empty.
func completions(line string) string {
	var b bytes.Buffer
	complete(&streams{stdout: &b}, strings.Split(line, " "))
	return b.String()
}

// TestComplete holds what is offered, place by place: its words in order, and
// files or dirs where such may stand as well.
func TestComplete(t *testing.T) {
	sealed := hosttest.Sealed(t, "plugins/integration")
	old := embeddedPlugins
	embeddedPlugins = func() [][]byte { return [][]byte{sealed} }
	t.Cleanup(func() { embeddedPlugins = old })
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "d.wasm"), moduleKinds(nil)["described"]())
	writeTestFile(t, filepath.Join(dir, "bad.wasm"), []byte("this is no module"))
	writeTestFile(t, filepath.Join(dir, "trust.yaml"), []byte("schema: stellaops.doctor.trust/v1\nkeys:\n  - name: acme-release\n    plugins: [\"com.acme.**\"]\n"+
		"    key: |\n      -----BEGIN PUBLIC KEY-----\n      MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n      -----END PUBLIC KEY-----\n"))
	t.Chdir(dir)
	const full, older = "check.demo.full", "check.demo.old"
	all := integrationChecks(t, sealed)
	id := strings.Join(all, " ")
	for line, want := range map[string]string{
		"":                                                   "doctor",
		"doctor l":                                           "list limits",
		"doctor plugin ":                                     "build seal inspect vet test sign verify diff rebuild install approve list upgrade hold rollback remove warm push pull export import",
		"doctor list ":                                       id,
		"doctor list x y check.":                             id,
		"doctor c":                                           "config compare completion " + id,
		"doctor explain dns.":                                "dns.nxdomain dns.server dns.timeout",
		"doctor explain dns.timeout ":                        "",
		"doctor run !c":                                      "!" + strings.Join(all, " !"),
		"doctor run --check !":                               "!" + strings.Join(all, " !"),
		"doctor run -- c":                                    id,
		"doctor run -- -":                                    "",
		"doctor list --plugin d.wasm ":                       full + " " + older + " " + id,
		"doctor list -p d.wasm --check ":                     full + " " + older + " " + id,
		"doctor list --plugin=d.wasm --tag al":               "all",
		"doctor list --plugin bad.wasm ":                     "",
		"doctor list --plugin none.wasm --check ":            "",
		"doctor list --plugin ":                              "wasm: stellaops.doctor.integration",
		"doctor run --o":                                     "--output --offline",
		"doctor version --":                                  "--help --config --format --output",
		"doctor version --check=":                            "",
		"doctor version --check ":                            id,
		"doctor run --quick=":                                "",
		"doctor run --severity ":                             "pass info warn fail skip",
		"doctor run --severity fail,warn,":                   "fail,warn,pass fail,warn,info fail,warn,skip",
		"doctor run --severity=fail,s":                       "--severity=fail,skip",
		"doctor run --fail-on ":                              "fail warn",
		"doctor run --log-level e":                           "error",
		"doctor explain --runtime ":                          "compose systemd kubernetes all",
		"doctor explain --format ":                           "text markdown json",
		"doctor version -f ":                                 "text json",
		"doctor version --format=json=":                      "files --format=json=:",
		"doctor run --format json=x":                         "files json=:",
		"doctor run --output ":                               "files:",
		"doctor run --set d":                                 "Doctor:Access:Loopback= Doctor:Access:PlainHttpCredentials= Doctor:Audit:File= Doctor:Proxy= Doctor:Tls:CaFile=",
		"doctor run --set OCI:RegistryUrl=":                  "",
		"doctor run --set-file OCI:RegistryU":                "OCI:RegistryUrl=",
		"doctor run --set-file OCI:RegistryUrl=/":            "files OCI:RegistryUrl=:",
		"doctor explain --plugin d.wasm --set Demo:H":        "Demo:Hosts:0:Url=",
		"doctor fix --value ":                                "",
		"doctor fix --from ":                                 "files:",
		"doctor run --timeout ":                              "",
		"doctor plugin build ":                               "dirs:",
		"doctor plugin build x ":                             "",
		"doctor plugin test ":                                "wasm:",
		"doctor plugin vet ":                                 "wasm:",
		"doctor plugin vet d.wasm --check ":                  full + " " + older,
		"doctor plugin vet --check ":                         "",
		"doctor plugin inspect ":                             "wasm:",
		"doctor plugin diff ":                                "files:",
		"doctor plugin push ":                                "wasm:",
		"doctor plugin export a b ":                          "wasm:",
		"doctor audit verify ":                               "files:",
		"doctor trust key revoke --trust trust.yaml ":        "acme-release",
		"doctor trust key remove --trust trust.yaml a":       "acme-release",
		"doctor trust key remove --trust none.yaml ":         "",
		"doctor plugin test a b c ":                          "files:",
		"doctor plugin build -o ":                            "files:",
		"doctor config show Doctor:P":                        "Doctor:Proxy",
		"doctor completion ":                                 "bash zsh fish",
		"doctor --no-such-flag --check ":                     id,
		"no such program ":                                   "",
		"doctor run --check check.integration.oci.registry ": id,
	} {
		if got := offered(completions(line)); got != want {
			t.Errorf("%q offers %q, want %q", line, got, want)
		}
	}
	// Every flag of the verb in every spelling, and of no other.
	var want []string
	for _, f := range append([]cli.Flag{cli.HelpFlag}, runFlags()...) {
		for _, name := range f.Names() {
			want = append(want, dashed(name))
		}
	}
	if got := offered(completions("doctor run -")); got != strings.Join(want, " ") {
		t.Errorf("the flags of run are\n%s, want\n%s", got, want)
	}
	var none bytes.Buffer
	if complete(&streams{stdout: &none}, nil); none.Len() > 0 {
		t.Errorf("without a word %q is offered", none.String())
	}
}

// integrationChecks are the ids of the embedded checks, sorted.
func integrationChecks(t *testing.T, sealed []byte) []string {
	t.Helper()
	h, err := host.Open(host.Config{Embedded: [][]byte{sealed}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	checks, err := h.Checks(host.Selection{Full: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range checks {
		ids = append(ids, c.Info.ID)
	}
	return ids
}

// offered is an answer in short.
func offered(text string) string {
	head, rest, _ := strings.Cut(text, "\n")
	kind, prefix, _ := strings.Cut(head, "\t")
	var parts []string
	if kind != "words" && kind != "" {
		parts = append(parts, strings.TrimSpace(kind+" "+prefix)+":")
	}
	for line := range strings.Lines(rest) {
		word, _, _ := strings.Cut(line, "\t")
		parts = append(parts, word)
	}
	return strings.Join(parts, " ")
}

func writeTestFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzComplete: whatever stands on the line, an answer is lines that a terminal
// can show, and there is no panic behind the silence.
func FuzzComplete(f *testing.F) {
	for _, line := range []string{"doctor run --", "doctor explain -p=", "doctor --set a\tb", "doctor run --severity ,,", "-- -", "doctor plugin \x1b"} {
		f.Add(line)
	}
	old := embeddedPlugins
	embeddedPlugins = func() [][]byte { return [][]byte{moduleKinds(nil)["described"]()} }
	f.Cleanup(func() { embeddedPlugins = old })
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		at := locate(newApp(&streams{}), words)
		at.plugins = nil
		var b bytes.Buffer
		if err := at.offer(&known{}).write(&b); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.String() {
			if r < ' ' && r != '\n' && r != '\t' {
				t.Errorf("%q offers %q", line, b.String())
			}
		}
	})
}

// TestBashWords calls the function of the script with words broken as bash
// breaks them, with and without the breaks that some people take out.
func TestBashWords(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("NOT TESTED: bash is not installed, so nothing shows that completion works in it")
	}
	script, err := completionScripts.ReadFile("shell/stella.bash")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeTestFile(t, filepath.Join(dir, "a.json"), nil)
	writeTestFile(t, filepath.Join(dir, "web.wasm"), nil)
	writeTestFile(t, filepath.Join(dir, "web.txt"), nil)
	// The stand-in shows what it is asked, and offers keys.
	const harness = `
stella() { printf '[%s]' "$@" >noted; printf "$ANSWER"; }
COMP_LINE=$1 COMP_POINT=${#1}
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
__stella_complete
cat noted; printf ' -> '; printf '<%s>' "${COMPREPLY[@]}"`
	for _, c := range []struct{ breaks, answer, line, words, want string }{
		{"=:", `words\nOCI:RegistryUrl=\tx\nOCI:Other=\ty\n`, "stella doctor run --set OCI:", "stella doctor run --set OCI :", "[__complete][doctor][run][--set][OCI:] -> <RegistryUrl=><Other=>"},
		{"=:", `words\n--set=OCI:RegistryUrl=\tx\n`, "stella doctor --set=OCI:Reg", "stella doctor --set = OCI : Reg", "[__complete][doctor][--set=OCI:Reg] -> <RegistryUrl=>"},
		{"=", `words\nOCI:RegistryUrl=\tx\n`, "stella --set OCI:Reg", "stella --set OCI:Reg", "[__complete][--set][OCI:Reg] -> <OCI:RegistryUrl=>"},
		{"", `files\tjson=\n`, "stella -f json=a", "stella -f json=a", "[__complete][-f][json=a] -> <json=a.json>"},
		{"=:", `files\tjson=\n`, "stella -f json=a", "stella -f json = a", "[__complete][-f][json=a] -> <a.json>"},
		{"=:", `wasm\t\n`, "stella doctor plugin vet w", "stella doctor plugin vet w", "[__complete][doctor][plugin][vet][w] -> <web.wasm>"},
		{"=:", `wasm\t\n`, "stella doctor plugin vet a", "stella doctor plugin vet a", "[__complete][doctor][plugin][vet][a] -> <a.json>"},
		{"=:", `words\na b$(c)\tx\nplain\t\n`, "stella   --category  ", "stella --category ", `[__complete][--category][] -> <a\ b\$\(c\)><plain>`},
		{"=:", `words\na b$(c)\tx\nplain\t\n`, `stella --category "`, `stella --category "`, `[__complete][--category][] -> <plain>`},
		{"=:", ``, "stella doctor", "stella doctor", `[__complete][doctor] -> <>`},
	} {
		words := strings.Split(c.words, " ")
		cmd := exec.Command("bash", append([]string{"-c", string(script) + "\nCOMP_WORDBREAKS=$BREAKS\n" + harness, "bash", c.line}, words...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "BREAKS="+c.breaks, "ANSWER="+c.answer)
		out, err := cmd.Output()
		if err != nil || string(out) != c.want {
			t.Errorf("%s, broken at %q:\n got %s, %v\nwant %s", c.line, c.breaks, out, err, c.want)
		}
	}
}

// TestCompletionFast: reading ids compiles nothing. A compile of the plugin takes
// seconds; the bound is generous for a busy machine.
func TestCompletionFast(t *testing.T) {
	sealed := hosttest.Sealed(t, "plugins/integration")
	old := embeddedPlugins
	embeddedPlugins = func() [][]byte { return [][]byte{sealed} }
	t.Cleanup(func() { embeddedPlugins = old })
	start := time.Now()
	if completions("doctor explain tcp.") == "" {
		t.Error("nothing is offered")
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("an answer took %s", took)
	}
}
