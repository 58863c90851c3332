package vet

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/sdk/wire"
)

// Bounds of a policy file.
const (
	maxPolicy = 256 << 10
	maxItems  = 1000
	maxText   = 512
)

// PolicyError tells why a policy cannot be used.
type PolicyError struct {
	File    string
	Line    int // from 1; zero when no line is at fault
	Problem string
}

func (e *PolicyError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("policy %s: line %d: %s", e.File, e.Line, e.Problem)
	}
	return fmt.Sprintf("policy %s: %s", e.File, e.Problem)
}

// ParsePolicy reads a policy file; name is how messages call it. It is strict: a
// policy that is read wrongly lets in what nobody wanted. The error is a
// *PolicyError.
func ParsePolicy(data []byte, name string) (*Policy, error) {
	p, err := parsePolicy(data)
	if err != nil {
		return nil, &PolicyError{File: name, Line: err.Line, Problem: err.Problem}
	}
	p.text = slices.Clone(data)
	if p.Name == "" {
		p.Name = fileName(name)
	}
	return p, nil
}

var policyFields = []string{"schema", "name", "max_bytes", "max_memory", "forbidden_imports", "allowed_hosts", "allowed_methods", "allow_write",
	"required_signers", "require_sbom", "require_origin", "forbidden_dependencies", "allowed_toolchains", "levels"}

func parsePolicy(data []byte) (*Policy, *strictyaml.Error) {
	top, err := strictyaml.Document(data, "a policy file", maxPolicy)
	if err != nil {
		return nil, err
	}
	m, err := top.Mapping("the policy", policyFields...)
	if err != nil {
		return nil, err
	}
	schema, err := m.Need("schema", maxText)
	if err != nil {
		return nil, err
	}
	if schema != PolicySchema {
		return nil, strictyaml.At(m.LineOf("schema"), "schema %s is not %s", strictyaml.Quote(schema), PolicySchema)
	}
	p := &Policy{AllowWrite: true}
	r := reader{m: m}
	p.Name = r.text("name")
	p.MaxBytes, p.MaxMemory = r.number("max_bytes", wire.MaxModuleBytes), r.number("max_memory", wire.MaxMemoryBytes)
	p.ForbiddenImports = r.patterns("forbidden_imports", ' ')
	p.AllowedHosts = r.patterns("allowed_hosts", '.')
	p.Toolchains = r.patterns("allowed_toolchains")
	p.AllowedMethods = r.methods("allowed_methods")
	if m.Has("allow_write") {
		p.AllowWrite = r.yes("allow_write")
	}
	p.RequireSBOM, p.RequireOrigin = r.yes("require_sbom"), r.yes("require_origin")
	p.Signers = r.signers("required_signers")
	p.Forbidden = r.forbidden("forbidden_dependencies")
	p.Levels = r.levels("levels")
	return p, r.err
}

// reader reads fields until the first that cannot be read.
type reader struct {
	m   strictyaml.Mapping
	err *strictyaml.Error
}

func (r *reader) fail(err *strictyaml.Error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) text(field string) string {
	text, err := r.m.Text(field, maxText)
	r.fail(err)
	return text
}

func (r *reader) number(field string, most int64) int64 {
	n, err := r.m.Int(field, 1, most)
	r.fail(err)
	return n
}

func (r *reader) yes(field string) bool {
	yes, err := r.m.Bool(field)
	r.fail(err)
	return yes
}

// patterns is nil where the field does not stand, and not where it is empty.
func (r *reader) patterns(field string, separators ...rune) []glob.Pattern {
	if !r.m.Has(field) {
		return nil
	}
	nodes, err := r.m.Items(field, maxItems)
	r.fail(err)
	all := []glob.Pattern{}
	for _, n := range nodes {
		all = append(all, r.pattern(n, field, separators...))
	}
	return all
}

func (r *reader) pattern(n strictyaml.Node, field string, separators ...rune) glob.Pattern {
	text, err := n.Text("an item of "+field, maxText)
	r.fail(err)
	if err != nil {
		return glob.Pattern{}
	}
	p, failed := glob.Compile(text, separators...)
	if failed != nil {
		r.fail(strictyaml.At(n.Line(), "%s: %v", field, failed))
	}
	return p
}

// allMethods are the methods that access can name.
var allMethods = []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", wire.MethodProbe}

func (r *reader) methods(field string) []string {
	if !r.m.Has(field) {
		return nil
	}
	nodes, err := r.m.Items(field, maxItems)
	r.fail(err)
	all := []string{}
	for _, n := range nodes {
		text, err := n.Text("an item of "+field, maxText)
		r.fail(err)
		if err == nil && !slices.Contains(allMethods, text) {
			r.fail(strictyaml.At(n.Line(), "%s: %s is no method; methods are %s", field, strictyaml.Quote(text), strings.Join(allMethods, ", ")))
		}
		all = append(all, text)
	}
	return all
}

func (r *reader) signers(field string) *Signers {
	n, ok := r.m.Node(field)
	if !ok {
		return nil
	}
	m, err := n.Mapping(field, "names", "threshold")
	if err != nil {
		r.fail(err)
		return nil
	}
	inner := reader{m: m}
	s := &Signers{Names: inner.patterns("names", '.'), Threshold: int(inner.number("threshold", 100))}
	r.fail(inner.err)
	if s.Threshold == 0 {
		s.Threshold = 1
	}
	if m.Has("names") && len(s.Names) == 0 {
		r.fail(strictyaml.At(m.LineOf("names"), "the list of names is empty: nobody could sign"))
	}
	return s
}

func (r *reader) forbidden(field string) []Forbidden {
	nodes, err := r.m.Items(field, maxItems)
	r.fail(err)
	var all []Forbidden
	for _, n := range nodes {
		m, err := n.Mapping("an item of "+field, "path", "below")
		if err != nil {
			r.fail(err)
			return nil
		}
		text, err := m.Need("path", maxText)
		r.fail(err)
		inner := reader{m: m}
		f := Forbidden{Text: text, Below: inner.text("below")}
		r.fail(inner.err)
		if node, ok := m.Node("path"); ok && err == nil {
			f.Path = r.pattern(node, field, '/')
		}
		if f.Below != "" {
			f.Text += " below " + f.Below
			if !semver.IsValid(f.Below) {
				r.fail(strictyaml.At(m.LineOf("below"), "below: %s is no version like v1.2.3", strictyaml.Quote(f.Below)))
			}
		}
		all = append(all, f)
	}
	return all
}

func (r *reader) levels(field string) map[string]string {
	n, ok := r.m.Node(field)
	if !ok {
		return nil
	}
	var names []string
	for _, rule := range Rules {
		names = append(names, rule.Rule)
	}
	m, err := n.Mapping(field, names...)
	if err != nil {
		r.fail(err)
		return nil
	}
	levels := map[string]string{}
	for _, name := range names {
		if !m.Has(name) {
			continue
		}
		level, err := m.Text(name, maxText)
		r.fail(err)
		if err == nil && !slices.Contains([]string{Error, Warning, Note, Off}, level) {
			r.fail(strictyaml.At(m.LineOf(name), "%s: %s is none of error, warning, note, off", name, strictyaml.Quote(level)))
		}
		if level == Off && slices.Contains(core, name) {
			r.fail(strictyaml.At(m.LineOf(name), "%s: this rule cannot be switched off: a report without it would vouch for nothing", name))
		}
		levels[name] = level
	}
	return levels
}
