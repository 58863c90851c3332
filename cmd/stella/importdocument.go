package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
)

// imported is what `plugin import` prints.
type imported struct {
	Schema      string           `json:"schema"`
	Bundle      string           `json:"bundle"`
	Digest      string           `json:"digest"`
	Bytes       int64            `json:"bytes"`
	DryRun      bool             `json:"dry_run"`
	Lock        string           `json:"lock"`
	Plugins     []importedPlugin `json:"plugins"`
	Keys        []importedKey    `json:"keys"`
	KeysProblem string           `json:"keys_problem,omitempty"`
	Revocations *importedList    `json:"revocations,omitempty"`
	code        int
}

// importedPlugin is one plugin of the bundle beside what is installed.
type importedPlugin struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Bytes   int    `json:"bytes"`
	// State is new, same, upgrade, wider, downgrade or republished.
	State string `json:"state"`
	// Installed and InstalledDigest are of the version that runs.
	Installed       string             `json:"installed"`
	InstalledDigest string             `json:"installed_digest"`
	Attached        []pushedAttachment `json:"attached"`
	Picked          bool               `json:"picked"`
	// Action is what became of it; empty where nothing did.
	Action   string         `json:"action"`
	Unsigned bool           `json:"unsigned"`
	Signers  []store.Signer `json:"signers"`
	Ignored  []string       `json:"ignored_signatures,omitempty"`
	// Notes are sentences about what else the operator must know.
	Notes []string `json:"notes,omitempty"`
	// Engine, By and Expires are what is approved of the version that runs now.
	Engine  string `json:"engine,omitempty"`
	By      string `json:"approved_by,omitempty"`
	Expires string `json:"expires,omitempty"`
	// Wider is what it asks for beyond what was seen before.
	Wider *scopeDocument `json:"wider,omitempty"`
	// NotApproved is what it asks for and may not do.
	NotApproved *scopeDocument `json:"not_approved,omitempty"`
	// Refused is the sentence that keeps it out.
	Refused string `json:"refused,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

const importSchema = "stellaops.doctor.plugin-import/v1"

// describeBundle tells what a bundle holds, beside what is installed.
func describeBundle(name string, b *bundle.Bundle, st *store.Store, o store.Options) *imported {
	d := &imported{Schema: importSchema, Bundle: name, Digest: b.Digest, Bytes: b.Bytes, DryRun: o.DryRun, Lock: st.Path(), Plugins: comparePlugins(b.Plugins, st)}
	d.Keys, d.KeysProblem = describeKeys(b.Keys, o)
	return d
}

// comparePlugins holds plugins against the lock. They were opened before, so that
// nothing can be wrong with them.
func comparePlugins(list []*artifact.Artifact, st *store.Store) []importedPlugin {
	all := []importedPlugin{}
	comparisons, err := st.Compare(list)
	if err != nil {
		return all
	}
	for n, c := range comparisons {
		p := importedPlugin{ID: c.ID, Version: c.Version, Digest: c.Digest, Bytes: len(list[n].Plugin), State: c.State,
			Attached: []pushedAttachment{}, Signers: []store.Signer{}, Wider: newScopeDocument(c.Wider)}
		if c.Installed != nil {
			p.Installed, p.InstalledDigest = c.Installed.Version, c.Installed.Digest
		}
		for _, t := range list[n].Attached {
			p.Attached = append(p.Attached, pushedAttachment{string(t.Kind), len(t.Data), t.Digest()})
		}
		all = append(all, p)
	}
	return all
}

func (p *importedPlugin) examined(ask *store.Ask) {
	p.Unsigned, p.Ignored = ask.Release.Unsigned, ask.Ignored
	p.Signers = append(p.Signers, ask.Release.Signers...)
}

func (p *importedPlugin) refused(err error) {
	p.Refused = err.Error()
	_, p.Hint = judge(err)
}

func (p *importedPlugin) changed(ch *store.Change) {
	p.Action, p.NotApproved, p.Notes = ch.Action, newScopeDocument(ch.Wider), ch.Notes
	p.Engine, p.By = ch.After.Engine, ch.After.By
	if !ch.After.Expires.IsZero() {
		p.Expires = rfc3339(ch.After.Expires)
	}
}

func (d *imported) text(w io.Writer) error {
	d.head(w)
	if d.DryRun {
		fmt.Fprintln(w, "nothing was written; this would be:")
	}
	for i := range d.Plugins {
		d.Plugins[i].text(w, d.DryRun)
	}
	d.aboutSite(w)
	_, err := fmt.Fprintf(w, "\nlock         %s\n", report.Escape(d.Lock))
	return err
}

// before tells what the bundle is, where it is asked about next what its plugins may
// do.
func (d *imported) before(w io.Writer) error {
	d.head(w)
	for i := range d.Plugins {
		d.Plugins[i].head(w)
	}
	d.aboutSite(w)
	_, err := fmt.Fprintln(w)
	return err
}

func (d *imported) head(w io.Writer) {
	fmt.Fprintf(w, "%s\ndigest       %s, %d bytes\n", report.Escape(d.Bundle), d.Digest, d.Bytes)
}

// aboutSite tells of the keys and the revocations of the site that wrote the bundle.
func (d *imported) aboutSite(w io.Writer) {
	d.keysText(w)
	if l := d.Revocations; l != nil {
		by := "not signed by a key that may sign lists here"
		if l.SignedBy != "" {
			by = "signed by " + l.SignedBy
		}
		fmt.Fprintf(w, "\nrevocations  list %d of %s, good until %s, %s, %s, %s\n             %s\n", l.Number, l.Issued, l.NextUpdate,
			plural(l.Keys, "key"), plural(l.Digests, "file"), report.Escape(by), report.Escape(l.State))
	}
}

// stateWords say what a plugin of a bundle is beside the one that is installed.
var stateWords = map[string]string{
	store.StateNew:         "new",
	store.StateSame:        "installed already",
	store.StateUpgrade:     "upgrades %s, and asks for nothing new",
	store.StateWider:       "upgrades %s, and asks for more",
	store.StateDowngrade:   "older than %s, which is installed",
	store.StateRepublished: "other bytes than those of %s, which is installed",
}

// liner writes lines below a plugin.
func (p *importedPlugin) liner(w io.Writer) func(label, text string) {
	return func(label, text string) { fmt.Fprintf(w, "  %-10s %s\n", label, report.Escape(text)) }
}

// head tells what a plugin is.
func (p *importedPlugin) head(w io.Writer) {
	line := p.liner(w)
	state := stateWords[p.State]
	if strings.Contains(state, "%s") {
		state = fmt.Sprintf(state, p.Installed)
	}
	fmt.Fprintf(w, "\nplugin       %s %s: %s\n", p.ID, p.Version, report.Escape(state))
	line("digest", p.Digest)
	for _, s := range p.Signers {
		line("signed by", s.Name+", key "+s.Key)
	}
	if p.Unsigned {
		line("signed by", "nobody whose signature counts")
	}
	for _, text := range p.Ignored {
		line("ignored", text)
	}
	for _, text := range p.Notes {
		line("note", text)
	}
	var with []string
	for _, a := range p.Attached {
		with = append(with, a.Kind)
	}
	if len(with) > 0 {
		line("with", strings.Join(with, ", "))
	}
	if !p.Picked {
		line("left out", "it is not among the plugins that were named")
	}
}

// text tells what a plugin is, and what became of it.
func (p *importedPlugin) text(w io.Writer, dry bool) {
	p.head(w)
	line := p.liner(w)
	switch {
	case !p.Picked:
	case p.Refused != "":
		line("refused", p.Refused)
		if p.Hint != "" {
			line("hint", p.Hint)
		}
	case p.Action == store.Waits:
		line(actionText[p.Action][btoi(dry)], p.Installed+"; "+p.Version+" waits for its approval")
	case p.Action != "":
		line(actionText[p.Action][btoi(dry)], p.Version)
	}
	if p.By != "" {
		line("approved", "by "+approvalText(p.By, p.Expires, p.Engine))
	}
	if p.NotApproved != nil {
		p.NotApproved.text(w, "it asks for this too, which is not approved")
	} else if p.Action == "" {
		p.Wider.text(w, "it asks to")
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d *imported) keysText(w io.Writer) {
	if d.KeysProblem != "" {
		fmt.Fprintf(w, "\nkeys         they cannot be read: %s\n", report.Escape(d.KeysProblem))
	}
	if len(d.Keys) == 0 {
		return
	}
	fmt.Fprintln(w, "\nkeys         of the site that wrote the bundle; none is believed for standing here")
	for _, k := range d.Keys {
		known := "not in the trust file of this machine"
		if k.KnownAs != "" {
			known = "believed here as " + k.KnownAs
		}
		fmt.Fprintf(w, "  %s  %s\n             for %s; %s\n", report.Escape(k.Name), k.Key, report.Escape(strings.Join(k.Plugins, ", ")), report.Escape(known))
	}
}
