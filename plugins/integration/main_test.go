//go:build !wasip1

package main

import (
	"testing"

	"stella-ops.org/doctor/host/hosttest"
)

func TestMain(m *testing.M) { hosttest.Main(m) }
