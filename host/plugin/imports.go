package plugin

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Import modules that a plugin may import from.
const (
	moduleExtism = "extism:host/env"
	moduleWASI   = "wasi_snapshot_preview1"
)

// allowed is one function that a plugin may import, with its exact signature.
type allowed struct {
	module, name    string
	params, results []ValueType
}

func types(t ...ValueType) []ValueType { return t }

// allowList is everything that a plugin may import. What stands here decides
// what a plugin can do at all: an import is the only way out of a core module.
//
// Extism instantiates all of WASI and all of its own environment whatever a
// module asks for; this list is what narrows them to the functions that
// guests of the usual compilers need to start and to talk to the host.
var allowList = []allowed{
	{wire.ImportModule, wire.FuncHTTPRead, types(I64), types(I64)},
	{wire.ImportModule, wire.FuncHTTPWrite, types(I64), types(I64)},
	{wire.ImportModule, wire.FuncTCPProbe, types(I64), types(I64)},

	{moduleExtism, "alloc", types(I64), types(I64)},
	{moduleExtism, "free", types(I64), nil},
	{moduleExtism, "length", types(I64), types(I64)},
	{moduleExtism, "length_unsafe", types(I64), types(I64)},
	{moduleExtism, "load_u8", types(I64), types(I32)},
	{moduleExtism, "load_u64", types(I64), types(I64)},
	{moduleExtism, "store_u8", types(I64, I32), nil},
	{moduleExtism, "store_u64", types(I64, I64), nil},
	{moduleExtism, "input_length", nil, types(I64)},
	{moduleExtism, "input_offset", nil, types(I64)},
	{moduleExtism, "input_load_u8", types(I64), types(I32)},
	{moduleExtism, "input_load_u64", types(I64), types(I64)},
	{moduleExtism, "output_set", types(I64, I64), nil},
	{moduleExtism, "error_set", types(I64), nil},
	{moduleExtism, "log_trace", types(I64), nil},
	{moduleExtism, "log_debug", types(I64), nil},
	{moduleExtism, "log_info", types(I64), nil},
	{moduleExtism, "log_warn", types(I64), nil},
	{moduleExtism, "log_error", types(I64), nil},
	{moduleExtism, "get_log_level", nil, types(I32)},

	{moduleWASI, "args_get", types(I32, I32), types(I32)},
	{moduleWASI, "args_sizes_get", types(I32, I32), types(I32)},
	{moduleWASI, "clock_time_get", types(I32, I64, I32), types(I32)},
	{moduleWASI, "environ_get", types(I32, I32), types(I32)},
	{moduleWASI, "environ_sizes_get", types(I32, I32), types(I32)},
	{moduleWASI, "fd_close", types(I32), types(I32)},
	{moduleWASI, "fd_fdstat_get", types(I32, I32), types(I32)},
	{moduleWASI, "fd_fdstat_set_flags", types(I32, I32), types(I32)},
	{moduleWASI, "fd_prestat_dir_name", types(I32, I32, I32), types(I32)},
	{moduleWASI, "fd_prestat_get", types(I32, I32), types(I32)},
	{moduleWASI, "fd_write", types(I32, I32, I32, I32), types(I32)},
	{moduleWASI, "poll_oneoff", types(I32, I32, I32, I32), types(I32)},
	{moduleWASI, "proc_exit", types(I32), nil},
	{moduleWASI, "random_get", types(I32, I32), types(I32)},
	{moduleWASI, "sched_yield", nil, types(I32)},
}

// HostFunctions returns the functions of [wire.ImportModule] that a module may
// import, each (i64) -> i64.
func HostFunctions() []string {
	var names []string
	for _, a := range allowList {
		if a.module == wire.ImportModule {
			names = append(names, a.name)
		}
	}
	return names
}

// Check returns a [Refusal] for a function that no plugin may import.
func (i Import) Check() error {
	if r := checkImport(i); r != nil {
		return r
	}
	return nil
}

// checkImport refuses an import that is not on the list.
func checkImport(i Import) *Refusal {
	for _, a := range allowList {
		if a.module != i.Module || a.name != i.Name {
			continue
		}
		if got, want := i.Signature(), signature(a.params, a.results); got != want {
			return refuse(RuleImportSignature, "", "import %s.%s has the signature %s, it must be %s", i.Module, i.Name, got, want)
		}
		return nil
	}
	return refuseImport(i)
}

// refuseImport says why an import is not on the list.
func refuseImport(i Import) *Refusal {
	what := quote(i.Module) + "." + quote(i.Name)
	switch i.Module {
	case wire.ImportModule:
		return refuse(RuleImportNotAllowed, "", "import %s is no function of contract version %d", what, wire.Version)
	case moduleExtism:
		return refuseExtism(i.Name, what)
	case moduleWASI:
		return refuseWASI(i.Name, what)
	case "env":
		return refuse(RuleImportNotAllowed, "AssemblyScript imports env.abort unless built with --use abort=; C and Rust import what is not linked",
			"import %s: nothing can be imported from %s", what, quote(i.Module))
	case "extism:host/user":
		return refuse(RuleImportNotAllowed, "import host functions from "+wire.ImportModule,
			"import %s: this host has no functions in %s", what, quote(i.Module))
	}
	return refuse(RuleImportNotAllowed, "", "import %s: nothing can be imported from %s", what, quote(i.Module))
}

func refuseExtism(name, what string) *Refusal {
	switch name {
	case "http_request", "http_status_code", "http_headers":
		return refuse(RuleImportNotAllowed, "use "+wire.FuncHTTPRead+" of "+wire.ImportModule,
			"import %s: Extism's HTTP is not offered, because it traps on transport errors, follows redirects unchecked and flattens headers", what)
	case "var_get", "var_set":
		return refuse(RuleImportNotAllowed, "",
			"import %s: Extism's variables are not offered, because every run begins with a fresh instance", what)
	case "config_get":
		return refuse(RuleImportNotAllowed, "declare the settings of the check; they arrive in its request",
			"import %s: Extism's configuration is not offered", what)
	}
	return refuse(RuleImportNotAllowed, "", "import %s: this function of Extism is not offered to plugins", what)
}

func refuseWASI(name, what string) *Refusal {
	switch {
	case strings.HasPrefix(name, "sock_"):
		return refuse(RuleImportNotAllowed, "use "+wire.FuncHTTPRead+" or "+wire.FuncTCPProbe+" of "+wire.ImportModule,
			"import %s: plugins have no sockets", what)
	case strings.HasPrefix(name, "path_"), name == "fd_readdir", name == "fd_read", name == "fd_pread", name == "fd_pwrite",
		name == "fd_seek", name == "fd_tell", strings.HasPrefix(name, "fd_filestat_"):
		return refuse(RuleImportNotAllowed, "link no package that opens files",
			"import %s: plugins have no files", what)
	}
	return refuse(RuleImportNotAllowed, "", "import %s: this function of WASI is not offered to plugins", what)
}
