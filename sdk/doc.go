// Package sdk is what the author of a Doctor plugin imports. It speaks to the
// host, so that a check is one value and one function: no exported WebAssembly
// function, no pointer and no JSON in an author's file.
//
// # A plugin
//
// A plugin is a main package. It registers one [Plugin] value from init and
// leaves main empty, because a plugin does not run, it is asked:
//
//	package main
//
//	import (
//		"stella-ops.org/doctor/sdk"
//		"stella-ops.org/doctor/sdk/wire"
//	)
//
//	func init() { sdk.Register(plugin) }
//
//	func main() {}
//
//	var plugin = sdk.Plugin{
//		ID: "acme.doctor.web", Name: "Acme Web", Version: "1.0.0", Category: "integration",
//		Checks: []sdk.Check{health},
//	}
//
//	var health = sdk.Check{
//		Info: wire.CheckInfo{
//			ID: "check.acme.web.health", Name: "Web Health", Description: "Is the web server healthy?",
//			DefaultSeverity: wire.Fail,
//			Settings:        []wire.SettingInfo{{Key: "Acme:Url", Type: wire.TypeURL, Required: true, Lead: true}},
//			Access:          []wire.Access{{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{Acme:Url}", Reason: "ask for its health"}},
//		},
//		Run: func(e *sdk.Env) wire.Result {
//			resp := e.Get(wire.HTTPRequest{URL: e.Text("Acme:Url")})
//			if resp.Status == 200 {
//				return wire.Result{Severity: wire.Pass, Diagnosis: "The web server is healthy."}
//			}
//			return wire.Result{Severity: wire.Info, Diagnosis: "The web server does not say that it is healthy."}
//		},
//	}
//
// `stella doctor plugin build` compiles the package to WebAssembly and seals
// what [Plugin.Info] says into the file. From then on a host knows the checks,
// the settings that they read and the access that they ask for without running
// a single instruction of the plugin. A seal is no signature: it describes the
// file and does not prove who made it.
//
// The go.mod of a plugin names this module. Until a version of it is published,
// a replace line points at a checkout; go mod tidy completes the file:
//
//	module example.com/acme/doctor-plugin
//
//	go 1.26.0
//
//	require stella-ops.org/doctor v0.0.0
//
//	replace stella-ops.org/doctor => ../doctor
//
// # What a check can do
//
// A check gets one [Env], its unit of work. It reads the settings that it declared
// ([Env.Text], [Env.Setting]), asks the host for HTTP exchanges ([Env.Get],
// [Env.Head], [Env.Options], and those that write, see [Env.Post]) and for connections
// ([Env.Probe]), and logs ([Env.Debug], [Env.Info], [Env.Warn]). That is all there is:
// the sandbox has no network, no file, no environment, no clock and no randomness of
// its own. The time of the run is [Env.Now]; latency is measured by the host and
// stands in the response. A run is therefore a function of the module, the request and
// the answers of the host, and a recorded run replays to the same result.
//
// A host call never fails the check. A refused connection, an unknown authority and a
// request that the operator's policy refuses come back as data in
// [wire.HTTPResponse.Error] and [wire.TCPResponse.Error]. A secret setting arrives as
// a handle ([wire.Setting.Secret]); it is put into [wire.HTTPRequest.Credential] and
// the host attaches the value.
//
// Every host function is one import and one family of methods, and a linker drops the
// imports that nobody calls. A plugin that never calls a writing method cannot write,
// and its import list proves it.
//
// # What a check answers
//
// The returned [wire.Result] is a finding, never an error. Every verdict but skip has
// a diagnosis. Warn and fail need a cause (a dotted id, declared in Explain where the
// check has one) and a remediation with a summary and at least one step as well; a
// likely cause or more is wise. A result without these is bad output, and the check
// has judged nothing. A warning, whole:
//
//	return wire.Result{
//		Severity: wire.Warn, Cause: "acme.unhealthy",
//		Diagnosis:    "The web server does not say that it is healthy.",
//		LikelyCauses: []string{"The web server is starting."},
//		Remediation: &wire.Remediation{
//			Summary: "Restart the web server.",
//			Steps: []wire.Step{{
//				Order: 1, Runtime: wire.RuntimeSystemd, Effect: wire.EffectWrite,
//				Description: "Restart the web server.", Command: "sudo systemctl restart acme-web",
//			}},
//		},
//	}
//
// When a request that the verdict
// needs was denied by policy, the check sets Unjudged to
// [wire.UnjudgedDenied] instead of a severity. Version, nonce and check id are
// filled in by this package. A panic ends the run as outcome trap.
//
// # Tests
//
// Outside WebAssembly the same functions run natively. Package
// [stella-ops.org/doctor/sdk/sdktest] plays cases from text files, natively and
// in real WebAssembly; a test is two lines, and its package comment shows a whole
// case. The WebAssembly half needs the path of the stella program in the
// environment variable STELLA; without it that half is skipped, as go test -v
// shows.
//
// # Building without the program
//
// A plugin is an ordinary WASI reactor and needs no generator:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags="-s -w" -o acme.wasm .
//
// The package stays clear of what makes a WebAssembly file large (encoding/json,
// fmt, reflect, net/url, regexp, os, time); an author who imports these pays for
// them. It compiles with TinyGo as well.
package sdk
