package main

import (
	"context"
	"errors"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
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
