package inspect

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/plugin"
)

// Ecosystems of dependencies.
const (
	EcosystemGo    = "golang"
	EcosystemCargo = "cargo"
)

// claimed reads what the file says about its making.
func (x *inspector) claimed() {
	for _, s := range x.module.Sections {
		if !s.IsCustom() {
			continue
		}
		content := s.Content(x.data)
		switch s.Name {
		case "producers":
			x.producers(content, s.Title())
		case ".dep-v0":
			x.crates(content)
		case "name":
			if name := plugin.ModuleName(content); name != "" {
				x.Toolchain = append(x.Toolchain, Tool{Field: "module-name", Name: cut(name), Source: s.Title()})
			}
		}
	}
	x.goBuilds()
	x.compareClaims()
	slices.SortFunc(x.Dependencies, compareDependencies)
	x.Dependencies = slices.Compact(x.Dependencies)
}

func (x *inspector) producers(content []byte, source string) {
	list, err := plugin.Producers(content)
	for _, p := range list {
		x.Toolchain = append(x.Toolchain, Tool{Field: cut(p.Field), Name: cut(p.Name), Version: cut(p.Version), Source: source})
	}
	if err != nil {
		x.find(RuleCustomBad, "section \"producers\" is malformed: %s", strings.TrimPrefix(err.Error(), "refused (custom-sections): "))
	}
}

// goBuilds lists the build informations of Go: those in memory, where code finds
// its own, and those in custom sections, where only a reader of the file looks. What
// is not read of them is told: of all that a file could hide there, it hides in those.
func (x *inspector) goBuilds() {
	builds, more := plugin.GoBuilds(x.image.Bytes, plugin.MaxGoBuilds)
	for _, b := range builds {
		address, _ := x.image.Address(b.Offset)
		x.addGoBuild(newGoBuild(b, whereData, int64(address)))
	}
	switch n := len(builds) + more; {
	case more > 0:
		x.find(RuleGoBuildMore, "the data holds %d build informations of Go, of which %d are read", n, len(builds))
	case n > 1:
		x.find(RuleGoBuildSeveral, "the data holds %d build informations of Go", n)
	}
	x.GoBuildsLeft = more
	for _, s := range x.module.Sections {
		if !s.IsCustom() {
			continue
		}
		hidden, more := plugin.GoBuilds(s.Content(x.data), plugin.MaxGoBuilds-len(x.GoBuilds))
		for _, b := range hidden {
			x.addGoBuild(newGoBuild(b, s.Title(), int64(b.Offset)))
		}
		n := len(hidden) + more
		if n > 0 {
			x.find(RuleGoBuildHidden, "section %s holds %s of Go", quote(s.Name), plural(n, "build information"))
		}
		if more > 0 {
			x.find(RuleGoBuildMore, "section %s holds %s of Go, of which %d are read", quote(s.Name), plural(n, "build information"), len(hidden))
		}
		x.GoBuildsLeft += more
	}
}

func (x *inspector) addGoBuild(b GoBuild) {
	// Several that say much are no build of anybody's.
	if x.goLines += len(b.Modules) + len(b.Settings); x.goLines > plugin.MaxGoLines {
		b.Problem = fmt.Sprintf("those of the file have more than %d lines together", plugin.MaxGoLines)
		b.Modules, b.Settings = []Dependency{}, []BuildSetting{}
	}
	x.GoBuilds = append(x.GoBuilds, b)
	if b.Problem != "" {
		x.find(RuleGoBuildBad, "the build information of Go at %d in %s cannot be read: %s", b.Offset, b.Where, b.Problem)
		return
	}
	for _, s := range b.Settings {
		if s.Key == "vcs.modified" && s.Value == "true" {
			x.find(RuleSourceModified, "the file says that its sources were changed after revision %s", quote(b.setting("vcs.revision")))
		}
	}
	for _, d := range b.Modules {
		switch {
		case d.ReplacedBy != "":
			x.find(RuleModuleReplaced, "module %s is replaced by %s", quote(d.Path), quote(d.ReplacedBy))
		case d.Sum == "":
			x.find(RuleModuleNoSum, "module %s %s has no checksum", quote(d.Path), quote(d.Version))
		}
	}
	x.Dependencies = append(x.Dependencies, b.Modules...)
}

