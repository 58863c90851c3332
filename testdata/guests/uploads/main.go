//go:build wasip1

// Command uploads is a plugin whose checks open an upload at a registry and end
// in every way but the one that was promised. Tests count the uploads that the
// registry has open afterwards: there are none.
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() {
	sdk.Register(sdk.Plugin{
		ID: "test.doctor.uploads", Name: "Uploads", Version: "1.0.0", Category: "integration", Description: "Leaves uploads open.",
		Checks: []sdk.Check{
			check("cancels", "Is an upload that the check cancels cancelled once?", 0, cancels),
			check("returns", "Is an upload cancelled that the check forgets?", 0, returns),
			check("twice", "Are two uploads cancelled?", 0, twice),
			check("panics", "Is an upload cancelled when the check crashes?", 0, panics),
			check("loops", "Is an upload cancelled when the check never ends?", 8000, loops),
			check("waits", "Is an upload cancelled when the run ends in the middle?", 0, waits),
			check("opening", "Is an upload cancelled whose answer was not there yet?", 0, opening),
			check("nothing", "Does a request without undo stay as it is?", 0, nothing),
		},
	})
}

func main() {}

func check(what, question string, timeoutMS int64, run func(*sdk.Env) wire.Result) sdk.Check {
	return sdk.Check{
		Info: wire.CheckInfo{
			ID: "check.uploads." + what, Name: "Uploads " + what, Description: question, Class: wire.ClassWrite,
			DefaultSeverity: wire.Fail, TimeoutMS: timeoutMS,
			Settings: []wire.SettingInfo{
				{Key: "Uploads:Url", Type: wire.TypeURL, Description: "A registry."},
				{Key: "Uploads:Password", Type: wire.TypeString, Secret: true, Description: "Its password."},
			},
			Access: []wire.Access{{
				Kind: wire.KindHTTP, Class: wire.ClassWrite, Methods: []string{"GET", "POST", "DELETE"}, Target: "{Uploads:Url}", Path: "/v2/",
				Secrets: []string{"Uploads:Password"}, Reason: "to open and cancel an upload",
			}},
		},
		Run: run,
	}
}

// open opens an upload.
func open(e *sdk.Env, repository, undo string) wire.HTTPResponse {
	return e.Post(wire.HTTPRequest{URL: e.Text("Uploads:Url") + "/v2/" + repository + "/blobs/uploads/", Undo: undo, Credential: credential(e)})
}

func credential(e *sdk.Env) *wire.Credential {
	s, ok := e.Setting("Uploads:Password")
	if !ok {
		return nil
	}
	return &wire.Credential{Scheme: wire.SchemeOCIToken, Username: "ops", Secret: s.Secret}
}

func pass(resp wire.HTTPResponse) wire.Result {
	return wire.Result{Severity: wire.Pass, Diagnosis: "The check went its way.", Evidence: wire.Evidence{"http_status": wire.Int(int64(resp.Status))}}
}

func cancels(e *sdk.Env) wire.Result {
	resp := open(e, "a", "DELETE")
	if location := resp.Header["location"]; len(location) > 0 {
		resp = e.Delete(wire.HTTPRequest{URL: e.Text("Uploads:Url") + location[0], Credential: credential(e)})
	}
	return pass(resp)
}

func returns(e *sdk.Env) wire.Result { return pass(open(e, "a", "DELETE")) }

func twice(e *sdk.Env) wire.Result {
	open(e, "a", "DELETE")
	return pass(open(e, "b", "DELETE"))
}

func panics(e *sdk.Env) wire.Result {
	open(e, "a", "DELETE")
	panic("in the middle")
}

func loops(e *sdk.Env) wire.Result {
	open(e, "a", "DELETE")
	for {
	}
}

// waits asks for what never comes.
func waits(e *sdk.Env) wire.Result {
	open(e, "a", "DELETE")
	return pass(e.Get(wire.HTTPRequest{URL: e.Text("Uploads:Url") + "/v2/hang"}))
}

// opening opens an upload at a registry that takes its time.
func opening(e *sdk.Env) wire.Result { return pass(open(e, "slow", "DELETE")) }

func nothing(e *sdk.Env) wire.Result { return pass(open(e, "a", "")) }
