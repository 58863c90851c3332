package store

import (
	"encoding/json"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/strictyaml"
)

// What a report of stella doctor plugin vet says when the plugin has passed.
const (
	vetSchema = "stellaops.doctor.vet/v1"
	vetPassed = "passed"
)

// vetted is the digest of the vet report beside a plugin that says that this file has
// passed; empty for none. Of several the first counts. One that says anything else
// vets nothing, and the notes tell of it.
func vetted(a *artifact.Artifact, digest string) (vet string, notes []string) {
	for _, t := range a.Attached {
		if t.Kind != artifact.Vet {
			continue
		}
		var doc struct {
			Schema  string `json:"schema"`
			Subject struct {
				SHA256 string `json:"sha256"`
			} `json:"subject"`
			Verdict string `json:"verdict"`
		}
		switch {
		case json.Unmarshal(t.Data, &doc) != nil || doc.Schema != vetSchema:
			notes = append(notes, "the vet report "+t.Digest()+" cannot be read, and does not count")
		case "sha256:"+strings.TrimPrefix(doc.Subject.SHA256, "sha256:") != digest:
			notes = append(notes, "the vet report "+t.Digest()+" is about another file, and does not count")
		case doc.Verdict != vetPassed:
			notes = append(notes, "the vet report "+t.Digest()+" has the verdict "+strictyaml.Quote(doc.Verdict)+": the plugin does not count as vetted")
		case vet == "":
			vet = t.Digest()
		}
	}
	return vet, notes
}
