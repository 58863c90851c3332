package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/trust/keyfile"
)

// quietCommands is every command but run and plugin pull, as somebody would call it,
// with settings that name hosts. None of them may connect or resolve anything.
// $NAME stands for a file that the test makes.
var quietCommands = map[string][]string{
	"list":                     {"list"},
	"explain":                  {"explain", "check.integration.oci.registry"},
	"plan":                     {"plan"},
	"config show":              {"config", "show"},
	"completion":               {"completion", "bash"},
	"man":                      {"man"},
	"compare":                  {"compare", "$REPORT", "$REPORT"},
	"fix":                      {"fix", "--from", "$REPORT"},
	"replay":                   {"replay", "$CASE"},
	"audit verify":             {"audit", "verify", "$AUDIT"},
	"limits":                   {"limits"},
	"version":                  {"version"},
	"plugin build":             {"plugin", "build", "$ASKING", "-o", "built.wasm"},
	"plugin seal":              {"plugin", "seal", "$UNSEALED"},
	"plugin inspect":           {"plugin", "inspect", "$INTEGRATION"},
	"plugin test":              {"plugin", "test", "$INTEGRATION", "$CASE"},
	"plugin warm":              {"plugin", "warm"},
	"plugin vet":               {"plugin", "vet", "built.wasm"},
	"plugin diff":              {"plugin", "diff", "built.wasm", "built.wasm"},
	"plugin rebuild":           {"plugin", "rebuild", "$UPLOADS", "--source", "$ROOT"},
	"plugin install":           {"plugin", "install", "$OLDER", "--allow-unsigned", "--approve-all", "--by", "jane@example.com"},
	"plugin approve":           {"plugin", "approve", "acme.quiet", "--expires", "2999-01-01", "--by", "jane@example.com"},
	"plugin list":              {"plugin", "list"},
	"plugin upgrade":           {"plugin", "upgrade", "acme.quiet", "$NEWER", "--allow-unsigned"},
	"plugin hold":              {"plugin", "hold", "acme.quiet", "--off"},
	"plugin rollback":          {"plugin", "rollback", "acme.quiet"},
	"plugin remove":            {"plugin", "remove", "acme.quiet"},
	"plugin sign":              {"plugin", "sign", "$INTEGRATION", "--key", "$KEY", "--output", "$KEY.sigstore.json"},
	"plugin verify":            {"plugin", "verify", "$INTEGRATION", "--trust", "$TRUST", "--bundle", "$BUNDLE"},
	"plugin push":              {"plugin", "push", "built.wasm", "registry.example.test/acme/asking:1", "--dry-run"},
	"plugin export":            {"plugin", "export", "built.wasm", "--trust", "$TRUST", "-o", "bundle.tar"},
	"plugin import":            {"plugin", "import", "bundle.tar", "--trust", "$TRUST", "--allow-unsigned", "--by", "test", "--dry-run"},
	"trust key generate":       {"trust", "key", "generate", "fresh"},
	"trust key add":            {"trust", "key", "add", "fresh", "--public-key", "$KEY.pub", "--plugins", "com.acme.**"},
	"trust key list":           {"trust", "key", "list", "--trust", "$TRUST"},
	"trust key remove":         {"trust", "key", "remove", "signer", "--trust", "$TRUST", "--dry-run"},
	"trust key revoke":         {"trust", "key", "revoke", "signer", "--trust", "$TRUST", "--reason", "lost", "--dry-run"},
	"trust show":               {"trust", "show", "--trust", "$TRUST"},
	"trust revocations add":    {"trust", "revocations", "add", "list.json", "--next-update", "2999-01-01", "--dry-run"},
	"trust revocations import": {"trust", "revocations", "import", "$REVOKED", "--trust", "$TRUST", "--dry-run"},
	"trust revocations sign":   {"trust", "revocations", "sign", "$REVOKED", "--key", "$KEY", "--dry-run"},
}

