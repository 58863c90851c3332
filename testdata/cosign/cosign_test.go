package cosign

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bench is a directory with a sealed plugin, a trusted root for cosign that trusts
// nothing, and the two programs.
type bench struct {
	t              *testing.T
	dir            string
	cosign, stella string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), cosign: os.Getenv("COSIGN"), stella: os.Getenv("STELLA")}
	if b.cosign == "" || b.stella == "" {
		t.Skip("NOT TESTED: COSIGN and STELLA name no programs; make cosign sets them")
	}
	sealed, err := os.ReadFile(filepath.Join(filepath.Dir(b.stella), "plugins", "integration.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("p.wasm", string(sealed))
	b.write("q.wasm", "another file")
	b.write("root.json", `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
	return b
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a program and returns its exit code and all that it wrote.
func (b *bench) run(argv ...string) (code int, out string) {
	b.t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "STELLA_HOME="+filepath.Join(b.dir, "home"), "STELLA_PASSPHRASE=correct horse", "COSIGN_PASSWORD=correct horse")
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), both.String()
}

// want runs stella doctor or cosign and wants an exit code.
func (b *bench) want(code int, argv ...string) string {
	b.t.Helper()
	if argv[0] == "cosign" {
		argv[0] = b.cosign
	} else {
		argv = append([]string{b.stella, "doctor"}, argv...)
	}
	got, out := b.run(argv...)
	if got != code {
		b.t.Errorf("%s: exit code %d, want %d\n%s", strings.Join(argv, " "), got, code, out)
	}
	return out
}

// offline are the flags by which cosign verifies a bundle with a key and no log.
func (b *bench) offline(verb, key, bundle, file string, more ...string) []string {
	return append([]string{"cosign", verb, "--key", key, "--bundle", bundle, "--new-bundle-format", "--trusted-root", "root.json", "--insecure-ignore-tlog", file}, more...)
}

const ours = "https://stella-ops.org/doctor/plugin/v1"

// TestCosignVerifiesOurs: with every kind of key that cosign verifies with, and
// not what was changed.
func TestCosignVerifiesOurs(t *testing.T) {
	b := newBench(t)
	for kind, more := range map[string][]string{"p256": nil, "ed25519": nil, "p384": {"--signature-digest-algorithm", "sha384"}} {
		b.want(0, "trust", "key", "generate", kind, "--kind", kind)
		b.want(0, "plugin", "sign", "p.wasm", "--key", kind+".key", "--output", kind+".json")
		more = append(more, "--type", ours)
		if out := b.want(0, b.offline("verify-blob-attestation", kind+".pub", kind+".json", "p.wasm", more...)...); !strings.Contains(out, "Verified OK") {
			t.Errorf("%s: %s", kind, out)
		}
		b.want(1, b.offline("verify-blob-attestation", kind+".pub", kind+".json", "q.wasm", more...)...)
	}
	b.want(1, b.offline("verify-blob-attestation", "ed25519.pub", "p256.json", "p.wasm", "--type", ours)...)
}

// TestWeVerifyCosigns: bare signatures and attestations, of keys that either
// program made.
func TestWeVerifyCosigns(t *testing.T) {
	b := newBench(t)
	id, version := b.inspect()
	b.write("ours.json", fmt.Sprintf(`{"id":%q,"version":%q}`, id, version))
	b.write("other.json", fmt.Sprintf(`{"id":%q,"version":"99.0.0"}`, id))
	b.want(0, "cosign", "generate-key-pair", "--output-key-prefix", "theirs")
	b.want(0, "trust", "key", "generate", "made-here")
	for _, key := range []string{"theirs", "made-here"} {
		b.want(0, "trust", "key", "add", key, "--public-key", key+".pub", "--plugins", "stellaops.**")
		sign := func(verb, out string, more ...string) {
			t.Helper()
			b.want(0, append([]string{"cosign", verb, "--key", key + ".key", "--bundle", key + out, "--new-bundle-format", "--tlog-upload=false", "--yes", "p.wasm"}, more...)...)
		}
		sign("sign-blob", ".bare")
		sign("attest-blob", ".ours", "--predicate", "ours.json", "--type", ours)
		sign("attest-blob", ".other", "--predicate", "other.json", "--type", ours)
		sign("attest-blob", ".scan", "--predicate", "ours.json", "--type", "https://example.com/scan/v1")
		for bundle, want := range map[string]string{".bare": "signer    " + key, ".ours": "signer    " + key, ".other": "rule      other-plugin", ".scan": "rule      predicate-type"} {
			code := 0
			if !strings.HasPrefix(want, "signer") {
				code = 3
			}
			if out := b.want(code, "plugin", "verify", "p.wasm", "--bundle", key+bundle); !strings.Contains(out, want) {
				t.Errorf("%s%s: %s", key, bundle, out)
			}
		}
		b.want(0, "plugin", "sign", "p.wasm", "--key", key+".key", "--output", key+".back")
		b.want(0, b.offline("verify-blob-attestation", key+".pub", key+".back", "p.wasm", "--type", ours)...)
	}
}

// TestRevocationsByCosign: a list that cosign signed is taken, and one that was
// changed after is not; and cosign verifies a list that we signed.
func TestRevocationsByCosign(t *testing.T) {
	b := newBench(t)
	b.want(0, "cosign", "generate-key-pair", "--output-key-prefix", "officer")
	b.want(0, "trust", "key", "add", "officer", "--public-key", "officer.pub", "--revocations")
	list := `{"schema":"stellaops.doctor.revocations/v1","number":7,"issued":"2026-01-01T00:00:00Z","next_update":"2026-12-31T00:00:00Z"}`
	b.write("r.json", list)
	b.want(3, "trust", "revocations", "import", "r.json", "--now", "2026-06-01T00:00:00Z")
	b.want(0, "cosign", "sign-blob", "--key", "officer.key", "--bundle", "r.json.sigstore.json", "--new-bundle-format", "--tlog-upload=false", "--yes", "r.json")
	b.write("r.json", strings.Replace(list, "7", "8", 1))
	b.want(3, "trust", "revocations", "import", "r.json", "--now", "2026-06-01T00:00:00Z")
	b.write("r.json", list)
	if out := b.want(0, "trust", "revocations", "import", "r.json", "--now", "2026-06-01T00:00:00Z"); !strings.Contains(out, "signed by officer") {
		t.Error(out)
	}
	b.want(0, "trust", "revocations", "sign", "r.json", "--key", "officer.key", "--output", "again.json")
	b.want(0, b.offline("verify-blob", "officer.pub", "again.json", "r.json")...)
}

// inspect asks for the id and the version of the plugin, and holds its digest.
func (b *bench) inspect() (id, version string) {
	b.t.Helper()
	var doc struct{ ID, Version, Digest string }
	if err := json.Unmarshal([]byte(b.want(0, "plugin", "inspect", "p.wasm", "--format", "json")), &doc); err != nil {
		b.t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(b.dir, "p.wasm"))
	if sum := sha256.Sum256(data); err != nil || doc.Digest != fmt.Sprintf("sha256:%x", sum) {
		b.t.Fatalf("digest %s, %v", doc.Digest, err)
	}
	return doc.ID, doc.Version
}
