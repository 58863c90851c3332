//go:build !wasip1

package sdk_test

import (
	"fmt"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// up answers every request with status 200.
type up struct{}

func (up) HTTPRead([]byte) []byte  { return []byte(`{"status":200,"duration_ms":12}`) }
func (up) HTTPWrite([]byte) []byte { return []byte(`{"status":405,"duration_ms":12}`) }
func (up) TCPProbe([]byte) []byte  { return []byte(`{"connected":true,"duration_ms":12}`) }
func (up) Log(level, msg string)   { fmt.Println(level+":", msg) }

// A check is a value and a function, and runs outside WebAssembly as well.
func ExamplePlugin() {
	health := sdk.Check{
		Info: wire.CheckInfo{
			ID: "check.acme.web.health", Name: "Web Health", Description: "Is the web server healthy?",
			DefaultSeverity: wire.Fail,
			Settings:        []wire.SettingInfo{{Key: "Acme:Url", Type: wire.TypeURL, Required: true, Lead: true}},
			Access:          []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{Acme:Url}", Reason: "ask for its health"}},
		},
		Run: func(e *sdk.Env) wire.Result {
			resp := e.Get(wire.HTTPRequest{URL: e.Text("Acme:Url")})
			e.Debug("asked " + e.Text("Acme:Url"))
			if resp.Status == 200 {
				return wire.Result{Severity: wire.Pass, Diagnosis: "The web server is healthy."}
			}
			return wire.Result{Severity: wire.Info, Diagnosis: "The web server does not say that it is healthy."}
		},
	}
	plugin := sdk.Plugin{
		ID: "acme.doctor.web", Name: "Acme Web", Version: "1.0.0", Category: "integration",
		Checks: []sdk.Check{health},
	}
	result, err := plugin.Play(wire.Request{
		Version: wire.Version, Nonce: nonce, Check: "check.acme.web.health", Now: "2026-01-02T03:04:05Z",
		Settings: map[string]wire.Setting{"Acme:Url": {Value: "http://web.example.com", Key: "Acme:Url"}},
	}, up{})
	fmt.Println(result.Severity, result.Diagnosis, err)
	// Output:
	// debug: asked http://web.example.com
	// pass The web server is healthy. <nil>
}
