package oci

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
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
// reference must be one that comes of it, and says in which form; any other is
// refused before the registry is asked. Documents come before the tag, so that
// who pulls by the tag finds all of them or the plugin that was there before. It
// fails with an *Error when the registry does not take it, and with a
// *plugin.Refusal when the file is no plugin.
func Push(ctx context.Context, ref string, a *artifact.Artifact, o Options) (*Pushed, error) {
	plan, err := planPush(ref, a)
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
	form, err := c.ladder(ctx, plan.forms, plan.image)
	if err != nil {
		return nil, err
	}
	p, manifest := plan.pushed(form), plan.image(form).Manifest
	for _, t := range a.Attached {
		if _, err := c.ladder(ctx, image.Forms(), func(form image.Form) image.Image { return image.OfAttachment(t, manifest.Descriptor, form) }); err != nil {
			return nil, err
		}
	}
	if p.Tag != "" {
		if err := c.PushReference(ctx, wireDescriptor(manifest.Descriptor), bytes.NewReader(manifest.Data), p.Tag); err != nil {
			return nil, c.explain(ctx, err)
		}
	}
	return p, nil
}

// Plan says what [Push] would answer, if the registry takes the first form that
// would be tried. It connects to nothing, and fails with what Push refuses before.
func Plan(ref string, a *artifact.Artifact) (*Pushed, error) {
	plan, err := planPush(ref, a)
	if err != nil {
		return nil, err
	}
	return plan.pushed(plan.forms[0]), nil
}

// plan is what is known of a push before anybody is asked.
type plan struct {
	ref   registry.Reference
	a     *artifact.Artifact
	info  *wire.PluginInfo
	forms []image.Form // those to try, never none
}

func planPush(text string, a *artifact.Artifact) (*plan, error) {
	f, err := plugin.Open(a.Plugin)
	if err != nil {
		return nil, err
	}
	ref, err := ParseReference(text)
	if err != nil {
		return nil, err
	}
	p := &plan{ref, a, &f.Info, image.Forms()}
	if !image.IsDigest(ref.Reference) {
		return p, nil
	}
	p.forms = slices.DeleteFunc(p.forms, func(form image.Form) bool { return p.image(form).Manifest.Digest != ref.Reference })
	if len(p.forms) == 0 {
		return nil, &Error{Ref: text, Kind: KindReference, Text: "the plugin has the digest " + p.image(image.FormOwn).Manifest.Digest + " there", Hint: "push to a tag"}
	}
	return p, nil
}

func (p *plan) image(form image.Form) image.Image { return image.OfPlugin(p.a.Plugin, p.info, form) }

// pushed is what a push in a form comes to.
func (p *plan) pushed(form image.Form) *Pushed {
	done := &Pushed{
		Ref:  p.ref.Registry + "/" + p.ref.Repository + "@" + p.image(form).Manifest.Digest,
		Form: form, Attached: len(p.a.Attached),
	}
	if !image.IsDigest(p.ref.Reference) {
		done.Tag = p.ref.Reference
	}
	return done
}

// ladder pushes an image in the first of the forms that the registry takes.
func (c *client) ladder(ctx context.Context, forms []image.Form, of func(image.Form) image.Image) (image.Form, error) {
	var first error
	for _, form := range forms {
		err := c.pushImage(ctx, of(form))
		if err == nil {
			return form, nil
		}
		if first == nil {
			first = err
		}
		if !isRejected(err) {
			return form, c.explain(ctx, err)
		}
	}
	return 0, c.explain(ctx, first)
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
