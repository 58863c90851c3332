package store

import (
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
	m, err := top.Mapping("the approval", "access", "settings", "secrets", "engine", "approved_by", "expires")
	if err != nil {
		return nil, err
	}
	a := &Approval{}
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

// Marshal writes an approval file.
func (a *Approval) Marshal() []byte {
	w := &yamlWriter{}
	w.scope(0, a.Scope)
	w.field(0, "engine", a.Engine)
	w.field(0, "approved_by", a.By)
	w.time(0, "expires", a.Expires)
	return w.b.Bytes()
}
