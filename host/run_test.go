package host

import (
	"context"
	"errors"
	"testing"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// TestBudgets holds each budget on both sides of its bounds.
func TestBudgets(t *testing.T) {
	for _, c := range []struct {
		own   int64
		asked time.Duration
		items int
		want  time.Duration
	}{
		{0, 0, 0, 30 * time.Second},
		{0, 0, 3, 30 * time.Second},
		{0, 0, 4, 35 * time.Second},
		{5000, 0, 0, 5 * time.Second},
		{5000, 0, 5, 15 * time.Second},
		{0, 0, 57, 5 * time.Minute},
		{0, 0, 10_000, 5 * time.Minute},
		{5000, time.Second, 10, time.Second},
		{0, time.Hour, 0, 5 * time.Minute},
	} {
		if got := checkTimeout(&wire.CheckInfo{TimeoutMS: c.own}, c.asked, c.items); got != c.want {
			t.Errorf("own %d ms, asked %s, %d items: %s, want %s", c.own, c.asked, c.items, got, c.want)
		}
	}
	for items, want := range map[int]int{0: 32, 1: 36, 120: 512, 121: 512, 10_000: 512} {
		if got := requestBudget(items); got != want {
			t.Errorf("%d items: %d requests, want %d", items, got, want)
		}
	}
	for _, c := range [][3]int{{0, 1000, 64}, {0, 3, 3}, {1, 10, 1}, {5000, 5000, 1024}, {-1, 0, 1}} {
		if got := parallel(c[0], c[1]); got != c[2] {
			t.Errorf("asked %d for %d checks: %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

// TestAnswerBudget holds the bound on both sides.
func TestAnswerBudget(t *testing.T) {
	b := &answerBudget{left: wire.MaxResultsBytes}
	if !b.take("check.a.one", wire.MaxResultsBytes-1) {
		t.Error("what fits was refused")
	}
	if b.take("check.a.two", 2) {
		t.Error("more than the budget was taken")
	}
	if !b.take("check.a.three", 1) || b.take("check.a.four", 1) {
		t.Error("the last byte is not the last")
	}
	// Another attempt of a check takes the place of the one before.
	if b.take("check.a.one", wire.MaxResultsBytes) || !b.take("check.a.one", wire.MaxResultsBytes-1) || b.take("check.a.two", 1) {
		t.Error("what an attempt before took is not given back, or given back twice")
	}
}

// TestWorkerThatCannotStart is a fault of this machine, not a finding and not a
// crash of the plugin.
func TestWorkerThatCannotStart(t *testing.T) {
	p := &loaded{cfg: &Config{Worker: []string{"no-such-program-anywhere"}}, info: wire.PluginInfo{ID: "acme.doctor.web"}, path: "acme.wasm"}
	h, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	_, err = h.callGuest(context.Background(), checkEntry{&wire.CheckInfo{ID: "check.acme.web"}, p}, &wire.Request{}, &hostCalls{}, time.Second)
	var transient *TransientError
	if !errors.As(err, &transient) {
		t.Fatalf("error %v (%T)", err, err)
	}
}
