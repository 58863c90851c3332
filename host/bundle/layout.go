package bundle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// The entries beside the blobs.
const (
	entryReadme = "README.md"
	entryIndex  = "index.json"
	entryLayout = "oci-layout"
	blobPrefix  = "blobs/sha256/"
)

// layoutText is all that the file oci-layout says.
const layoutText = `{"imageLayoutVersion":"1.0.0"}`

// annotationRef is by which other tools find a manifest in a layout.
const annotationRef = "org.opencontainers.image.ref.name"

// layout is the contents as entries of a tar file, by name.
type layout map[string][]byte

// names are the entries in their order.
func (l layout) names() []string { return slices.Sorted(maps.Keys(l)) }

// layOut makes the entries. The order of the index is that of plugin ids, after each
// plugin its documents, at the end what is about the bundle.
func layOut(c Content, files []*plugin.File) layout {
	l := layout{entryLayout: []byte(layoutText)}
	var index image.Index
	add := func(img image.Image, annotations map[string]string) {
		for _, b := range append(slices.Clone(img.Layers), img.Config, img.Manifest) {
			l[blobPrefix+strings.TrimPrefix(b.Digest, "sha256:")] = b.Data
		}
		d := img.Manifest.Descriptor
		d.ArtifactType, d.Annotations = img.ArtifactType(), annotations
		index.Manifests = append(index.Manifests, d)
	}
	for i, a := range c.Plugins {
		info := &files[i].Info
		img := image.OfPlugin(a.Plugin, info, image.FormOwn)
		add(img, map[string]string{annotationRef: refName(info.ID, info.Version), image.AnnotationID: info.ID, image.AnnotationVersion: info.Version})
		for _, t := range a.Attached {
			add(image.OfAttachment(t, img.Manifest.Descriptor, image.FormOwn), nil)
		}
	}
	if len(c.Readme) == 0 {
		c.Readme = readme(c, files)
	}
	l[entryReadme] = c.Readme
	layers := []image.Blob{image.NewBlob(typeReadme, entryReadme, c.Readme)}
	if len(c.Keys) > 0 {
		layers = append(layers, image.NewBlob(TypeKeys, "trust.yaml", c.Keys))
	}
	if len(c.Revocations) > 0 {
		layers = append(layers, image.NewBlob(TypeRevocations, "revocations.json", c.Revocations))
	}
	for _, signature := range c.ListSignatures {
		layers = append(layers, image.NewBlob(artifact.Signature.MediaType(), "revocations.json"+artifact.Signature.Suffix(), signature))
	}
	add(image.Pack(TypeBundle, nil, layers...), nil)
	l[entryIndex] = index.Encode()
	return l
}

// refName is the tag of a plugin in the layout. Tags have no plus sign.
func refName(id, version string) string {
	tag := id + "-" + strings.ReplaceAll(version, "+", "_")
	return tag[:min(len(tag), 128)]
}

// prepare opens the plugins and brings them into the order of their ids. The
// contents given are not changed.
func prepare(c Content) (Content, []*plugin.File, error) {
	type pair struct {
		artifact *artifact.Artifact
		file     *plugin.File
	}
	if len(c.Plugins) == 0 {
		return c, nil, image.Refuse(RuleCount, "", "the bundle would hold no plugin")
	}
	if len(c.Plugins) > MaxPlugins {
		return c, nil, image.Refuse(RuleCount, "write several bundles", "a bundle holds at most %d plugins, not %d", MaxPlugins, len(c.Plugins))
	}
	var pairs []pair
	for _, a := range c.Plugins {
		f, err := plugin.Open(a.Plugin)
		if err != nil {
			return c, nil, err
		}
		sorted := &artifact.Artifact{Plugin: a.Plugin, Attached: slices.Clone(a.Attached)}
		sorted.Sort()
		if err := checkAttached(f.Info.ID, sorted.Attached); err != nil {
			return c, nil, err
		}
		pairs = append(pairs, pair{sorted, f})
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Compare(x.file.Info.ID, y.file.Info.ID) })
	c.Plugins = nil
	var files []*plugin.File
	for i, p := range pairs {
		if i > 0 && pairs[i-1].file.Info.ID == p.file.Info.ID {
			return c, nil, image.Refuse(RulePluginTwice, "", "the plugin %s stands twice", p.file.Info.ID)
		}
		c.Plugins, files = append(c.Plugins, p.artifact), append(files, p.file)
	}
	return c, files, prepareAbout(&c)
}

