package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

// installedPlugins is what `plugin list` prints: the lock, and whether what it names
// may run.
type installedPlugins struct {
	Schema  string            `json:"schema"`
	Lock    string            `json:"lock"`
	Plugins []installedPlugin `json:"plugins"`
}

type installedPlugin struct {
	ID       string         `json:"id"`
	Version  string         `json:"version"`
	Digest   string         `json:"digest"`
	Bytes    int64          `json:"bytes"`
	State    string         `json:"state"`
	Reason   string         `json:"reason,omitempty"` // why it does not run
	Signers  []store.Signer `json:"signers"`
	Unsigned bool           `json:"unsigned"`
	Vet      string         `json:"vet,omitempty"`
	Engine   string         `json:"engine"`
	By       string         `json:"approved_by"`
	At       string         `json:"approved_at"`
	Expires  string         `json:"expires,omitempty"`
	Hold     string         `json:"hold,omitempty"`
	Waits    string         `json:"waits,omitempty"`
	Previous string         `json:"previous,omitempty"`
	Approved *scopeDocument `json:"approved,omitempty"`
}

const installedSchema = "stellaops.doctor.plugin-list/v1"

// States of an installed plugin.
const (
	stateActive  = "active"
	stateExpired = "expired"
	stateChanged = "changed" // its file is not that of the lock
	stateMissing = "missing" // there is no file
	stateRevoked = "revoked" // the file, or the key that vouched for it
	stateRefused = "refused" // for any other reason
)

func pluginListCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the installed plugins, and say whether they may run here",
		Flags: join([]cli.Flag{besideFlag()}, trustFlags(), outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			if _, err := exactArgs(c); err != nil {
				return page{}, err
			}
			now, err := readNow(c)
			if err != nil {
				return page{}, err
			}
			doc := installedPlugins{Schema: installedSchema, Lock: lockPath(s, c), Plugins: []installedPlugin{}}
			if doc.Lock == "" {
				notice(s, "there is no place for plugins: neither STELLA_HOME, XDG_DATA_HOME nor HOME is set")
				return textPage(doc, doc.text), nil
			}
			st, err := store.Open(storeIn(stateDir(s)), doc.Lock)
			if err != nil {
				return page{}, err
			}
			if len(st.Lock().Entries) == 0 {
				notice(s, "no plugin is installed; the embedded ones need no entry")
				return textPage(doc, doc.text), nil
			}
			ring, err := readRing(s, c)
			if err != nil {
				if c.IsSet("trust") {
					return page{}, err
				}
				ring = unreadableRing(s, err)
			}
			embedded, err := embeddedInfos()
			if err != nil {
				return page{}, err
			}
			for i := range st.Lock().Entries {
				e := &st.Lock().Entries[i]
				p := describeInstalled(e)
				if err := st.Judge(ring, e, embedded, now); err != nil {
					refused := &host.RefusedError{Plugin: e.ID, Err: err}
					p.State, p.Reason = refusedState(err), refused.Error()
					warn(s, p.Reason)
				}
				doc.Plugins = append(doc.Plugins, p)
			}
			return textPage(doc, doc.text), nil
		}),
	}
}

// refusedState is one word for why a plugin does not run.
func refusedState(err error) string {
	var own *store.Refusal
	if errors.As(err, &own) {
		switch own.Rule {
		case store.RuleExpired:
			return stateExpired
		case store.RuleChanged, store.RuleSeal:
			return stateChanged
		case store.RuleMissing:
			return stateMissing
		}
	}
	switch trust.RuleOf(err) {
	case trust.RuleRevoked, trust.RuleRevokedFile:
		return stateRevoked
	}
	return stateRefused
}

func describeInstalled(e *store.Entry) installedPlugin {
	p := installedPlugin{ID: e.ID, Version: e.Version, Digest: e.Digest, Bytes: e.Bytes, State: stateActive, Signers: append([]store.Signer{}, e.Signers...),
		Unsigned: e.Unsigned, Vet: e.Vet, Engine: e.Engine, By: e.By, At: rfc3339(e.At), Hold: e.Hold, Approved: newScopeDocument(e.Scope)}
	if !e.Expires.IsZero() {
		p.Expires = rfc3339(e.Expires)
	}
	if e.Pending != nil {
		p.Waits = e.Pending.Version
	}
	if e.Previous != nil {
		p.Previous = e.Previous.Version
	}
	return p
}

func (d installedPlugins) text(w io.Writer) error {
	if len(d.Plugins) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PLUGIN\tVERSION\tSTATE\tSIGNED BY\tAPPROVED BY\tUNTIL")
	for _, p := range d.Plugins {
		var names []string
		for _, s := range p.Signers {
			names = append(names, s.Name)
		}
		signed := strings.Join(names, ", ")
		if p.Unsigned {
			signed = "nobody"
		}
		until := p.Expires
		if until == "" {
			until = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Version, report.Escape(p.stateText()), report.Escape(signed), report.Escape(p.By), until)
	}
	return t.Flush()
}

func (p installedPlugin) stateText() string {
	text := p.State
	if p.Waits != "" {
		text += ", " + p.Waits + " waits"
	}
	if p.Hold != "" {
		text += ", on hold: " + p.Hold
	}
	return text
}
