package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/sdk/wire"
)

// Selection says which checks to take. Values of one field combine with or,
// fields with and. The zero value takes every check but those tagged slow.
type Selection struct {
	// Checks are ids, patterns of package glob over the segments of an id, and
	// either with a ! in front. What has no ! forms a union, or is the default
	// selection when there is none; what has one is taken away from that. A
	// check that stands there by its id is taken although it is tagged slow.
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

// selector is a selection made ready to be asked about many checks.
type selector struct {
	sel            Selection
	plugins        []*loaded
	ids, notIDs    map[string]bool
	among          map[string]bool // nil for all
	globs, notGlob []glob.Pattern
}

// selector reads a selection. What is malformed is said before what is unknown,
// as the exit codes want it.
func (c *catalog) selector(sel Selection) (*selector, error) {
	s := &selector{sel: sel, ids: map[string]bool{}, notIDs: map[string]bool{}}
	for _, text := range sel.Checks {
		if err := s.add(text); err != nil {
			return nil, &PatternError{err}
		}
	}
	if sel.Among != nil {
		s.among = make(map[string]bool, len(sel.Among))
		for _, id := range sel.Among {
			s.among[id] = true
		}
	}
	var err error
	if s.plugins, err = c.resolvePlugins(sel.Plugins); err != nil {
		return nil, err
	}
	for _, text := range sel.Checks {
		id := strings.TrimPrefix(text, "!")
		if _, known := c.find(id); !known && !glob.IsPattern(id) {
			return nil, c.unknownCheck(id)
		}
	}
	return s, nil
}

// add reads one value of Selection.Checks.
func (s *selector) add(text string) error {
	id, not := strings.CutPrefix(text, "!")
	switch {
	case id == "" && not:
		return fmt.Errorf("pattern %q: the ! stands alone", text)
	case id == "":
		return errors.New("an id of a check is empty")
	case strings.HasPrefix(id, "!"):
		return fmt.Errorf("pattern %q: it is negated twice", bounded(text, glob.MaxPattern))
	case !glob.IsPattern(id):
		if not {
			s.notIDs[id] = true
		} else {
			s.ids[id] = true
		}
		return nil
	}
	p, err := glob.Compile(id, '.')
	if not {
		s.notGlob = append(s.notGlob, p)
	} else {
		s.globs = append(s.globs, p)
	}
	return err
}

func (c *catalog) selectChecks(sel Selection) ([]checkEntry, error) {
	s, err := c.selector(sel)
	if err != nil {
		return nil, err
	}
	var out []checkEntry
	for _, e := range c.checks {
		if s.takes(e) {
			out = append(out, e)
		}
	}
	return out, nil
}

// takes reports whether the selection takes e.
func (s *selector) takes(e checkEntry) bool {
	id := e.info.ID
	matches := func(p glob.Pattern) bool { return p.Match(id) }
	switch {
	case s.among != nil && !s.among[id],
		len(s.ids)+len(s.globs) > 0 && !s.ids[id] && !slices.ContainsFunc(s.globs, matches),
		s.notIDs[id], slices.ContainsFunc(s.notGlob, matches),
		len(s.plugins) > 0 && !slices.Contains(s.plugins, e.plugin),
		len(s.sel.Categories) > 0 && !slices.Contains(s.sel.Categories, e.category()),
		len(s.sel.Tags) > 0 && !slices.ContainsFunc(s.sel.Tags, e.tagged),
		s.sel.Quick && !e.tagged(tagQuick):
		return false
	}
	return !s.leavesOut(e)
}

// leavesOut reports whether e is left out for being slow.
func (s *selector) leavesOut(e checkEntry) bool {
	return e.tagged(tagSlow) && !s.sel.Full && !s.sel.Quick && s.among == nil && !s.ids[e.info.ID]
}

func (c *catalog) resolvePlugins(ids []string) ([]*loaded, error) {
	var out []*loaded
	for _, id := range ids {
		i := slices.IndexFunc(c.plugins, func(p *loaded) bool {
			return p.info.ID == id || p.info.ID == firstPartyPrefix+id
		})
		if i < 0 {
			if refused := c.refusedPlugin(id); refused != nil {
				return nil, refused
			}
			known := make([]string, 0, len(c.plugins))
			for _, p := range c.plugins {
				known = append(known, p.info.ID)
			}
			return nil, &UnknownError{Kind: "plugin", ID: id, Suggestions: Nearest(id, known), NoPlugins: len(known) == 0}
		}
		out = append(out, c.plugins[i])
	}
	return out, nil
}

// unknownCheck says that there is no check of an id. Where there are plugins of which
// nothing can be said, it may be of one of them, and that is said instead.
func (c *catalog) unknownCheck(id string) error {
	if len(c.refused) > 0 {
		return fmt.Errorf("no such check among the plugins that may run: %s: %w", id, c.refused[0])
	}
	return c.unknown(id)
}

func (c *catalog) unknown(id string) *UnknownError {
	known := make([]string, 0, len(c.checks))
	for _, e := range c.checks {
		known = append(known, e.info.ID)
	}
	return &UnknownError{Kind: "check", ID: id, Suggestions: Nearest(id, known),
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
