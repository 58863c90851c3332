package bundle_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle"
	"stella-ops.org/doctor/host/bundle/bundletest"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// sample holds one of everything: two plugins, the first with two documents.
func sample() bundle.Content {
	return bundle.Content{
		Plugins: []*artifact.Artifact{
			{Plugin: bundletest.Plugin("com.bank.ledger", "2.0.0-rc.1+build.7", "Ledger")},
			{Plugin: bundletest.Plugin("com.acme.doctor", "1.2.0", "Acme"), Attached: []artifact.Attachment{
				{Kind: artifact.SBOM, Data: []byte(`{"bomFormat":"CycloneDX"}`)},
				{Kind: artifact.Signature, Data: []byte(`{"mediaType":"a bundle"}`)},
			}},
		},
		Keys:           []byte("schema: stellaops.doctor.trust/v1\n"),
		Revocations:    []byte(`{"number":1}`),
		ListSignatures: [][]byte{[]byte(`{"list":1}`), []byte(`{"list":2}`)},
	}
}

func export(t testing.TB, c bundle.Content) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bundle.Export(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, data []byte) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// V15: the order of what goes in does not change the bytes, and what was read is
// written again as it was.
func TestV15RoundTrip(t *testing.T) {
	first := export(t, sample())
	turned := sample()
	slices.Reverse(turned.Plugins)
	slices.Reverse(turned.Plugins[0].Attached)
	if !bytes.Equal(first, export(t, turned)) {
		t.Error("another order of the same contents gives other bytes")
	}
	b := read(t, first)
	if !bytes.Equal(first, export(t, b.Content)) {
		t.Error("exporting what was read gives other bytes")
	}
	if b.Digest != image.Digest(first) || b.Bytes != int64(len(first)) {
		t.Errorf("%s of %d bytes", b.Digest, b.Bytes)
	}
	if len(b.Files) != 2 || b.Files[0].Info.ID != "com.acme.doctor" || b.Files[1].Info.ID != "com.bank.ledger" {
		t.Fatalf("the plugins are not those that went in: %v", b.Files)
	}
	a, f := b.Plugins[0], b.Files[0]
	want := sample().Plugins[1]
	if !bytes.Equal(a.Plugin, want.Plugin) || f.Digest != want.Digest() || len(a.Attached) != 2 ||
		string(a.Of(artifact.Signature)[0]) != `{"mediaType":"a bundle"}` || string(a.Of(artifact.SBOM)[0]) != `{"bomFormat":"CycloneDX"}` {
		t.Error("the first plugin came back differently")
	}
	if string(b.Keys) != string(sample().Keys) || string(b.Revocations) != string(sample().Revocations) || len(b.ListSignatures) != 2 {
		t.Error("keys and revocations came back differently")
	}
}

// A bundle without keys, revocations and documents is one too.
func TestLeast(t *testing.T) {
	data := export(t, bundle.Content{Plugins: sample().Plugins[:1]})
	if b := read(t, data); b.Keys != nil || b.Revocations != nil || !bytes.Equal(data, export(t, b.Content)) {
		t.Error("it came back differently")
	}
}

// The form is fixed: another digest here means that bundles which were written
// before cannot be read any more, unless it is the words of the README that changed.
func TestForm(t *testing.T) {
	const want = "sha256:8a449cc6e2afe046d79981b015d8af5404b87f878abeecb336c2d14072e4f773"
	if got := image.Digest(export(t, sample())); got != want {
		t.Errorf("the sample bundle has the digest %s, want %s", got, want)
	}
}

func hostile(t testing.TB) []bundletest.Case {
	return bundletest.Cases(export(t, sample()), bundletest.Plugin("com.acme.doctor", "1.2.0", "Evil"))
}

// TestV11Hostile: each bundle is refused by its own rule with its own sentence, and
// nothing of it is returned.
func TestV11Hostile(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range hostile(t) {
		t.Run(c.Name, func(t *testing.T) {
			if seen[c.Name] {
				t.Fatal("the name stands twice")
			}
			seen[c.Name] = true
			b, err := bundle.Read(bytes.NewReader(c.Make()))
			var r *bundle.Refusal
			if !errors.As(err, &r) || b != nil {
				t.Fatalf("it was not refused: %v", err)
			}
			if r.Rule != c.Rule || !strings.HasPrefix(r.Text, c.Text) {
				t.Errorf("refused (%s): %s\nwant (%s): %s…", r.Rule, r.Text, c.Rule, c.Text)
			}
			for _, c := range r.Error() + r.Hint {
				if c < ' ' || c > '~' {
					t.Errorf("the sentence holds %q", c)
				}
			}
		})
	}
	if len(seen) < 20 {
		t.Errorf("%d cases only", len(seen))
	}
}

