package main

import (
	"errors"
	"fmt"
	"testing"

	"stella-ops.org/doctor/host/plugin"
)

// TestOnlyRefusals: a dry run shows refusals; an interrupt or a mistake among them
// keeps its code.
func TestOnlyRefusals(t *testing.T) {
	refused := fmt.Errorf("plugin a: %w", &plugin.Refusal{Rule: "x"})
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{refused, true},
		{errors.Join(refused, refused), true},
		{&signalError{code: 130}, false},
		{errors.Join(refused, fmt.Errorf("plugin b: %w", &signalError{code: 130})), false},
		{errors.Join(refused, usagef("", "no")), false},
		{errors.New("disk full"), false},
	} {
		if got := onlyRefusals(tt.err); got != tt.want {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}
