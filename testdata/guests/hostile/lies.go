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

// controlCharacters puts what a terminal would obey into every text of an
// otherwise valid result.
func controlCharacters(*sdk.Env) wire.Result {
	const evil = "x\x1b]0;title\a\x1b[2J\r\u202e\u009b31m"
	return wire.Result{
		Severity:     wire.Warn,
		Cause:        "hostile.control-characters",
		Diagnosis:    evil,
		Evidence:     wire.Evidence{"text": wire.String(evil)},
		LikelyCauses: []string{evil},
		Remediation: &wire.Remediation{Summary: evil, Steps: []wire.Step{{
			Order: 1, Runtime: wire.RuntimeAny, Description: evil, Effect: wire.EffectRead,
		}}},
	}
}
