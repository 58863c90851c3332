package plugin

import (
	"fmt"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Capabilities says in sentences what the plugin can and cannot do; see
// [Module.Capabilities].
func (f *File) Capabilities() []string { return f.Module.Capabilities() }

// Capabilities derives from the imports, in sentences of a fixed order, what
// the module can do and what it cannot. An import is the only way out of a core
// module, so each "cannot" is proved by what is not there, given a correct engine.
//
// Imports that [Module.Check] refuses come last, one sentence each.
func (m *Module) Capabilities() []string {
	out := []string{
		m.ability(wire.ImportModule, "send GET, HEAD or OPTIONS, within what it is granted", "send GET, HEAD or OPTIONS", wire.FuncHTTPRead),
		m.ability(wire.ImportModule, "send POST, PUT, PATCH or DELETE, within what it is granted", "send POST, PUT, PATCH or DELETE", wire.FuncHTTPWrite),
		m.ability(wire.ImportModule, "open TCP connections, within what it is granted", "open TCP connections", wire.FuncTCPProbe),
		m.prefixAbility("use sockets", "sock_"),
		m.prefixAbility("open files", "path_"),
		m.ability(moduleWASI, "read a clock, which the host keeps fixed", "read a clock", "clock_time_get"),
		m.ability(moduleWASI, "read randomness, which the host keeps fixed", "read randomness", "random_get"),
		m.ability(moduleWASI, "read environment variables, of which the host gives none", "read environment variables", "environ_get"),
		m.ability(moduleWASI, "write to standard error, which the host bounds", "write to standard error", "fd_write"),
		m.ability(moduleExtism, "write log messages, which the host bounds", "write log messages",
			"log_error", "log_warn", "log_info", "log_debug", "log_trace"),
		m.memorySentence(),
	}
	for _, i := range m.Imports {
		if r := checkImport(i); r != nil {
			out = append(out, "is refused: "+r.Detail)
		}
	}
	return out
}

// ability speaks about one thing that any of the named functions allows.
func (m *Module) ability(module, can, cannot string, names ...string) string {
	for _, i := range m.Imports {
		for _, name := range names {
			if i.Module == module && i.Name == name {
				return "imports " + name + ": can " + can
			}
		}
	}
	return "does not import " + strings.Join(names, ", ") + ": cannot " + cannot
}

func (m *Module) prefixAbility(what, prefix string) string {
	for _, i := range m.Imports {
		if i.Module == moduleWASI && strings.HasPrefix(i.Name, prefix) {
			return "imports " + quote(i.Name) + ": asks to " + what
		}
	}
	return "does not import " + prefix + "*: cannot " + what
}

func (m *Module) memorySentence() string {
	switch {
	case m.Memory == nil:
		return "has no memory"
	case m.MemoryGrows == 0:
		return fmt.Sprintf("has no memory.grow: stays at %d KiB of memory", kib(m.Memory.Min))
	case m.Memory.HasMax:
		return fmt.Sprintf("begins with %d KiB of memory: can grow to %d KiB, within the limit of the host", kib(m.Memory.Min), kib(m.Memory.Max))
	}
	return fmt.Sprintf("begins with %d KiB of memory: can grow to the limit of the host", kib(m.Memory.Min))
}

func kib(pages uint32) int64 { return int64(pages) * pageSize >> 10 }