func newGoBuild(b plugin.GoBuild, where string, offset int64) GoBuild {
	out := GoBuild{Where: where, Offset: offset, Main: Dependency{Ecosystem: EcosystemGo}, Modules: []Dependency{}, Settings: []BuildSetting{}}
	if b.Err != nil {
		out.Problem = b.Err.Error()
		return out
	}
	modules := make([]Dependency, 0, len(b.Info.Deps))
	for _, m := range append([]*debug.Module{&b.Info.Main}, b.Info.Deps...) {
		d, ok := newDependency(m)
		if !ok {
			out.Problem = fmt.Sprintf("it names a module with a path, version or checksum of more than %d bytes", maxWords)
			return out
		}
		modules = append(modules, d)
	}
	out.Path, out.Main, out.Modules = cut(b.Info.Path), modules[0], modules[1:]
	slices.SortFunc(out.Modules, compareDependencies)
	for _, s := range b.Info.Settings {
		out.Settings = append(out.Settings, BuildSetting{Key: cut(s.Key), Value: cut(s.Value)})
	}
	return out
}

// newDependency is not ok for a module whose words are too long to be shown whole:
// what is cut is another module, which a policy would judge in its place.
func newDependency(m *debug.Module) (d Dependency, ok bool) {
	d = Dependency{Ecosystem: EcosystemGo, Path: m.Path, Version: m.Version, Sum: m.Sum}
	if m.Replace != nil {
		d.ReplacedBy = strings.TrimSpace(m.Replace.Path + " " + m.Replace.Version)
		d.Sum = m.Replace.Sum
	}
	return d, max(len(d.Path), len(d.Version), len(d.Sum), len(d.ReplacedBy)) <= maxWords
}

// InData tells that it is where the code of the program finds it, and not in a
// custom section, where only readers of the file look.
func (b *GoBuild) InData() bool { return b.Where == whereData }

func (b *GoBuild) setting(key string) string {
	for _, s := range b.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

func compareDependencies(a, b Dependency) int {
	return cmp.Or(strings.Compare(a.Ecosystem, b.Ecosystem), strings.Compare(a.Path, b.Path), strings.Compare(a.Version, b.Version),
		strings.Compare(a.ReplacedBy, b.ReplacedBy), strings.Compare(a.Sum, b.Sum))
}

// compareClaims holds the claims about the toolchain against one another.
func (x *inspector) compareClaims() {
	var languages []string
	versions := map[string]bool{}
	for _, t := range x.Toolchain {
		if t.Field == "language" {
			languages = append(languages, t.Name)
		}
		if t.Name == "Go cmd/compile" {
			versions[t.Version] = true
		}
	}
	saysGo := slices.Contains(languages, "Go") || len(versions) > 0
	hasBuild := slices.ContainsFunc(x.GoBuilds, func(b GoBuild) bool { return b.InData() && b.Problem == "" })
	switch {
	case hasBuild && !saysGo && len(languages) > 0:
		x.find(RuleToolchainConflict, "the section \"producers\" names %s, and the data holds a build information of Go", quote(strings.Join(languages, ", ")))
	case len(versions) > 1:
		x.find(RuleToolchainConflict, "the file names several versions of the Go compiler")
	case saysGo && !hasBuild:
		x.find(RuleGoBuildMissing, "the section \"producers\" names Go, and the data holds no build information that can be read")
	}
}

// GoVersion is the version of the Go compiler that the file claims, such as
// go1.26.8; empty when it claims none or several.
func (r *Report) GoVersion() string {
	version := ""
	for _, t := range r.Toolchain {
		if t.Name != "Go cmd/compile" && !(t.Field == "language" && t.Name == "Go") {
			continue
		}
		if version != "" && version != t.Version {
			return ""
		}
		version = t.Version
	}
	return version
}
