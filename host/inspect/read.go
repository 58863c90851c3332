package inspect

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// Options are what a report needs to know beside the bytes. The zero value is
// fine.
type Options struct {
	// File is the name to show.
	File string
	// Beside are the files that were found beside the plugin file.
	Beside []Beside
}

// Beside is a file beside the plugin file, or an attachment of it.
type Beside struct {
	Name string
	Kind artifact.Kind
	Data []byte
}

// Inspect reads a plugin file. The report is never nil: of a file that no host
// loads, it holds what could be read, and the error is the *plugin.Refusal. There
// are no other errors. Inspect keeps no reference to data.
func Inspect(data []byte, o Options) (*Report, error) {
	sum := sha512.Sum512(data)
	r := &Report{
		Schema: Schema, File: o.File, Bytes: len(data),
		Digest: plugin.Digest(data), SHA512: "sha512:" + hex.EncodeToString(sum[:]),
		Checks: []Check{}, Hosts: []string{}, Capabilities: []string{}, Imports: []Import{}, Exports: []Export{},
		Sections: []Section{}, Toolchain: []Tool{}, GoBuilds: []GoBuild{}, Dependencies: []Dependency{},
		Strings: []Found{}, Embedded: []Embedded{}, Signatures: []Signature{}, Findings: []Finding{},
	}
	x := &inspector{Report: r, data: data}
	err := x.read()
	x.beside(o.Beside)
	x.sortFindings()
	return r, err
}

// inspector carries what one step of an inspection needs of another.
type inspector struct {
	*Report
	data   []byte
	module *plugin.Module
	image  *plugin.Image
	info   *wire.PluginInfo // nil without a valid seal
	// goLines counts the modules and settings of the build informations of Go.
	goLines int
}

// read asks the questions of [plugin.Open] one by one, so that what passed before
// a refusal can be told.
func (x *inspector) read() error {
	m, err := plugin.Scan(x.data)
	if err != nil {
		return x.refuse(err)
	}
	x.module, x.image = m, m.Image(x.data)
	refused := m.Check()
	info, err := plugin.ReadInfo(x.data)
	if err == nil {
		x.info = &info
	} else if refused == nil {
		refused = err
	}
	x.facts()
	x.declared()
	x.claimed()
	x.sections()
	x.addresses()
	x.embedded()
	if refused != nil {
		return x.refuse(refused)
	}
	return nil
}

func (x *inspector) refuse(err error) error {
	var refusal *plugin.Refusal
	if errors.As(err, &refusal) {
		x.Refused = &Refused{Rule: refusal.Rule, Text: refusal.Detail, Hint: refusal.Hint}
		x.find(RuleRefused, "%s", refusal.Error())
	}
	return err
}
