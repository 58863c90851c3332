package main

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestUsualSteps: every check seals the usual change for every runtime, which
// ends by running the check again; nothing of it is a result's, and what the
// reader fills in is a placeholder in quotes.
func TestUsualSteps(t *testing.T) {
	for _, c := range plugin.Info().Checks {
		if c.Explain == nil || len(c.Explain.Steps) == 0 {
			t.Errorf("%s seals no steps", c.ID)
			continue
		}
		last := map[string]string{}
		changed := map[string]bool{}
		for _, s := range c.Explain.Steps {
			last[s.Runtime] = s.Command
			changed[s.Runtime] = changed[s.Runtime] || s.Effect == wire.EffectWrite
			rest := s.Command
			for _, noun := range s.Placeholders {
				rest = strings.ReplaceAll(rest, "<"+noun+">", "")
			}
			for _, printed := range []string{`"<set>"`, `"<empty>"`, `"<unset>"`} {
				rest = strings.ReplaceAll(rest, printed, "")
			}
			rest = strings.ReplaceAll(rest, "</dev/null", "")
			if strings.Contains(rest, "<") || strings.Contains(s.Command+s.Description+s.Backup+s.Safety, "{key}") {
				t.Errorf("%s: step %s %d is not filled in: %+v", c.ID, s.Runtime, s.Order, s)
			}
		}
		for _, runtime := range []string{wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes} {
			if want := rerun(t, c.ID); last[runtime] != want {
				t.Errorf("%s: the steps for %s end with %q, not with %q", c.ID, runtime, last[runtime], want)
			}
			if !changed[runtime] {
				t.Errorf("%s: no step for %s changes anything", c.ID, runtime)
			}
		}
	}
}

// TestUsualStepsParse: bash reads every sealed command.
func TestUsualStepsParse(t *testing.T) {
	for _, c := range plugin.Info().Checks {
		for _, s := range c.Explain.Steps {
			if s.Command != "" {
				sh(t, t.TempDir(), `bash -n <<<"$1"`, s.Command)
			}
		}
	}
}
