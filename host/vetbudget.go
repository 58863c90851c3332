package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"stella-ops.org/doctor/host/vet"
)

// errCutShort ends the vetting of a check whose time is up.
var errCutShort = errors.New("the time of the vetting is up")

// vetReserve is what of the time of a vetting is kept for each check to come, so
// that a slow one hides no other.
const vetReserve = 5 * time.Second

// share is the time of the next check, where so many checks, it among them, share
// what is left.
func share(left time.Duration, checks int) time.Duration {
	fair := left / time.Duration(checks)
	return left - time.Duration(checks-1)*min(vetReserve, fair)
}

// budgeted runs the steps of one check within its share of the time. That they were
// cut short is no error: the check keeps what was found, and a finding says what
// was not tried.
func (x *examination) budgeted(ctx context.Context, deadline time.Time, checks int) error {
	if deadline.IsZero() {
		return x.steps(ctx)
	}
	within, cancel := context.WithTimeoutCause(ctx, share(max(time.Until(deadline), 0), checks), errCutShort)
	defer cancel()
	err := x.steps(within)
	if ctx.Err() != nil || err == nil || context.Cause(within) != errCutShort {
		return err
	}
	x.cut = true
	x.found(vet.RuleCutShort, nil, fmt.Sprintf("the time of the vetting (%v) was up; not tried to the end: %s", x.v.opts.Time, strings.Join(vetParts[x.part:], ", ")))
	x.v.limit(x.check.info.ID + " was not vetted to the end")
	return nil
}

// vetParts are the steps of a vetting of a check, in their order.
var vetParts = []string{"the plain beginning", "each setting", "the author's cases", "hosts that the file names", "adversaries", "every answer", "repetition"}
