package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
)

// Read reads a bundle and believes nothing of it that it does not see: structure,
// digests, sizes, counts, media types, and that each plugin is one. Signatures are
// not verified here. It fails with a *Refusal, for a plugin file that is refused
// with a *plugin.Refusal, and with the error of r.
func Read(r io.Reader) (*Bundle, error) {
	sum := &counted{hash: sha256.New()}
	l, err := readTar(io.TeeReader(r, sum))
	if err != nil {
		return nil, err
	}
	c := &collector{layout: l, used: map[string]bool{}}
	if err := c.collect(); err != nil {
		return nil, err
	}
	content, files, err := prepare(c.content())
	if err != nil {
		return nil, err
	}
	b := &Bundle{Content: content, Files: files, Digest: sum.digest(), Bytes: sum.n}
	// What has come through has one form, or something was overlooked.
	again := &counted{hash: sha256.New()}
	if err := layOut(content, files).write(again); err != nil {
		return nil, err
	}
	if again.digest() != b.Digest {
		return nil, image.Refuse(RuleForm, "stella doctor plugin export writes bundles", "the bundle is not written the way export writes these contents")
	}
	return b, nil
}

// counted hashes and counts.
type counted struct {
	hash hash.Hash
	n    int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.hash.Write(p)
}

func (c *counted) digest() string { return "sha256:" + hex.EncodeToString(c.hash.Sum(nil)) }

// collector goes from the index to the contents and marks what it has seen.
type collector struct {
	layout  layout
	used    map[string]bool // by entry name
	plugins map[string]*found
	meta    *Content
}

// found is a plugin in the layout.
type found struct {
	*artifact.Artifact
	id string
}

func (c *collector) collect() error {
	if err := c.checkLayout(); err != nil {
		return err
	}
	if err := c.checkDigests(); err != nil {
		return err
	}
	index, err := c.readIndex()
	if err != nil {
		return err
	}
	manifests := map[string]*image.Manifest{}
	for _, d := range index.Manifests {
		if manifests[d.Digest], err = c.manifest(d); err != nil {
			return err
		}
	}
	// Documents name plugins, which may come later in a lying index.
	c.plugins = map[string]*found{}
	for _, d := range index.Manifests {
		if m := manifests[d.Digest]; m.ArtifactType == image.TypePlugin {
			if err := c.plugin(d, m); err != nil {
				return err
			}
		}
	}
	for _, d := range index.Manifests {
		m := manifests[d.Digest]
		switch m.ArtifactType {
		case image.TypePlugin:
		case TypeBundle:
			err = c.about(m)
		default:
			err = c.attachment(m)
		}
		if err != nil {
			return err
		}
	}
	return c.checkWhole()
}

// checkLayout looks at the two files that make an image layout.
func (c *collector) checkLayout() error {
	for _, name := range []string{entryLayout, entryIndex, entryReadme} {
		if _, ok := c.layout[name]; !ok {
			return image.Refuse(RuleLayout, "stella doctor plugin export writes bundles", "the bundle has no %s", name)
		}
		c.used[name] = true
	}
	var l struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := image.Decode(c.layout[entryLayout], &l, true); err != nil {
		return image.Refuse(RuleLayout, "", "%s cannot be read: %v", entryLayout, err)
	}
	if l.Version != "1.0.0" {
		return image.Refuse(RuleLayout, "a newer stella doctor may read it", "the layout has the version %s, not \"1.0.0\"", image.Quote(l.Version))
	}
	return nil
}

// checkDigests holds every blob against its name.
func (c *collector) checkDigests() error {
	for _, name := range c.layout.names() {
		if hex, ok := strings.CutPrefix(name, blobPrefix); ok {
			if got := image.Digest(c.layout[name]); got != "sha256:"+hex {
				return image.Refuse(RuleDigest, "carry it again; compare the digests of both copies", "the blob %s has the digest %s", name, got)
			}
		}
	}
	return nil
}

func (c *collector) readIndex() (*image.Index, error) {
	var index image.Index
	if err := image.Decode(c.layout[entryIndex], &index, true); err != nil {
		return nil, image.Refuse(RuleIndex, "", "%s cannot be read: %v", entryIndex, err)
	}
	switch n := len(index.Manifests); {
	case index.SchemaVersion != 2 || index.MediaType != image.TypeIndex:
		return nil, image.Refuse(RuleIndex, "", "%s is no image index of schema version 2", entryIndex)
	case n > MaxPlugins*(artifact.MaxAttachments+1)+1:
		return nil, image.Refuse(RuleCount, "", "%s lists %d manifests", entryIndex, n)
	}
	seen := map[string]bool{}
	for _, d := range index.Manifests {
		switch {
		case d.MediaType == image.TypeIndex:
			return nil, image.Refuse(RuleNested, "", "%s lists another index, %s", entryIndex, image.Quote(d.Digest))
		case d.MediaType != image.TypeManifest:
			return nil, image.Refuse(RuleIndex, "", "%s lists a manifest of type %s", entryIndex, image.Quote(d.MediaType))
		case seen[d.Digest]:
			return nil, image.Refuse(RuleIndex, "", "%s lists the manifest %s twice", entryIndex, image.Quote(d.Digest))
		}
		seen[d.Digest] = true
	}
	return &index, nil
}

// blob returns the content of a descriptor, which must be there and as large as it
// says.
func (c *collector) blob(what string, d image.Descriptor, most int) ([]byte, error) {
	if err := d.Check(what, most); err != nil {
		return nil, err
	}
	name := blobPrefix + strings.TrimPrefix(d.Digest, "sha256:")
	data, ok := c.layout[name]
	if !ok {
		return nil, image.Refuse(RuleMissing, "", "%s is not there: the bundle has no %s", what, name)
	}
	if int64(len(data)) != d.Size {
		return nil, image.Refuse(RuleDigest, "", "%s is said to have %d bytes and has %d", what, d.Size, len(data))
	}
	c.used[name] = true
	return data, nil
}

// checkWhole holds that nothing is missing and nothing left over.
func (c *collector) checkWhole() error {
	switch {
	case len(c.plugins) == 0:
		return image.Refuse(RuleCount, "", "the bundle has no plugin")
	case c.meta == nil:
		return image.Refuse(RuleIndex, "", "no manifest is about the bundle")
	case string(c.meta.Readme) != string(c.layout[entryReadme]):
		return image.Refuse(RuleReadme, "", "%s is not the text that the bundle was written with", entryReadme)
	}
	for _, name := range c.layout.names() {
		if !c.used[name] {
			return image.Refuse(RuleExtra, "", "nothing names the blob %s", name)
		}
	}
	return nil
}

// content is what was collected.
func (c *collector) content() Content {
	content := *c.meta
	for _, digest := range slices.Sorted(maps.Keys(c.plugins)) {
		content.Plugins = append(content.Plugins, c.plugins[digest].Artifact)
	}
	return content
}
