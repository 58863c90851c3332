package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// The rules of findings. Their names are part of what the program promises.
const (
	RuleRefused = "refused"

	RuleAccessWithoutImport = "access-without-import"
	RuleImportWithoutAccess = "import-without-access"
	RuleLiteralHost         = "literal-host"
	RuleExportUnknown       = "export-unknown"

	RuleDataOutside   = "data-outside-memory"
	RuleDataOverlap   = "data-overlap"
	RuleCustomUnknown = "custom-section-unknown"
	RuleCustomTwice   = "custom-section-twice"
	RuleCustomLarge   = "custom-section-large"
	RuleCustomBad     = "custom-section-malformed"
	RuleDebug         = "debug-information"

	RuleGoBuildSeveral    = "go-build-several"
	RuleGoBuildMore       = "go-build-not-read"
	RuleGoBuildBad        = "go-build-malformed"
	RuleGoBuildMissing    = "go-build-missing"
	RuleGoBuildHidden     = "go-build-outside-data"
	RuleToolchainConflict = "toolchain-conflict"
	RuleModuleReplaced    = "module-replaced"
	RuleModuleNoSum       = "module-without-sum"
	RuleSourceModified    = "source-modified"

	RuleAddress         = "address-not-declared"
	RuleAddressesMore   = "addresses-not-listed"
	RuleEmbeddedProgram = "embedded-program"
	RuleEmbeddedArchive = "embedded-archive"
	RuleEmbeddedBlob    = "embedded-base64"

	RuleSignatureBad   = "signature-malformed"
	RuleSignatureOther = "signature-of-another-file"
	RuleSBOMBad        = "sbom-malformed"
	RuleSBOMOther      = "sbom-of-another-file"
	RuleSBOMNoDigest   = "sbom-without-digest"
	RuleSBOMIncomplete = "sbom-incomplete"
	RuleTooManyBeside  = "beside-not-read"
)

// RuleInfo is what a rule looks for.
type RuleInfo struct {
	ID    string
	Level string
	// Text is one sentence.
	Text string
}

var rules = []RuleInfo{
	{RuleRefused, LevelError, "No host loads the file."},
	{RuleAccessWithoutImport, LevelWarning, "A check asks for access that the module cannot use, since it lacks the import."},
	{RuleImportWithoutAccess, LevelWarning, "The module imports a host function that no declared access is for: every such call is refused."},
	{RuleLiteralHost, LevelNote, "Declared access names a host that is not the operator's setting: it needs an approval of its own."},
	{RuleExportUnknown, LevelNote, "The module exports what neither the contract nor a usual compiler needs."},
	{RuleDataOutside, LevelError, "A data segment does not fit into the memory at the start: an engine refuses the module."},
	{RuleDataOverlap, LevelWarning, "Data segments write over one another: what stood there first is in the file and never in memory."},
	{RuleCustomUnknown, LevelNote, "The file has a custom section that no usual tool writes."},
	{RuleCustomTwice, LevelWarning, "The file has a custom section twice: readers may differ in which they believe."},
	{RuleCustomLarge, LevelNote, "The file has a large custom section, which code cannot read."},
	{RuleCustomBad, LevelWarning, "A custom section is not what its name says."},
	{RuleDebug, LevelNote, "The file carries debug information."},
	{RuleGoBuildSeveral, LevelWarning, "The data holds several build informations of Go, of which at most one is true."},
	{RuleGoBuildMore, LevelWarning, "The file holds more build informations of Go than are read: what it was built from is not told."},
	{RuleGoBuildBad, LevelWarning, "The data holds a build information of Go that cannot be read."},
	{RuleGoBuildMissing, LevelNote, "The file says that Go made it, and no module list is in its data."},
	{RuleGoBuildHidden, LevelWarning, "A build information of Go stands where code cannot read it: it is there for readers of the file only."},
	{RuleToolchainConflict, LevelWarning, "The claims about the toolchain contradict one another."},
	{RuleModuleReplaced, LevelNote, "A module is replaced by another."},
	{RuleModuleNoSum, LevelNote, "A module has no checksum: its sources are not those of a published version."},
	{RuleSourceModified, LevelNote, "The sources differed from their revision when the file was built."},
	{RuleAddress, LevelNote, "The data holds an address that no access declares and the description does not mention (heuristic)."},
	{RuleAddressesMore, LevelNote, "The data holds more addresses than are listed (heuristic)."},
	{RuleEmbeddedProgram, LevelWarning, "The file seems to hold a program for another machine (heuristic)."},
	{RuleEmbeddedArchive, LevelNote, "The file seems to hold compressed data or an archive (heuristic)."},
	{RuleEmbeddedBlob, LevelNote, "The file holds a long blob of base64 (heuristic)."},
	{RuleSignatureBad, LevelWarning, "A signature file beside the plugin cannot be read."},
	{RuleSignatureOther, LevelWarning, "A signature file beside the plugin speaks of another file."},
	{RuleSBOMBad, LevelWarning, "An SBOM beside the plugin cannot be read."},
	{RuleSBOMOther, LevelError, "An SBOM beside the plugin speaks of another file."},
	{RuleSBOMNoDigest, LevelWarning, "An SBOM beside the plugin has no digest of the file that it is for."},
	{RuleSBOMIncomplete, LevelWarning, "An SBOM beside the plugin lacks modules that the file names."},
	{RuleTooManyBeside, LevelWarning, "There are more files beside the plugin than are read."},
}

// Rules are the rules of findings, in the order in which reports list them.
func Rules() []RuleInfo { return slices.Clone(rules) }

func ruleIndex(id string) int {
	return slices.IndexFunc(rules, func(r RuleInfo) bool { return r.ID == id })
}

// maxPerRule bounds the findings of one rule: a file must not be able to flood a
// report.
const maxPerRule = 50

func (x *inspector) find(rule, format string, args ...any) {
	n := 0
	for _, f := range x.Findings {
		if f.Rule == rule {
			n++
		}
	}
	text := fmt.Sprintf(format, args...)
	switch {
	case n == maxPerRule:
		text = "there is more of this, which is not listed"
	case n > maxPerRule:
		return
	}
	x.Findings = append(x.Findings, Finding{Rule: rule, Level: rules[ruleIndex(rule)].Level, Text: text})
}

// sortFindings puts errors first, then goes by rule; within a rule the order of
// the file stays.
func (x *inspector) sortFindings() {
	rank := map[string]int{LevelError: 0, LevelWarning: 1, LevelNote: 2}
	slices.SortStableFunc(x.Findings, func(a, b Finding) int {
		return cmp.Or(rank[a.Level]-rank[b.Level], ruleIndex(a.Rule)-ruleIndex(b.Rule))
	})
}

// quote makes words of a file fit for a sentence.
func quote(words string) string { return strconv.QuoteToASCII(cut(words)) }

// maxWords is the longest piece of a file's own words in a report, in bytes.
const maxWords = 200

// cut shortens words of a file, between two characters.
func cut(words string) string {
	if len(words) <= maxWords {
		return words
	}
	end := maxWords
	for end > maxWords-4 && words[end]&0xc0 == 0x80 {
		end--
	}
	return words[:end] + "…"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
