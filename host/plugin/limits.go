package plugin

import "stella-ops.org/doctor/sdk/wire"

// The limits of the scanner. They are far above what compilers write for
// checks (a standard Go plugin nests 550 deep) and far below what hurts an engine.
const (
	// MaxSize is the largest file, in bytes.
	MaxSize = wire.MaxModuleBytes
	// MaxSections bounds the sections of a module, custom ones included.
	MaxSections = 64
	// MaxCustomSections and MaxCustomBytes bound the custom sections.
	MaxCustomSections = 32
	MaxCustomBytes    = 8 << 20
	// MaxName is the longest name of an import, an export or a custom section,
	// in bytes.
	MaxName = 1 << 10
	// MaxNames bounds the functions that the name section names, MaxLocalNames
	// the locals: an engine keeps them all in memory.
	MaxNames      = MaxFunctions + MaxImports
	MaxLocalNames = 600_000

	MaxTypes        = 20_000
	MaxParams       = 64
	MaxResults      = 16
	MaxImports      = 128
	MaxFunctions    = 30_000
	MaxTables       = 4
	MaxTableEntries = 100_000
	MaxMemories     = 1
	// MaxMemoryPages is the largest initial memory, in pages of 64 KiB.
	MaxMemoryPages = wire.MaxMemoryBytes / pageSize
	MaxGlobals     = 10_000
	MaxExports     = 2_000
	// MaxElements bounds the element segments, MaxElementItems what they hold
	// together.
	MaxElements     = 100_000
	MaxElementItems = 200_000
	MaxData         = 100_000

	// MaxBody is the largest function body, in bytes.
	MaxBody = 1 << 20
	// MaxLocals bounds the locals of one function, MaxTotalLocals of all.
	MaxLocals      = 5_000
	MaxTotalLocals = 500_000
	MaxNesting     = 2_000
	// MaxBlockArity bounds the parameters and the results of a block.
	MaxBlockArity = 16
	// MaxBrTable bounds the targets of one br_table, MaxTotalBrTable of all.
	MaxBrTable      = 8_192
	MaxTotalBrTable = 400_000
	// MaxComplexity bounds (parameters + locals) × blocks of one function: what
	// compilers spend time and memory on is the product.
	MaxComplexity = 700_000

	// MaxSeal is the largest sealed description, in bytes.
	MaxSeal = wire.MaxOutputBytes
)

const (
	pageSize     = 64 << 10
	maxWasmPages = 1 << 16
)

// ScanLimit is one limit of the scanner.
type ScanLimit struct {
	// Rule is the rule that refuses what exceeds the limit.
	Rule string
	// Max is the largest value that is accepted.
	Max int64
	// What says what is counted.
	What string
}

// ScanLimits returns the limits of the scanner, in the order in which they are
// met.
func ScanLimits() []ScanLimit {
	return []ScanLimit{
		{RuleSize, MaxSize, "bytes of a file"},
		{RuleSectionCount, MaxSections, "sections"},
		{RuleCustom, MaxCustomSections, "custom sections"},
		{RuleCustom, MaxCustomBytes, "bytes of custom sections"},
		{RuleNameLength, MaxName, "bytes of a name"},
		{RuleNameSection, MaxNames, "functions with a name for debuggers"},
		{RuleNameSection, MaxLocalNames, "locals with a name for debuggers"},
		{RuleTypeCount, MaxTypes, "function types"},
		{RuleParamCount, MaxParams, "parameters of a function type"},
		{RuleResultCount, MaxResults, "results of a function type"},
		{RuleImportCount, MaxImports, "imports"},
		{RuleFunctionCount, MaxFunctions, "functions"},
		{RuleTableCount, MaxTables, "tables"},
		{RuleTableSize, MaxTableEntries, "entries of a table at the start"},
		{RuleTableGrow, MaxTableEntries, "declared maximum of a table that grows"},
		{RuleMemoryCount, MaxMemories, "memories"},
		{RuleMemorySize, MaxMemoryPages, "pages of 64 KiB of the memory at the start"},
		{RuleGlobalCount, MaxGlobals, "globals"},
		{RuleExportCount, MaxExports, "exports"},
		{RuleElementCount, MaxElements, "element segments"},
		{RuleElementItems, MaxElementItems, "items of all element segments"},
		{RuleDataCount, MaxData, "data segments"},
		{RuleBodySize, MaxBody, "bytes of a function body"},
		{RuleLocals, MaxLocals, "locals of a function"},
		{RuleTotalLocals, MaxTotalLocals, "locals of all functions"},
		{RuleNesting, MaxNesting, "blocks inside one another"},
		{RuleBlockArity, MaxBlockArity, "parameters or results of a block"},
		{RuleBrTable, MaxBrTable, "targets of a br_table"},
		{RuleTotalBrTable, MaxTotalBrTable, "targets of all br_table instructions"},
		{RuleComplexity, MaxComplexity, "parameters and locals times blocks of a function"},
		{RuleSealSize, MaxSeal, "bytes of the sealed description"},
	}
}
