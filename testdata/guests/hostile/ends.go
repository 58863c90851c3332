//go:build wasip1

package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func panics(*sdk.Env) wire.Result {
	panic("a panic with \x1b[31mcolour\x1b[0m and\na line break")
}

func exitZero(*sdk.Env) wire.Result {
	procExit(0)
	return pass(nil)
}

func exitThree(*sdk.Env) wire.Result {
	procExit(3)
	return pass(nil)
}

// exitDeadline leaves with the code by which wazero reports a passed deadline.
func exitDeadline(*sdk.Env) wire.Result {
	procExit(0xefffffff)
	return pass(nil)
}
