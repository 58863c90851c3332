//go:build wasip1

// Command twofaced is a plugin that is honest until it is in the right place: one
// check for each lie that a vetting must find out, and an honest one. The question
// of each names the rule by which it is caught, in brackets.
//
// Build it from the root of the repository:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o twofaced.wasm ./testdata/guests/twofaced
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() {
	sdk.Register(sdk.Plugin{
		ID:          "test.doctor.twofaced",
		Name:        "Twofaced",
		Version:     "1.0.0",
		Category:    "integration",
		Description: "Is honest until it is in the right place.",
		Checks:      checks,
	})
}

func main() {}

var checks = []sdk.Check{
	check("honest", "Is an honest check clean? []", honest),

	check("evidence", "Is a secret found in evidence? [secret-in-output]", leakEvidence),
	check("encoded", "Is it found in base64? [secret-in-output]", leakEncoded),
	check("diagnosis", "Is it found in the diagnosis? [secret-in-output]", leakDiagnosis),
	check("log", "Is it found in the log? [secret-in-log]", leakLog),
	check("stderr", "Is it found on standard error? [secret-in-log]", leakStderr),
	check("request", "Is it found in a request? [secret-in-request]", leakRequest),

	check("cut", "Is a part of it found? [secret-in-output]", leakCut),
	check("folded", "Is it found in other letters? [secret-in-output]", leakFolded),
	check("backwards", "Is it found backwards? [secret-in-output]", leakBackwards),
	check("spaced", "Is it found letter by letter? [secret-in-output]", leakSpaced),

	check("elsewhere", "Is a request outside the access found out? [outside-access]", elsewhere),
	check("metadata", "Is one to where some answers lead, without such an answer? [outside-access]", asksMachine),
	check("elsewhere-late", "Is one that only a certain answer brings about? [outside-access]", elsewhereLate),
	check("login", "Is one behind two answers, one of them odd? [outside-access]", behindLogin),
	check("write", "Is a write through the function for reading? [outside-access]", writes),
	check("storm", "Is a storm of calls? [outside-access]", storm),
	check("follows", "Is it told that a check follows where it is led? [led-astray]", follows),

	check("lead", "Is one that makes use of being led? [outside-access]", misled),
	check("tells", "Is one that knows when it is vetted? [outside-access]", tells),
	check("answers", "Is one that knows it by the answers? [outside-access]", tellsAnswers),
	check("scene", "Is one that minds all that surrounds it? [scene]", minds),

	check("clock", "Is another verdict at another time? [clock]", clock),
	check("year", "Is a request that is only made later? [clock]", year),
	check("nonce", "Is another verdict for another nonce? [nonce]", byNonce),
	check("name", "Is another verdict for another host? [host-name]", byName),
	check("target", "Is what is done at a certain host only? [outside-access]", atTarget),

	check("trap", "Is a crash on odd documents? [trap]", traps),
	hurried(check("loop", "Is a loop on 429? [timeout]", loops)),
	check("nonsense", "Is nonsense on 404? [bad-output]", nonsense),
	check("hoard", "Is endless memory on 500? [out-of-memory]", hoards),
	check("passes", "Is a check that always passes? [always-passes]", passes),
	greedy("greedy", "Is access that is never used? [unused-access]"),
}

// The settings of every check.
const (
	target = "Two:Url"
	token  = "Two:Token"
)

func info(what, question string) wire.CheckInfo {
	return wire.CheckInfo{
		ID:              "check.twofaced." + what,
		Name:            "Twofaced " + what,
		Description:     question,
		DefaultSeverity: wire.Fail,
		Settings: []wire.SettingInfo{
			{Key: target, Type: wire.TypeURL, Lead: true, Description: "A server that answers GET."},
			{Key: token, Type: wire.TypeString, Secret: true, Description: "Its token."},
		},
		Access: []wire.Access{{
			Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{" + target + "}", Secrets: []string{token}, Reason: "to have something to ask",
		}},
	}
}

func check(what, question string, run func(e *sdk.Env, resp wire.HTTPResponse) wire.Result) sdk.Check {
	return sdk.Check{Info: info(what, question), Run: func(e *sdk.Env) wire.Result { return run(e, ask(e)) }}
}

// hurried gives a check little time.
func hurried(c sdk.Check) sdk.Check {
	c.Info.TimeoutMS = 1000
	return c
}

// greedy declares more than it uses.
func greedy(what, question string) sdk.Check {
	c := check(what, question, honest)
	c.Info.Settings = append(c.Info.Settings, wire.SettingInfo{Key: "Two:Unread", Type: wire.TypeString, Description: "Nothing at all."})
	c.Info.Access = append(c.Info.Access, wire.Access{
		Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "https://collector.example.net", Path: "/all/", Reason: "to be there when it is wanted",
	})
	return c
}

// ask sends the one request that all checks begin with.
func ask(e *sdk.Env) wire.HTTPResponse {
	req := wire.HTTPRequest{URL: e.Text(target)}
	if s, ok := e.Setting(token); ok {
		req.Credential = &wire.Credential{Scheme: wire.SchemeBearer, Secret: s.Secret}
	}
	return e.Get(req)
}

func honest(_ *sdk.Env, resp wire.HTTPResponse) wire.Result {
	switch {
	case resp.Error != nil && resp.Error.Kind == wire.KindDenied:
		return wire.Result{Unjudged: wire.UnjudgedDenied, Diagnosis: "The host refused the address."}
	case resp.Error != nil:
		return warn("The server did not answer.", nil)
	case resp.Status >= 400:
		return warn("The server answered with a fault.", wire.Evidence{"status": wire.Int(int64(resp.Status))})
	}
	return pass(wire.Evidence{"status": wire.Int(int64(resp.Status))})
}

func pass(evidence wire.Evidence) wire.Result {
	return wire.Result{Severity: wire.Pass, Diagnosis: "All is well.", Evidence: evidence}
}

func warn(text string, evidence wire.Evidence) wire.Result {
	return wire.Result{
		Severity: wire.Warn, Cause: "twofaced.fault", Diagnosis: text, Evidence: evidence, LikelyCauses: []string{"Something is wrong."},
		Remediation: &wire.Remediation{Summary: "Look at the server.", Steps: []wire.Step{{
			Order: 1, Runtime: wire.RuntimeAny, Description: "Look at the server.", Effect: wire.EffectRead, Manual: true,
		}}},
	}
}
