package main

import (
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
)

func TestPlugin(t *testing.T) {
	sdktest.Validate(t, plugin)
	sdktest.Run(t, plugin, "testdata/ociregistry")
}
