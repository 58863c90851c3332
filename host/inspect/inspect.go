// Package inspect reports what a plugin file is, from what it was made and what
// it can do, by reading it: nothing of it is compiled or executed, nothing is
// asked of a network, and nothing is allocated from a number that the file claims.
// It is pure.
//
// # What a report can say
//
// The report tells apart how it knows a thing, for the four are worth different
// amounts:
//
//	proved     imports, exports, sizes, memory, instructions: facts of the bytes
//	declared   the seal: id, checks, settings, access; the host holds the plugin to it
//	claimed    toolchain, modules, names: written by whoever built it, who may lie
//	heuristic  addresses and files found in data: what is hidden well is not found
//
// Findings are for people: no level of a finding refuses a file. What refuses one
// is the scanner and the seal (package plugin), and what a site makes of the facts
// is for its policy.
package inspect

import "stella-ops.org/doctor/sdk/wire"

// Schema names the form of the JSON document.
const Schema = "stellaops.doctor.inspection/v1"

// Report is what [Inspect] found. All lists are sorted, or in the order of the
// file, and never null in JSON; the same bytes give the same report.
type Report struct {
	Schema string `json:"schema"`
	// File is the name that the file was given under. It identifies nothing.
	File string `json:"file"`
	// Digest is sha256:<hex> and SHA512 sha512:<hex> of all bytes.
	Digest string `json:"digest"`
	SHA512 string `json:"sha512"`
	Bytes  int    `json:"bytes"`
	// Refused says why no host loads the file; nil for a file that is accepted. Of
	// a refused file the report holds what could be read before.
	Refused *Refused `json:"refused"`

	// ID to Checks are what the seal declares; empty without a valid seal.
	ID          string `json:"id"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	ABI         int    `json:"abi"`
	Category    string `json:"category"`
	Description string `json:"description"`
	// Seal says what there is of the section that describes the plugin.
	Seal   Seal    `json:"seal"`
	Checks []Check `json:"checks"`
	// Hosts are the hosts that stand literally in declared access, in lower case,
	// sorted; each needs an approval of its own.
	Hosts []string `json:"hosts"`

	// Capabilities are sentences on what the imports prove.
	Capabilities []string  `json:"capabilities"`
	Imports      []Import  `json:"imports"`
	Exports      []Export  `json:"exports"`
	Sections     []Section `json:"sections"`
	// Module holds the numbers of the module; nil when the scanner refused it.
	Module *Module `json:"module"`

	// Toolchain is what the file claims about the tools that made it.
	Toolchain []Tool `json:"toolchain"`
	// GoBuilds are all build informations of Go that the file holds, those in data
	// first, in the order of their addresses. More than one is a finding: a decoy may stand first.
	// GoBuildsLeft counts those beyond the first sixteen, which were not read.
	GoBuilds     []GoBuild `json:"go_builds"`
	GoBuildsLeft int       `json:"go_builds_left"`
	// Dependencies are the modules of all that is claimed, each once, sorted by
	// ecosystem, path and version.
	Dependencies []Dependency `json:"dependencies"`

	// Strings are addresses found in data: a heuristic.
	Strings []Found `json:"strings"`
	// Embedded are files and encoded blobs found in data: a heuristic.
	Embedded []Embedded `json:"embedded"`
	// Signatures are the bundles that were handed in beside the file. None is
	// verified here.
	Signatures []Signature `json:"signatures"`

	Findings []Finding `json:"findings"`
}

// Refused is why a file is refused.
type Refused struct {
	// Rule is a rule of package plugin, Text one sentence, Hint what to do, if
	// anything can be done.
	Rule string `json:"rule"`
	Text string `json:"text"`
	Hint string `json:"hint"`
}

// Seal says what there is of the sealed description.
type Seal struct {
	// Valid holds for one that stands once, at the end, decodes and validates.
	Valid bool `json:"valid"`
	// Bytes is the size of the section; zero without one.
	Bytes int `json:"bytes"`
}

// Check is a check as the seal declares it.
type Check struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Question string    `json:"question"`
	Class    string    `json:"class"`
	Settings []Setting `json:"settings"`
	// Access is what the check asks to reach, as declared.
	Access []wire.Access `json:"access"`
}

// Setting is a key that a check may read.
type Setting struct {
	Key      string   `json:"key"`
	Aliases  []string `json:"aliases"`
	Type     string   `json:"type"`
	Secret   bool     `json:"secret"`
	Required bool     `json:"required"`
}

// Import is one imported function.
type Import struct {
	Module    string `json:"module"`
	Name      string `json:"name"`
	Signature string `json:"signature"`
	// Class says what the import is good for: read, write or tcp for the host
	// functions, else kernel, log, clock, random, environment, output, runtime, or
	// refused for one that no plugin may import.
	Class string `json:"class"`
}

// Export is one export.
type Export struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Signature string `json:"signature"`
	// Role is contract for the functions of the ABI, runtime for what compilers
	// add, other for the rest.
	Role string `json:"role"`
}

// Section is one section of the file.
type Section struct {
	// Title is what people call it, such as code or custom "producers".
	Title string `json:"title"`
	// Name is the name of a custom section.
	Name   string `json:"name"`
	Offset int    `json:"offset"`
	Bytes  int    `json:"bytes"`
	// Entropy is in bits per byte, with two decimals: "5.43".
	Entropy string `json:"entropy"`
}

// Module are numbers of the module, all proved.
type Module struct {
	Functions       int `json:"functions"`
	LargestFunction int `json:"largest_function"`
	DeepestNesting  int `json:"deepest_nesting"`
	// MemoryMin and MemoryMax are in bytes; MemoryMax is null without a declared
	// maximum, when the limit of the host holds.
	MemoryMin int64  `json:"memory_min"`
	MemoryMax *int64 `json:"memory_max"`
	// MemoryGrows and TableGrows count the instructions that grow them.
	MemoryGrows int     `json:"memory_grows"`
	TableGrows  int     `json:"table_grows"`
	Tables      []Table `json:"tables"`
	// Start says that code runs before any export is called.
	Start bool `json:"start"`
	// Features are the extensions of WebAssembly 1.0 that the code uses, sorted.
	Features []string `json:"features"`
	// DataSegments and DataBytes count what is loaded into memory.
	DataSegments int `json:"data_segments"`
	DataBytes    int `json:"data_bytes"`
}

// Table is the declared size of a table, in entries.
type Table struct {
	Type string  `json:"type"`
	Min  uint32  `json:"min"`
	Max  *uint32 `json:"max"`
}

// Tool is one claim about what made the file.
type Tool struct {
	// Field is language, processed-by or sdk, as in the producers section, or
	// module-name.
	Field   string `json:"field"`
	Name    string `json:"name"`
	Version string `json:"version"`
	// Source is the section that claims it.
	Source string `json:"source"`
}

// GoBuild is one build information of Go.
type GoBuild struct {
	// Where is data, or the title of a custom section; Offset is the address in
	// memory for data, else the offset in the section.
	Where  string `json:"where"`
	Offset int64  `json:"offset"`
	// Problem says why the text does not parse; empty when it does.
	Problem string `json:"problem"`
	// Path is the path of the main package, Main the main module.
	Path     string         `json:"path"`
	Main     Dependency     `json:"main"`
	Modules  []Dependency   `json:"modules"`
	Settings []BuildSetting `json:"settings"`
}

// BuildSetting is one setting of a Go build, such as -trimpath=true.
type BuildSetting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Dependency is one module that the file claims to be built from.
type Dependency struct {
	// Ecosystem is golang or cargo.
	Ecosystem string `json:"ecosystem"`
	Path      string `json:"path"`
	Version   string `json:"version"`
	// Sum is the checksum of the module, h1:… for Go.
	Sum string `json:"sum"`
	// ReplacedBy is the path and the version of what stands in its place, if
	// anything does.
	ReplacedBy string `json:"replaced_by"`
}

// Statuses of a string that was found.
const (
	StatusDeclared    = "declared"     // its host stands in declared access
	StatusDescribed   = "described"    // it stands in the description, for people
	StatusSource      = "source"       // it is the path of a module or package
	StatusLocal       = "local"        // it names this machine, or none
	StatusNotDeclared = "not-declared" // nothing speaks of it
)

// Found is an address in the data of the module.
type Found struct {
	// Kind is url, host or ip.
	Kind string `json:"kind"`
	// Text is what was found, shortened; Host the host in it.
	Text   string `json:"text"`
	Host   string `json:"host"`
	Status string `json:"status"`
	Count  int    `json:"count"`
}

// Embedded is a file or a blob within the file.
type Embedded struct {
	// Kind is elf, pe, macho, wasm, zip, gzip, zstd, xz or base64.
	Kind string `json:"kind"`
	// Where is data, or the title of a custom section.
	Where string `json:"where"`
	// Offset is the address in memory for data, else the offset in the section.
	Offset int64 `json:"offset"`
	// Bytes is the length of a base64 blob; zero where it is not known.
	Bytes int `json:"bytes"`
}

// Signature is a bundle beside the file, as it describes itself.
type Signature struct {
	File string `json:"file"`
	// Problem says why the file is no bundle that could be verified; empty when it
	// may be one.
	Problem string `json:"problem"`
	// KeyHint names the key that the bundle says to be signed with.
	KeyHint string `json:"key_hint"`
	// Matches holds when the bundle speaks of the digest of this file.
	Matches bool `json:"matches"`
}

// Levels of a finding.
const (
	LevelNote    = "note"
	LevelWarning = "warning"
	LevelError   = "error"
)

// Finding is one thing that somebody should look at.
type Finding struct {
	// Rule is a stable name, Text one sentence.
	Rule  string `json:"rule"`
	Level string `json:"level"`
	Text  string `json:"text"`
}
