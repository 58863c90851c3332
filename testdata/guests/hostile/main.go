//go:build wasip1

// Command hostile is a plugin that misbehaves on demand: one check for each way
// in which a guest can attack its host, and an honest one between them. Tests
// build it, seal it and demand of every check the outcome that its description
// names, and of check.hostile.ok a pass after each of them.
//
// Build it from the root of the repository:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o hostile.wasm ./testdata/guests/hostile
package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() {
	sdk.Register(sdk.Plugin{
		ID:          "test.doctor.hostile",
		Name:        "Hostile",
		Version:     "1.0.0",
		Category:    "integration",
		Description: "Misbehaves on demand.",
		Checks:      checks,
	})
}

func main() {}

// never is the time budget in milliseconds of the checks that end only when
// somebody ends them.
const never = 2000

// Each check names the outcome that the host must report, in brackets.
var checks = []sdk.Check{
	check("ok", "Does an honest check pass? [pass]", 0, ok),

	check("loop", "Does an endless loop end? [timeout]", never, loop),
	check("recurse", "Does endless recursion end? [out_of_memory, trap or timeout]", 0, recurse),
	check("memory", "Does endless allocation end? [out_of_memory]", 0, hoard),
	check("sleep", "Does an hour of sleep hold nobody up? [pass]", never, sleep),
	check("kernel-heap", "Is the host hung by a ring in the free list of the kernel? [timeout]", never, kernelHeap),

	check("panic", "Is a panic contained? [trap]", 0, panics),
	check("exit-zero", "Is exit 0 without a result taken for success? [bad_output or trap]", 0, exitZero),
	check("exit-three", "Is exit 3 contained? [trap]", 0, exitThree),
	check("exit-deadline", "Is the exit code of a deadline taken for one? [trap]", 0, exitDeadline),

	check("stderr-flood", "Is standard error bounded? [pass]", 0, floodStderr),
	check("log-flood", "Is the log bounded? [pass]", 0, floodLog),
	check("huge-output", "Is the output bounded? [bad_output]", 0, hugeOutput),

	check("nonsense", "Is nonsense taken for a result? [bad_output]", 0, nonsense),
	check("empty", "Is an empty object taken for a result? [bad_output]", 0, emptyResult),
	check("other-nonce", "Is a result with another nonce taken? [bad_output]", 0, otherNonce),
	check("wrong-check", "Is a pass for another check taken? [bad_output]", 0, wrongCheck),
	check("control-texts", "Are texts with control characters taken? [bad_output]", 0, controlTexts),
	check("control-evidence", "Do control characters of evidence reach a terminal? [warn]", 0, controlEvidence),

	check("many-calls", "Does the budget of host calls hold? [pass]", 0, manyCalls),
	check("ungranted", "Is an address outside the grant refused? [denied]", 0, ungranted),
	check("post-by-read", "Does http_read refuse POST? [pass]", 0, postByRead),
	check("null-pointer", "Does http_read stand pointers to no block? [pass]", 0, nullPointer),
	check("wild-pointer", "Is a pointer outside the memory contained? [trap]", 0, wildPointer),
	check("garbage-call", "Does http_read stand what is no document? [pass]", 0, garbageCall),
	check("call-loop", "Does an endless loop of host calls end? [timeout]", never, callLoop),
}

// target is the one setting. It leads nothing, so that a host never skips a
// check for want of it.
const target = "Hostile:Url"

func check(what, question string, timeoutMS int64, run func(*sdk.Env) wire.Result) sdk.Check {
	return sdk.Check{
		Info: wire.CheckInfo{
			ID:              "check.hostile." + what,
			Name:            "Hostile " + what,
			Description:     question,
			DefaultSeverity: wire.Fail,
			TimeoutMS:       timeoutMS,
			Settings: []wire.SettingInfo{{
				Key: target, Type: wire.TypeURL, Description: "A server that answers GET.",
			}},
			Access: []wire.Access{{
				Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{" + target + "}", Reason: "to have something to ask",
			}},
		},
		Run: run,
	}
}

func ok(e *sdk.Env) wire.Result { return pass(nil) }

func pass(evidence wire.Evidence) wire.Result {
	return wire.Result{Severity: wire.Pass, Diagnosis: "The guest did what it was told and lived.", Evidence: evidence}
}
