package inspect

import (
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/plugin/plugintest"
)

// Of an honest file there is nothing to say.
func TestHonest(t *testing.T) {
	r, err := Inspect(plugintest.Honest(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) > 0 {
		t.Errorf("findings: %+v", r.Findings)
	}
}

// TestLies holds that each lie is told of, and by no other rule.
func TestLies(t *testing.T) {
	told := map[string]bool{}
	for _, lie := range plugintest.Lies() {
		t.Run(lie.ID, func(t *testing.T) {
			r, err := Inspect(lie.Data(), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range r.Findings {
				told[f.Rule] = true
				got = append(got, f.Rule)
			}
			want := []string{lie.Finding}
			if lie.Finding == "" {
				want = nil
			}
			if got = slices.Compact(got); !slices.Equal(got, want) {
				t.Errorf("findings %s, want %s: %+v", got, want, r.Findings)
			}
		})
	}
	for _, rule := range Rules() {
		beside := strings.HasPrefix(rule.ID, "sbom-") || strings.HasPrefix(rule.ID, "signature-") || rule.ID == RuleTooManyBeside
		if !told[rule.ID] && !beside && rule.ID != RuleRefused && rule.ID != RuleAddressesMore {
			t.Errorf("no file is told of by rule %s", rule.ID)
		}
	}
}
