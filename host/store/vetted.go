package store

import (
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/sdk/wire"
)

// What a report of stella doctor plugin vet says when the plugin has passed.
const (
	vetSchema = "stellaops.doctor.vet/v1"
	vetPassed = "passed"
)

// Vet is what a vet report says in the end. Nobody vouches for it.
type Vet struct {
	// SHA256 is the file that it is about.
	SHA256, Verdict string
	// Policy is the name of the policy that it was judged by.
	Policy string
}

// ReadVet reads a vet report by the rules for documents: names count by their case,
// and one that stands twice makes it none.
func ReadVet(data []byte) (v Vet, ok bool) {
	doc, problem := wire.ParseJSON(data)
	if schema, _ := doc.Field("schema").Text(); problem != "" || schema != vetSchema {
		return v, false
	}
	v.SHA256, _ = doc.Field("subject").Field("sha256").Text()
	v.Verdict, _ = doc.Field("verdict").Text()
	v.Policy, _ = doc.Field("policy").Field("name").Text()
	return v, true
}

// vetted is the digest of the vet report beside a plugin that says that this file has
// passed; empty for none. Of several the first counts. One that says anything else
// vets nothing, and the notes tell of it.
func vetted(a *artifact.Artifact, digest string) (vet string, notes []string) {
	for _, t := range a.Attached {
		if t.Kind != artifact.Vet {
			continue
		}
		doc, ok := ReadVet(t.Data)
		switch {
		case !ok:
			notes = append(notes, "the vet report "+t.Digest()+" cannot be read, and does not count")
		case "sha256:"+strings.TrimPrefix(doc.SHA256, "sha256:") != digest:
			notes = append(notes, "the vet report "+t.Digest()+" is about another file, and does not count")
		case doc.Verdict != vetPassed:
			notes = append(notes, "the vet report "+t.Digest()+" has the verdict "+strictyaml.Quote(doc.Verdict)+": the plugin does not count as vetted")
		case vet == "":
			vet = t.Digest()
		}
	}
	return vet, notes
}
