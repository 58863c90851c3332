package sdktest

import (
	"errors"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// play is here so that the tests of a plugin compile for wasip1 too, which
// editors and go vet want of them.
func play(sdk.Plugin, wire.Request, *playing) (wire.Result, error) {
	return wire.Result{}, errors.New("cases are played natively, not by a test binary for wasip1")
}
