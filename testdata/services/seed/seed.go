// Package seed writes the sample image into the storage of a registry of the
// distribution project, past all that keeps clients from doing so.
package seed

import (
	"context"
	"fmt"

	"github.com/distribution/distribution/v3"
	"github.com/distribution/distribution/v3/manifest/ocischema"
	"github.com/distribution/distribution/v3/registry/storage"
	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/reference"

	"stella-ops.org/doctor/testdata/services/sample"
)

// Write writes the sample image into store under each of the references, which
// are REPOSITORY:TAG, and the extra blobs beside it.
func Write(ctx context.Context, store storagedriver.StorageDriver, references []string, extra ...sample.Blob) error {
	registry, err := storage.NewRegistry(ctx, store)
	if err != nil {
		return err
	}
	for _, r := range references {
		if err := write(ctx, registry, r, extra); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
	}
	return nil
}

func write(ctx context.Context, registry distribution.Namespace, r string, extra []sample.Blob) error {
	name, tag, err := sample.Split(r)
	if err != nil {
		return err
	}
	named, err := reference.WithName(name)
	if err != nil {
		return err
	}
	repository, err := registry.Repository(ctx, named)
	if err != nil {
		return err
	}
	manifest, blobs := sample.Image()
	for _, blob := range append(blobs, extra...) {
		if _, err := repository.Blobs(ctx).Put(ctx, blob.MediaType, blob.Data); err != nil {
			return err
		}
	}
	manifests, err := repository.Manifests(ctx)
	if err != nil {
		return err
	}
	var content ocischema.DeserializedManifest
	if err := content.UnmarshalJSON(manifest.Data); err != nil {
		return err
	}
	if _, err := manifests.Put(ctx, &content); err != nil {
		return err
	}
	return repository.Tags(ctx).Tag(ctx, tag, manifest.Descriptor())
}
