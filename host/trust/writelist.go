package trust

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// listDocument is a revocation list as it is written.
type listDocument struct {
	Schema     string           `json:"schema"`
	Number     int64            `json:"number"`
	Issued     string           `json:"issued"`
	NextUpdate string           `json:"next_update"`
	Keys       []listedKey      `json:"keys"`
	Digests    []listedDocument `json:"digests"`
}

type listedKey struct {
	Key    string `json:"key"`
	Since  string `json:"since,omitempty"`
	Reason string `json:"reason"`
}

type listedDocument struct {
	Digest string `json:"digest"`
	Reason string `json:"reason"`
}

// Write makes the bytes of a list, sorted. What [ParseRevocations] would not read
// is an error, an *Error like its own; name is how messages call the list.
func (l *Revocations) Write(name string) ([]byte, error) {
	doc := listDocument{Schema: RevocationsSchema, Number: l.Number, Issued: stamp(l.Issued), NextUpdate: stamp(l.NextUpdate), Keys: []listedKey{}, Digests: []listedDocument{}}
	for _, digest := range slices.Sorted(maps.Keys(l.Keys)) {
		k := l.Keys[digest]
		listed := listedKey{Key: digest, Reason: k.Reason}
		if !k.Since.IsZero() {
			listed.Since = k.Since.UTC().Format(time.RFC3339Nano)
		}
		doc.Keys = append(doc.Keys, listed)
	}
	for _, digest := range slices.Sorted(maps.Keys(l.Digests)) {
		doc.Digests = append(doc.Digests, listedDocument{digest, l.Digests[digest]})
	}
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	w.SetIndent("", " ")
	if err := w.Encode(doc); err != nil {
		return nil, err
	}
	if _, err := ParseRevocations(b.Bytes(), name); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
