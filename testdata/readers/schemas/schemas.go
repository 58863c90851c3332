// Package schemas makes the JSON Schemas of Doctor's documents from the Go types
// that write them. The files are committed beside the types; the test of this
// package holds them against the types, and with -update writes them.
package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"strings"

	"github.com/invopop/jsonschema"

	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/cassette"
	"stella-ops.org/doctor/host/diff"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// Entry is one schema.
type Entry struct {
	// File is where it stands, from the root of the module.
	File string
	// Title is for people.
	Title string
	// Types are the documents that it admits: exactly one of them when there are
	// several.
	Types []any
}

// Table lists the schemas. A document gets one by a line here and, for what its
// Go types do not say, lines in rules.go.
var Table = []Entry{
	{"host/report/report.schema.json", "Report of a Doctor run", []any{report.Report{}}},
	{"host/report/stream.schema.json", "Line of the stream of a Doctor run", []any{report.RunStart{}, report.CheckLine{}, report.RunEnd{}}},
	{"sdk/wire/result.schema.json", "Result of a Doctor check, as a plugin answers it", []any{wire.Result{}}},
	{"sdk/wire/plugininfo.schema.json", "Description of a Doctor plugin, as it is sealed into the file", []any{wire.PluginInfo{}}},
	{"host/inspect/inspection.schema.json", "Inspection of a plugin file", []any{inspect.Report{}}},
	{"host/vet/vet.schema.json", "Report of the vetting of a plugin file", []any{vet.Report{}}},
	{"host/diff/diff.schema.json", "Differences between two plugin files", []any{diff.Diff{}}},
	{"host/audit/line.schema.json", "Line of an audit log", []any{audit.Line{}}},
	{"host/cassette/cassette.schema.json", "Header of a cassette, its file cassette.json", []any{cassette.Header{}}},
}

const module = "stella-ops.org/doctor"

// Generate makes one schema. root is the relative path of the module's root; the
// sources below it hold the comments that become descriptions.
func Generate(e Entry, root string) ([]byte, error) {
	r := jsonschema.Reflector{AllowAdditionalProperties: true, Anonymous: true, Mapper: mapped, Namer: nameOf}
	packages := map[string]bool{}
	for _, v := range e.Types {
		packagesOf(reflect.TypeOf(v), packages)
	}
	for name := range packages {
		if err := r.AddGoComments(module+"/testdata/readers/schemas", path.Join(root, strings.TrimPrefix(name, module))); err != nil {
			return nil, err
		}
	}
	top := &jsonschema.Schema{Version: jsonschema.Version, ID: jsonschema.ID("https://" + module + "/" + e.File), Title: e.Title, Definitions: evidenceDefinitions()}
	for _, v := range e.Types {
		t := reflect.TypeOf(v)
		one := r.ReflectFromType(t)
		for name, def := range one.Definitions {
			top.Definitions[name] = def
		}
		top.OneOf = append(top.OneOf, &jsonschema.Schema{Ref: "#/$defs/" + nameOf(t)})
	}
	if len(top.OneOf) == 1 {
		top.Ref, top.OneOf = top.OneOf[0].Ref, nil
	}
	used := map[string]bool{}
	for _, v := range e.Types {
		if err := refine(top.Definitions, reflect.TypeOf(v), used); err != nil {
			return nil, err
		}
	}
	prune(top)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(top)
	return b.Bytes(), err
}

// nameOf is the name of a type's definition: its own, but where two packages have
// one in the same document.
func nameOf(t reflect.Type) string {
	if t == reflect.TypeFor[truth.Request]() {
		return "TruthTable"
	}
	return t.Name()
}

// packagesOf collects the packages of the structs below t.
func packagesOf(t reflect.Type, into map[string]bool) {
	visit(t, map[reflect.Type]bool{}, func(s reflect.Type) { into[s.PkgPath()] = true })
}

// visit calls f for every struct of this module at or below t, once each.
func visit(t reflect.Type, seen map[reflect.Type]bool, f func(reflect.Type)) {
	if mapped(t) != nil {
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		visit(t.Elem(), seen, f)
	case reflect.Struct:
		if seen[t] || !strings.HasPrefix(t.PkgPath(), module) {
			return
		}
		seen[t] = true
		f(t)
		for i := range t.NumField() {
			visit(t.Field(i).Type, seen, f)
		}
	}
}

// refine adds to the definitions of t and what is below it what reflection does
// not see: null where a nil is written as null, and the rules.
func refine(defs jsonschema.Definitions, t reflect.Type, used map[string]bool) error {
	var err error
	visit(t, map[reflect.Type]bool{}, func(s reflect.Type) {
		def := defs[nameOf(s)]
		name := path.Base(s.PkgPath()) + "." + s.Name()
		if def == nil || used[name] {
			return
		}
		used[name] = true
		def.Description = plain(def.Description)
		for i := range s.NumField() {
			field, omit, _ := strings.Cut(s.Field(i).Tag.Get("json"), ",")
			prop, ok := def.Properties.Get(field)
			if !ok {
				continue
			}
			description := plain(prop.Description)
			prop.Description = ""
			if rule, ok := fieldRules[name+"."+field]; ok {
				rule(prop)
			}
			if omit == "" && nullable(s.Field(i).Type, s.PkgPath()) && !neverNull[name+"."+field] {
				prop = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{prop, {Type: "null"}}}
			}
			if prop.Ref != "" && description != "" { // as a sibling of $ref
				prop = &jsonschema.Schema{AllOf: []*jsonschema.Schema{prop}}
			}
			prop.Description = description
			def.Properties.Set(field, prop)
		}
		if rule, ok := structRules[name]; ok {
			rule(def)
		}
	})
	return err
}

// nullable holds for what is written as null when it is nil: pointers, and the
// lists of wire documents, which foreign plugins may leave nil. The lists of a
// report are never nil.
func nullable(t reflect.Type, pkg string) bool {
	return t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && strings.HasSuffix(pkg, "/wire")
}

// prune drops definitions that nothing refers to.
func prune(top *jsonschema.Schema) {
	for {
		text, _ := json.Marshal(top)
		dropped := false
		for name := range top.Definitions {
			if !bytes.Contains(text, fmt.Appendf(nil, `"#/$defs/%s"`, name)) {
				delete(top.Definitions, name)
				dropped = true
			}
		}
		if !dropped {
			return
		}
	}
}

var docLink = regexp.MustCompile(`\[\*?([A-Za-z][A-Za-z.]*)\]`)

// plain is a doc comment without the marks of links.
func plain(s string) string { return docLink.ReplaceAllString(s, "$1") }
