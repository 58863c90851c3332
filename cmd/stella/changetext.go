package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/sdk/wire"
)

// changeDocument is what the commands print that change the lock.
type changeDocument struct {
	Schema  string `json:"schema"`
	Action  string `json:"action"`
	DryRun  bool   `json:"dry_run"`
	ID      string `json:"id"`
	Version string `json:"version"` // that runs now
	Digest  string `json:"digest"`
	// Waits is the version that waits; Previous the one that a rollback brings back.
	Waits    string         `json:"waits,omitempty"`
	Previous string         `json:"previous,omitempty"`
	Hold     string         `json:"hold,omitempty"`
	Unsigned bool           `json:"unsigned"`
	Signers  []store.Signer `json:"signers"`
	Vet      string         `json:"vet,omitempty"`
	vetSays  string         // the verdict of the report
	Engine   string         `json:"engine,omitempty"`
	By       string         `json:"approved_by,omitempty"`
	Expires  string         `json:"expires,omitempty"`
	Lock     string         `json:"lock"`
	Approved *scopeDocument `json:"approved,omitempty"`
	// NotApproved is what it asks for and may not do.
	NotApproved *scopeDocument `json:"not_approved,omitempty"`
	Ignored     []string       `json:"ignored_signatures,omitempty"`
	// Notes are sentences about what else the operator must know.
	Notes []string `json:"notes,omitempty"`
	// Repaired says that the file in the store was lost or damaged, Added which kinds
	// of documents were taken in; both where the file was installed already.
	Repaired bool     `json:"repaired,omitempty"`
	Added    []string `json:"added,omitempty"`
}

type scopeDocument struct {
	Access   []wire.Access `json:"access"`
	Settings []string      `json:"settings"`
	Secrets  []string      `json:"secrets"`
}

const changeSchema = "stellaops.doctor.plugin-change/v1"

func newScopeDocument(s access.Scope) *scopeDocument {
	if s.Empty() {
		return nil
	}
	return &scopeDocument{append([]wire.Access{}, s.Access...), append([]string{}, s.Settings...), append([]string{}, s.Secrets...)}
}

// describeChange tells what became of a plugin, or would.
func describeChange(ch *store.Change, st *store.Store, dry bool) *changeDocument {
	d := &changeDocument{Schema: changeSchema, Action: ch.Action, DryRun: dry, ID: ch.ID, Lock: st.Path(), Signers: []store.Signer{}, Ignored: ch.Ignored, Notes: ch.Notes}
	e := ch.After
	if e == nil {
		e = ch.Before
	}
	d.Version, d.Digest, d.Hold, d.Unsigned, d.Vet = e.Version, e.Digest, e.Hold, e.Unsigned, e.Vet
	d.Signers = append(d.Signers, e.Signers...)
	if e.Pending != nil {
		d.Waits = e.Pending.Version
	}
	if e.Previous != nil {
		d.Previous = e.Previous.Version
	}
	d.Engine, d.By = e.Engine, e.By
	if !e.Expires.IsZero() {
		d.Expires = rfc3339(e.Expires)
	}
	d.Repaired = ch.Repaired
	for _, kind := range ch.Added {
		d.Added = append(d.Added, string(kind))
	}
	d.Approved, d.NotApproved = newScopeDocument(e.Scope), newScopeDocument(ch.Wider)
	return d
}

// actionText says what happened, and what would.
var actionText = map[string][2]string{
	store.Installed:  {"installed", "would install"},
	store.Upgraded:   {"upgraded to", "would upgrade to"},
	store.Downgraded: {"downgraded to", "would downgrade to"},
	store.Renewed:    {"renewed", "would renew"},
	store.Waits:      {"still runs", "would still run"},
	store.Approving:  {"approved", "would approve"},
	store.Holding:    {"on hold", "would hold"},
	store.Released:   {"released", "would release"},
	store.RolledBack: {"rolled back to", "would roll back to"},
	store.Removed:    {"removed", "would remove"},
	store.Unchanged:  {"unchanged", "unchanged"},
	"asks":           {"asks for", "asks for"},
}

func (d *changeDocument) text(w io.Writer) error {
	line := func(label, text string) { fmt.Fprintf(w, "%-14s  %s\n", label, report.Escape(text)) }
	word := actionText[d.Action][0]
	if d.DryRun {
		word = actionText[d.Action][1]
	}
	line(word, d.ID+" "+d.Version)
	line("digest", d.Digest)
	if d.Repaired {
		line("repaired", "its file in the store was lost or damaged")
	}
	if len(d.Added) > 0 {
		line("taken in", strings.Join(d.Added, ", "))
	}
	for _, s := range d.Signers {
		line("signed by", s.Name+", key "+s.Key)
	}
	if d.Unsigned {
		line("signed by", "nobody whose signature counts")
	}
	for _, text := range d.Ignored {
		line("ignored", text)
	}
	if d.Vet != "" {
		line("vet report", d.Vet)
	}
	if d.vetSays != "" {
		line("", d.vetSays)
	}
	if d.By != "" {
		line("approved by", approvalText(d.By, d.Expires, d.Engine))
	}
	if d.Hold != "" {
		line("hold", d.Hold)
	}
	if d.Previous != "" {
		line("previous", d.Previous)
	}
	if d.Waits != "" {
		line("waits", d.Waits)
	}
	if d.Lock != "" {
		line("lock", d.Lock)
	}
	for _, text := range d.Notes {
		line("note", text)
	}
	if d.Action == store.Removed {
		return nil
	}
	may, title := "it may", "it asks for this too, which is not approved"
	if d.Action == "asks" {
		if may, title = "it may already", "it asks to"; d.Approved != nil {
			title = "it asks for this too"
		}
	}
	d.Approved.text(w, may)
	d.NotApproved.text(w, title)
	return nil
}

// approvalText says who approved a plugin, until when, and how it runs.
func approvalText(by, expires, engine string) string {
	if expires != "" {
		by += ", until " + expires
	}
	return by + ", " + engine
}

// text writes a scope on one page: what is bound to settings, then hosts that the
// plugin names itself, then what it reads.
func (d *scopeDocument) text(w io.Writer, title string) {
	if d == nil {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	entry := func(label string, e *wire.Access) {
		fmt.Fprintf(w, "  %-12s  %s\n", label, report.Escape(accessTarget(e)))
		for _, limit := range accessLimits(e) {
			fmt.Fprintf(w, "  %12s  %s\n", "", report.Escape(limit))
		}
		fmt.Fprintf(w, "  %12s  because: %s\n", "", report.Escape(e.Reason))
	}
	for _, literal := range []bool{false, true} {
		for i := range d.Access {
			if _, own := access.LiteralHost(d.Access[i]); own == literal {
				entry(map[bool]string{false: "reach", true: "reach a host"}[literal], &d.Access[i])
			}
		}
	}
	if len(d.Settings) > 0 {
		fmt.Fprintf(w, "  %-12s  %s\n", "read", report.Escape(strings.Join(d.Settings, ", ")))
	}
	if len(d.Secrets) > 0 {
		fmt.Fprintf(w, "  %-12s  %s\n", "use secrets", report.Escape(strings.Join(d.Secrets, ", ")))
	}
}
