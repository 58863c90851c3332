package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/sdk/wire"
)

// Plugin describes one plugin of the catalog.
type Plugin struct {
	Info wire.PluginInfo
	// Path is the file as the operator gave it; empty for an embedded or installed
	// plugin.
	Path string

	p *loaded
}

// Digest returns sha256:<hex> of the sealed file.
func (p Plugin) Digest() string { return p.p.sum() }

// Embedded reports whether the plugin's bytes are part of the program.
func (p Plugin) Embedded() bool { return p.p.inProcess }

// Refused says why no check of an installed plugin runs, as far as that is known
// without running one; nil for none.
func (p Plugin) Refused() error { return p.p.refusal() }

// Check is one check of the catalog.
type Check struct {
	Info   wire.CheckInfo
	Plugin Plugin
}

// Category is the check's own or else its plugin's.
func (c Check) Category() string {
	if c.Info.Category != "" {
		return c.Info.Category
	}
	return c.Plugin.Info.Category
}

// catalog is every plugin that a host knows. Reading it compiles nothing.
type catalog struct {
	plugins []*loaded       // sorted by id
	checks  []checkEntry    // sorted by check id
	notes   []report.Note   // what the reader of a report must know
	refused []*RefusedError // installed plugins of which nothing can be said
}

type checkEntry struct {
	info   *wire.CheckInfo
	plugin *loaded
}

func (e checkEntry) describe() Check { return Check{Info: *e.info, Plugin: e.plugin.describe()} }

// category is the check's own or else its plugin's.
func (e checkEntry) category() string {
	if e.info.Category != "" {
		return e.info.Category
	}
	return e.plugin.info.Category
}

func (e checkEntry) tagged(tag string) bool { return slices.Contains(e.info.Tags, tag) }

func openCatalog(cfg *Config) (*catalog, error) {
	c := &catalog{}
	var all []*loaded
	var notes []report.Note
	for _, data := range cfg.Embedded {
		info, err := plugin.ReadInfo(data)
		if err != nil {
			return nil, fmt.Errorf("embedded plugin: %w", err)
		}
		p := &loaded{cfg: cfg, info: info, data: data, inProcess: true}
		if slices.ContainsFunc(all, func(q *loaded) bool { return q.info.ID == info.ID }) {
			return nil, &ConflictError{Kind: "plugin", ID: info.ID, A: p.source(), B: p.source()}
		}
		all = append(all, p)
	}
	all, err := c.addInstalled(cfg, all)
	if err != nil {
		return nil, err
	}
	if len(cfg.PluginFiles) > 0 || slices.ContainsFunc(all, func(p *loaded) bool { return !p.inProcess }) {
		if err := sandbox.WorkerReady(cfg.Worker); err != nil {
			return nil, err
		}
	}
	files := map[string]string{}
	for _, path := range cfg.PluginFiles {
		p, err := openFile(cfg, path)
		if err != nil {
			return nil, err
		}
		if other, ok := files[p.info.ID]; ok {
			return nil, &ConflictError{Kind: "plugin", ID: p.info.ID, A: other, B: path}
		}
		files[p.info.ID] = path
		approval := "approved for this run only"
		if p.line != nil {
			approval = "as the lock approves it"
		}
		notes = append(notes, report.Note{Code: "plugin_file",
			Text: fmt.Sprintf("plugin %s runs from file %s, %s", p.info.ID, path, approval)})
		c.refused = slices.DeleteFunc(c.refused, func(r *RefusedError) bool { return r.Plugin == p.info.ID })
		if i := slices.IndexFunc(all, func(q *loaded) bool { return q.info.ID == p.info.ID }); i >= 0 {
			notes = append(notes, report.Note{Code: "plugin_replaced",
				Text: fmt.Sprintf("file %s replaces %s for this run", path, all[i].source())})
			all[i] = p
			continue
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *loaded) int { return strings.Compare(a.info.ID, b.info.ID) })
	c.plugins, c.notes = all, notes
	for _, p := range all {
		for i := range p.info.Checks {
			c.checks = append(c.checks, checkEntry{&p.info.Checks[i], p})
		}
	}
	// The sort is stable, so that a conflict is told in one way only.
	slices.SortStableFunc(c.checks, func(a, b checkEntry) int { return strings.Compare(a.info.ID, b.info.ID) })
	for i, e := range c.checks {
		if i > 0 && c.checks[i-1].info.ID == e.info.ID {
			return nil, &ConflictError{Kind: "check", ID: e.info.ID, A: c.checks[i-1].plugin.source(), B: e.plugin.source()}
		}
	}
	return c, nil
}

// find returns the check of an id.
func (c *catalog) find(id string) (checkEntry, bool) {
	i, found := slices.BinarySearchFunc(c.checks, id, func(e checkEntry, id string) int { return strings.Compare(e.info.ID, id) })
	if !found {
		return checkEntry{}, false
	}
	return c.checks[i], true
}

// secrets are the settings that some check marks secret: such a key is secret
// for all plugins.
func (c *catalog) secrets() []wire.SettingInfo {
	var all []wire.SettingInfo
	for _, e := range c.checks {
		for _, s := range e.info.Settings {
			if s.Secret {
				all = append(all, s)
			}
		}
	}
	return all
}

// openFile reads a plugin file into memory once; these bytes are examined,
// hashed and run, so that a file swapped later changes nothing.
func openFile(cfg *Config, path string) (*loaded, error) {
	data, err := ReadModule(path)
	if err != nil {
		return nil, err
	}
	f, err := plugin.Open(data)
	if err != nil {
		return nil, fmt.Errorf("plugin file %s: %w", path, err)
	}
	p := &loaded{cfg: cfg, info: f.Info, data: data, path: path}
	if err := p.revoked(); err != nil {
		return nil, err
	}
	return p, p.needsLine(f.Digest)
}

// ReadModule reads a module file of at most wire.MaxModuleBytes; one byte more
// is read when the file is larger, so that the scanner refuses it. It returns a
// *FileError for a file that cannot be read.
func ReadModule(path string) ([]byte, error) {
	// Opening a named pipe would wait for its other end for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &FileError{Path: path, Err: unwrapPath(err)}
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && !st.Mode().IsRegular() {
		what := "not a regular file"
		if st.IsDir() {
			what = "is a directory"
		}
		return nil, &FileError{Path: path, Err: errors.New(what)}
	}
	data, err := io.ReadAll(io.LimitReader(f, wire.MaxModuleBytes+1))
	if err != nil {
		return nil, &FileError{Path: path, Err: unwrapPath(err)}
	}
	return data, nil
}

// Plugins returns the plugins of the catalog, sorted by id.
func (h *Host) Plugins() []Plugin {
	out := make([]Plugin, 0, len(h.catalog.plugins))
	for _, p := range h.catalog.plugins {
		out = append(out, p.describe())
	}
	return out
}

// Check returns the check of an id. It returns an *UnknownError when the catalog
// does not have it.
func (h *Host) Check(id string) (Check, error) {
	e, ok := h.catalog.find(id)
	if !ok {
		return Check{}, h.catalog.unknownCheck(id)
	}
	return e.describe(), nil
}

// Checks returns the checks that sel selects, sorted by id.
//
// It returns an *UnknownError when sel names a check or plugin that the catalog
// does not have, and a *PatternError when it holds a malformed pattern.
func (h *Host) Checks(sel Selection) ([]Check, error) {
	entries, err := h.catalog.selectChecks(sel)
	if err != nil {
		return nil, err
	}
	out := make([]Check, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.describe())
	}
	return out, nil
}
