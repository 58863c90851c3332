package host

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

// expiresSoon is how long before the end of an approval reports tell of it.
const expiresSoon = 14 * 24 * time.Hour

// addInstalled adds the plugins of the lock to those that are embedded. One that
// cannot be used ends nothing: its checks do not run, and whoever asks for them is
// told. Reading compiles nothing, and hashes each file once.
func (c *catalog) addInstalled(cfg *Config, all []*loaded) ([]*loaded, error) {
	if cfg.Store == nil {
		return all, nil
	}
	for {
		installed, again := c.readInstalled(cfg, all)
		if !again {
			return append(all, installed...), nil
		}
		// A file is gone. If another process has just taken it out, so is its entry.
		now, changed, err := cfg.Store.Again()
		if err != nil {
			return nil, err
		}
		if !changed {
			return append(all, installed...), nil
		}
		cfg.Store = now
	}
}

// readInstalled reads what the lock names, and tells whether a file was missing.
func (c *catalog) readInstalled(cfg *Config, others []*loaded) (installed []*loaded, missing bool) {
	c.refused = nil
	owners := map[string]*loaded{}
	for _, p := range others {
		for _, check := range p.info.Checks {
			owners[check.ID] = p
		}
	}
	entries := cfg.Store.Lock().Entries
	for i := range entries {
		e := &entries[i]
		p, err := readEntry(cfg, e)
		if err == nil {
			err = p.claims(owners, others)
		}
		if err != nil {
			var r *store.Refusal
			missing = missing || errors.As(err, &r) && r.Rule == store.RuleMissing
			c.refused = append(c.refused, &RefusedError{Plugin: e.ID, Err: err})
			continue
		}
		for _, check := range p.info.Checks {
			owners[check.ID] = p
		}
		installed = append(installed, p)
	}
	return installed, missing
}

// readEntry reads the file of an entry once; these bytes are hashed, examined and
// run.
func readEntry(cfg *Config, e *store.Entry) (*loaded, error) {
	info, data, err := cfg.Store.Info(e.ID, &e.Release)
	if err != nil {
		return nil, err
	}
	p := &loaded{cfg: cfg, info: *info, data: data, line: e}
	p.digestOnce.Do(func() { p.digest = e.Digest })
	p.refused.Store(p.expired(cfg.Now()))
	return p, nil
}

// claims refuses a plugin with the id or a check of one that comes before it. The
// store lets none in; the program may have got another embedded plugin since.
func (p *loaded) claims(owners map[string]*loaded, others []*loaded) error {
	hint := "take it out: stella doctor plugin remove " + p.info.ID
	if slices.ContainsFunc(others, func(q *loaded) bool { return q.info.ID == p.info.ID }) {
		return &store.Refusal{Rule: store.RuleCheckTwice, Hint: hint, Text: "it is part of this program"}
	}
	for _, check := range p.info.Checks {
		if q := owners[check.ID]; q != nil {
			return &store.Refusal{Rule: store.RuleCheckTwice, Hint: hint, Text: fmt.Sprintf("it claims check %s, which belongs to %s", check.ID, q.source())}
		}
	}
	return nil
}

// expired is the refusal of a plugin whose approval has ended.
func (p *loaded) expired(now time.Time) *RefusedError {
	if p.line == nil {
		return nil
	}
	if err := p.line.Ended(now); err != nil {
		return &RefusedError{Plugin: p.info.ID, Err: err}
	}
	return nil
}

// revoked refuses a plugin file that a list of revocations of the site names. Whoever
// names a file vouches for it, and yet does not know what the site knows of it.
func (p *loaded) revoked() error {
	if err := p.cfg.Ring.RevokedFile(trust.SubjectOf(p.data, &p.info)); err != nil {
		return &RefusedError{Plugin: p.info.ID, Err: err}
	}
	return nil
}

// needsLine holds a plugin file against the lock where the trust file wants that:
// it runs as its entry says, or not at all.
func (p *loaded) needsLine(digest string) error {
	if !p.cfg.Ring.RequireLock() {
		return nil
	}
	if p.cfg.Store != nil {
		p.line = p.cfg.Store.Lock().Holds(digest)
	}
	if p.line == nil {
		return &RefusedError{Plugin: p.info.ID, Err: &store.Refusal{Rule: store.RuleLockLine, Hint: "stella doctor plugin install lets it in",
			Text: fmt.Sprintf("file %s (%s) has no entry in the lock, and the trust file wants one (require_lock)", p.path, digest)}}
	}
	p.refused.Store(p.expired(p.cfg.Now()))
	return nil
}

// vouchedFor is how long a plugin that was looked at needs no second look: keys,
// certificates and lists end while a host is open, and what hangs on the clock is
// asked again.
const vouchedFor = time.Second

