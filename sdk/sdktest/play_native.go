//go:build !wasip1

package sdktest

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func play(p sdk.Plugin, req wire.Request, b *playing) (wire.Result, error) { return p.Play(req, b) }
