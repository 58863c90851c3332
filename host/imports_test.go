package host_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "stella-ops.org/doctor"

// importRules is the table of DESIGN §3: which package may be imported by whom,
// and why. A package boundary is a trust or dependency boundary.
var importRules = []struct {
	imports string   // the imported package or, with a slash at the end, everything below it
	by      []string // the only packages of this module that may import it
	why     string
}{
	{"github.com/extism/", []string{"/host/sandbox"}, "Extism stays behind the sandbox, so that the engine can be revisited in one package"},
	{"github.com/tetratelabs/wazero/", []string{"/host/sandbox"}, "wazero stays behind the sandbox, so that the engine can be revisited in one package"},
	{"github.com/tetratelabs/wazero", []string{"/host/sandbox"}, "wazero stays behind the sandbox, so that the engine can be revisited in one package"},
	{"net/http", []string{"/host", "/host/access", "/host/egress", "/host/oci", "/sdk/wire/exchange"}, "only egress speaks HTTP for plugins, and oci for the operator, over egress's transport; host names methods and exchange parses recordings"},
	{"net", []string{"/host/egress", "/host/oci", "/host/simnet"}, "only egress dials; oci names its errors; simnet has connections in memory, and a test that it has no other"},
	{"crypto/tls", []string{"/host/egress", "/host/oci", "/host/simnet"}, "only egress dials; oci names its errors; simnet has servers in memory"},
	{"oras.land/", []string{"/host/oci"}, "registries are spoken to in one place"},
	{"github.com/opencontainers/", []string{"/host/oci"}, "registries are spoken to in one place"},
	{module + "/host/oci", []string{"/cmd/stella"}, "plugins are fetched because the operator says so, never by the engine"},
	{"github.com/urfave/cli/v2", []string{"/cmd/stella"}, "only the program parses flags"},
	{module + "/plugins", []string{"/cmd/stella"}, "the engine is handed the embedded plugins and does not know them"},
	{module + "/sdk", []string{"/sdk/sdktest", "/plugins/integration", "/testdata/guests/hostile", "/testdata/guests/remedy", "/testdata/guests/twofaced", "/testdata/guests/uploads"}, "host and guest meet in sdk/wire only"},
	{module + "/host", []string{"/cmd/stella", "/host/hosttest"}, "the engine is on top: nothing that it uses may know it"},
	{module + "/host/sandbox", []string{"/host"}, "bytes reach an engine in one place"},
	{module + "/host/egress", []string{"/host", "/host/oci"}, "requests leave in one place; oci uses its transport to registries"},
	{module + "/host/simnet", []string{"/host"}, "a network in memory is for vetting alone"},
	{module + "/host/challenge", []string{"/host"}, "what registries say about tokens is read in one place"},
	{module + "/host/cassette", []string{"/host", "/cmd/stella"}, "runs are recorded and replayed in one place; the program names the files"},
	{module + "/host/hosttest", nil, "it is for tests"},
	{module + "/host/plugin/plugintest", nil, "it is for tests"},
	{module + "/host/fix", []string{"/cmd/stella"}, "what may be run on the operator's machine is decided in one place, and run by the program alone"},
	{module + "/host/diff", []string{"/cmd/stella"}, "it compares what others have read"},
	{module + "/host/owned", []string{"/host/store", "/cmd/stella"}, "who may change the lock and the trust file is judged in one place"},
	{module + "/host/audit", []string{"/host", "/cmd/stella"}, "runs are logged in one place, by the host calls; the program verifies logs"},
	{module + "/host/waivers", []string{"/host", "/cmd/stella"}, "what is waived is decided in one place, at the end of a check"},
}

// purePackages may not do input or output of their own.
var purePackages = map[string][]string{
	"/host/access":       {"os", "net", "time", "net/http"},
	"/host/challenge":    {"os", "net", "net/http", "time"},
	"/host/cassette":     {"os", "net", "net/http"},
	"/host/report":       {"os", "net", "net/http", "time"},
	"/sdk/wire":          {"os", "net", "net/http", "time"},
	"/sdk/wire/exchange": {"os", "net", "time"},
	"/host/sandbox":      {module + "/sdk/wire", module + "/host/plugin"},
	"/host/egress":       {module + "/host/sandbox", module + "/host/plugin"},
	"/host/glob":         {"os", "net", "net/http", "time"},
	"/host/fix":          {"os", "os/exec", "net", "net/http", "time"},
	"/host/waivers":      {"os", "net", "net/http"},
	"/host/diff":         {"os", "net", "net/http", "time"},
	"/host/audit":        {"net", "net/http", module + "/host/report", module + "/host/access"},
	"/host/artifact":     {"os", "net", "net/http", "time"},
	"/host/nearest":      {"os", "net", "net/http", "time"},
	"/host/strictyaml":   {"os", "net", "net/http"},
	"/host/plugin":       {"os", "net", "net/http", "time", module + "/host/sandbox"},
	"/host/inspect":      {"os", "os/exec", "net", "net/http", "time", module + "/host/sandbox", module + "/host/trust"},
	"/host/image":        {"os", "net", "net/http", "time"},
	"/host/bundle":       {"os", "net", "net/http", module + "/host/egress", module + "/host/oci"},
	"/host/trust":        {"os", "net", "net/http"},
	"/host/owned":        {"net", "net/http", "time"},
	"/host/vet":          {"os", "net", "net/http"},
	"/host/simnet":       {"net/http", module + "/host/egress"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were listed; the test looks at nothing", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			for _, rule := range importRules {
				if matches(imported, rule.imports) && !contains(rule.by, name) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.why)
				}
			}
			if contains(purePackages[name], imported) {
				t.Errorf("%s imports %s: it must stay pure of that", p.ImportPath, imported)
			}
			if strings.HasPrefix(name, "/sdk") && strings.HasPrefix(imported, module+"/host") {
				t.Errorf("%s imports %s: the SDK must build without the host", p.ImportPath, imported)
			}
		}
	}
}

// TestInspectCannotExecute: V17, what inspects a file reaches no engine, starts no
// process and speaks to nobody, through whatever it uses.
func TestInspectCannotExecute(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"/host/inspect").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !contains(deps, module+"/host/plugin") {
		t.Fatalf("the test looks at nothing: %s", deps)
	}
	for _, d := range deps {
		for _, forbidden := range []string{"github.com/extism/", "github.com/tetratelabs/wazero", module + "/host/sandbox", module + "/host/egress", "os/exec", "plugin", "net/http", "crypto/tls"} {
			if d == forbidden || strings.HasSuffix(forbidden, "/") && strings.HasPrefix(d, forbidden) {
				t.Errorf("host/inspect reaches %s", d)
			}
		}
	}
}

func matches(imported, rule string) bool {
	if strings.HasSuffix(rule, "/") {
		return strings.HasPrefix(imported, rule)
	}
	return imported == rule
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
