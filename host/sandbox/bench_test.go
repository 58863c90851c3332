package sandbox

import (
	"context"
	"testing"
)

// One call of the Go guest with one host call, on a fresh instance.
func BenchmarkCall(b *testing.B) {
	wasm := mustGoGuest(b)
	for _, bench := range []struct {
		name string
		open func(b *testing.B) Module
	}{
		{"interpreted", func(b *testing.B) Module { return mustOpen(b, "in process", wasm, testConfig()) }},
		{"compiled", func(b *testing.B) Module { return mustOpen(b, "in process", wasm, warmDir(b, wasm)) }},
		{"worker", func(b *testing.B) Module { return mustOpen(b, "worker", wasm, testConfig()) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m := bench.open(b)
			for b.Loop() {
				callOnce(b, m)
			}
		})
	}
}

// Opening, one call and closing, as a run of one check pays for it.
func BenchmarkOneShot(b *testing.B) {
	wasm := mustGoGuest(b)
	for _, bench := range []struct {
		name, place string
		config      func(b *testing.B) Config
	}{
		{"interpreted", "in process", func(*testing.B) Config { return testConfig() }},
		{"compiled", "in process", func(b *testing.B) Config { return warmDir(b, wasm) }},
		{"worker", "worker", func(*testing.B) Config { return testConfig() }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			cfg := bench.config(b)
			for b.Loop() {
				m, err := places[bench.place](b, wasm, cfg)
				if err != nil {
					b.Fatal(err)
				}
				callOnce(b, m)
				if err := m.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func callOnce(b *testing.B, m Module) {
	b.Helper()
	res := callWithin(b, m, patience, Call{Export: "relay", Input: []byte(`{"check":"one"}`), Host: func(_ context.Context, _ string, in []byte) []byte { return in }})
	if res.Fault != nil {
		b.Fatal(res.Fault)
	}
}
