package host

import (
	"testing"

	"stella-ops.org/doctor/host/vet"
)

// TestBelow: what requests share of their paths ends at a slash, or is the one path
// that all have.
func TestBelow(t *testing.T) {
	for _, tt := range []struct {
		paths []string
		want  string
	}{
		{nil, ""},
		{[]string{"/v2/"}, "/v2/"},
		{[]string{"/health", "/health"}, "/health"},
		{[]string{"/v2/a", "/v2/b/c"}, "/v2/"},
		{[]string{"/v2/a", "/v2/ab"}, "/v2/"},
		{[]string{"/v2", "/v3"}, "/"},
		{[]string{"/v2/a", ""}, ""},
	} {
		u := newUsage()
		for i, path := range tt.paths {
			u.add(asked{Request: vet.Request{Method: "GET", Path: path, BodyBytes: int64(i), Scheme: string(rune('a' + i))}})
		}
		if got := u.below(); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.paths, got, tt.want)
		}
	}
}
