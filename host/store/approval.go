package store

import (
	"fmt"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/strictyaml"
)

// ParseApproval reads an approval file: the fields of an entry of the lock that
// say what is approved, by whom and until when. name is how messages call it.
//
// The error is an *Error.
func ParseApproval(data []byte, name string) (*Approval, error) {
	a, err := parseApproval(data)
	if err != nil {
		return nil, &Error{What: "approval file", File: name, Line: err.Line, Problem: err.Problem}
	}
	return a, nil
}

func parseApproval(data []byte) (*Approval, *strictyaml.Error) {
	top, err := strictyaml.Document(data, "an approval file", MaxLock)
	if err != nil {
		return nil, err
	}
	m, err := top.Mapping("the approval", "plugin", "digest", "access", "settings", "secrets", "engine", "approved_by", "expires")
	if err != nil {
		return nil, err
	}
	a := &Approval{}
	if a.Plugin, err = m.Text("plugin", maxKey); err != nil {
		return nil, err
	}
	if problem := checkInfo(a.Plugin, "0.0.0"); m.Has("plugin") && problem != "" {
		return nil, strictyaml.At(m.LineOf("plugin"), "plugin: %s", problem)
	}
	if a.Digest, err = parseDigest(m, "digest", false); err != nil {
		return nil, err
	}
	if a.Scope, err = parseScope(m); err != nil {
		return nil, err
	}
	if a.Engine, err = parseEngine(m); err != nil {
		return nil, err
	}
	if a.By, err = m.Text("approved_by", maxText); err != nil {
		return nil, err
	}
	a.Expires, err = m.Time("expires")
	return a, err
}

// parseEngine reads the engine, Interpreter where none is named.
func parseEngine(m strictyaml.Mapping) (string, *strictyaml.Error) {
	engine, err := m.Text("engine", maxText)
	switch {
	case err != nil:
		return "", err
	case engine == "":
		return Interpreter, nil
	case engine != Interpreter && engine != Compiler:
		return "", strictyaml.At(m.LineOf("engine"), "engine: %s is neither interpreter nor compiler", strictyaml.Quote(engine))
	}
	return engine, nil
}

// Template writes an approval file to begin with: all that a plugin asks for, and
// what can be said besides.
func (ask *Ask) Template() []byte {
	w := &yamlWriter{}
	fmt.Fprintf(&w.b, templateHead, ask.Info.ID, ask.Release.Version)
	w.field(0, "plugin", ask.Info.ID)
	w.field(0, "digest", ask.Release.Digest)
	none := func(empty bool, name string) {
		if empty {
			fmt.Fprintf(&w.b, "%s: [] # it asks for none\n", name)
		}
	}
	w.b.WriteString("\n# What it may reach. Each entry has kind, class, methods and target as the plugin asks\n" +
		"# for them, or less of it, and a reason, which is for those who read it.\n")
	w.scope(0, access.Scope{Access: ask.Asked.Access})
	none(len(ask.Asked.Access) == 0, "access")
	w.b.WriteString("\n# The settings whose values it may read.\n")
	w.scope(0, access.Scope{Settings: ask.Asked.Settings})
	none(len(ask.Asked.Settings) == 0, "settings")
	w.b.WriteString("\n# The secrets that may be sent for it where an entry of access names them. It never\n# reads them.\n")
	w.scope(0, access.Scope{Secrets: ask.Asked.Secrets})
	none(len(ask.Asked.Secrets) == 0, "secrets")
	w.b.WriteString(templateEnd)
	return w.b.Bytes()
}

const templateHead = `# An approval of plugin %s %s
# Below stands all that it asks for. Take out what it may not do, and hand the file to
# stella doctor plugin install, upgrade or approve with --approval FILE. What the plugin
# does not ask for is not approved by standing here.

# What it is about: with these it is refused for any other plugin or file. Without
# digest it counts for every version, without both for whatever it is handed to.
`

const templateEnd = `
# interpreter, or compiler: faster, and compiled code runs.
engine: interpreter

# Who approves. Without it --by says so, or else the user of the machine.
# approved_by: jane@example.com

# The day or the time (RFC 3339) at which the approval ends. Without it, and without
# --expires, it never does.
# expires: 2030-12-31
`

// Marshal writes an approval file.
func (a *Approval) Marshal() []byte {
	w := &yamlWriter{}
	w.field(0, "plugin", a.Plugin)
	w.field(0, "digest", a.Digest)
	w.scope(0, a.Scope)
	w.field(0, "engine", a.Engine)
	w.field(0, "approved_by", a.By)
	w.time(0, "expires", a.Expires)
	return w.b.Bytes()
}
