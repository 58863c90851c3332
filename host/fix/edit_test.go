package fix

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The commands of doctor-domain §3.0.6 that set a key, as the plugin gives them.
const (
	setEnv    = `cp -p .env .env.bak && { grep -aiv '^OCI__RegistryUrl=' .env.bak; printf '%s\n' 'OCI__RegistryUrl=VALUE'; } > .env`
	setJSON   = `sudo sh -c 'umask 077; cd /etc/stellaops && jq --arg v "$1" ".CI.Systems[0].Url = \$v" appsettings.Production.json > .doctor.new && cp -p appsettings.Production.json appsettings.Production.json.bak && cat .doctor.new > appsettings.Production.json; s=$?; rm -f .doctor.new; exit $s' doctor 'VALUE'`
	setValues = `yq -i '.oci.registryUrl = "VALUE"' values.yaml`
)

func TestReadEdit(t *testing.T) {
	for _, c := range []struct {
		command, quoted string
		want            FileChange
	}{
		{setEnv, "https://new.example.com", FileChange{DotEnv, EnvFile, "OCI__RegistryUrl", "OCI:RegistryUrl", "https://new.example.com"}},
		{setEnv, `a'\''b"$(x)`, FileChange{DotEnv, EnvFile, "OCI__RegistryUrl", "OCI:RegistryUrl", `a'b"$(x)`}},
		{setJSON, `a'\''b`, FileChange{SettingsFile, JSONFile, ".CI.Systems[0].Url", "CI:Systems:0:Url", `a'b`}},
		{setValues, "a b&c", FileChange{ValuesFile, YAMLFile, ".oci.registryUrl", "oci:registryUrl", "a b&c"}},
	} {
		got := ReadEdit(strings.ReplaceAll(c.command, "VALUE", c.quoted))
		if got == nil || *got != c.want {
			t.Errorf("%s\nis %+v, want %+v", c.command, got, c.want)
		}
	}
}

// TestReadEditOnlyWhole: a command that does anything else is none of the known
// ones, however much it looks like them.
func TestReadEditOnlyWhole(t *testing.T) {
	for _, known := range []string{setEnv, setJSON, setValues} {
		for _, other := range []string{
			known + "; rm -rf /", known + " ", "rm -rf /; " + known, known + "\nrm -rf /", "sudo " + known,
			strings.Replace(known, "VALUE'", "VALUE''$(rm -rf /)'", 1),
			strings.Replace(known, "VALUE", "'; rm -rf /; '", 1),
			strings.Replace(known, "VALUE", `'"$(rm)"'`, 1),
			strings.Replace(known, "RegistryUrl", "Reg$(rm)", 1),
			strings.Replace(known, ".CI.Systems", `.a | env`, 1),
			strings.Replace(known, ".oci.", `.oci | load("x") | .`, 1),
			strings.ReplaceAll(known, ".env", ".env2"),
			strings.ReplaceAll(known, "values.yaml", "/etc/passwd"),
			strings.ReplaceAll(known, "/etc/stellaops", "/etc"),
		} {
			if got := ReadEdit(other); got != nil && other != known {
				t.Errorf("%s\nis taken for %+v", other, got)
			}
		}
	}
	if ReadEdit(strings.Replace(setValues, "VALUE", `a"b`, 1)) != nil || ReadEdit(strings.Replace(setValues, "VALUE", `\(env)`, 1)) != nil {
		t.Error("a value of yq that is more than text is taken")
	}
	if ReadEdit(strings.Replace(setEnv, "^OCI__RegistryUrl", "^OCI__Other", 1)) != nil {
		t.Error("an edit that removes one key and sets another is taken")
	}
}

// FuzzReadEdit: what is taken for a known command is one, character by
// character: written anew from its parts it is the same.
func FuzzReadEdit(f *testing.F) {
	for _, c := range []string{setEnv, setJSON, setValues} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, command string) {
		c := ReadEdit(command)
		if c == nil {
			return
		}
		again := strings.ReplaceAll(setValues, ".oci.registryUrl", c.Name)
		switch c.Format {
		case EnvFile:
			again = strings.ReplaceAll(setEnv, "OCI__RegistryUrl", c.Name)
		case JSONFile:
			again = strings.ReplaceAll(setJSON, ".CI.Systems[0].Url", c.Name)
		}
		value := c.Value
		if c.Format != YAMLFile {
			value = strings.ReplaceAll(value, `'`, `'\''`)
		}
		again = strings.ReplaceAll(again, "VALUE", value)
		older := strings.Replace(strings.Replace(strings.Replace(again, "grep -aiv", "grep -iv", 1), " s=$?;", "", 1), "; exit $s'", "'", 1)
		if command != again && len(command) >= len(again) || len(command) < len(older) {
			t.Errorf("%q is taken for %q", command, again)
		}
	})
}

// TestEnvLikeItsCommand: what Env makes of a file is what the command makes of
// it.
func TestEnvLikeItsCommand(t *testing.T) {
	t.Setenv("LC_ALL", "C.UTF-8")
	for _, before := range []string{
		"", "A=1\n", "A=1", "OCI__RegistryUrl=1\n", "A=1\nOCI__RegistryUrl=1\nB=2\n", "oci__registryurl=1\nOCI__REGISTRYURL=2\nA=`x`$y",
		"OCI__RegistryUrlPrefix=1\nX_OCI__RegistryUrl=2\n", "# OCI__RegistryUrl=1\n", "A=1\r\nOCI__RegistryUrl=1\r\n", "A=J\xfcrgen\nOCI__RegistryUrl=1\n", "\n\nA=1\n\n",
		"OCI__RegistryUrl=1\nA=\x00b\n",
	} {
		for _, value := range []string{"https://new.example.com", `a'\''b"$(x)%s\n`} {
			dir := t.TempDir()
			command := strings.ReplaceAll(setEnv, "VALUE", value)
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("sh", "-c", command)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			want, err := os.ReadFile(filepath.Join(dir, ".env"))
			if err != nil {
				t.Fatal(err)
			}
			c := ReadEdit(command)
			if got := c.Env([]byte(before)); string(got) != string(want) {
				t.Errorf("%q becomes %q, the command makes %q of it", before, got, want)
			}
			if got := c.Env(want); string(got) != string(want) {
				t.Errorf("a second time makes %q of %q", got, want)
			}
		}
	}
}