// A plugin that the scanner refuses is refused in a bundle too.
func TestPluginRefused(t *testing.T) {
	bad := sample()
	bad.Plugins[0].Plugin = []byte("\x00asm\x01\x00\x00\x00")
	var r *plugin.Refusal
	if err := bundle.Export(io.Discard, bad); !errors.As(err, &r) {
		t.Errorf("it was exported: %v", err)
	}
}

// Every cut is refused, and so is every changed byte of the headers and of what
// leads to the blobs: one bundle has one form.
func TestEveryByte(t *testing.T) {
	sound := export(t, bundle.Content{Plugins: []*artifact.Artifact{{Plugin: bundletest.Plugin("a.b", "1.0.0", "A")}}})
	for n := 0; n < len(sound); n += 97 {
		if _, err := bundle.Read(bytes.NewReader(sound[:n])); err == nil {
			t.Fatalf("the first %d bytes are accepted", n)
		}
	}
	for i := range sound {
		changed := slices.Clone(sound)
		changed[i] ^= 0x20
		if _, err := bundle.Read(bytes.NewReader(changed)); err == nil {
			t.Fatalf("byte %d can be changed", i)
		}
	}
}

// What cannot be read is no refusal.
func TestReadError(t *testing.T) {
	broken := errors.New("the stick was pulled out")
	sound := export(t, sample())
	for _, n := range []int{0, 100, 700, len(sound) - 1024, len(sound)} {
		_, err := bundle.Read(io.MultiReader(bytes.NewReader(sound[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// A file that claims much and holds little costs little.
func TestMemory(t *testing.T) {
	if hosttest.UnderRace {
		t.Skip("the race detector allocates too")
	}
	for _, c := range hostile(t) {
		if !strings.HasPrefix(c.Name, "size-") && c.Name != "million-entries" && c.Name != "gzip-bomb" {
			continue
		}
		data := c.Make()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = bundle.Read(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
			t.Errorf("%s: %d bytes were allocated for %d", c.Name, used, len(data))
		}
	}
}

func TestExportBounds(t *testing.T) {
	one := sample().Plugins[:1]
	for name, c := range map[string]bundle.Content{
		"no plugin":      {},
		"twice":          {Plugins: []*artifact.Artifact{one[0], one[0]}},
		"keys":           {Plugins: one, Keys: make([]byte, bundle.MaxKeys+1)},
		"revocations":    {Plugins: one, Revocations: make([]byte, bundle.MaxRevocations+1)},
		"no list":        {Plugins: one, ListSignatures: [][]byte{nil}},
		"signatures":     {Plugins: one, Revocations: []byte("{}"), ListSignatures: bytes.SplitAfter([]byte("0123456789abcdefg"), nil)},
		"signature":      {Plugins: one, Revocations: []byte("{}"), ListSignatures: [][]byte{make([]byte, 1<<20+1)}},
		"document":       {Plugins: []*artifact.Artifact{{Plugin: one[0].Plugin, Attached: []artifact.Attachment{{Kind: artifact.Docs, Data: make([]byte, 1<<20+1)}}}}},
		"kind":           {Plugins: []*artifact.Artifact{{Plugin: one[0].Plugin, Attached: []artifact.Attachment{{Kind: "x", Data: nil}}}}},
		"many documents": {Plugins: []*artifact.Artifact{{Plugin: one[0].Plugin, Attached: many(65)}}},
		"many bytes":     {Plugins: []*artifact.Artifact{{Plugin: one[0].Plugin, Attached: large(17)}}},
	} {
		var b bytes.Buffer
		var r *bundle.Refusal
		if err := bundle.Export(&b, c); !errors.As(err, &r) || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, b.Len())
		}
	}
}

func many(n int) []artifact.Attachment {
	var all []artifact.Attachment
	for i := range n {
		all = append(all, artifact.Attachment{Kind: artifact.Signature, Data: []byte{byte(i)}})
	}
	return all
}

func large(n int) []artifact.Attachment {
	var all []artifact.Attachment
	for i := range n {
		data := make([]byte, 16<<20)
		data[0] = byte(i)
		all = append(all, artifact.Attachment{Kind: artifact.SBOM, Data: data})
	}
	return all
}

// An error of the writer is returned.
func TestExportError(t *testing.T) {
	broken := errors.New("no space")
	if err := bundle.Export(failing{broken}, sample()); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzRead: nothing that is read panics, and what is accepted is written again as it
// was.
func FuzzRead(f *testing.F) {
	f.Add(export(f, sample()))
	f.Add(export(f, bundle.Content{Plugins: sample().Plugins[:1]}))
	for _, c := range hostile(f) {
		if data := c.Make(); len(data) < 1<<16 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if !bytes.Equal(data, export(t, b.Content)) {
			t.Error("a bundle was accepted that export does not write")
		}
	})
}
