package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
)

// installedPlugins is what `plugin list` prints: the lock, and no file of it.
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
)

func pluginListCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the installed plugins, as the lock has them",
		Flags: join([]cli.Flag{
			&cli.StringSliceFlag{Name: "config", Usage: "read the lock beside the first `FILE`, where there is one; repeatable"},
			nowFlag("the clock", "judge as of `TIME` (RFC 3339, or a day)"),
		}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) {
			if _, err := exactArgs(c); err != nil {
				return page{}, err
			}
			now, err := readNow(c)
			if err != nil {
				return page{}, err
			}
			doc := installedPlugins{Schema: installedSchema, Lock: lockPath(s, c, false), Plugins: []installedPlugin{}}
			if doc.Lock == "" {
				notice(s, "there is no place for plugins: neither STELLA_HOME, XDG_DATA_HOME nor HOME is set")
				return textPage(doc, doc.text), nil
			}
			st, err := store.Open(storeIn(stateDir(s)), doc.Lock)
			if err != nil {
				return page{}, err
			}
			for i := range st.Lock().Entries {
				doc.Plugins = append(doc.Plugins, describeInstalled(&st.Lock().Entries[i], now))
			}
			if len(doc.Plugins) == 0 {
				notice(s, "no plugin is installed; the embedded ones need no entry")
			}
			return textPage(doc, doc.text), nil
		}),
	}
}

func describeInstalled(e *store.Entry, now time.Time) installedPlugin {
	p := installedPlugin{ID: e.ID, Version: e.Version, Digest: e.Digest, Bytes: e.Bytes, State: stateActive, Signers: append([]store.Signer{}, e.Signers...),
		Unsigned: e.Unsigned, Vet: e.Vet, Engine: e.Engine, By: e.By, At: rfc3339(e.At), Hold: e.Hold, Approved: newScopeDocument(e.Scope)}
	if !e.Expires.IsZero() {
		p.Expires = rfc3339(e.Expires)
	}
	if e.Expired(now) {
		p.State = stateExpired
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
