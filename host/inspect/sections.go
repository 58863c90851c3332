package inspect

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// knownCustom are the custom sections that usual tools write.
var knownCustom = map[string]bool{
	wire.SectionName: true, "name": true, "producers": true, "target_features": true, ".dep-v0": true, "go:buildid": true, "build_id": true,
	"sourceMappingURL": true, "external_debug_info": true,
	// Words about the file, as wasm-tools and OCI tools write them.
	"authors": true, "description": true, "homepage": true, "licenses": true, "revision": true, "source": true, "version": true,
}

// largeCustom is from when on a custom section other than the seal is large.
const largeCustom = 1 << 20

// sections lists the sections and judges the custom ones.
func (x *inspector) sections() {
	seen := map[string]int{}
	for _, s := range x.module.Sections {
		x.Sections = append(x.Sections, Section{Title: s.Title(), Name: s.Name, Offset: s.Offset, Bytes: s.Size,
			Entropy: entropy(x.data[s.Offset : s.Offset+s.Size])})
		if !s.IsCustom() {
			continue
		}
		debug := strings.HasPrefix(s.Name, ".debug_") || s.Name == "external_debug_info" || s.Name == "sourceMappingURL"
		switch {
		case debug && s.Name == ".debug_info", debug && s.Name[0] != '.':
			x.find(RuleDebug, "the file has a section %s", quote(s.Name))
		case debug:
		case strings.HasPrefix(s.Name, "dylink"), s.Name == "linking", strings.HasPrefix(s.Name, "reloc."):
			x.find(RuleCustomUnknown, "section %s belongs into a file that is yet to be linked", quote(s.Name))
		case !knownCustom[s.Name]:
			x.find(RuleCustomUnknown, "section %s of %s is none that usual tools write", quote(s.Name), plural(s.Size, "byte"))
		}
		if s.Size > largeCustom && !debug && s.Name != "name" {
			x.find(RuleCustomLarge, "section %s has %s", quote(s.Name), plural(s.Size, "byte"))
		}
		if seen[s.Name]++; seen[s.Name] == 2 {
			x.find(RuleCustomTwice, "section %s stands there more than once", quote(s.Name))
		}
	}
}
