package vet

import (
	"slices"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// FactsOf adds to what others found out about a file what the scanner proves and
// the seal declares. Lists are sorted, each item once.
func FactsOf(f *plugin.File, found Facts) Facts {
	out := found
	out.Imports, out.LiteralHosts, out.Methods = []string{}, []string{}, []string{}
	for _, i := range f.Module.Imports {
		out.Imports = append(out.Imports, i.Module+" "+i.Name)
	}
	if m := f.Module.Memory; m != nil {
		out.MemoryBytes = int64(m.Min) * pageBytes
	}
	for _, c := range f.Info.Checks {
		for _, a := range c.Access {
			out.Methods = append(out.Methods, methods(a)...)
			if host := literalHost(a); host != "" {
				out.LiteralHosts = append(out.LiteralHosts, host)
			}
		}
	}
	for _, list := range []*[]string{&out.Imports, &out.LiteralHosts, &out.Methods, &out.Signers, &out.Toolchain} {
		if *list == nil {
			*list = []string{}
		}
		*list = slices.Clone(*list)
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if out.Dependencies == nil {
		out.Dependencies = []Dependency{}
	}
	return out
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
