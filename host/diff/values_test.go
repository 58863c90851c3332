package diff

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/inspect"
)

// TestManyValues: a file that claims one module, one setting and one section in many
// versions is compared in a time that is linear in its size, in a few words, and what
// changes behind those is told all the same.
func TestManyValues(t *testing.T) {
	const many = 40_000
	side := func(last string) Side {
		return plugin("1.0.0", func(s *Side) {
			settings := []inspect.BuildSetting{}
			for i := range many {
				version := fmt.Sprintf("v1.0.%d", i)
				if i == many-1 {
					version = last
				}
				s.Report.Dependencies = append(s.Report.Dependencies, inspect.Dependency{Ecosystem: "golang", Path: "example.com/a", Version: version})
				settings = append(settings, inspect.BuildSetting{Key: "-tags", Value: version})
				s.Report.Sections = append(s.Report.Sections, inspect.Section{Name: "x", Bytes: i})
			}
			s.Report.GoBuilds[0].Settings = settings
		})
	}
	old, now := side("v1.0.0-a"), side("v1.0.0-b")
	start := time.Now()
	same, d := Compare(&old, old), Compare(&old, now)
	if took := time.Since(start); took > 5*time.Second { // a fraction of a second is usual
		t.Errorf("it took %v", took)
	}
	if n := len(same.Dependencies) + len(same.Toolchain) + len(same.Module); n != 0 {
		t.Errorf("%d changes from a file to itself", n)
	}
	if len(d.Dependencies) != 1 || len(d.Toolchain) != 1 {
		t.Fatalf("changes: %d of modules, %d of the toolchain", len(d.Dependencies), len(d.Toolchain))
	}
	for _, c := range []Change{d.Dependencies[0], d.Toolchain[0]} {
		if c.Kind != Changed || c.Old == c.New || len(c.New) > 1000 || !strings.HasPrefix(c.New, "v1.0.0; v1.0.1; ") || !strings.Contains(c.New, fmt.Sprintf("; and %d more", many-8)) {
			t.Errorf("%s: %.300q", c.What, c.New)
		}
	}
}
