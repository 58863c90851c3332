// Package image is how plugins stand in OCI: the manifest, the config and the layer
// of a plugin file, and those of each document beside it, which refer to it as their
// subject. Registries and bundles keep the same bytes. It fetches nothing and is
// pure.
//
// A plugin is an artifact of the layout that the CNCF's working group for
// WebAssembly describes: a config of type [TypeConfig] and exactly one layer of type
// [TypeLayer], the file as it is. An attachment is an image manifest whose artifact
// type is the media type of its kind. All of it is a function of the contents: the
// same plugin has the same digests everywhere.
package image

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/sdk/wire"
)

// The media types.
const (
	TypeManifest = "application/vnd.oci.image.manifest.v1+json"
	TypeIndex    = "application/vnd.oci.image.index.v1+json"
	// TypePlugin is the artifact type of a plugin.
	TypePlugin = "application/vnd.stellaops.doctor.plugin.v1+wasm"
	// TypeConfig and TypeLayer are those of the CNCF's layout.
	TypeConfig = "application/vnd.wasm.config.v0+json"
	TypeLayer  = "application/wasm"
	// TypeEmpty is a config that says nothing: {}.
	TypeEmpty = "application/vnd.oci.empty.v1+json"
	// TypeContainer is the config of a container.
	TypeContainer = "application/vnd.oci.image.config.v1+json"
)

// The annotations.
const (
	AnnotationTitle   = "org.opencontainers.image.title"
	AnnotationVersion = "org.opencontainers.image.version"
	AnnotationID      = "org.stella-ops.doctor.plugin.id"
)

// MaxManifest is the largest manifest or index, in bytes. Ours have about one
// thousand.
const MaxManifest = 1 << 20

// Form is how a manifest calls its config. Registries that know no artifacts refuse
// types of config that they have not heard of.
type Form int

// The forms, from the one that says most to the one that most registries know.
const (
	FormOwn       Form = iota // TypeConfig
	FormEmpty                 // TypeEmpty, with an artifact type
	FormContainer             // TypeContainer, without
)

// Forms are the forms in the order in which to try them.
func Forms() []Form { return []Form{FormOwn, FormEmpty, FormContainer} }

// Descriptor points at a blob.
type Descriptor struct {
	MediaType    string            `json:"mediaType"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

// Manifest is an image manifest.
type Manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType,omitempty"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        Descriptor        `json:"config"`
	Layers        []Descriptor      `json:"layers"`
	Subject       *Descriptor       `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// Index is a list of manifests.
type Index struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType,omitempty"`
	Manifests     []Descriptor      `json:"manifests"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// Blob is content and what points at it.
type Blob struct {
	Descriptor
	Data []byte
}

// Image is one manifest and what it names.
type Image struct {
	Manifest, Config Blob
	Layers           []Blob
	artifactType     string
}

// Digest is sha256:<hex> of data.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// blob makes the descriptor of data.
func blob(mediaType string, data []byte) Blob {
	return Blob{Descriptor{MediaType: mediaType, Digest: Digest(data), Size: int64(len(data))}, data}
}

// marshal encodes what can always be encoded: structs of strings and numbers, whose
// fields have an order and whose maps are sorted.
func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a type of this package holds what JSON cannot
	}
	return data
}

// wasmConfig is the config of the CNCF's layout. created is required by readers in
// Rust, and fixed here: the same plugin has the same manifest.
type wasmConfig struct {
	Created      string   `json:"created"`
	Architecture string   `json:"architecture"`
	OS           string   `json:"os"`
	LayerDigests []string `json:"layerDigests"`
}

// containerConfig is the least that makes the config of a container.
type containerConfig struct {
	Created      string   `json:"created"`
	Architecture string   `json:"architecture"`
	OS           string   `json:"os"`
	Config       struct{} `json:"config"`
	RootFS       rootFS   `json:"rootfs"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

const epoch = "1970-01-01T00:00:00Z"

// OfPlugin packs a plugin file whose sealed description is info.
func OfPlugin(file []byte, info *wire.PluginInfo, form Form) Image {
	layer := blob(TypeLayer, file)
	layer.Annotations = map[string]string{AnnotationTitle: FileName(info)}
	m := Manifest{ArtifactType: TypePlugin, Annotations: map[string]string{
		AnnotationID: info.ID, AnnotationTitle: info.Name, AnnotationVersion: info.Version,
	}}
	var config Blob
	switch form {
	case FormOwn:
		config = blob(TypeConfig, marshal(wasmConfig{epoch, "wasm", "wasip1", []string{layer.Digest}}))
	case FormEmpty:
		config = blob(TypeEmpty, []byte("{}"))
	default:
		m.ArtifactType = ""
		config = blob(TypeContainer, marshal(containerConfig{
			Created: epoch, Architecture: "wasm", OS: "wasip1", RootFS: rootFS{"layers", []string{layer.Digest}}}))
	}
	return pack(m, config, layer)
}

// FileName is how a plugin file is called that has no other name. Id and version
// hold nothing that means something to a file system.
func FileName(info *wire.PluginInfo) string { return info.ID + "-" + info.Version + ".wasm" }

// OfAttachment packs a document beside the plugin whose manifest is subject. The
// forms after FormOwn, which is an empty config with an artifact type, are those of
// registries that know no artifact type: the type of the config then says it.
func OfAttachment(t artifact.Attachment, subject Descriptor, form Form) Image {
	layer := blob(t.Kind.MediaType(), t.Data)
	m := Manifest{ArtifactType: t.Kind.MediaType(), Subject: bare(subject)}
	config := blob(TypeEmpty, []byte("{}"))
	if form != FormOwn {
		m.ArtifactType, config.MediaType = "", t.Kind.MediaType()
	}
	return pack(m, config, layer)
}

// bare is a descriptor without annotations, as a subject is named.
func bare(d Descriptor) *Descriptor {
	return &Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
}

func pack(m Manifest, config Blob, layers ...Blob) Image {
	m.SchemaVersion, m.MediaType, m.Config = 2, TypeManifest, config.Descriptor
	for _, l := range layers {
		m.Layers = append(m.Layers, l.Descriptor)
	}
	return Image{Manifest: blob(TypeManifest, marshal(m)), Config: config, Layers: layers, artifactType: m.ArtifactType}
}

// Pack packs layers under an empty config, for artifacts of other types than the
// plugin's.
func Pack(artifactType string, annotations map[string]string, layers ...Blob) Image {
	return pack(Manifest{ArtifactType: artifactType, Annotations: annotations}, blob(TypeEmpty, []byte("{}")), layers...)
}

// NewBlob makes the blob of data with a title.
func NewBlob(mediaType, title string, data []byte) Blob {
	b := blob(mediaType, data)
	b.Annotations = map[string]string{AnnotationTitle: title}
	return b
}

// Encode gives the bytes of an index.
func (i Index) Encode() []byte {
	i.SchemaVersion, i.MediaType = 2, TypeIndex
	return marshal(i)
}

// ArtifactType is what the manifest says to be.
func (i Image) ArtifactType() string { return i.artifactType }
