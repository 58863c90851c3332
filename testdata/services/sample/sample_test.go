package sample_test

import (
	"encoding/json"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"stella-ops.org/doctor/testdata/services/sample"
)

// Scripts and cassettes may name these digests.
const (
	imageDigest    = "sha256:3a3202822aef17b0f8d062fd5b37e5258eed1cb29ec42a6a933ee7af543350d7"
	referrerDigest = "sha256:4eb17e0785e41e1ecb176a4cd3c3e3fbb44d0cb865afe4fbb9e7647ddeef5a56"
	emptyDigest    = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
)

func TestContent(t *testing.T) {
	image, blobs := sample.Image()
	named(t, image, blobs, imageDigest)
	referrer, blobs := sample.Referrer(image)
	m := named(t, referrer, blobs, referrerDigest)
	if m.Subject == nil || m.Subject.Digest != imageDigest || m.ArtifactType != sample.ArtifactType {
		t.Errorf("the referrer is of type %q and refers to %v", m.ArtifactType, m.Subject)
	}
	if got := sample.Empty.Descriptor().Digest; got != emptyDigest {
		t.Errorf("empty descriptor %s", got)
	}
}

// named wants blobs to be exactly what the manifest names, in its order.
func named(t *testing.T, manifest sample.Blob, blobs []sample.Blob, digest string) v1.Manifest {
	t.Helper()
	if got := manifest.Descriptor().Digest.String(); got != digest {
		t.Errorf("manifest %s, want %s", got, digest)
	}
	var m v1.Manifest
	if err := json.Unmarshal(manifest.Data, &m); err != nil {
		t.Fatal(err)
	}
	want := append([]v1.Descriptor{m.Config}, m.Layers...)
	if len(want) != len(blobs) {
		t.Fatalf("%d blobs, the manifest names %d", len(blobs), len(want))
	}
	for i, b := range blobs {
		if got := b.Descriptor(); got.Digest != want[i].Digest || got.Size != want[i].Size || got.MediaType != want[i].MediaType {
			t.Errorf("blob %d is %v, the manifest names %v", i, got, want[i])
		}
	}
	return m
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ in, repository, tag, err string }{
		{"library/alpine:latest", "library/alpine", "latest", ""},
		{"library/alpine", "", "", `"library/alpine" is not REPOSITORY:TAG`},
		{":latest", "", "", `":latest" is not REPOSITORY:TAG`},
		{"a:", "", "", `"a:" is not REPOSITORY:TAG`},
	} {
		repository, tag, err := sample.Split(c.in)
		if repository != c.repository || tag != c.tag || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%s: %q %q %v", c.in, repository, tag, err)
		}
	}
}
