package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/inspect"
)

// compareClaims compares what the files claim of their making.
func (d *Diff) compareClaims(old, new *inspect.Report) {
	before, now := dependencies(old), dependencies(new)
	for _, path := range names(before, now) {
		d.Dependencies = add(d.Dependencies, Change{What: path, Old: before[path], New: now[path]})
	}
	before, now = tools(old), tools(new)
	for _, name := range names(before, now) {
		d.Toolchain = add(d.Toolchain, Change{What: name, Old: before[name], New: now[name]})
	}
}

// dependencies are the modules with what decides which code each is. One path can
// stand there in several versions, when the file claims it in several places.
func dependencies(r *inspect.Report) map[string]string {
	all := values{}
	for _, m := range r.Dependencies {
		text := m.Version
		if m.ReplacedBy != "" {
			text += " replaced by " + m.ReplacedBy
		}
		if m.Sum != "" {
			text += " " + m.Sum
		}
		if text = strings.TrimSpace(text); text == "" {
			text = "no version"
		}
		key := m.Path
		if m.Ecosystem != "" && m.Ecosystem != inspect.EcosystemGo {
			key = m.Ecosystem + " " + key
		}
		all.add(key, text)
	}
	return all.texts()
}

// tools are the toolchain, and the settings of the Go build.
func tools(r *inspect.Report) map[string]string {
	all := values{}
	put := func(key, value string) { all.add(key, cmp.Or(value, "named")) }
	for _, t := range r.Toolchain {
		put(t.Field+" "+t.Name, t.Version)
	}
	for _, b := range r.GoBuilds {
		if b.Problem != "" {
			continue
		}
		put("go package", b.Path)
		for _, s := range b.Settings {
			put("go build "+s.Key, s.Value)
		}
	}
	return all.texts()
}

// compareModules compares the numbers of the two modules.
func (d *Diff) compareModules(old, new *inspect.Report) {
	before, now := moduleFacts(old), moduleFacts(new)
	for i, f := range now {
		c := Change{What: f.name, New: f.value}
		if old.Module != nil {
			c.Old = before[i].value
		}
		d.Module = add(d.Module, c)
	}
	sections, sectionsNow := customSections(old), customSections(new)
	for _, name := range names(sections, sectionsNow) {
		d.Module = add(d.Module, Change{What: "section " + name, Old: sections[name], New: sectionsNow[name]})
	}
}

type fact struct{ name, value string }

func moduleFacts(r *inspect.Report) []fact {
	m := r.Module
	if m == nil {
		m = &inspect.Module{}
	}
	most := "the limit of the host"
	if m.MemoryMax != nil {
		most = count(*m.MemoryMax, "byte")
	}
	start := "none"
	if m.Start {
		start = "runs code before any export is called"
	}
	var exports []string
	for _, e := range r.Exports {
		if e.Role != "runtime" {
			exports = append(exports, e.Name)
		}
	}
	slices.Sort(exports)
	return []fact{
		{"file", count(int64(r.Bytes), "byte")},
		{"functions", fmt.Sprint(m.Functions)},
		{"data", count(int64(m.DataBytes), "byte")},
		{"memory at first", count(m.MemoryMin, "byte")},
		{"memory at most", most},
		{"tables", fmt.Sprint(len(m.Tables))},
		{"start function", start},
		{"features", orNone(strings.Join(m.Features, ", "))},
		{"exports", orNone(strings.Join(exports, ", "))},
	}
}

// customSections are sections that no engine reads, by name, but for the seal.
func customSections(r *inspect.Report) map[string]string {
	all := values{}
	for _, s := range r.Sections {
		if s.Name == "" || s.Name == sealSection {
			continue
		}
		all[s.Name] = append(all[s.Name], count(int64(s.Bytes), "byte")) // two of one size are two
	}
	return all.texts()
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// compareSigners compares whose signatures count. That nobody vouches any more is
// said first.
func (d *Diff) compareSigners(old, new Side, first bool) {
	for _, name := range old.Signers {
		if !slices.Contains(new.Signers, name) {
			d.Signers = append(d.Signers, Change{Kind: Removed, What: name})
		}
	}
	for _, name := range new.Signers {
		if !slices.Contains(old.Signers, name) {
			d.Signers = append(d.Signers, Change{Kind: Added, What: name})
		}
	}
	switch {
	case new.Unsigned != "" && len(old.Signers) > 0:
		d.note("the old file is vouched for and the new one is not: %s", new.Unsigned)
	case new.Unsigned != "" && first:
		d.note("nobody vouches for it: %s", new.Unsigned)
	case len(new.Signers) > 0 && len(old.Signers) > 0 && !slices.ContainsFunc(new.Signers, func(name string) bool { return slices.Contains(old.Signers, name) }):
		d.note("other keys vouch for the new file than for the old one")
	}
}
