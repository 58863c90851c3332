// Command probing opens a connection and sends no HTTP.
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() { sdk.Register(plugin) }

func main() {}

var plugin = sdk.Plugin{
	ID: "acme.doctor.mail", Name: "Acme Mail", Version: "1.0.0", Category: "integration",
	Checks: []sdk.Check{reachable},
}

var reachable = sdk.Check{
	Info: wire.CheckInfo{
		ID: "check.acme.mail.reachable", Name: "Mail Server", Description: "Does the mail server accept connections?",
		DefaultSeverity: wire.Fail,
		Settings:        []wire.SettingInfo{{Key: "Acme:Mail", Type: wire.TypeString, Required: true, Lead: true}},
		Access:          []wire.Access{{Kind: wire.KindTCP, Target: "{Acme:Mail}", DefaultPort: []int{25}, Reason: "connect"}},
	},
	Run: func(e *sdk.Env) wire.Result {
		resp := e.Probe(wire.TCPRequest{Host: e.Text("Acme:Mail"), Port: 25})
		if resp.Connected {
			return wire.Result{Severity: wire.Pass, Diagnosis: "The mail server accepts connections."}
		}
		return wire.Result{Severity: wire.Info, Diagnosis: "The mail server does not accept connections."}
	},
}
