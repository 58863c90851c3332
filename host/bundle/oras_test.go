package bundle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/memory"
	"oras.land/oras-go/v2/content/oci"

	"stella-ops.org/doctor/host/image"
)

// Another tool finds the plugins, what refers to them, and copies all of it.
func TestOtherToolsReadIt(t *testing.T) {
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "bundle.tar")
	if err := os.WriteFile(file, export(t, sample()), 0o644); err != nil {
		t.Fatal(err)
	}
	layout, err := oci.NewFromTar(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	const ref = "com.acme.doctor-1.2.0"
	top, err := layout.Resolve(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	there := memory.New()
	if _, err := oras.ExtendedCopy(ctx, layout, ref, there, ref, oras.DefaultExtendedCopyOptions); err != nil {
		t.Fatal(err)
	}
	layers, err := content.Successors(ctx, there, top)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, d := range layers {
		if d.MediaType != image.TypeLayer {
			continue
		}
		data, err := content.FetchAll(ctx, there, d)
		found = err == nil && bytes.Equal(data, sample().Plugins[1].Plugin)
	}
	if !found {
		t.Errorf("the plugin is not among %v", layers)
	}
	var types []string
	referrers, err := there.Predecessors(ctx, top)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range referrers {
		types = append(types, d.ArtifactType)
		if d.MediaType != ocispec.MediaTypeImageManifest {
			t.Errorf("%s refers to the plugin", d.MediaType)
		}
	}
	if len(types) != 2 {
		t.Errorf("%v refer to the plugin", types)
	}
	if _, err := layout.Resolve(ctx, "com.bank.ledger-2.0.0-rc.1_build.7"); err != nil {
		t.Error(err)
	}
}
