package plugin

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// Every function on the list is accepted with its signature, and with no other.
func TestAllowList(t *testing.T) {
	if len(allowList) != 3+20+15 {
		t.Errorf("the list has %d functions", len(allowList))
	}
	for _, a := range allowList {
		t.Run(a.name, func(t *testing.T) {
			if _, err := OpenUnsealed(withImport(a.module, a.name, a.params, a.results)); err != nil {
				t.Error(err)
			}
			for _, wrong := range [][2][]ValueType{
				{slices.Concat(a.params, types(I32)), a.results},
				{a.params, slices.Concat(a.results, types(I32))},
				{slices.Concat(types(F64), a.params), a.results},
				{a.params, types(F32)},
			} {
				_, err := OpenUnsealed(withImport(a.module, a.name, wrong[0], wrong[1]))
				if RuleOf(err) != RuleImportSignature {
					t.Errorf("%s: got %v, want rule %s", signature(wrong[0], wrong[1]), err, RuleImportSignature)
				}
			}
			for _, module := range []string{"", "env", strings.ToUpper(a.module), a.module + " "} {
				_, err := OpenUnsealed(withImport(module, a.name, a.params, a.results))
				if RuleOf(err) != RuleImportNotAllowed {
					t.Errorf("from %q: got %v, want rule %s", module, err, RuleImportNotAllowed)
				}
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	golden := &strings.Builder{}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"reads over HTTP", validDraft().Bytes()},
		{"nothing but logs", with(func(d *draft) {
			d.Imports = [][]byte{importOf(moduleExtism, "log_warn", 0, 3)}
			d.Types = append(d.Types, funcTypeOf(types(I64), nil))
			d.Memories = [][]byte{ops(0, 1)}
			d.Codes[1] = code(noLocals, ops(opI32Const, 0))
		})},
		{"grows without a maximum", with(func(d *draft) { d.Memories = [][]byte{ops(0, 3)} })},
		{"wants sockets and files", with(func(d *draft) {
			d.Imports = [][]byte{importOf(moduleWASI, "sock_accept", 0, 0), importOf(moduleWASI, "path_open", 0, 0), importOf("e\u0432il", "f", 0, 0)}
		})},
		{"no memory", file()},
	} {
		m, err := Scan(c.data)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		golden.WriteString(c.name + "\n    " + strings.Join(m.Capabilities(), "\n    ") + "\n")
	}
	compareGolden(t, filepath.Join("testdata", "capabilities.golden"), golden.String())
}

// What a module does not import it cannot do, and importing it changes the
// sentence: no sentence is a constant.
func TestCapabilitiesFollowImports(t *testing.T) {
	for function, cannot := range map[string]string{
		wire.FuncHTTPWrite: "does not import http_write: cannot send POST, PUT, PATCH or DELETE",
		wire.FuncTCPProbe:  "does not import tcp_probe: cannot open TCP connections",
	} {
		m, err := Scan(validDraft().Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(m.Capabilities(), cannot) {
			t.Errorf("%q is missing", cannot)
		}
		m, err = Scan(withImport(wire.ImportModule, function, types(I64), types(I64)))
		if err != nil {
			t.Fatal(err)
		}
		can := "imports " + function + ": can "
		if slices.Contains(m.Capabilities(), cannot) || !slices.ContainsFunc(m.Capabilities(), func(s string) bool { return strings.HasPrefix(s, can) }) {
			t.Errorf("a module that imports %s is said not to", function)
		}
	}
}

// A zip archive in a custom section, or whatever the file is called, changes
// nothing: the bytes are read as a module and as nothing else.
func TestW57Polyglot(t *testing.T) {
	data, err := Seal(join(validDraft().Bytes(), custom("zip", []byte("PK\x03\x04...<html>PK\x05\x06"))), sampleInfo())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(data); err != nil {
		t.Error(err)
	}
	if _, err := Open(append(data, "PK\x05\x06"...)); err == nil {
		t.Error("an archive after the last section is accepted")
	}
}
