package host

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin"
)

// SectionDifference is a section in which two modules differ. A size of -1 stands
// for a section that one of them lacks.
type SectionDifference struct {
	Title string `json:"title"`
	File  int    `json:"file"`
	Again int    `json:"rebuilt"`
	// First is the offset of the first byte within the section that differs.
	First int `json:"first"`
}

// BuildDifference is a fact of the build in which two modules differ. Empty stands
// for one that does not have it.
type BuildDifference struct {
	// Kind is toolchain, package, module or setting.
	Kind  string `json:"kind"`
	Key   string `json:"key"`
	File  string `json:"file"`
	Again string `json:"rebuilt"`
}

// compare tells in what two modules differ. report is that of the file.
func (r *Rebuilt) compare(module, again []byte, report *inspect.Report) {
	a, errA := plugin.Scan(module)
	b, errB := plugin.Scan(again)
	if errA == nil && errB == nil {
		r.Sections = compareSections(module, again, a, b)
	}
	// A module without a seal is refused, and read all the same.
	other, _ := inspect.Inspect(again, inspect.Options{})
	r.Build = compareBuilds(report, other)
}

// compareSections goes through the sections of both in the order of the file, each
// by its title and its number among those of that title.
func compareSections(module, again []byte, a, b *plugin.Module) []SectionDifference {
	left, right := sectionsOf(module, a), sectionsOf(again, b)
	out := []SectionDifference{}
	for _, s := range left {
		i := slices.IndexFunc(right, func(t section) bool { return t.key == s.key })
		if i < 0 {
			out = append(out, SectionDifference{Title: s.key.title, File: len(s.content), Again: -1})
			continue
		}
		if t := right[i]; !bytes.Equal(s.content, t.content) {
			out = append(out, SectionDifference{Title: s.key.title, File: len(s.content), Again: len(t.content), First: firstByte(s.content, t.content)})
		}
	}
	for _, t := range right {
		if !slices.ContainsFunc(left, func(s section) bool { return s.key == t.key }) {
			out = append(out, SectionDifference{Title: t.key.title, File: -1, Again: len(t.content)})
		}
	}
	return out
}

type sectionKey struct {
	title string
	n     int
}

type section struct {
	key     sectionKey
	content []byte
}

func sectionsOf(data []byte, m *plugin.Module) []section {
	var out []section
	count := map[string]int{}
	for _, s := range m.Sections {
		title := s.Title()
		out = append(out, section{sectionKey{title, count[title]}, data[s.Offset : s.Offset+s.Size]})
		count[title]++
	}
	return out
}

func firstByte(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// compareBuilds compares what two modules claim of their making.
func compareBuilds(a, b *inspect.Report) []BuildDifference {
	left, right := buildFacts(a), buildFacts(b)
	out := []BuildDifference{}
	keys := maps.Clone(left)
	maps.Copy(keys, right)
	for key := range keys {
		if left[key] != right[key] {
			out = append(out, BuildDifference{key.kind, key.key, left[key], right[key]})
		}
	}
	slices.SortFunc(out, func(a, b BuildDifference) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key)) })
	return out
}

type buildFact struct{ kind, key string }

func buildFacts(r *inspect.Report) map[buildFact]string {
	facts := map[buildFact]string{}
	for _, t := range r.Toolchain {
		facts[buildFact{"toolchain", t.Field + " " + t.Name}] = t.Version
	}
	for _, build := range r.GoBuilds {
		if build.Where != "data" {
			continue
		}
		facts[buildFact{"package", "path"}] = build.Path
		facts[buildFact{"module", build.Main.Path}] = moduleText(build.Main)
		for _, m := range build.Modules {
			facts[buildFact{"module", m.Path}] = moduleText(m)
		}
		for _, s := range build.Settings {
			facts[buildFact{"setting", s.Key}] = s.Value
		}
	}
	return facts
}

// moduleText is what decides which code a module is.
func moduleText(d inspect.Dependency) string {
	text := d.Version
	if d.ReplacedBy != "" {
		text += " => " + d.ReplacedBy
	}
	if d.Sum != "" {
		text += " " + d.Sum
	}
	return text
}
