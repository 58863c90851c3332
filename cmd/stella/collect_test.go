package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestLateCollection holds that after the first collection the next ones come as
// usual.
func TestLateCollection(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	lateCollection()
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	runtime.GC()
	for end := time.Now().Add(10 * time.Second); percent() != 100; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("after a collection the percentage is %d", percent())
		}
	}
	t.Setenv("GOGC", "50")
	lateCollection()
	if p := percent(); p != 100 {
		t.Errorf("GOGC is set and the percentage became %d", p)
	}
}
