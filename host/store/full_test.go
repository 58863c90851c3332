package store

import (
	"fmt"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/artifact"
)

// TestNoRoomForDocuments: what there is no room for is refused before anything is
// written, and in a dry run too.
func TestNoRoomForDocuments(t *testing.T) {
	p := newPlace(t)
	a := build(t, "com.acme.a", "1.0.0")
	for n := range artifact.MaxAttachments {
		a.Attached = append(a.Attached, artifact.Attachment{Kind: artifact.Docs, Data: fmt.Appendf(nil, "# %d\n", n)})
	}
	p.install(a)
	a.Attached = []artifact.Attachment{{Kind: artifact.Docs, Data: []byte("# One more\n")}}
	o := options()
	for _, o.DryRun = range []bool{true, false} {
		_, err := p.open().Install(a, nothing(), o)
		wantRule(t, err, RuleAttachments)
		_, err = p.open().Import([]Arrival{{Artifact: a}}, o)
		wantRule(t, err, RuleAttachments)
	}
}

// TestSeenIsBounded: a lock that remembers as many versions as it may can be changed
// all the same, and forgets the lowest versions first.
func TestSeenIsBounded(t *testing.T) {
	digest := func(n int) string { return fmt.Sprintf("sha256:%064x", n) }
	l := &Lock{Entries: []Entry{{ID: "com.acme.zz", Approved: Approved{Release: Release{Version: "1.0.0", Digest: digest(1), Bytes: 1, Unsigned: true},
		Engine: Interpreter, By: "jane", At: now}}}}
	for n := range maxSeen {
		l.Seen = append(l.Seen, Seen{fmt.Sprintf("com.acme.p%04d", n/maxSeenOf), fmt.Sprintf("1.0.%d", n%maxSeenOf), digest(n + 2)})
	}
	next := l.with("com.acme.zz", nil)
	if _, err := ParseLock(next.Marshal(), "l"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(next.Seen, Seen{"com.acme.zz", "1.0.0", digest(1)}) || !slices.Contains(next.Seen, Seen{"com.acme.p0000", "1.0.15", digest(17)}) || len(next.Seen) < maxSeen/2 {
		t.Errorf("it remembers %d, from %v to %v", len(next.Seen), next.Seen[0], next.Seen[len(next.Seen)-1])
	}
	// One version each, of more plugins than there is room for.
	l.Seen = nil
	for n := range maxSeen {
		l.Seen = append(l.Seen, Seen{fmt.Sprintf("com.acme.p%05d", n), "1.0.0", digest(n + 2)})
	}
	next = l.with("com.acme.zz", nil)
	if _, err := ParseLock(next.Marshal(), "l"); err != nil || len(next.Seen) != maxSeen || !slices.Contains(next.Seen, Seen{"com.acme.zz", "1.0.0", digest(1)}) {
		t.Errorf("it remembers %d: %v", len(next.Seen), err)
	}
}
