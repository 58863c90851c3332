// Command upgraded is the plugin of sdk/testdata/asking in its next version, which
// wants more: a token, and a second page of the server.
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() { sdk.Register(plugin) }

func main() {}

var plugin = sdk.Plugin{
	ID: "acme.doctor.web", Name: "Acme Web", Version: "1.1.0", Category: "integration",
	Checks: []sdk.Check{health},
}

var health = sdk.Check{
	Info: wire.CheckInfo{
		ID: "check.acme.web.health", Name: "Web Health", Description: "Is the web server healthy, and does its administration answer?",
		DefaultSeverity: wire.Fail,
		Settings: []wire.SettingInfo{
			{Key: "Acme:Url", Type: wire.TypeURL, Required: true, Lead: true},
			{Key: "Acme:Token", Type: wire.TypeString, Secret: true},
		},
		Access: []wire.Access{
			{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{Acme:Url}", Secrets: []string{"Acme:Token"}, Reason: "ask for its health, as the administrator too"},
		},
	},
	Run: func(e *sdk.Env) wire.Result {
		req := wire.HTTPRequest{URL: e.Text("Acme:Url")}
		if token, ok := e.Setting("Acme:Token"); ok {
			req.Credential = &wire.Credential{Scheme: wire.SchemeBearer, Secret: token.Secret}
		}
		if e.Get(req).Status == 200 {
			return wire.Result{Severity: wire.Pass, Diagnosis: "The web server is healthy."}
		}
		return wire.Result{Severity: wire.Info, Diagnosis: "The web server does not say that it is healthy."}
	},
}
