// Command quiet is a plugin that asks the host for nothing.
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() {
	sdk.Register(sdk.Plugin{
		ID: "test.doctor.quiet", Name: "Quiet", Version: "1.0.0", Category: "core",
		Checks: []sdk.Check{{
			Info: wire.CheckInfo{
				ID: "check.test.quiet", Name: "Quiet", Description: "Is all well?", DefaultSeverity: wire.Info,
			},
			Run: func(e *sdk.Env) wire.Result {
				return wire.Result{Severity: wire.Pass, Diagnosis: "It is " + e.Now() + " and all is well."}
			},
		}},
	})
}

func main() {}
