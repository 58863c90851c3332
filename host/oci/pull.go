package oci

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// maxAttachedBytes bounds the documents of one plugin together.
const maxAttachedBytes = 64 << 20

// Pulled is what a registry gave.
type Pulled struct {
	Artifact *artifact.Artifact
	// File is the plugin, read without executing it.
	File *plugin.File
	// Ref is REGISTRY/REPOSITORY@DIGEST: what the reference stands for now.
	Ref string
	// Manifest is the digest in Ref.
	Manifest string
	// Layout says which tool's way of storing it was.
	Layout string
	// Ignored are sentences about what refers to the plugin and was left out.
	Ignored []string
}

// Pull fetches a plugin and what is attached to it. It fails
//
//   - with an *Error, when the registry does not give it,
//   - with a *Refusal, when what it gives is no plugin in a layout that is known, or
//     is not what its digests say,
//   - with a *plugin.Refusal, when the file is no plugin that is accepted.
func Pull(ctx context.Context, ref string, o Options) (*Pulled, error) {
	ctx, cancel := o.bound(ctx)
	defer cancel()
	c, err := open(ctx, ref, o)
	if err != nil {
		return nil, err
	}
	defer c.close()
	top, m, err := c.manifest(ctx)
	if err != nil {
		return nil, err
	}
	layer, layout, err := m.Plugin()
	if err != nil {
		return nil, c.about(err)
	}
	p := &Pulled{Manifest: top.Digest, Ref: c.ref.Registry + "/" + c.ref.Repository + "@" + top.Digest, Layout: layout}
	data, err := c.fetch(ctx, layer, false)
	if err != nil {
		return nil, err
	}
	if p.File, err = m.Open(data); err != nil {
		return nil, c.about(err)
	}
	p.Artifact = &artifact.Artifact{Plugin: data}
	if err := c.attached(ctx, top, p); err != nil {
		return nil, err
	}
	p.Artifact.Sort()
	return p, nil
}

// manifest resolves the reference and reads the manifest that it stands for.
func (c *client) manifest(ctx context.Context) (image.Descriptor, *image.Manifest, error) {
	d, r, err := c.Manifests().FetchReference(ctx, c.ref.Reference)
	if err != nil {
		return image.Descriptor{}, nil, c.explain(ctx, err)
	}
	defer r.Close()
	top := image.Descriptor{MediaType: d.MediaType, Digest: string(d.Digest), Size: d.Size}
	switch top.MediaType {
	case image.TypeManifest:
	case image.TypeIndex, "application/vnd.docker.distribution.manifest.list.v2+json":
		return top, nil, c.about(image.Refuse(image.RuleIndex, "name the manifest of the plugin by its digest", "this is a list of manifests, not a plugin"))
	default:
		return top, nil, c.refuse(image.RuleMediaType, "the manifest is %s, not %s", image.Quote(top.MediaType), image.TypeManifest)
	}
	if err := top.Check("the manifest", image.MaxManifest); err != nil {
		return top, nil, c.about(err)
	}
	data, err := c.read(ctx, r, top)
	if err != nil {
		return top, nil, err
	}
	m, err := image.ReadManifest(data, false)
	if err != nil {
		return top, nil, c.about(err)
	}
	return top, m, nil
}

// attached fetches the documents that refer to the manifest.
func (c *client) attached(ctx context.Context, top image.Descriptor, p *Pulled) error {
	list, err := c.referrers(ctx, top, p)
	if knowsNone(err) && c.SetReferrersCapability(false) == nil {
		list, err = c.referrers(ctx, top, p)
	}
	var refusal *image.Refusal
	if errors.As(err, &refusal) {
		return c.about(refusal)
	} else if err != nil {
		return c.explain(ctx, err)
	}
	total := 0
	for _, d := range list {
		t, err := c.attachment(ctx, d, top.Digest, p)
		if err != nil {
			return err
		}
		if t.Kind == "" {
			continue
		}
		if total += len(t.Data); total > maxAttachedBytes {
			return c.refuse(image.RuleSize, "the documents beside the plugin have more than %d bytes together", maxAttachedBytes)
		}
		p.Artifact.Attached = append(p.Artifact.Attached, t)
	}
	return nil
}

// referrers lists the documents, and notes in p what is left out.
func (c *client) referrers(ctx context.Context, top image.Descriptor, p *Pulled) (list []image.Descriptor, err error) {
	err = c.Referrers(ctx, wireDescriptor(top), "", func(page []ocispec.Descriptor) error {
		for _, d := range page {
			// Some registries list the type of the config instead, which says nothing.
			_, known := image.AttachmentKind(d.ArtifactType, "")
			if !known && d.ArtifactType != "" && d.ArtifactType != image.TypeEmpty {
				p.ignore(string(d.Digest), d.ArtifactType)
				continue
			}
			if len(list) == artifact.MaxAttachments {
				return image.Refuse(RuleCount, "", "more than %d documents refer to the plugin", artifact.MaxAttachments)
			}
			list = append(list, image.Descriptor{MediaType: d.MediaType, Digest: string(d.Digest), Size: d.Size})
		}
		return nil
	})
	return list, err
}

// knowsNone tells answers of registries that have no referrers and do not say so in
// the way of the specification, which is 404.
func knowsNone(err error) bool {
	var r *errcode.ErrorResponse
	return errors.As(err, &r) && slices.Contains([]int{http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotImplemented}, r.StatusCode)
}

// ignore notes that something that refers to the plugin was left out.
func (p *Pulled) ignore(digest, artifactType string) {
	if len(p.Ignored) < artifact.MaxAttachments {
		p.Ignored = append(p.Ignored, fmt.Sprintf("%s of type %s is no document that belongs beside a plugin", image.Quote(digest), image.Quote(artifactType)))
	}
}

// attachment fetches one document. What its own manifest says counts, not what the
// list said of it; one of an unknown kind is noted in p, and what is returned has
// none.
func (c *client) attachment(ctx context.Context, d image.Descriptor, subject string, p *Pulled) (artifact.Attachment, error) {
	var none artifact.Attachment
	if d.MediaType != image.TypeManifest {
		return none, c.refuse(image.RuleMediaType, "what refers to the plugin is %s, not %s", image.Quote(d.MediaType), image.TypeManifest)
	}
	if err := d.Check("the manifest of a document", image.MaxManifest); err != nil {
		return none, c.about(err)
	}
	data, err := c.fetch(ctx, d, true)
	if err != nil {
		return none, err
	}
	m, err := image.ReadManifest(data, false)
	if err != nil {
		return none, c.about(err)
	}
	if _, ok := image.AttachmentKind(m.ArtifactType, m.Config.MediaType); !ok {
		p.ignore(d.Digest, m.ArtifactType)
		return none, nil
	}
	kind, layer, err := m.Attachment(subject)
	if err != nil {
		return none, c.about(err)
	}
	if data, err = c.fetch(ctx, layer, false); err != nil {
		return none, err
	}
	return artifact.Attachment{Kind: kind, Data: data}, nil
}