// ready looks at a plugin that is about to run as its entry says: the scanner,
// whether its approval still counts, and whether it is still vouched for. All look
// at the bytes that run. It returns why no check of the plugin may run now.
func (p *loaded) ready(now time.Time) error {
	if p.line == nil {
		return nil
	}
	p.readyMu.Lock()
	defer p.readyMu.Unlock()
	err := p.expired(now)
	if err == nil && (p.looked.IsZero() || now.Before(p.looked) || now.Sub(p.looked) >= vouchedFor) {
		p.looked, p.unfit = now, p.look(now)
	}
	if err == nil {
		err = p.unfit
	}
	if before := p.refused.Load(); err == nil || before == nil || before.Error() != err.Error() {
		p.refused.Store(err) // else it is the same refusal still
	}
	return p.refusal()
}

// look asks the scanner, and who vouches for the file. The scanner's word holds.
func (p *loaded) look(now time.Time) *RefusedError {
	var err error
	if !p.scanned {
		_, err = plugin.Open(p.data)
		p.scanned = err == nil
	}
	if err == nil {
		err = p.cfg.Store.Vouch(p.cfg.Ring, &p.line.Release, &p.info, p.data, now)
	}
	if err != nil {
		return &RefusedError{Plugin: p.info.ID, Err: err}
	}
	return nil
}

// refusal is why no check of the plugin runs, as far as it is known; nil for none.
func (p *loaded) refusal() error {
	if r := p.refused.Load(); r != nil {
		return r
	}
	return nil
}

// gateInstalled readies the plugins of a selection, and refuses a run that names a
// plugin, or a check of one, that is refused.
func (h *Host) gateInstalled(entries []checkEntry, sel Selection) error {
	named := sel.named()
	plugins, err := h.catalog.resolvePlugins(sel.Plugins)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := e.plugin.ready(h.cfg.Now()); err != nil && (named[e.info.ID] || slices.Contains(plugins, e.plugin)) {
			return err
		}
	}
	return nil
}

// refusedPlugin is the refusal of a plugin of which nothing else is known.
func (c *catalog) refusedPlugin(id string) error {
	for _, r := range c.refused {
		if r.Plugin == id {
			return r
		}
	}
	return nil
}

// Refused are the installed plugins that cannot even be listed, sorted by id.
func (h *Host) Refused() []*RefusedError { return h.catalog.refused }

// installedNotes tells of the installed plugins that a run selects.
func (h *Host) installedNotes(entries []checkEntry, sel Selection) []report.Note {
	var notes []report.Note
	add := func(code, format string, args ...any) {
		notes = append(notes, report.Note{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	for _, p := range h.catalog.plugins {
		if p.line == nil || !slices.ContainsFunc(entries, func(e checkEntry) bool { return e.plugin == p }) {
			continue
		}
		id, e := p.info.ID, p.line
		if err := p.refusal(); err != nil {
			add(report.NoteRefused, "%s", err)
		}
		if e.Unsigned {
			add("unsigned", "plugin %s %s has no signature that counts; %s let it in all the same", id, e.Version, cmp.Or(e.UnsignedBy, "an operator"))
		}
		if e.Hold != "" {
			add("held", "plugin %s is on hold: %s", id, e.Hold)
		}
		if e.Pending != nil {
			way := approveCommand(id)
			if e.Hold != "" { // nothing is approved before that ends
				way = "stella doctor plugin hold " + id + " --off"
			}
			add("held", "plugin %s %s waits since %s while %s runs: %s", id, e.Pending.Version, stamp(e.Pending.Since), e.Version, way)
		}
		if now := h.cfg.Now(); !e.Expires.IsZero() && !e.Expired(now) && e.Expires.Sub(now) <= expiresSoon {
			add("approval_expires", "the approval of plugin %s expires at %s: %s --expires DATE", id, stamp(e.Expires), approveCommand(id))
		}
	}
	if h.catalog.mayHide(sel) {
		for _, r := range h.catalog.refused {
			add(report.NoteRefused, "%s", r)
		}
	}
	return notes
}

// mayHide tells whether a selection may be of checks of plugins of which nothing can
// be said: it takes all, or what fits a pattern, or an id that no other plugin has.
func (c *catalog) mayHide(sel Selection) bool {
	unknown := func(id string) bool { _, known := c.find(id); return !known }
	switch {
	case len(sel.Plugins) > 0:
		return false // they are told apart by name
	case sel.Among != nil && !slices.ContainsFunc(sel.Among, unknown):
		return false
	}
	positive := slices.DeleteFunc(slices.Clone(sel.Checks), func(text string) bool { return text == "" || text[0] == '!' })
	return len(positive) == 0 || slices.ContainsFunc(positive, glob.IsPattern)
}

// approveCommand is what approves what a plugin asks for.
func approveCommand(id string) string { return "stella doctor plugin approve " + id }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// plainReason is the sentence of a refusal without the name of its rule.
func plainReason(err error) string {
	var signature *trust.Refusal
	var file *plugin.Refusal
	switch {
	case errors.As(err, &signature):
		return signature.Text
	case errors.As(err, &file):
		return file.Detail
	}
	return err.Error()
}
