//go:build wasip1

package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func nonsense(*sdk.Env) wire.Result { return answer([]byte("\x00\xffall is well\x1b[0m")) }

func emptyResult(*sdk.Env) wire.Result { return answer([]byte("{}")) }

func otherNonce(e *sdk.Env) wire.Result {
	r := pass(nil)
	r.Version, r.Nonce, r.Check = wire.Version, "0123456789abcdef0123456789abcdef", e.Check()
	return answer(wire.Marshal(&r))
}

func wrongCheck(e *sdk.Env) wire.Result {
	r := pass(nil)
	r.Version, r.Nonce, r.Check = wire.Version, nonce(e), "check.hostile.ok"
	return answer(wire.Marshal(&r))
}

// evil is what a terminal would obey: a title, a cleared screen, a line begun
// anew, text turned around, and colour by a single C1 byte.
const evil = "x\x1b]0;title\a\x1b[2J\r\u202e\u009b31m"

// controlTexts puts evil where the contract allows no control characters.
func controlTexts(*sdk.Env) wire.Result { return warning(evil, evil) }

// controlEvidence puts evil where it is allowed, because evidence quotes servers.
func controlEvidence(*sdk.Env) wire.Result { return warning("All is well.", evil) }

func warning(text, evidence string) wire.Result {
	return wire.Result{
		Severity:     wire.Warn,
		Cause:        "hostile.control-characters",
		Diagnosis:    text,
		Evidence:     wire.Evidence{"text": wire.String(evidence)},
		LikelyCauses: []string{text},
		Remediation: &wire.Remediation{Summary: text, Steps: []wire.Step{{
			Order: 1, Runtime: wire.RuntimeAny, Description: text, Effect: wire.EffectRead,
		}}},
	}
}
