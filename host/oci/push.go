package oci

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"oras.land/oras-go/v2/registry/remote/errcode"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// Pushed is what a registry took.
type Pushed struct {
	// Ref is REGISTRY/REPOSITORY@DIGEST, Tag the tag that now leads to it; empty when
	// the reference had a digest.
	Ref, Tag string
	// Form is how the config is called that the registry accepted.
	Form image.Form
	// Attached counts the documents.
	Attached int
}

// Push brings a plugin and what is attached to it to a registry. A digest in the
// reference must be the one that comes of it. Documents come before the tag, so that
// who pulls by the tag finds all of them or the plugin that was there before. It
// fails with an *Error when the registry does not take it, and with a
// *plugin.Refusal when the file is no plugin.
func Push(ctx context.Context, ref string, a *artifact.Artifact, o Options) (*Pushed, error) {
	f, err := plugin.Open(a.Plugin)
	if err != nil {
		return nil, err
	}
	ctx, cancel := o.bound(ctx)
	defer cancel()
	c, err := open(ctx, ref, o)
	if err != nil {
		return nil, err
	}
	defer c.close()
	p := &Pushed{}
	img, err := c.ladder(ctx, func(form image.Form) image.Image {
		p.Form = form
		return image.OfPlugin(a.Plugin, &f.Info, form)
	})
	if err != nil {
		return nil, err
	}
	manifest := img.Manifest
	p.Ref = c.ref.Registry + "/" + c.ref.Repository + "@" + manifest.Digest
	if image.IsDigest(c.ref.Reference) && c.ref.Reference != manifest.Digest {
		return nil, &Error{Ref: ref, Kind: KindReference, Text: "the plugin has the digest " + manifest.Digest + " there", Hint: "push to a tag"}
	}
	for _, t := range a.Attached {
		if _, err := c.ladder(ctx, func(form image.Form) image.Image { return image.OfAttachment(t, manifest.Descriptor, form) }); err != nil {
			return nil, err
		}
		p.Attached++
	}
	if !image.IsDigest(c.ref.Reference) {
		p.Tag = c.ref.Reference
		if err := c.PushReference(ctx, wireDescriptor(manifest.Descriptor), bytes.NewReader(manifest.Data), p.Tag); err != nil {
			return nil, c.explain(ctx, err)
		}
	}
	return p, nil
}

// ladder pushes an image in the first form that the registry takes.
func (c *client) ladder(ctx context.Context, of func(image.Form) image.Image) (image.Image, error) {
	var first error
	for _, form := range image.Forms() {
		img := of(form)
		err := c.pushImage(ctx, img)
		if err == nil {
			return img, nil
		}
		if first == nil {
			first = err
		}
		if !isRejected(err) {
			return img, c.explain(ctx, err)
		}
	}
	return image.Image{}, c.explain(ctx, first)
}

// isRejected tells whether a registry may take the same in another form.
func isRejected(err error) bool {
	var r *errcode.ErrorResponse
	return errors.As(err, &r) && slices.Contains([]int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}, r.StatusCode)
}

// pushImage pushes layers, config and manifest, in this order, and what is there
// already only once.
func (c *client) pushImage(ctx context.Context, img image.Image) error {
	for _, b := range append(slices.Clone(img.Layers), img.Config) {
		d := wireDescriptor(b.Descriptor)
		if have, err := c.Blobs().Exists(ctx, d); err != nil {
			return err
		} else if have {
			continue
		}
		if err := c.Blobs().Push(ctx, d, bytes.NewReader(b.Data)); err != nil {
			return err
		}
	}
	return c.Manifests().Push(ctx, wireDescriptor(img.Manifest.Descriptor), bytes.NewReader(img.Manifest.Data))
}
