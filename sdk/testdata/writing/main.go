// Command writing sends a request of class write and reads nothing.
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() { sdk.Register(plugin) }

func main() {}

var plugin = sdk.Plugin{
	ID: "acme.doctor.web", Name: "Acme Web", Version: "1.0.0", Category: "integration",
	Checks: []sdk.Check{health},
}

var health = sdk.Check{
	Info: wire.CheckInfo{
		ID: "check.acme.web.health", Name: "Web Health", Description: "Is the web server healthy?",
		DefaultSeverity: wire.Fail,
		Settings:        []wire.SettingInfo{{Key: "Acme:Url", Type: wire.TypeURL, Required: true, Lead: true}},
		Access:          []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"POST"}, Target: "{Acme:Url}", Reason: "ask for its health"}},
	},
	Run: func(e *sdk.Env) wire.Result {
		resp := e.Post(wire.HTTPRequest{URL: e.Text("Acme:Url")})
		if resp.Status == 200 {
			return wire.Result{Severity: wire.Pass, Diagnosis: "The web server is healthy."}
		}
		return wire.Result{Severity: wire.Info, Diagnosis: "The web server does not say that it is healthy."}
	},
}
