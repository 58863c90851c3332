package vet

import (
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
		Dependencies: []Dependency{}, Signers: slices.Clone(signers), SBOM: hasSBOM(rep, attached)}
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
	for _, d := range rep.Dependencies {
		out.Dependencies = append(out.Dependencies, Dependency{d.Path, d.Version})
		if d.ReplacedBy != "" {
			path, version, _ := strings.Cut(strings.ReplaceAll(d.ReplacedBy, "@", " "), " ")
			out.Dependencies = append(out.Dependencies, Dependency{path, version})
		}
	}
	for _, list := range []*[]string{&out.Imports, &out.LiteralHosts, &out.Methods, &out.Signers, &out.Toolchain} {
		slices.Sort(*list)
		*list = append([]string{}, slices.Compact(*list)...)
	}
	return out
}

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
