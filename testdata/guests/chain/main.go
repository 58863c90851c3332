//go:build wasip1

// Command chain is a plugin whose checks wait for each other: login for base,
// pull, push and refs for login, side for nobody. Each asks an address of its
// own and says what a test wants it to say: the status of the answer, or the
// kind of the error, picks the verdict. Push is of class write.
//
// Build it from the root of the repository:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o chain.wasm ./testdata/guests/chain
package main

import (
	"strconv"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() {
	sdk.Register(sdk.Plugin{
		ID:          "test.doctor.chain",
		Name:        "Chain",
		Version:     "1.0.0",
		Category:    "integration",
		Description: "Waits for itself.",
		Checks: []sdk.Check{
			check("base", "Base", wire.ClassRead),
			check("login", "Login", wire.ClassRead, "base"),
			check("pull", "Pull", wire.ClassRead, "login"),
			check("push", "Push", wire.ClassWrite, "login"),
			check("refs", "Refs", wire.ClassRead, "login"),
			check("side", "Side", wire.ClassRead),
		},
	})
}

func main() {}

// timeoutMS is long enough for a slow machine to load the module.
const timeoutMS = 60_000

func check(what, name, class string, after ...string) sdk.Check {
	key := "Chain:" + name
	var depends []string
	for _, other := range after {
		depends = append(depends, "check.chain."+other)
	}
	explain := &wire.Explain{What: "Asks " + key + ".", Why: "To know.", Verdicts: []wire.VerdictInfo{}}
	for _, v := range verdicts {
		if v.cause != "" {
			explain.Causes = append(explain.Causes, wire.CauseInfo{ID: v.cause, Text: "It was " + v.when + "."})
		}
	}
	return sdk.Check{
		Info: wire.CheckInfo{
			ID:              "check.chain." + what,
			Name:            "Chain " + name,
			Description:     "Does " + what + " answer?",
			DefaultSeverity: wire.Fail,
			TimeoutMS:       timeoutMS,
			DependsOn:       depends,
			Settings:        []wire.SettingInfo{{Key: key, Type: wire.TypeURL, Lead: true}},
			Access: []wire.Access{{
				Kind: wire.KindHTTP, Class: class, Methods: []string{"GET"}, Target: "{" + key + "}", Reason: "to have something to ask",
			}},
			Explain: explain,
		},
		Run: func(e *sdk.Env) wire.Result { return judge(e.Get(wire.HTTPRequest{URL: e.Text(key)})) },
	}
}

// verdicts says what a status or the kind of an error comes to; what is not here
// passes.
var verdicts = []struct {
	when     string
	severity wire.Severity
	cause    string
}{
	{"203", wire.Info, ""},
	{"401", wire.Fail, "http.401"},
	{"404", wire.Warn, "http.404-not-a-registry"},
	{"424", wire.Skip, ""},
	{"429", wire.Warn, "http.429"},
	{"503", wire.Fail, "http.5xx"},
	{wire.KindRefused, wire.Fail, "tcp.refused"},
	{wire.KindTimeout, wire.Fail, "http.timeout"},
}

func judge(resp wire.HTTPResponse) wire.Result {
	when := strconv.Itoa(resp.Status)
	if resp.Error != nil {
		when = resp.Error.Kind
	}
	r := wire.Result{Severity: wire.Pass, Diagnosis: "It answers: " + when + ".", Evidence: wire.Evidence{"answer": wire.String(when)}}
	for _, v := range verdicts {
		if v.when == when {
			r.Severity, r.Cause = v.severity, v.cause
		}
	}
	switch r.Severity {
	case wire.Skip:
		// On account of something of its own, not of another check.
		r.SkipReason, r.Evidence = wire.SkipPrerequisite, wire.Evidence{"skip_reason": wire.String(wire.SkipPrerequisite)}
	case wire.Warn, wire.Fail:
		r.LikelyCauses = []string{"The test wants it so."}
		r.Remediation = &wire.Remediation{Summary: "Let the test end.", Steps: []wire.Step{
			{Order: 1, Runtime: wire.RuntimeAny, Description: "Wait.", Effect: wire.EffectRead, Manual: true},
		}}
	}
	return r
}
