package plugin

import "strings"

// Module is what [Scan] found in a core module. Its numbers are facts of the
// bytes, none is a claim of the file.
type Module struct {
	// Size is the size of the file in bytes.
	Size int
	// Sections are in file order, Imports and Exports in the order of their
	// sections.
	Sections []Section
	Imports  []Import
	Exports  []Export
	// Functions counts the functions that the module defines; imports come on top.
	Types, Functions, Globals int
	// Memory is nil when the module has none.
	Memory *Memory
	Tables []Table
	// Start says that the module has a start section, code that runs before
	// any export is called.
	Start bool
	// Elements counts element segments, ElementItems what they hold together.
	Elements, ElementItems int
	DataSegments           int

	// MaxBody is the largest function body in bytes. MaxNesting is the deepest
	// nesting of blocks, MaxComplexity the largest product of (parameters +
	// locals) and blocks of one function, MaxBrTable the most targets of one br_table.
	MaxBody, MaxLocals, TotalLocals, MaxNesting, MaxComplexity, MaxBrTable int
	// MemoryGrows and TableGrows count instructions.
	MemoryGrows, TableGrows int
	// Features names the extensions of WebAssembly 1.0 that the code uses, sorted.
	Features []string
}

// Section is one section of a module.
type Section struct {
	ID byte
	// Name is the name of a custom section; empty for the others.
	Name string
	// Offset is where the content begins, counted from the start of the file;
	// Size is the size of the content, the name of a custom section included.
	Offset, Size int
}

// Title returns what people call the section, such as "import" or `custom "name"`.
func (s Section) Title() string {
	if s.ID == sectionCustom {
		return "custom " + quote(s.Name)
	}
	return sectionTitle(s.ID)
}

// Import is one imported function. Other imports are refused.
type Import struct {
	Module, Name string
	Params       []ValueType
	Results      []ValueType
}

// Signature writes the type of the function: "(i64, i32) -> i64", "() -> ()".
func (i Import) Signature() string { return signature(i.Params, i.Results) }

// Export is one export. Params and Results are those of an exported function.
type Export struct {
	Name string
	Kind ExportKind
	// Index counts within the kind, imports first.
	Index   uint32
	Params  []ValueType
	Results []ValueType
}

// Signature writes the type of an exported function; it is empty for other
// exports.
func (e Export) Signature() string {
	if e.Kind != ExportFunction {
		return ""
	}
	return signature(e.Params, e.Results)
}

// ExportKind says what an export is.
type ExportKind byte

// The kinds of exports.
const (
	ExportFunction ExportKind = iota
	ExportTable
	ExportMemory
	ExportGlobal
)

// String returns function, table, memory or global.
func (k ExportKind) String() string {
	switch k {
	case ExportFunction:
		return "function"
	case ExportTable:
		return "table"
	case ExportMemory:
		return "memory"
	case ExportGlobal:
		return "global"
	}
	return "unknown"
}

// Memory is the declared size of the memory, in pages of 64 KiB.
type Memory struct {
	Min, Max uint32
	HasMax   bool
}

// Table is the declared size of a table, in entries.
type Table struct {
	Type     ValueType
	Min, Max uint32
	HasMax   bool
}

// ValueType is a type of WebAssembly values, in its binary encoding.
type ValueType byte

// The value types of WebAssembly 2.0.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	V128      ValueType = 0x7b
	FuncRef   ValueType = 0x70
	ExternRef ValueType = 0x6f
)

// String returns the name of the type in the text format.
func (v ValueType) String() string {
	switch v {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	}
	return "unknown"
}

func (v ValueType) valid() bool {
	return v >= V128 && v <= I32 || v == FuncRef || v == ExternRef
}

func signature(params, results []ValueType) string {
	if len(results) == 1 {
		return list(params) + " -> " + results[0].String()
	}
	return list(params) + " -> " + list(results)
}

func list(types []ValueType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.String()
	}
	return "(" + strings.Join(names, ", ") + ")"
}
