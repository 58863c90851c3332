package host

import (
	"testing"
	"time"
)

// TestVetShare: a slow check may take what is left, but for what is kept for each of
// those to come.
func TestVetShare(t *testing.T) {
	for _, c := range []struct {
		left   time.Duration
		checks int
		want   time.Duration
	}{
		{10 * time.Minute, 1, 10 * time.Minute},
		{10 * time.Minute, 13, 9 * time.Minute},
		{10 * time.Second, 4, 2500 * time.Millisecond},
		{0, 256, 0},
	} {
		if got := share(c.left, c.checks); got != c.want {
			t.Errorf("of %v for %d checks the first has %v, want %v", c.left, c.checks, got, c.want)
		}
	}
}
