package plugin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Refusal is the reason why a file is not accepted. It is the only type of
// error that this package returns for the bytes of a file.
type Refusal struct {
	// Rule is the stable name of the rule that refuses, one of the Rule
	// constants.
	Rule string
	// Detail is one sentence in printable ASCII. Words of the file stand in it
	// quoted, escaped and shortened.
	Detail string
	// Hint says what to do about it; empty where nothing can be done.
	Hint string
}

// Error returns "refused (rule): detail".
func (r *Refusal) Error() string { return "refused (" + r.Rule + "): " + r.Detail }

// RuleOf returns the rule of the [Refusal] in err, empty when there is none.
func RuleOf(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Rule
	}
	return ""
}

func refuse(rule, hint, format string, args ...any) *Refusal {
	return &Refusal{Rule: rule, Detail: fmt.Sprintf(format, args...), Hint: hint}
}

// maxQuoted is the longest piece of a file's own words in a sentence, in bytes.
const maxQuoted = 64

// quote makes words of a file fit for a sentence: a homoglyph shows as what it
// is, an escape sequence does nothing.
func quote[T string | []byte](words T) string {
	if len(words) > maxQuoted {
		return strconv.QuoteToASCII(string(words[:maxQuoted])) + "..."
	}
	return strconv.QuoteToASCII(string(words))
}

// plain does the same without quotes to the text of another package's error,
// which may repeat words of a file.
func plain(text string) string {
	const most = 300
	cut := ""
	if len(text) > most {
		text, cut = text[:most], "..."
	}
	quoted := strconv.QuoteToASCII(text)
	quoted = quoted[1 : len(quoted)-1]
	return strings.ReplaceAll(quoted, `\"`, `"`) + cut
}

// plural writes a number and what it counts: "1 byte", "2 bytes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// The rules. Their names are part of what the program promises: scripts and
// reports match on them.
const (
	RuleSize      = "size"
	RuleNotWasm   = "not-wasm"
	RuleComponent = "component"
	RuleVersion   = "version"

	RuleTruncated    = "truncated"
	RuleLEB128       = "leb128"
	RuleSectionCount = "section-count"
	RuleSectionID    = "section-id"
	RuleSectionOrder = "section-order"
	RuleSectionSize  = "section-size"
	RuleCustom       = "custom-sections"
	RuleNameLength   = "name-length"
	RuleNameText     = "name-text"
	RuleNameSection  = "name-section"

	RuleTypeCount   = "type-count"
	RuleTypeForm    = "type-form"
	RuleValueType   = "value-type"
	RuleParamCount  = "param-count"
	RuleResultCount = "result-count"
	RuleTypeIndex   = "type-index"

	RuleImportCount      = "import-count"
	RuleImportKind       = "import-kind"
	RuleImportNotAllowed = "import-not-allowed"
	RuleImportSignature  = "import-signature"

	RuleFunctionCount = "function-count"
	RuleTableCount    = "table-count"
	RuleTableSize     = "table-size"
	RuleTableGrow     = "table-grow"
	RuleMemoryCount   = "memory-count"
	RuleMemorySize    = "memory-size"
	RuleMemoryShared  = "memory-shared"
	RuleMemory64      = "memory-64"
	RuleMemoryMissing = "memory-missing"
	RuleGlobalCount   = "global-count"
	RuleConstExpr     = "const-expr"

	RuleExportCount     = "export-count"
	RuleExportDuplicate = "export-duplicate"
	RuleExportKind      = "export-kind"
	RuleExportMissing   = "export-missing"
	RuleExportSignature = "export-signature"
	RuleCommand         = "command-module"
	RuleStart           = "start-section"

	RuleElementCount = "element-count"
	RuleElementItems = "element-items"
	RuleElementForm  = "element-form"
	RuleDataCount    = "data-count"
	RuleDataForm     = "data-form"
	RuleCodeCount    = "code-count"
	RuleBodySize     = "body-size"
	RuleLocals       = "locals"
	RuleTotalLocals  = "total-locals"
	RuleNesting      = "nesting"
	RuleBlockArity   = "block-arity"
	RuleBrTable      = "br-table"
	RuleTotalBrTable = "total-br-table"
	RuleComplexity   = "complexity"
	RuleInstruction  = "instruction"
	RuleIndex        = "index"
	RuleTailCall     = "tail-call"
	RuleExceptions   = "exceptions"
	RuleAtomics      = "atomics"
	RuleGC           = "gc"
	RuleRelaxedSIMD  = "relaxed-simd"

	RuleSealMissing  = "seal-missing"
	RuleSealSecond   = "seal-second"
	RuleSealPosition = "seal-position"
	RuleSealSize     = "seal-size"
	RuleSealDocument = "seal-document"
	RuleSealContent  = "seal-content"
	RuleSealPresent  = "seal-present"
	RuleABINewer     = "abi-newer"
)
