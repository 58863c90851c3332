package schemas

import (
	"bytes"
	"flag"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the schemas anew")

const root = "../../.."

// TestDrift holds the committed schemas against the types.
func TestDrift(t *testing.T) {
	for _, e := range Table {
		t.Run(e.File, func(t *testing.T) {
			got, err := Generate(e, root)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Generate(e, root)
			if err != nil || !bytes.Equal(got, again) {
				t.Fatalf("the schema is made in two ways (%v)", err)
			}
			file := filepath.Join(root, filepath.FromSlash(e.File))
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the types say; go test -update writes it:\n%s", e.File, got)
			}
		})
	}
}

// TestRulesApply holds that every rule still has a field or a struct to rule.
func TestRulesApply(t *testing.T) {
	fields, structs := map[string]bool{}, map[string]bool{}
	for _, e := range Table {
		for _, v := range e.Types {
			visit(reflect.TypeOf(v), map[reflect.Type]bool{}, func(s reflect.Type) {
				name := path.Base(s.PkgPath()) + "." + s.Name()
				structs[name] = true
				for i := range s.NumField() {
					field, _, _ := strings.Cut(s.Field(i).Tag.Get("json"), ",")
					fields[name+"."+field] = true
				}
			})
		}
	}
	for name := range fieldRules {
		if !fields[name] {
			t.Errorf("the rule for %s rules nothing", name)
		}
	}
	for name := range neverNull {
		if !fields[name] {
			t.Errorf("neverNull names %s, which is no field", name)
		}
	}
	for name := range structRules {
		if !structs[name] {
			t.Errorf("the rule for %s rules nothing", name)
		}
	}
}
