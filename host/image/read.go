package image

import (
	"bytes"
	"encoding/hex"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// layerTypes are the media types of layers that are a module as it is, and who
// writes them.
var layerTypes = map[string]string{
	TypeLayer: "the layout of the CNCF",
	"application/vnd.wasm.content.layer.v1+wasm": "the layout of wasm-to-oci",
	"application/vnd.oci.image.layer.v1.tar":     "a file pushed without a type",
	"application/octet-stream":                   "a file pushed without a type",
}

// ReadManifest reads an image manifest. Strict refuses fields that the type does not
// have: nobody but us writes bundles.
func ReadManifest(data []byte, strict bool) (*Manifest, error) {
	m := &Manifest{}
	if err := Decode(data, m, strict); err != nil {
		return nil, Refuse(RuleJSON, "", "the manifest cannot be read: %v", err)
	}
	if m.SchemaVersion != 2 {
		return nil, Refuse(RuleMediaType, "", "the manifest has the schema version %d, not 2", m.SchemaVersion)
	}
	if m.MediaType != "" && m.MediaType != TypeManifest {
		return nil, Refuse(RuleMediaType, "", "the manifest calls itself %s", Quote(m.MediaType))
	}
	return m, nil
}

// Check looks at the form of a descriptor: a SHA-256 digest in lower-case hex, and
// a size from zero to most.
func (d Descriptor) Check(what string, most int) error {
	if !IsDigest(d.Digest) {
		return Refuse(RuleDigestForm, "", "%s has the digest %s, which is no sha256:<64 lower-case hex digits>", what, Quote(d.Digest))
	}
	if d.Size < 0 || d.Size > int64(most) {
		return Refuse(RuleSize, "", "%s is said to have %d bytes; at most %d are accepted", what, d.Size, most)
	}
	return nil
}

// IsDigest tells whether s is sha256:<64 lower-case hex digits>.
func IsDigest(s string) bool {
	digits, ok := strings.CutPrefix(s, "sha256:")
	if !ok || len(digits) != 64 || strings.ToLower(digits) != digits {
		return false
	}
	_, err := hex.DecodeString(digits)
	return err == nil
}

// Plugin finds the layer that is the plugin file, whoever wrote the manifest, and
// says in which layout it stands. The contents are still to be looked at, see
// [Manifest.Open].
func (m *Manifest) Plugin() (layer Descriptor, layout string, err error) {
	if m.Subject != nil {
		return layer, "", Refuse(RuleSubject, "name the manifest of the plugin", "this is a document about another manifest, %s", Quote(m.Subject.Digest))
	}
	if n := len(m.Layers); n != 1 {
		return layer, "", Refuse(RuleLayers, "push the plugin with stella doctor plugin push", "the manifest has %d layers; a plugin is exactly one", n)
	}
	layer = m.Layers[0]
	layout, ok := layerTypes[layer.MediaType]
	switch {
	case ok:
	case isContainerLayer(layer.MediaType):
		return layer, "", Refuse(RuleCompressed, "push the plugin file itself, with stella doctor plugin push",
			"this is a container image: its layer is %s, an archive that is not unpacked here", Quote(layer.MediaType))
	default:
		return layer, "", Refuse(RuleMediaType, "push the plugin with stella doctor plugin push",
			"the layer is %s, which is no WebAssembly module", Quote(layer.MediaType))
	}
	if m.ArtifactType == TypePlugin {
		if layer.MediaType != TypeLayer {
			return layer, "", Refuse(RuleMediaType, "", "the layer of a plugin is %s, not %s", Quote(layer.MediaType), TypeLayer)
		}
		layout = "our layout"
	}
	return layer, layout, layer.Check("the plugin", plugin.MaxSize)
}

// isContainerLayer tells the layers of containers: archives, most of them
// compressed.
func isContainerLayer(mediaType string) bool {
	return strings.HasPrefix(mediaType, "application/vnd.oci.image.layer.") ||
		strings.HasPrefix(mediaType, "application/vnd.docker.image.rootfs.") ||
		strings.HasSuffix(mediaType, "+gzip") || strings.HasSuffix(mediaType, "+zstd")
}

// magic begins every WebAssembly file; the others are what people push by mistake.
var magic = []byte("\x00asm")

var archives = []struct {
	begin []byte
	name  string
}{
	{[]byte{0x1f, 0x8b}, "compressed with gzip"},
	{[]byte{0x28, 0xb5, 0x2f, 0xfd}, "compressed with zstd"},
	{[]byte("BZh"), "compressed with bzip2"},
	{[]byte{0xfd, '7', 'z', 'X', 'Z'}, "compressed with xz"},
	{[]byte("PK\x03\x04"), "a zip archive"},
}

// Open looks at the contents of the plugin layer: a sealed plugin, and the one that
// the annotations name. Archives are not unpacked, so that none can grow (W58).
func (m *Manifest) Open(data []byte) (*plugin.File, error) {
	if !bytes.HasPrefix(data, magic) {
		for _, a := range archives {
			if bytes.HasPrefix(data, a.begin) {
				return nil, Refuse(RuleCompressed, "push the plugin file itself, with stella doctor plugin push", "the layer is %s; it is not unpacked here", a.name)
			}
		}
		if len(data) > 262 && string(data[257:262]) == "ustar" {
			return nil, Refuse(RuleCompressed, "push the plugin file itself, with stella doctor plugin push", "the layer is a tar archive; it is not unpacked here")
		}
	}
	f, err := plugin.Open(data)
	if err != nil {
		return nil, err
	}
	return f, m.agrees(&f.Info)
}

// agrees holds what the manifest says beside what is sealed. Nobody decides by
// annotations, but people read them.
func (m *Manifest) agrees(info *wire.PluginInfo) error {
	if id, ok := m.Annotations[AnnotationID]; ok && id != info.ID {
		return Refuse(RuleAnnotation, "", "the manifest says that this is the plugin %s, the file says %s", Quote(id), info.ID)
	}
	if v, ok := m.Annotations[AnnotationVersion]; ok && m.ArtifactType == TypePlugin && v != info.Version {
		return Refuse(RuleAnnotation, "", "the manifest says that this is version %s, the file says %s", Quote(v), info.Version)
	}
	return nil
}

// AttachmentKind tells what kind of document a manifest or a descriptor names, by
// its artifact type or, where there is none, that of its config.
func AttachmentKind(artifactType, configType string) (artifact.Kind, bool) {
	if artifactType == "" {
		artifactType = configType
	}
	return artifact.KindOf(artifactType)
}

// Attachment finds the layer that is the document about subject, and its kind.
func (m *Manifest) Attachment(subject string) (artifact.Kind, Descriptor, error) {
	var layer Descriptor
	kind, ok := AttachmentKind(m.ArtifactType, m.Config.MediaType)
	switch {
	case !ok:
		return "", layer, Refuse(RuleMediaType, "", "the document is %s, which is none that belongs beside a plugin", Quote(m.ArtifactType))
	case m.Subject == nil:
		return "", layer, Refuse(RuleSubject, "", "the %s names no plugin as its subject", kind)
	case m.Subject.Digest != subject:
		return "", layer, Refuse(RuleSubject, "", "the %s is about %s, not about %s", kind, Quote(m.Subject.Digest), subject)
	case len(m.Layers) != 1:
		return "", layer, Refuse(RuleLayers, "", "the manifest of the %s has %d layers; a document is exactly one", kind, len(m.Layers))
	}
	layer = m.Layers[0]
	if layer.MediaType != kind.MediaType() {
		return "", layer, Refuse(RuleMediaType, "", "the %s has a layer of type %s", kind, Quote(layer.MediaType))
	}
	return kind, layer, layer.Check("the "+string(kind), kind.Max())
}