// prepareAbout does the same for what is about the bundle.
func prepareAbout(c *Content) error {
	signatures := artifact.Artifact{}
	for _, data := range c.ListSignatures {
		signatures.Attached = append(signatures.Attached, artifact.Attachment{Kind: artifact.Signature, Data: data})
	}
	signatures.Sort()
	c.ListSignatures = signatures.Of(artifact.Signature)
	switch n := len(c.ListSignatures); {
	case n > MaxListSignatures:
		return image.Refuse(RuleCount, "", "the list of revocations has %d signatures, at most %d are accepted", n, MaxListSignatures)
	case n > 0 && len(c.Revocations) == 0:
		return image.Refuse(RuleManifest, "", "there are signatures of a list of revocations, and no list")
	}
	type part struct {
		what string
		data []byte
		max  int
	}
	parts := []part{{"the trust file", c.Keys, MaxKeys}, {"the list of revocations", c.Revocations, MaxRevocations}, {"the README", c.Readme, maxReadme}}
	for _, data := range c.ListSignatures {
		parts = append(parts, part{"a signature of the list of revocations", data, artifact.Signature.Max()})
	}
	for _, p := range parts {
		if len(p.data) > p.max {
			return image.Refuse(RuleEntrySize, "", "%s has %d bytes; at most %d are accepted", p.what, len(p.data), p.max)
		}
	}
	return nil
}

func checkAttached(id string, attached []artifact.Attachment) error {
	if len(attached) > artifact.MaxAttachments {
		return image.Refuse(RuleCount, "", "the plugin %s has %d documents, at most %d are accepted", id, len(attached), artifact.MaxAttachments)
	}
	for _, t := range attached {
		switch {
		case t.Kind.Max() == 0:
			return image.Refuse(RuleManifest, "", "the plugin %s has a document of the unknown kind %s", id, image.Quote(string(t.Kind)))
		case len(t.Data) > t.Kind.Max():
			return image.Refuse(RuleEntrySize, "", "the %s of the plugin %s has %d bytes; at most %d are accepted", t.Kind, id, len(t.Data), t.Kind.Max())
		}
	}
	return nil
}

// readme is the text for people. It holds ids, versions, digests and numbers only:
// what else a plugin says of itself is text of strangers.
func readme(c Content, files []*plugin.File) []byte {
	var b strings.Builder
	b.WriteString(`# Plugins for stella doctor

This archive carries plugins to a machine without a network. It is an OCI image
layout: each plugin is a file in blobs/sha256 that is named by its digest.

    stella doctor plugin import BUNDLE.tar --dry-run
    stella doctor plugin import BUNDLE.tar

Nothing in here vouches for itself: signatures are verified with the trust file of
the machine that imports. Where a trust file came along, import shows the digests
of its keys, to be compared with what their owners told you in another way.

`)
	for i, f := range files {
		a := c.Plugins[i]
		fmt.Fprintf(&b, "## %s %s\n\n- plugin %s, %d bytes\n", f.Info.ID, f.Info.Version, a.Digest(), len(a.Plugin))
		for _, t := range a.Attached {
			fmt.Fprintf(&b, "- %s %s, %d bytes\n", t.Kind, t.Digest(), len(t.Data))
		}
		b.WriteByte('\n')
	}
	b.WriteString("## About the site that wrote this\n\n")
	if len(c.Keys) > 0 {
		fmt.Fprintf(&b, "- trust file %s, %d bytes\n", image.Digest(c.Keys), len(c.Keys))
	} else {
		b.WriteString("- no trust file\n")
	}
	if len(c.Revocations) > 0 {
		fmt.Fprintf(&b, "- list of revocations %s, %d bytes, signatures: %d\n", image.Digest(c.Revocations), len(c.Revocations), len(c.ListSignatures))
	} else {
		b.WriteString("- no list of revocations\n")
	}
	return []byte(b.String())
}
