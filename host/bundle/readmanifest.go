package bundle

import (
	"fmt"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// manifest reads a manifest of the index, and holds what the index says of it
// against it.
func (c *collector) manifest(d image.Descriptor) (*image.Manifest, error) {
	data, err := c.blob("a manifest", d, image.MaxManifest)
	if err != nil {
		return nil, err
	}
	m, err := image.ReadManifest(data, true)
	if err != nil {
		return nil, err
	}
	if d.ArtifactType != m.ArtifactType {
		return nil, image.Refuse(RuleIndex, "", "%s says that the manifest %s is %s, it is %s", entryIndex, d.Digest, image.Quote(d.ArtifactType), image.Quote(m.ArtifactType))
	}
	_, err = c.blob("the config of a manifest", m.Config, image.MaxManifest)
	return m, err
}

func (c *collector) plugin(d image.Descriptor, m *image.Manifest) error {
	layer, _, err := m.Plugin()
	if err != nil {
		return err
	}
	data, err := c.blob("the plugin", layer, plugin.MaxSize)
	if err != nil {
		return err
	}
	f, err := m.Open(data)
	if err != nil {
		return fmt.Errorf("the plugin %s: %w", layer.Digest, err)
	}
	for _, p := range c.plugins {
		if p.id == f.Info.ID {
			return image.Refuse(RulePluginTwice, "", "the plugin %s stands twice", p.id)
		}
	}
	if len(c.plugins) == MaxPlugins {
		return image.Refuse(RuleCount, "", "the bundle has more than %d plugins", MaxPlugins)
	}
	for key, want := range map[string]string{image.AnnotationID: f.Info.ID, image.AnnotationVersion: f.Info.Version} {
		if got := d.Annotations[key]; got != want {
			return image.Refuse(RuleIndex, "", "%s says %s of the plugin %s, which is %s", entryIndex, image.Quote(got), f.Info.ID, image.Quote(want))
		}
	}
	if img := image.OfPlugin(data, &f.Info, image.FormOwn); img.Manifest.Digest != d.Digest {
		return image.Refuse(RuleManifest, "", "the manifest of the plugin %s is not the one that export writes for it", f.Info.ID)
	}
	c.plugins[d.Digest] = &found{&artifact.Artifact{Plugin: data}, f.Info.ID}
	return nil
}

func (c *collector) attachment(m *image.Manifest) error {
	subject := ""
	if m.Subject != nil {
		subject = m.Subject.Digest
	}
	kind, layer, err := m.Attachment(subject)
	if err != nil {
		return err
	}
	p := c.plugins[subject]
	if p == nil {
		return image.Refuse(image.RuleSubject, "", "the %s is about %s, which is no plugin of the bundle", kind, image.Quote(subject))
	}
	data, err := c.blob("the "+string(kind), layer, kind.Max())
	if err != nil {
		return err
	}
	if len(p.Attached) == artifact.MaxAttachments {
		return image.Refuse(RuleCount, "", "the plugin %s has more than %d documents", p.id, artifact.MaxAttachments)
	}
	p.Attached = append(p.Attached, artifact.Attachment{Kind: kind, Data: data})
	return nil
}

// about reads the manifest that holds what is about the bundle.
func (c *collector) about(m *image.Manifest) error {
	if c.meta != nil {
		return image.Refuse(RuleIndex, "", "two manifests are about the bundle")
	}
	c.meta = &Content{}
	for _, layer := range m.Layers {
		if err := c.aboutLayer(layer); err != nil {
			return err
		}
	}
	return nil
}

// aboutLayer reads one part of what is about the bundle.
func (c *collector) aboutLayer(layer image.Descriptor) error {
	var into *[]byte
	most := 0
	switch layer.MediaType {
	case typeReadme:
		into, most = &c.meta.Readme, maxReadme
	case TypeKeys:
		into, most = &c.meta.Keys, MaxKeys
	case TypeRevocations:
		into, most = &c.meta.Revocations, MaxRevocations
	case artifact.Signature.MediaType():
		c.meta.ListSignatures = append(c.meta.ListSignatures, nil)
		into, most = &c.meta.ListSignatures[len(c.meta.ListSignatures)-1], artifact.Signature.Max()
	default:
		return image.Refuse(image.RuleMediaType, "", "the bundle holds %s about itself", image.Quote(layer.MediaType))
	}
	if *into != nil {
		return image.Refuse(image.RuleLayers, "", "the bundle holds %s twice", layer.MediaType)
	}
	data, err := c.blob("what is about the bundle", layer, most)
	*into = data
	return err
}
