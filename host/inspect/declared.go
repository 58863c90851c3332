package inspect

import (
	"maps"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// declared tells what the seal says, and holds it against the imports.
func (x *inspector) declared() {
	for _, s := range x.module.Sections {
		if s.IsCustom() && s.Name == wire.SectionName {
			x.Seal.Bytes = s.Size
		}
	}
	if x.info == nil {
		return
	}
	p := x.info
	x.Seal.Valid = true
	x.ID, x.Name, x.Version, x.ABI = p.ID, p.Name, p.Version, p.ABI
	x.Category, x.Description = p.Category, p.Description
	hosts := map[string]bool{}
	for _, c := range p.Checks {
		x.Checks = append(x.Checks, newCheck(c))
		for _, a := range c.Access {
			if host := LiteralHost(a); host != "" {
				hosts[host] = true
			}
		}
	}
	x.Hosts = append(x.Hosts, slices.Sorted(maps.Keys(hosts))...)
	for _, host := range x.Hosts {
		x.find(RuleLiteralHost, "access is declared to the host %s, which no setting of the operator names", host)
	}
	x.compareImports()
}

func newCheck(c wire.CheckInfo) Check {
	out := Check{ID: c.ID, Name: c.Name, Question: c.Description, Class: c.Class,
		Settings: []Setting{}, Access: append([]wire.Access{}, c.Access...)}
	for _, s := range c.Settings {
		out.Settings = append(out.Settings, Setting{
			Key: s.Key, Aliases: append([]string{}, s.Aliases...), Type: s.Type, Secret: s.Secret, Required: s.Required,
		})
	}
	return out
}

// LiteralHost is the host that an access entry names itself, in lower case; empty
// for one whose target is a setting.
func LiteralHost(a wire.Access) string {
	if strings.HasPrefix(a.Target, "{") {
		return ""
	}
	if a.Kind == wire.KindTCP {
		peer, _ := wire.ScreenPeer(a.Target)
		return peer.Host
	}
	u, _ := wire.ScreenURL(a.Target)
	return u.Host
}

// compareImports holds the host functions that declared access needs against those
// that the module imports.
func (x *inspector) compareImports() {
	needed := map[string]string{} // host function → the first check that needs it
	for _, c := range x.Checks {
		for _, a := range c.Access {
			for _, function := range functionsFor(a) {
				if needed[function] == "" {
					needed[function] = c.ID
				}
			}
		}
	}
	for _, function := range plugin.HostFunctions() {
		imported := slices.ContainsFunc(x.Imports, func(i Import) bool { return i.Module == wire.ImportModule && i.Name == function })
		switch check := needed[function]; {
		case imported && check == "":
			x.find(RuleImportWithoutAccess, "the module imports %s, and no check declares access for it", function)
		case !imported && check != "":
			x.find(RuleAccessWithoutImport, "%s declares access that takes %s, which the module does not import: it asks for more than it can use", check, function)
		}
	}
}

// functionsFor are the host functions that an access entry is for.
func functionsFor(a wire.Access) []string {
	if a.Kind == wire.KindTCP {
		return []string{wire.FuncTCPProbe}
	}
	var out []string
	for _, method := range a.Methods {
		switch wire.MethodClass(method) {
		case wire.ClassRead:
			out = append(out, wire.FuncHTTPRead)
		case wire.ClassWrite:
			out = append(out, wire.FuncHTTPWrite)
		}
	}
	return out
}
