// Package diff tells what changed between two plugin files, by what is read from
// them: what the new one may do that the old one may not first of all, then
// what it is made of, and what the two did in their vettings. It executes nothing
// and is pure.
//
// # Wider
//
// A new version is wider when it may do something that the old one may not: reach
// another place, with another method or with another secret, read another setting,
// call a host function that the old one does not import, or write with a check that only
// read. That is decided by what each lets pass (package access), not by words. A
// wider version waits for its approval; nothing else in a difference refuses one.
package diff

import (
	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// Schema names the form of the JSON document.
const Schema = "stellaops.doctor.diff/v1"

// Side is one of the two files.
type Side struct {
	// Name is how people call it: a path, or where it is installed.
	Name string
	Info *wire.PluginInfo
	// Asked is all that the plugin asks for, Report what reading it tells.
	Asked  access.Scope
	Report *inspect.Report
	// Signers are the names of the keys whose signatures were verified; Unsigned says
	// why none counts, and is empty where one does.
	Signers  []string
	Unsigned string
	// Vet is the report of a vetting of these bytes; nil for none.
	Vet *vet.Report
	// Claimed says that the report came with the file: it was not made here. Unread
	// says why one that came cannot be used; empty where none did.
	Claimed bool
	Unread  string
	// Static says that nobody looked for a report, as was asked.
	Static bool
}

// Diff is what changed. Lists are sorted, or in the order of the files, and never
// null in JSON.
type Diff struct {
	Schema string `json:"schema"`
	// Old is null for a plugin that there was not before.
	Old *Identity `json:"old"`
	New Identity  `json:"new"`
	// Step says how the version goes on: major, minor, patch, pre-release, build, same or lower;
	// new without an old file, other for another plugin.
	Step string `json:"step"`
	// Relation is same, narrower or wider. Reasons are sentences on why it is wider.
	Relation string   `json:"relation"`
	Reasons  []string `json:"reasons"`
	// Notes are what else a reader should know first.
	Notes []string `json:"notes"`

	Access       []Change `json:"access"`
	Settings     []Change `json:"settings"`
	Imports      []Change `json:"imports"`
	Checks       []Change `json:"checks"`
	Dependencies []Change `json:"dependencies"`
	Toolchain    []Change `json:"toolchain"`
	Module       []Change `json:"module"`
	Signers      []Change `json:"signers"`
	// Behaviour says how the two vettings were compared, or why they were not.
	// Requests and Verdicts are what differs between them.
	Behaviour string   `json:"behaviour"`
	Requests  []Change `json:"requests"`
	Verdicts  []Change `json:"verdicts"`
}

// Identity names one of the two files.
type Identity struct {
	File    string `json:"file"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Bytes   int    `json:"bytes"`
}

// Change is one thing that changed.
type Change struct {
	// Kind is added, removed or changed.
	Kind string `json:"kind"`
	What string `json:"what"`
	// Old and New are the two values; empty for a thing that is there or not.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Wider is set when the new file may do more by it.
	Wider bool `json:"wider,omitempty"`
}

// Kinds of a change.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Wider tells whether the new file may do what the old one may not.
func (d *Diff) Wider() bool { return d.Relation == access.Wider.String() }

// Compare tells what changed from old, nil for nothing, to new.
func Compare(old *Side, new Side) *Diff {
	d := &Diff{
		Schema: Schema, New: new.identity(), Step: "new", Reasons: []string{}, Notes: []string{},
		Access: []Change{}, Settings: []Change{}, Imports: []Change{}, Checks: []Change{}, Dependencies: []Change{},
		Toolchain: []Change{}, Module: []Change{}, Signers: []Change{}, Requests: []Change{}, Verdicts: []Change{},
	}
	var before Side
	if old != nil {
		before = *old
		id := old.identity()
		d.Old, d.Step = &id, step(id.Version, d.New.Version)
	} else {
		before = nothing()
	}
	d.compareIdentities()
	d.compareAsked(before, new)
	d.compareImports(before.Report, new.Report)
	d.compareChecks(before.Info, new.Info)
	d.compareClaims(before.Report, new.Report)
	d.compareModules(before.Report, new.Report)
	d.compareSigners(before, new, old == nil)
	d.compareBehaviour(before, new, old == nil)
	d.relate(before, new)
	return d
}

// nothing is the side of a plugin that there was not before.
func nothing() Side { return Side{Info: &wire.PluginInfo{}, Report: &inspect.Report{}} }

func (s *Side) identity() Identity {
	return Identity{File: s.Name, ID: s.Info.ID, Name: s.Info.Name, Version: s.Info.Version, Digest: s.Report.Digest, Bytes: s.Report.Bytes}
}

// compareIdentities tells what is odd about comparing the two at all.
func (d *Diff) compareIdentities() {
	switch {
	case d.Old == nil:
		d.note("there was no such plugin before: all that it asks for is new")
	case d.Old.ID != d.New.ID:
		d.Step = "other"
		d.note("these are two plugins, %s and %s", d.Old.ID, d.New.ID)
	case d.Old.Digest == d.New.Digest:
		d.note("the two files are the same bytes")
	case d.Step == "same":
		d.note("the version is the same and the bytes are not: it was published again")
	case d.Step == "lower":
		d.note("the new version is the lower one")
	}
}

// relate draws the conclusion.
func (d *Diff) relate(old, new Side) {
	relation := old.Asked.Compare(new.Asked)
	if len(d.Reasons) > 0 {
		relation = access.Wider
	}
	d.Relation = relation.String()
}
