package main

import (
	"bytes"
	"crypto"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/trust/keyfile"
)

func testKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := keyfile.Generate(keyfile.P256)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signedBy is a signature of a key over data.
func signedBy(t *testing.T, key crypto.Signer, data string) []byte {
	t.Helper()
	bundle, err := trust.SignBare(key, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// A signature that stands beside the file stays, unless another of the same key
// comes: it may be the second one that a rule wants.
func TestWriteArtifactKeepsSignatures(t *testing.T) {
	acme, qa := testKey(t), testKey(t)
	for name, c := range map[string]struct {
		there    []byte   // in the plain place
		come     [][]byte // signatures of the artifact
		stays    bool     // there, byte for byte
		stranger bool
	}{
		"another key":           {signedBy(t, qa, "old"), [][]byte{signedBy(t, acme, "new")}, true, true},
		"no bundle":             {[]byte("a note of mine"), [][]byte{signedBy(t, acme, "new")}, true, true},
		"the same key":          {signedBy(t, acme, "old"), [][]byte{signedBy(t, acme, "new")}, false, false},
		"one of two":            {signedBy(t, acme, "old"), [][]byte{signedBy(t, qa, "new"), signedBy(t, acme, "new")}, false, false},
		"the same key twice":    {signedBy(t, acme, "old"), [][]byte{signedBy(t, acme, "new"), signedBy(t, acme, "other")}, false, false},
		"none comes":            {signedBy(t, acme, "old"), nil, true, true},
		"nothing there":         {nil, [][]byte{signedBy(t, qa, "new"), signedBy(t, acme, "new")}, false, false},
		"no bundles, the same":  {[]byte("{}"), [][]byte{[]byte("[]"), []byte("{}")}, true, false},
		"empty, and one is new": {[]byte{}, [][]byte{signedBy(t, acme, "new")}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.wasm")
			plain := path + artifact.Signature.Suffix()
			if c.there != nil {
				if err := os.WriteFile(plain, c.there, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			a := &artifact.Artifact{Plugin: []byte("file")}
			for _, data := range c.come {
				a.Attached = append(a.Attached, artifact.Attachment{Kind: artifact.Signature, Data: data})
			}
			a.Sort()
			planned := filesBeside(path, a)
			done, err := writeArtifact(path, a, false)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range planned {
				if data, err := os.ReadFile(f.path); err != nil || !bytes.Equal(data, f.Data) {
					t.Errorf("%s was to be written: %q, %v", f.path, data, err)
				}
			}
			files, err := readAttached(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.come {
				if !slices.ContainsFunc(files, func(f attachedFile) bool { return bytes.Equal(f.Data, want) }) {
					t.Errorf("a signature is not beside the file: %s", want)
				}
			}
			now, err := os.ReadFile(plain)
			if c.there != nil && (err != nil || bytes.Equal(now, c.there) != c.stays) {
				t.Errorf("in the plain place is %q, %v; kept: %v wanted", now, err, c.stays)
			}
			if slices.Equal(done.strangers, []string{plain}) != c.stranger || len(done.strangers) > 1 {
				t.Errorf("told as of another plugin: %v", done.strangers)
			}
			if replaced := slices.Contains(done.replaced, plain); replaced != (c.there != nil && !c.stays) {
				t.Errorf("told as replaced: %v", done.replaced)
			}
		})
	}
}
