package plugin

import "stella-ops.org/doctor/sdk/wire"

const hintReactor = "build a reactor: go build -buildmode=c-shared, wasm-ld --no-entry, asc --exportStart _initialize"

// Check applies the module rules of the contract to what [Scan] found: nothing
// runs before an export is called, every import is on the allow-list with its
// exact signature, the exports of the ABI are there, and there is a memory. It
// returns a [Refusal].
func (m *Module) Check() error {
	if m.Start {
		return refuse(RuleStart, hintReactor, "the module has a start section: code that runs before any export is called")
	}
	for _, e := range m.Exports {
		if e.Name == "_start" {
			return refuse(RuleCommand, hintReactor, "the module exports _start: it is a command, which runs once and exits")
		}
	}
	for _, i := range m.Imports {
		if r := checkImport(i); r != nil {
			return r
		}
	}
	for _, name := range []string{wire.ExportDescribe, wire.ExportRun} {
		if r := m.checkExport(name, signature(nil, []ValueType{I32})); r != nil {
			return r
		}
	}
	if r := m.checkInitialize(); r != nil {
		return r
	}
	if m.Memory == nil {
		return refuse(RuleMemoryMissing, "", "the module has no memory")
	}
	return nil
}

// checkExport wants a function of the module's own: an import that is handed
// on would let the host answer itself.
func (m *Module) checkExport(name, want string) *Refusal {
	e, ok := m.export(name)
	switch {
	case !ok:
		return refuse(RuleExportMissing, "build it with the Doctor SDK", "the module does not export %s: it is no Doctor plugin", name)
	case e.Kind != ExportFunction:
		return refuse(RuleExportKind, "", "export %s is a %s, it must be a function", name, e.Kind)
	case int(e.Index) < len(m.Imports):
		return refuse(RuleExportKind, "", "export %s is an imported function, it must be the module's own", name)
	}
	if got := e.Signature(); got != want {
		return refuse(RuleExportSignature, "", "export %s has the signature %s, it must be %s", name, got, want)
	}
	return nil
}

// checkInitialize holds the function that the engine calls before the first
// export to the form that the engine expects.
func (m *Module) checkInitialize() *Refusal {
	if _, ok := m.export("_initialize"); !ok {
		return nil
	}
	return m.checkExport("_initialize", signature(nil, nil))
}

func (m *Module) export(name string) (Export, bool) {
	for _, e := range m.Exports {
		if e.Name == name {
			return e, true
		}
	}
	return Export{}, false
}