// TestOnlyRunsTouchTheNetwork calls the program in a network namespace of its
// own, in which every address leads back to the namespace itself, and reads the
// kernel's counters before and after: connections opened, datagrams sent.
func TestOnlyRunsTouchTheNetwork(t *testing.T) {
	ns := newNamespace(t)
	covered := map[string]bool{}
	for _, name := range leafCommands() {
		if name == "run" || name == "plugin pull" {
			continue
		}
		args, ok := quietCommands[name]
		if !ok {
			t.Errorf("the command %q is not in the table of this test", name)
			continue
		}
		covered[name] = true
		t.Run(name, func(t *testing.T) {
			tcp, udp, out := ns.run(t, "", args...)
			if !strings.HasSuffix(out, "\nexit code 0\n") {
				t.Errorf("the command did not do its work:\n%s", out)
			}
			if tcp != 0 || udp != 0 {
				t.Errorf("stella doctor %s opened %d connections and sent %d datagrams\n%s", name, tcp, udp, out)
			}
		})
	}
	for name := range quietCommands {
		if !covered[name] {
			t.Errorf("there is no command %q any more", name)
		}
	}

	t.Run("completion of an id", func(t *testing.T) {
		tcp, udp, out := ns.program(t, "", "stella", completeCommand, "doctor", "explain", "check.")
		if tcp != 0 || udp != 0 || !strings.Contains(out, "check.integration.oci.registry") {
			t.Errorf("completion opened %d connections and sent %d datagrams\n%s", tcp, udp, out)
		}
	})
	t.Run("replay", func(t *testing.T) {
		if _, _, out := ns.run(t, "serve", "run", "check.integration.oci.registry", "--set", "OCI:RegistryUrl=$URL", "--set", "Doctor:Proxy=none", "--record", "run.txtar"); !strings.Contains(out, "all is well") {
			t.Fatalf("the run was not recorded:\n%s", out)
		}
		for _, args := range [][]string{{"replay", "run.txtar"}, {"replay", "run.txtar", "--plugin", "$INTEGRATION"}} {
			if tcp, udp, out := ns.run(t, "", args...); tcp != 0 || udp != 0 || !strings.Contains(out, "all is well") {
				t.Errorf("stella doctor %v opened %d connections and sent %d datagrams\n%s", args, tcp, udp, out)
			}
		}
	})
	t.Run("offline run", func(t *testing.T) {
		tcp, udp, out := ns.run(t, "", "run", "--offline")
		if tcp != 0 || udp != 0 {
			t.Errorf("an offline run opened %d connections and sent %d datagrams\n%s", tcp, udp, out)
		}
	})
	// The counters do see: a name is looked up, and an address is connected to
	// once and nothing else.
	t.Run("run by name", func(t *testing.T) {
		if tcp, udp, out := ns.run(t, "", "run"); udp == 0 {
			t.Errorf("a run that looks up a name opened %d connections and sent no datagram\n%s", tcp, out)
		}
	})
	t.Run("run by address", func(t *testing.T) {
		tcp, udp, out := ns.run(t, "serve", "run", "check.integration.oci.registry", "--set", "OCI:RegistryUrl=$URL", "--set", "Doctor:Proxy=none")
		if tcp != 1 || udp != 0 {
			t.Errorf("a run of one request opened %d connections and sent %d datagrams\n%s", tcp, udp, out)
		}
		if !strings.Contains(out, "all is well") {
			t.Errorf("the run did not reach its target:\n%s", out)
		}
	})
}

// leafCommands are the verbs of doctor, those below others with their prefix.
func leafCommands() []string {
	var names []string
	var walk func(prefix string, cmds []*cli.Command)
	walk = func(prefix string, cmds []*cli.Command) {
		for _, c := range cmds {
			if len(c.Subcommands) == 0 {
				names = append(names, prefix+c.Name)
			}
			walk(prefix+c.Name+" ", c.Subcommands)
		}
	}
	walk("", findCommand(newApp(&streams{}).Commands, "doctor").Subcommands)
	return names
}

