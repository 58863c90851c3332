//go:build wasip1

package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// floodStderr writes 4 MiB.
func floodStderr(*sdk.Env) wire.Result {
	line := strings.Repeat("\x1b[31mflood ", 4096/11) + "\n"
	for range 1024 {
		print(line)
	}
	return pass(nil)
}

// floodLog logs 1 MiB in messages of 1 KiB, and one of 512 KiB after them.
func floodLog(e *sdk.Env) wire.Result {
	line := strings.Repeat("flood\x1b[2J\n", 102)
	for range 1024 {
		e.Info(line)
	}
	e.Warn(strings.Repeat("f", 512<<10))
	return pass(nil)
}

// hugeOutput answers with 1 MiB of evidence, well formed.
func hugeOutput(e *sdk.Env) wire.Result {
	r := pass(wire.Evidence{"blob": wire.String(strings.Repeat("e", 1<<20))})
	r.Version, r.Nonce, r.Check = wire.Version, nonce(e), e.Check()
	return answer(wire.Marshal(&r))
}
