package host

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Selection says which checks to take. Values of one field combine with or,
// fields with and. The zero value takes every check but those tagged slow.
type Selection struct {
	// Checks are exact ids. A selection that names checks takes slow ones too.
	Checks []string
	// Plugins are plugin ids; the short form without stellaops.doctor. is accepted.
	Plugins []string
	// Categories and Tags match exactly.
	Categories, Tags []string
	// Quick takes only checks tagged quick; Full takes slow ones too.
	Quick, Full bool
	// Among limits the selection to these ids, and takes slow ones too; nil for
	// no limit. It names no check: one that the run may not make is skipped, and
	// one that there is not is passed over.
	Among []string
}

const firstPartyPrefix = "stellaops.doctor."

// Tags with a meaning of their own.
const (
	tagQuick = "quick"
	tagSlow  = "slow"
)

func (c *catalog) selectChecks(sel Selection) ([]checkEntry, error) {
	plugins, err := c.resolvePlugins(sel.Plugins)
	if err != nil {
		return nil, err
	}
	for _, id := range sel.Checks {
		if !slices.ContainsFunc(c.checks, func(e checkEntry) bool { return e.info.ID == id }) {
			return nil, c.unknownCheck(id)
		}
	}
	var out []checkEntry
	for _, e := range c.checks {
		if sel.takes(e, plugins) {
			out = append(out, e)
		}
	}
	return out, nil
}

// takes reports whether the selection takes e; plugins are sel.Plugins as
// resolved by the catalog.
func (sel Selection) takes(e checkEntry, plugins []*loaded) bool {
	has := func(tag string) bool { return slices.Contains(e.info.Tags, tag) }
	switch {
	case sel.Among != nil && !slices.Contains(sel.Among, e.info.ID),
		len(sel.Checks) > 0 && !slices.Contains(sel.Checks, e.info.ID),
		len(plugins) > 0 && !slices.Contains(plugins, e.plugin),
		len(sel.Categories) > 0 && !slices.Contains(sel.Categories, e.describe().Category()),
		len(sel.Tags) > 0 && !slices.ContainsFunc(sel.Tags, has),
		sel.Quick && !has(tagQuick):
		return false
	}
	return sel.Full || sel.Quick || sel.Among != nil || len(sel.Checks) > 0 || !has(tagSlow)
}

func (c *catalog) resolvePlugins(ids []string) ([]*loaded, error) {
	var out []*loaded
	for _, id := range ids {
		i := slices.IndexFunc(c.plugins, func(p *loaded) bool {
			return p.info.ID == id || p.info.ID == firstPartyPrefix+id
		})
		if i < 0 {
			known := make([]string, 0, len(c.plugins))
			for _, p := range c.plugins {
				known = append(known, p.info.ID)
			}
			return nil, &UnknownError{Kind: "plugin", ID: id, Suggestions: nearest(id, known), NoPlugins: len(known) == 0}
		}
		out = append(out, c.plugins[i])
	}
	return out, nil
}

func (c *catalog) unknownCheck(id string) *UnknownError {
	known := make([]string, 0, len(c.checks))
	for _, e := range c.checks {
		known = append(known, e.info.ID)
	}
	return &UnknownError{Kind: "check", ID: id, Suggestions: nearest(id, known),
		Replacement: replacement(id, known), NoPlugins: len(c.plugins) == 0}
}

// olderIDs maps ids of earlier generations to the canonical one
// (doctor-domain §8.1). A key that ends in a dot stands for every id below it.
var olderIDs = []struct{ old, canonical string }{
	{"check.integration.registry.connected", "check.integration.oci.registry"},
	{"stellaops.doctor.registry.", "check.integration.oci.registry"},
	{"check.integration.vault.connected", "check.integration.secrets.manager"},
	{"check.integration.vault.auth", "check.integration.secrets.manager"},
	{"check.integration.secrets.access", "check.integration.secrets.manager"},
	{"check.integration.scm.", "check.integration.git"},
	{"stellaops.doctor.scm.", "check.integration.git"},
	{"check.postgres.migration-status", "check.postgres.migrations"},
}

// replacement returns the canonical id of an older one when the catalog has it.
func replacement(id string, known []string) string {
	for _, o := range olderIDs {
		if (id == o.old || strings.HasSuffix(o.old, ".") && strings.HasPrefix(id, o.old)) && slices.Contains(known, o.canonical) {
			return o.canonical
		}
	}
	return ""
}

// writes reports whether a check changes something on its target.
func writes(c *wire.CheckInfo) bool { return c.Class == wire.ClassWrite }
