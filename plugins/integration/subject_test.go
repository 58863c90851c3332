package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestSecretPlan: a plan that changes a secret neither shows its value nor takes
// one on a command line, whichever the runtime, and is about the secret's keys.
func TestSecretPlan(t *testing.T) {
	secret := subject{name: "password", noun: "registry password", key: "OCI:Password", keys: []string{"OCI:Password", "Registry:Password"}, secret: true}
	steps := usualSecretSteps(ociRegistryID, &registryService, secret)
	changed := map[string]bool{}
	for _, s := range steps {
		if strings.Contains(s.Command, "OCI__RegistryUrl") || strings.Contains(s.Command, "RegistryUrl") {
			t.Errorf("%s %d is about the address: %s", s.Runtime, s.Order, s.Command)
		}
		if s.Effect == wire.EffectWrite && s.Manual {
			changed[s.Runtime] = strings.Contains(s.Description, "registry password")
		}
		for _, part := range []string{"jq -r", "yq -i", "<registry-url>'; } > .env"} {
			if strings.Contains(s.Command, part) {
				t.Errorf("%s %d shows or takes a value: %s", s.Runtime, s.Order, s.Command)
			}
		}
		if s.Command != "" {
			sh(t, t.TempDir(), `bash -n <<<"$1"`, s.Command)
		}
	}
	for _, runtime := range []string{wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes} {
		if !changed[runtime] {
			t.Errorf("no step for %s has the secret set by hand", runtime)
		}
	}
}

// TestSecretTyped: the secret typed at the prompt replaces every spelling of the
// key, and nothing else, and stands in no command.
func TestSecretTyped(t *testing.T) {
	dir := t.TempDir()
	sh(t, dir, `printf 'A=1\noci__password=old\nOCI__Password=older\nB=2\n' > .env`)
	secret := subject{noun: "registry password", key: "OCI:Password", keys: []string{"OCI:Password"}, secret: true}
	for _, s := range usualSecretSteps(ociRegistryID, &registryService, secret) {
		if s.Runtime == wire.RuntimeCompose && strings.HasPrefix(s.Command, "read -rs V") {
			sh(t, dir, `printf '%s\n' 'a b$c\d' | bash -c "$1"`, s.Command)
		}
	}
	if got, want := sh(t, dir, "cat .env"), "A=1\nB=2\nOCI__Password=a b$c\\d\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
