package keyfile_test

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/trust/keyfile"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestKeys reads what openssl and cosign wrote: the public half is the one beside.
func TestKeys(t *testing.T) {
	for name, passphrase := range map[string]string{
		"openssl-p256.key":    "",
		"openssl-sec1.key":    "",
		"openssl-p384.key":    "",
		"openssl-ed25519.key": "",
		"cosign.key":          "correct horse",
		"cosign-empty.key":    "",
	} {
		f, err := keyfile.Parse(read(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.NeedsPassphrase() != strings.HasPrefix(name, "cosign") {
			t.Errorf("%s: needs a passphrase: %t", name, f.NeedsPassphrase())
		}
		key, err := f.Key([]byte(passphrase))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		public, err := trust.NewPublicKey(key.Public(), nil)
		if want := read(t, strings.TrimSuffix(name, ".key")+".pub"); err != nil || !bytes.Equal(public.PEM(), want) {
			t.Errorf("%s: %s, %v", name, public.PEM(), err)
		}
	}
	f, err := keyfile.Parse(read(t, "cosign.key"))
	if err != nil {
		t.Fatal(err)
	}
	if key, err := f.Key([]byte("wrong")); key != nil || !errors.Is(err, keyfile.ErrPassphrase) {
		t.Errorf("a wrong passphrase: %v", err)
	}
}

// TestRoundTrip writes keys of every kind, with a passphrase and without.
func TestRoundTrip(t *testing.T) {
	for _, kind := range keyfile.Kinds() {
		key, err := keyfile.Generate(kind)
		if err != nil {
			t.Fatal(err)
		}
		passphrases := []string{""}
		if kind == keyfile.P256 { // scrypt is slow on purpose
			passphrases = append(passphrases, "correct horse")
		}
		for _, passphrase := range passphrases {
			data, err := keyfile.Marshal(key, []byte(passphrase))
			if err != nil {
				t.Fatal(err)
			}
			f, err := keyfile.Parse(data)
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if f.NeedsPassphrase() != (passphrase != "") {
				t.Errorf("%s with %q: needs a passphrase: %t", kind, passphrase, f.NeedsPassphrase())
			}
			again, err := f.Key([]byte(passphrase))
			if err != nil || !key.(interface{ Equal(crypto.PrivateKey) bool }).Equal(again) {
				t.Errorf("%s with %q: %v", kind, passphrase, err)
			}
		}
	}
	if _, err := keyfile.Generate("rsa"); err == nil {
		t.Error("a key of an unknown kind was made")
	}
}

func TestParseBad(t *testing.T) {
	cosign := string(read(t, "cosign.key"))
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "it is no private key in PEM form (-----BEGIN PRIVATE KEY-----)"},
		"text":             {"hello", "it is no private key in PEM form (-----BEGIN PRIVATE KEY-----)"},
		"large":            {strings.Repeat(" ", keyfile.Max+1), "it is larger than 64 KiB"},
		"public":           {string(read(t, "cosign.pub")), "it is a public key; the private key is wanted"},
		"two":              {cosign + cosign, "something stands after the private key"},
		"PKCS#8 encrypted": {string(read(t, "openssl-pbes2.key")), "it is encrypted as PKCS#8, which is not read; take that off with: openssl pkey -in KEYFILE -out PLAINFILE"},
		"old encryption":   {"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n", "it is encrypted in the old way of PEM; take that off with: openssl pkey -in KEYFILE -out PLAINFILE"},
		"OpenSSH":          {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "it is a key of OpenSSH, which is not read; make one with: stella doctor trust key generate NAME"},
		"RSA":              {string(read(t, "openssl-rsa.key")), "RSA keys (here of 2048 bits) are not accepted, only Ed25519 and ECDSA on P-256 or P-384"},
		"another block":    {"-----BEGIN SECRET-----\nAAAA\n-----END SECRET-----\n", "it is a PEM block of another type than PRIVATE KEY"},
		"broken":           {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "the private key cannot be read"},
		"broken box":       {"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\ne30K\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "it is encrypted in a way that is not known"},
		"no box":           {"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "the encrypted key cannot be read"},
		"cost of a day":    {boxOf(`{"kdf":{"name":"scrypt","params":{"N":1073741824,"r":8,"p":1},"salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},"cipher":{"name":"nacl/secretbox","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},"ciphertext":""}`), "it is encrypted in a way that is not known"},
		"short nonce":      {boxOf(`{"kdf":{"name":"scrypt","params":{"N":65536,"r":8,"p":1},"salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},"cipher":{"name":"nacl/secretbox","nonce":"AAAA"},"ciphertext":""}`), "it is encrypted in a way that is not known"},
	} {
		f, err := keyfile.Parse([]byte(c.text))
		if err == nil && f != nil && !f.NeedsPassphrase() {
			_, err = f.Key(nil)
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: nothing panics, and a file is either read or refused.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"openssl-p256.key", "openssl-sec1.key", "cosign.key", "openssl-pbes2.key"} {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := keyfile.Parse(data)
		if err != nil {
			return
		}
		if !file.NeedsPassphrase() {
			if key, err := file.Key(nil); err != nil || key == nil {
				t.Fatalf("%v, %v", key, err)
			}
		}
	})
}

func boxOf(text string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED SIGSTORE PRIVATE KEY", Bytes: []byte(text)}))
}
