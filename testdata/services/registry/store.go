package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/distribution/distribution/v3/manifest/ocischema"
	"github.com/distribution/distribution/v3/registry/storage"
	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	"github.com/distribution/reference"

	"stella-ops.org/doctor/testdata/services/sample"
)

// givenStore is the name of a storage driver that is whatever its parameter
// "store" holds, so that the registry and this program share one: distribution's
// own in-memory driver is a new one for each who asks for it.
const givenStore = "given"

func init() { factory.Register(givenStore, given{}) }

type given struct{}

// Create returns the store of the parameters.
func (given) Create(_ context.Context, parameters map[string]any) (storagedriver.StorageDriver, error) {
	store, ok := parameters["store"].(storagedriver.StorageDriver)
	if !ok {
		return nil, errors.New("no store was given")
	}
	return store, nil
}

func (o *options) store() storagedriver.StorageDriver {
	if o.dir == "" {
		return inmemory.New()
	}
	return filesystem.New(filesystem.DriverParameters{RootDirectory: o.dir, MaxThreads: 100})
}

// seed writes the sample image into the store, past all that keeps clients from
// doing so.
func (o *options) seed(ctx context.Context, store storagedriver.StorageDriver) error {
	registry, err := storage.NewRegistry(ctx, store)
	if err != nil {
		return err
	}
	manifest, blobs := sample.Image()
	if o.mountable {
		blobs = append(blobs, sample.Empty)
	}
	var content ocischema.DeserializedManifest
	if err := content.UnmarshalJSON(manifest.Data); err != nil {
		return err
	}
	for _, seed := range o.seeds {
		name, tag, err := sample.Split(seed)
		if err != nil {
			return err
		}
		named, err := reference.WithName(name)
		if err != nil {
			return fmt.Errorf("%s: %w", seed, err)
		}
		repository, err := registry.Repository(ctx, named)
		if err != nil {
			return fmt.Errorf("%s: %w", seed, err)
		}
		for _, blob := range blobs {
			if _, err := repository.Blobs(ctx).Put(ctx, blob.MediaType, blob.Data); err != nil {
				return fmt.Errorf("%s: %w", seed, err)
			}
		}
		manifests, err := repository.Manifests(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", seed, err)
		}
		if _, err := manifests.Put(ctx, &content); err != nil {
			return fmt.Errorf("%s: %w", seed, err)
		}
		if err := repository.Tags(ctx).Tag(ctx, tag, manifest.Descriptor()); err != nil {
			return fmt.Errorf("%s: %w", seed, err)
		}
	}
	return nil
}
