//go:build !wasip1

package main

import (
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
)

func TestMain(m *testing.M) {
	host.WorkerMain() // sealing describes the module in a worker
	hosttest.Main(m)
}
