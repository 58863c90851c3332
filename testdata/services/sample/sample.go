// Package sample is one small image and one artifact that refers to it, the same
// bytes each time, for registries that tests ask about content.
package sample

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// ArtifactType is the type of the artifact that refers to the image.
const ArtifactType = "application/vnd.example.sbom.v1+json"

// Empty is the two-byte blob that the image specification calls the empty
// descriptor. Mounting it from another repository adds next to nothing.
var Empty = Blob{MediaType: v1.MediaTypeEmptyJSON, Data: []byte("{}")}

// Blob is some bytes and what they are.
type Blob struct {
	MediaType string
	Data      []byte
}

// Descriptor describes b.
func (b Blob) Descriptor() v1.Descriptor {
	return v1.Descriptor{MediaType: b.MediaType, Digest: digest.FromBytes(b.Data), Size: int64(len(b.Data))}
}

// Image returns the manifest of an image with one file, and the blobs that it
// names: its configuration and its layer.
func Image() (manifest Blob, blobs []Blob) {
	layer := Blob{v1.MediaTypeImageLayer, layer()}
	config := encode(v1.MediaTypeImageConfig, v1.Image{
		Platform: v1.Platform{Architecture: "amd64", OS: "linux"},
		RootFS:   v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{layer.Descriptor().Digest}},
	})
	manifest = encode(v1.MediaTypeImageManifest, v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageManifest,
		Config:    config.Descriptor(),
		Layers:    []v1.Descriptor{layer.Descriptor()},
	})
	return manifest, []Blob{config, layer}
}

// Referrer returns the manifest of an artifact whose subject is the given
// manifest, and the blobs that it names.
func Referrer(subject Blob) (manifest Blob, blobs []Blob) {
	of := subject.Descriptor()
	// Registries that know the type of artifacts by their configuration alone
	// find it there.
	config := Blob{ArtifactType, Empty.Data}
	content := Blob{ArtifactType, []byte(`{"packages":[]}`)}
	manifest = encode(v1.MediaTypeImageManifest, v1.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    v1.MediaTypeImageManifest,
		ArtifactType: ArtifactType,
		Config:       config.Descriptor(),
		Layers:       []v1.Descriptor{content.Descriptor()},
		Subject:      &of,
	})
	return manifest, []Blob{config, content}
}

// Split parts REPOSITORY:TAG.
func Split(reference string) (repository, tag string, err error) {
	repository, tag, found := strings.Cut(reference, ":")
	if !found || repository == "" || tag == "" {
		return "", "", fmt.Errorf("%q is not REPOSITORY:TAG", reference)
	}
	return repository, tag, nil
}

func encode(mediaType string, v any) Blob {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of the image specification
	}
	return Blob{mediaType, data}
}

// layer is a tar archive with one file. It is not compressed: what a compressor
// writes changes with its version.
func layer() []byte {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	const text = "a sample image\n"
	err := w.WriteHeader(&tar.Header{Name: "etc/motd", Mode: 0o644, Size: int64(len(text)), Format: tar.FormatUSTAR})
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes all
	}
	return buf.Bytes()
}
