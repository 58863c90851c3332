// Package artifact is a plugin file with what travels beside it: signatures, the
// software bill of materials, the report of a vetting, documentation. Registries,
// bundles and the store pass artifacts on; none of them believes what is attached,
// which is for whoever verifies. It is pure.
package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Kind says what an attachment is.
type Kind string

// The kinds of attachments.
const (
	Signature Kind = "signature" // a Sigstore bundle v0.3 over the plugin file
	SBOM      Kind = "sbom"      // a CycloneDX document
	Vet       Kind = "vet"       // the report of stella doctor plugin vet
	Docs      Kind = "docs"      // Markdown for people
)

// kinds are the forms of the kinds: the media type, which in a registry is also
// the artifact type of the referrer, the end of the name of a file beside the
// plugin's, and the largest content in bytes.
var kinds = []struct {
	kind      Kind
	mediaType string
	suffix    string
	max       int
}{
	{Signature, "application/vnd.dev.sigstore.bundle.v0.3+json", ".sigstore.json", 1 << 20},
	{SBOM, "application/vnd.cyclonedx+json", ".cdx.json", 16 << 20},
	{Vet, "application/vnd.stellaops.doctor.vet.v1+json", ".vet.json", 16 << 20},
	{Docs, "text/markdown", ".md", 1 << 20},
}

// MaxAttachments is how many attachments one plugin may have.
const MaxAttachments = 64

// Kinds returns the kinds in their order.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i, k := range kinds {
		all[i] = k.kind
	}
	return all
}

// MediaType is the media type of the kind; empty for an unknown one.
func (k Kind) MediaType() string {
	for _, e := range kinds {
		if e.kind == k {
			return e.mediaType
		}
	}
	return ""
}

// Suffix ends the name of a file that holds the kind beside a plugin file:
// acme.wasm.cdx.json. Empty for an unknown kind.
func (k Kind) Suffix() string {
	for _, e := range kinds {
		if e.kind == k {
			return e.suffix
		}
	}
	return ""
}

// Max is the largest content in bytes; zero for an unknown kind.
func (k Kind) Max() int {
	for _, e := range kinds {
		if e.kind == k {
			return e.max
		}
	}
	return 0
}

// KindOf finds the kind of a media type.
func KindOf(mediaType string) (Kind, bool) {
	for _, e := range kinds {
		if e.mediaType == mediaType {
			return e.kind, true
		}
	}
	return "", false
}

// Attachment is one document beside a plugin.
type Attachment struct {
	Kind Kind
	Data []byte
}

// Digest is sha256:<hex> of the content.
func (a Attachment) Digest() string { return digest(a.Data) }

// Artifact is a plugin file and its attachments.
type Artifact struct {
	// Plugin are the bytes of the sealed file.
	Plugin []byte
	// Attached are sorted by kind and digest, each once, after [Artifact.Sort].
	Attached []Attachment
}

// Digest is sha256:<hex> of the plugin file.
func (a *Artifact) Digest() string { return digest(a.Plugin) }

// Of returns the contents of one kind.
func (a *Artifact) Of(kind Kind) [][]byte {
	var all [][]byte
	for _, t := range a.Attached {
		if t.Kind == kind {
			all = append(all, t.Data)
		}
	}
	return all
}

// Sort brings the attachments into their order, by kind and digest, and drops
// those that stand twice.
func (a *Artifact) Sort() {
	rank := func(k Kind) int { return slices.Index(Kinds(), k) }
	slices.SortFunc(a.Attached, func(x, y Attachment) int {
		if d := rank(x.Kind) - rank(y.Kind); d != 0 {
			return d
		}
		return strings.Compare(x.Digest(), y.Digest())
	})
	a.Attached = slices.CompactFunc(a.Attached, func(x, y Attachment) bool { return x.Kind == y.Kind && x.Digest() == y.Digest() })
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
