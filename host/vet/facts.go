package vet

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// FactsOf gathers what a policy judges besides the behaviour: what the scanner
// proves, what the seal declares, what rep says that the file claims, and the names
// of those whose signatures were verified. Lists are sorted, each item once.
func FactsOf(f *plugin.File, rep *inspect.Report, attached []artifact.Attachment, signers []string) Facts {
	out := Facts{Imports: []string{}, Toolchain: []string{}, LiteralHosts: []string{}, Methods: []string{},
		Dependencies: []Dependency{}, Signers: slices.Clone(signers), SBOM: hasSBOM(rep, attached), SBOMBy: []string{}}
	for _, i := range f.Module.Imports {
		out.Imports = append(out.Imports, i.Module+" "+i.Name)
	}
	if m := f.Module.Memory; m != nil {
		out.MemoryBytes = mostMemory(m, f.Module.MemoryGrows > 0)
	}
	for _, c := range f.Info.Checks {
		for _, a := range c.Access {
			out.Methods = append(out.Methods, methods(a)...)
			if host := literalHost(a); host != "" {
				out.LiteralHosts = append(out.LiteralHosts, host)
			}
		}
	}
	for _, t := range rep.Toolchain {
		if t.Field == "language" || t.Field == "processed-by" {
			out.Toolchain = append(out.Toolchain, strings.TrimSpace(t.Name+" "+t.Version))
		}
	}
	if out.SBOM {
		out.SBOMBy = makers(attached)
	}
	out.Dependencies, out.ModulesTold = dependencies(rep, attached), tellsModules(rep)
	for _, list := range []*[]string{&out.Imports, &out.LiteralHosts, &out.Methods, &out.Signers, &out.Toolchain, &out.SBOMBy} {
		slices.Sort(*list)
		*list = append([]string{}, slices.Compact(*list)...)
	}
	return out
}

// dependencies are sorted, each once.
func dependencies(rep *inspect.Report, attached []artifact.Attachment) []Dependency {
	out := []Dependency{}
	if slices.ContainsFunc(rep.GoBuilds, readable) {
		out = append(out, Dependency{"std", rep.GoVersion()})
	}
	for _, d := range rep.Dependencies {
		out = append(out, Dependency{d.Path, d.Version})
		if d.ReplacedBy != "" {
			path, version, _ := strings.Cut(strings.ReplaceAll(d.ReplacedBy, "@", " "), " ")
			out = append(out, Dependency{path, version})
		}
	}
	for _, a := range attached {
		if a.Kind == artifact.SBOM {
			out = append(out, materials(a.Data)...)
		}
	}
	slices.SortFunc(out, func(a, b Dependency) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Version, b.Version))
	})
	return slices.Compact(out)
}

// materials are the components of a bill of materials, of which [inspect] told
// already what is wrong with it.
func materials(sbom []byte) []Dependency {
	doc, _ := wire.ParseJSON(sbom)
	return components(doc, nil)
}

// components are those within a part of a bill, each by all that it is called: its
// writers differ in what they take for the name.
func components(part wire.JSON, out []Dependency) []Dependency {
	for c := range part.Field("components").Elements {
		name, _ := c.Field("name").Text()
		group, _ := c.Field("group").Text()
		version, _ := c.Field("version").Text()
		if name != "" {
			out = append(out, Dependency{name, version})
		}
		if name != "" && group != "" {
			out = append(out, Dependency{group + "/" + name, version})
		}
		purl, _ := c.Field("purl").Text()
		if path, at := readPURL(purl); path != "" {
			out = append(out, Dependency{path, cmp.Or(at, version)})
		}
		out = components(c, out) // the depth of a document is bounded
	}
	return out
}

// readPURL reads name space and name, and the version, of a package URL.
func readPURL(purl string) (path, version string) {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	_, path, _ = strings.Cut(purl, "/") // behind the type
	if i := strings.LastIndexByte(path, '@'); i > strings.LastIndexByte(path, '/') {
		path, version = path[:i], path[i+1:]
	}
	for _, part := range []*string{&path, &version} {
		if plain, err := url.PathUnescape(*part); err == nil {
			*part = plain
		}
	}
	return strings.Trim(path, "/"), version
}

// makers are the tools that the bills of materials name, in the form of CycloneDX
// 1.5 and in that before.
func makers(attached []artifact.Attachment) []string {
	out := []string{}
	for _, a := range attached {
		if a.Kind != artifact.SBOM {
			continue
		}
		doc, _ := wire.ParseJSON(a.Data)
		tools := doc.Field("metadata").Field("tools")
		for _, list := range []wire.JSON{tools, tools.Field("components")} {
			for t := range list.Elements {
				name, _ := t.Field("name").Text()
				version, _ := t.Field("version").Text()
				out = append(out, strings.TrimSpace(name+" "+version))
			}
		}
	}
	return out
}

// tellsModules holds for a file with a list of modules where the programs of its
// language have it. What hides in a custom section is no such list; and where there
// are lists that were not read, the one that was may be a decoy.
func tellsModules(rep *inspect.Report) bool {
	if rep.GoBuildsLeft > 0 || slices.ContainsFunc(rep.GoBuilds, func(b inspect.GoBuild) bool { return !readable(b) && b.InData() }) {
		return false
	}
	return slices.ContainsFunc(rep.GoBuilds, func(b inspect.GoBuild) bool { return readable(b) && b.InData() }) ||
		slices.ContainsFunc(rep.Dependencies, func(d inspect.Dependency) bool { return d.Ecosystem != inspect.EcosystemGo })
}

func readable(b inspect.GoBuild) bool { return b.Problem == "" }

// mostMemory is what the module may come to have: what it begins with where it
// cannot grow, or else its declared maximum, or the host's limit where there is none.
func mostMemory(m *plugin.Memory, grows bool) int64 {
	if !grows {
		return int64(m.Min) * pageBytes
	}
	if !m.HasMax {
		return wire.MaxMemoryBytes
	}
	return min(int64(m.Max)*pageBytes, wire.MaxMemoryBytes)
}

// hasSBOM tells whether a bill of materials came with the file that is about this
// file and lacks nothing that the file names.
func hasSBOM(rep *inspect.Report, attached []artifact.Attachment) bool {
	if !slices.ContainsFunc(attached, func(a artifact.Attachment) bool { return a.Kind == artifact.SBOM }) {
		return false
	}
	return !slices.ContainsFunc(rep.Findings, func(f inspect.Finding) bool { return strings.HasPrefix(f.Rule, "sbom-") })
}

const pageBytes = 64 << 10

func methods(a wire.Access) []string {
	if a.Kind == wire.KindTCP {
		return []string{wire.MethodProbe}
	}
	return a.Methods
}

// literalHost is the host of a target that is not bound to a setting; what cannot
// be read stands as it is.
func literalHost(a wire.Access) string {
	if len(a.Target) > 0 && a.Target[0] == '{' {
		return ""
	}
	if u, rule := wire.ScreenURL(a.Target); rule == "" {
		return u.Host
	}
	if u, rule := wire.ScreenPeer(a.Target); rule == "" {
		return u.Host
	}
	return a.Target
}
