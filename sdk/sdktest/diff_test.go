package sdktest

import "testing"

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct{ want, got, diff string }{
		"same":    {"a\nb", "a\nb", ""},
		"changed": {"a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nd\nE\nf\ng", "  …\n  c\n  d\n- e\n+ E\n  f\n  g\n"},
		"added":   {"a\nb", "a\nx\nb", "  a\n+ x\n  b\n"},
		"gone":    {"a\nx\nb", "a\nb", "  a\n- x\n  b\n"},
		"all":     {"a", "b", "- a\n+ b\n"},
	} {
		if got := diff(c.want, c.got); got != c.diff {
			t.Errorf("%s: diff\n%swant\n%s", name, got, c.diff)
		}
	}
}