// namespace runs the program in a fresh network namespace.
type namespace struct {
	dir, script string
	env         []string
}

func newNamespace(t *testing.T) *namespace {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds plugins")
	}
	for _, name := range []string{"unshare", "ip"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("there is no %s: nothing was proved of the network", name)
		}
	}
	root, dir := hosttest.Root(t), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"stella", "serve"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	ns := &namespace{dir: dir, script: filepath.Join(dir, "in-namespace.sh")}
	if err := os.WriteFile(ns.script, []byte(namespaceScript), 0o755); err != nil {
		t.Fatal(err)
	}
	unsealed := filepath.Join(dir, "unsealed.wasm")
	module, err := host.BuildGo(t.Context(), filepath.Join(root, "sdk", "testdata", "asking"), os.Stderr)
	if err == nil {
		err = os.WriteFile(unsealed, module, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	integration := hosttest.SealedFile(t, "plugins/integration")
	auditLog := filepath.Join(dir, "audit.log")
	log, err := audit.Open(auditLog, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	run, err := log.Begin(audit.Start{})
	if err == nil {
		_, err = run.End(audit.End{})
	}
	if err := errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
	signed := writeSigned(t, dir, integration)
	for name, version := range map[string]string{"older.wasm": "1.0.0", "newer.wasm": "2.0.0"} {
		info := generated("quiet", 1)
		info.Version = version
		if err := os.WriteFile(filepath.Join(dir, name), sealedModule(&info), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ns.env = append(os.Environ(),
		envEmbedded+"="+integration,
		"INTEGRATION="+integration,
		"UNSEALED="+unsealed,
		"AUDIT="+auditLog,
		"OLDER="+filepath.Join(dir, "older.wasm"), "NEWER="+filepath.Join(dir, "newer.wasm"),
		"ROOT="+root,
		"UPLOADS="+hosttest.SealedFile(t, "testdata/guests/uploads"),
		"ASKING="+filepath.Join(root, "sdk", "testdata", "asking"),
		"CASE="+filepath.Join(root, "plugins", "integration", "testdata", "ociregistry", "status-200.txtar"),
		"REPORT="+filepath.Join(root, "host", "report", "testdata", "report.json"),
		"KEY="+filepath.Join(signed, "signer"), "TRUST="+filepath.Join(signed, "trust.yaml"), "BUNDLE="+filepath.Join(signed, "bundle.sigstore.json"),
		"REVOKED="+filepath.Join(signed, "revoked.json"), "STELLA_HOME="+filepath.Join(dir, "state"),
		"PATH="+dir+":"+os.Getenv("PATH"),
		"XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "GOPROXY=off", "GOCACHE="+goEnv("GOCACHE"), "GOMODCACHE="+goEnv("GOMODCACHE"),
		"OCI__RegistryUrl=https://registry.example.test", "Doctor__Proxy=http://proxy.example.test:3128",
		"STELLA_OFFLINE=", "HTTP_PROXY=", "HTTPS_PROXY=", "http_proxy=", "https_proxy=")
	if out, err := ns.command("true").CombinedOutput(); err != nil {
		t.Skipf("no network namespace can be made here (%v): nothing was proved of the network\n%s", err, out)
	}
	return ns
}

// writeSigned makes a key, a trust file that believes it, its signature of a
// plugin, and a revocation list, and returns their directory.
func writeSigned(t *testing.T, dir, file string) string {
	t.Helper()
	dir = filepath.Join(dir, "signed")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.Mkdir(dir, 0o755))
	data, err := os.ReadFile(file)
	check(err)
	info, err := plugin.ReadInfo(data)
	check(err)
	key, err := keyfile.Generate(keyfile.P256)
	check(err)
	public, err := trust.NewPublicKey(key.Public(), nil)
	check(err)
	private, err := keyfile.Marshal(key, nil)
	check(err)
	bundle, err := trust.Sign(key, trust.SubjectOf(data, &info))
	check(err)
	ring := "schema: " + trust.Schema + "\nkeys:\n  - name: signer\n    plugins: [\"**\"]\n    key: |\n      " + strings.ReplaceAll(string(public.PEM()), "\n", "\n      ") + "\n"
	list := `{"schema": "` + trust.RevocationsSchema + `", "number": 1, "issued": "2026-01-01T00:00:00Z", "next_update": "2999-01-01T00:00:00Z"}`
	for name, text := range map[string][]byte{"signer": private, "signer.pub": public.PEM(), "bundle.sigstore.json": bundle, "trust.yaml": []byte(ring), "revoked.json": []byte(list)} {
		check(os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return dir
}

// namespaceScript makes every address one of the namespace's own, so that a
// connection or a question to a name server is answered at once and counted.
const namespaceScript = `
set -e
ip link set lo up
ip route add local default dev lo
ip -6 route add local default dev lo 2>/dev/null || true
counters() { cat /proc/net/snmp /proc/net/snmp6 2>/dev/null; }
rm -f address
if [ "$1" = serve ]; then
	serve "$PWD/address" 200 'Docker-Distribution-API-Version: registry/2.0' &
	server=$!
	n=0
	until [ -s "$PWD/address" ]; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.05; done
	URL=$(sed 's/^listening on //' "$PWD/address")
fi
shift
counters >before
set +e
eval "set -- $*"
"$@" >out 2>&1
echo "exit code $?" >>out
counters >after
[ -z "$server" ] || kill "$server"
exit 0
`

func (ns *namespace) command(argv ...string) *exec.Cmd {
	flags := []string{"-n"}
	if os.Geteuid() != 0 {
		flags = []string{"-r", "-n"}
	}
	cmd := exec.Command("unshare", append(append(flags, "sh", ns.script, argv[0]), argv[1:]...)...)
	cmd.Dir, cmd.Env = ns.dir, ns.env
	return cmd
}

// run calls stella doctor with args, beside a server if with says serve, and
// returns how many TCP connections were opened and datagrams sent meanwhile.
func (ns *namespace) run(t *testing.T, with string, args ...string) (tcp, udp int, out string) {
	t.Helper()
	return ns.program(t, with, append([]string{"stella", "doctor"}, args...)...)
}

// program is run for any program.
func (ns *namespace) program(t *testing.T, with string, argv ...string) (tcp, udp int, out string) {
	t.Helper()
	if with == "" {
		with = "alone"
	}
	if out, err := ns.command(append([]string{with}, argv...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(ns.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	before, after := counters(t, read("before")), counters(t, read("after"))
	delta := func(names ...string) (n int) {
		for _, name := range names {
			n += after[name] - before[name]
		}
		return n
	}
	return delta("Tcp ActiveOpens"), delta("Udp OutDatagrams", "Udp6OutDatagrams"), string(read("out"))
}

// counters reads /proc/net/snmp, whose lines are headings and values in turn,
// and /proc/net/snmp6, a name and a value a line.
func counters(t *testing.T, data []byte) map[string]int {
	t.Helper()
	all := map[string]int{}
	var names []string
	for line := range bytes.Lines(data) {
		f := strings.Fields(string(line))
		switch {
		case len(f) == 2 && !strings.HasSuffix(f[0], ":"):
			all[f[0]], _ = strconv.Atoi(f[1])
		case len(f) > 1 && len(names) == len(f) && names[0] == f[0]:
			for i := range f[1:] {
				all[fmt.Sprintf("%s %s", strings.TrimSuffix(f[0], ":"), names[i+1])], _ = strconv.Atoi(f[i+1])
			}
			names = nil
		default:
			names = f
		}
	}
	if _, ok := all["Tcp ActiveOpens"]; !ok {
		t.Fatalf("the kernel's counters were not understood:\n%s", data)
	}
	return all
}
