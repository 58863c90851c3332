package store

import (
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/artifact"
)

// TestVetReadOneWay: a report that two readers understand differently vets nothing.
func TestVetReadOneWay(t *testing.T) {
	a := build(t, "com.acme.a", "1.0.0")
	digits := strings.TrimPrefix(a.Digest(), "sha256:")
	for text, want := range map[string]bool{
		`{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":"%s"},"verdict":"passed"}`:                    true,
		`{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":"%s"},"Verdict":"passed"}`:                    false,
		`{"schema":"stellaops.doctor.vet/v1","subject":{"SHA256":"%s"},"verdict":"passed"}`:                    false,
		`{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":"%s"},"verdict":"failed","verdict":"passed"}`: false,
		`{"schema":"stellaops.doctor.vet/v1","subject":{"sha256":"%s"},"verdict":"failed","Verdict":"passed"}`: false,
	} {
		a.Attached = []artifact.Attachment{{Kind: artifact.Vet, Data: fmt.Appendf(nil, text, digits)}}
		if vet, notes := vetted(a, a.Digest()); (vet != "") != want || (len(notes) == 0) != want {
			t.Errorf("%s: %q, %v", text, vet, notes)
		}
	}
}
