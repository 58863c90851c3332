package inspect

import (
	"strings"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

const pageBytes = 64 << 10

// facts tells what the bytes prove.
func (x *inspector) facts() {
	m := x.module
	x.Capabilities = m.Capabilities()
	for _, i := range m.Imports {
		x.Imports = append(x.Imports, Import{Module: i.Module, Name: i.Name, Signature: i.Signature(), Class: importClass(i)})
	}
	for _, e := range m.Exports {
		role := exportRole(e)
		x.Exports = append(x.Exports, Export{Name: e.Name, Kind: e.Kind.String(), Signature: e.Signature(), Role: role})
		if role == roleOther {
			x.find(RuleExportUnknown, "the module exports the %s %s", e.Kind, quote(e.Name))
		}
	}
	x.Module = &Module{
		Functions: m.Functions, LargestFunction: m.MaxBody, DeepestNesting: m.MaxNesting,
		MemoryGrows: m.MemoryGrows, TableGrows: m.TableGrows, Tables: []Table{}, Start: m.Start,
		Features: append([]string{}, m.Features...), DataSegments: m.DataSegments,
	}
	for _, t := range m.Tables {
		out := Table{Type: t.Type.String(), Min: t.Min}
		if t.HasMax {
			out.Max = &t.Max
		}
		x.Module.Tables = append(x.Module.Tables, out)
	}
	if m.Memory != nil {
		x.Module.MemoryMin = int64(m.Memory.Min) * pageBytes
		if m.Memory.HasMax {
			most := int64(m.Memory.Max) * pageBytes
			x.Module.MemoryMax = &most
		}
	}
	x.dataFacts()
}

func (x *inspector) dataFacts() {
	outside := 0
	for _, s := range x.image.Segments {
		x.Module.DataBytes += s.Size
		if s.Placed && int64(s.Address)+int64(s.Size) > x.Module.MemoryMin {
			outside++
		}
	}
	if outside > 0 {
		x.find(RuleDataOutside, "%s outside of the memory that the module begins with", are(outside, "data segment"))
	}
	if n := x.image.Overlaps; n > 0 {
		x.find(RuleDataOverlap, "%s over data that stood there before", are(n, "data segment"))
	}
}

// are writes "1 thing is" or "2 things are".
func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return plural(n, noun) + " are"
}

// Classes of imports.
const (
	classTCP         = "tcp"
	classKernel      = "kernel"
	classLog         = "log"
	classClock       = "clock"
	classRandom      = "random"
	classEnvironment = "environment"
	classOutput      = "output"
	classRuntime     = "runtime"
	classRefused     = "refused"
)

func importClass(i plugin.Import) string {
	if i.Check() != nil {
		return classRefused
	}
	switch i.Name {
	case wire.FuncHTTPRead:
		return wire.ClassRead
	case wire.FuncHTTPWrite:
		return wire.ClassWrite
	case wire.FuncTCPProbe:
		return classTCP
	case "clock_time_get", "poll_oneoff":
		return classClock
	case "random_get":
		return classRandom
	case "args_get", "args_sizes_get", "environ_get", "environ_sizes_get":
		return classEnvironment
	case "fd_write":
		return classOutput
	}
	switch {
	case strings.HasPrefix(i.Name, "log_"), i.Name == "get_log_level":
		return classLog
	case strings.HasPrefix(i.Module, "wasi_"):
		return classRuntime
	}
	return classKernel
}

// Roles of exports.
const (
	roleContract = "contract"
	roleRuntime  = "runtime"
	roleOther    = "other"
)

// runtimeExports are what compilers and linkers add of their own.
var runtimeExports = map[string]bool{
	"memory": true, "_initialize": true, "table": true, "malloc": true, "free": true, "calloc": true, "realloc": true,
	"cabi_realloc": true, "resume": true, "getsp": true, "go_scheduler": true, "_start": true, "abort": true,
}

func exportRole(e plugin.Export) string {
	switch {
	case e.Name == wire.ExportDescribe, e.Name == wire.ExportRun:
		return roleContract
	case runtimeExports[e.Name], strings.HasPrefix(e.Name, "__"), strings.HasPrefix(e.Name, "asyncify_"):
		return roleRuntime
	}
	return roleOther
}
