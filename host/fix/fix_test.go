package fix

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// TestPlan holds what becomes of steps: one line each of effect, flags and
// command, and what is wanted.
func TestPlan(t *testing.T) {
	for name, c := range map[string]struct {
		steps []wire.Step
		want  []string
	}{
		"in order": {
			steps: []wire.Step{read("ls"), write(setEnvTo), read("ls"), write("docker compose up -d"), read("stella doctor run --check check.a.b")},
			want:  []string{"run", "edit", "run", "run", "verify"},
		},
		"what is never run": {
			steps: []wire.Step{{Effect: wire.EffectDestructive, Command: "rm -rf /"}, {Effect: "", Command: "ls"}, {Effect: "READ", Command: "ls"}, read("")},
			want:  []string{"destructive", "destructive", "destructive", "manual"},
		},
		"manual before destructive effect": {
			steps: []wire.Step{{Effect: wire.EffectDestructive, Manual: true, Command: "rm"}, {Effect: wire.EffectWrite, Manual: true, Command: "ed"}},
			want:  []string{"destructive", "manual"},
		},
		"an open change holds the later ones": {
			steps: []wire.Step{write("set '<registry-url>'", "registry-url"), read("preview"), write("restart")},
			want:  []string{"open: it needs a value for <registry-url>", "waits: it waits for step 1, which is not run", "waits: it waits for step 1, which is not run"},
		},
		"a manual change holds the later ones": {
			steps: []wire.Step{{Effect: wire.EffectWrite, Manual: true}, write("restart"), read("status")},
			want:  []string{"manual", "waits", "waits"},
		},
		"a reading before a change that is held": {
			steps: []wire.Step{read("status"), write("set '<registry-url>'", "registry-url"), read("preview"), read("stella doctor run --check check.a.b")},
			want:  []string{"run", "open", "waits", "verify"},
		},
		"an open reading holds nothing": {
			steps: []wire.Step{read("helm -n '<namespace>'", "namespace"), write("restart")},
			want:  []string{"open", "run"},
		},
		"a placeholder that is not named": {
			steps: []wire.Step{read("curl <registry-url>"), read(`jq '.a // "<unset>"'`), read("openssl s_client </dev/null 2>/dev/null"), read(`echo \<a> <b>`)},
			want:  []string{"open: it needs a value for <registry-url>", "run", "run", "open: it needs a value for <a>, <b>"},
		},
		"a placeholder that is named and nowhere": {
			steps: []wire.Step{read("ls", "namespace")},
			want:  []string{"open"},
		},
		"Doctor itself": {
			steps: []wire.Step{read("stella doctor run --check check.a.b --config x.json"), read("stella doctor run --check check.a.b --set Doctor:Proxy=env"),
				read("stella doctor run --check check.a.bc"), read("stella doctor fix --apply --yes --from x")},
			want: []string{"verify", "manual", "manual", "manual"},
		},
	} {
		for i := range c.steps {
			c.steps[i].Order, c.steps[i].Runtime = i+1, wire.RuntimeCompose
		}
		p, err := New(Request{Check: "check.a.b", Runtime: wire.RuntimeCompose, Steps: c.steps})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i, want := range c.want {
			got := string(p.Steps[i].Decision)
			if strings.Contains(want, ": ") {
				got += ": " + p.Steps[i].Why
			}
			if got != want {
				t.Errorf("%s: step %d: %s, want %s", name, i+1, got, want)
			}
		}
		if len(p.Steps) != len(c.want) {
			t.Errorf("%s: %d steps", name, len(p.Steps))
		}
	}
}

var setEnvTo = strings.ReplaceAll(setEnv, "VALUE", "x")

func read(command string, placeholders ...string) wire.Step {
	return wire.Step{Effect: wire.EffectRead, Command: command, Placeholders: placeholders}
}

func write(command string, placeholders ...string) wire.Step {
	return wire.Step{Effect: wire.EffectWrite, Command: command, Placeholders: placeholders}
}

// TestPlanRuntime: the steps of another runtime are no part of a plan, not even
// where there are no others.
func TestPlanRuntime(t *testing.T) {
	var steps []wire.Step
	for _, runtime := range []string{wire.RuntimeCompose, wire.RuntimeAny, wire.RuntimeKubernetes} {
		steps = append(steps, wire.Step{Order: 1, Runtime: runtime, Effect: wire.EffectRead, Command: "echo " + runtime})
	}
	for runtime, want := range map[string]string{
		wire.RuntimeCompose: "echo any,echo compose", wire.RuntimeSystemd: "echo any", wire.RuntimeAny: "echo any", wire.RuntimeKubernetes: "echo any,echo kubernetes",
	} {
		p, err := New(Request{Runtime: runtime, Steps: steps})
		var got []string
		for _, s := range p.Steps {
			got = append(got, s.Command)
		}
		if err != nil || strings.Join(got, ",") != want {
			t.Errorf("%s: %v, %v, want %s", runtime, got, err, want)
		}
	}
	if _, err := New(Request{Runtime: wire.RuntimeAny, Steps: make([]wire.Step, MaxSteps+1)}); err == nil {
		t.Error("more steps than a guest can send are taken")
	}
}

func TestPlanValues(t *testing.T) {
	steps := []wire.Step{{Order: 1, Runtime: wire.RuntimeAny, Effect: wire.EffectWrite, Command: setEnvFor("<registry-url>"), Placeholders: []string{"registry-url"}}}
	moved := wire.Evidence{
		"registry_url": wire.String("http://registry.example.com"), "request_url": wire.String("http://registry.example.com/v2/"),
		"redirect_location": wire.String("https://new.example.com/v2/"),
	}
	for _, c := range []struct {
		name    string
		request Request
		want    string
	}{
		{"nothing known", Request{}, "open  []"},
		{"given", Request{Values: map[string]string{"registry-url": "https://a.example.com"}}, "edit https://a.example.com []"},
		{"given beats evident", Request{Values: map[string]string{"registry-url": "https://a.example.com"}, Evidence: moved, Evident: true}, "edit https://a.example.com []"},
		{"evident", Request{Evidence: moved, Evident: true}, "edit https://new.example.com []"},
		{"evident and not taken", Request{Evidence: moved}, "open  [{registry-url https://new.example.com redirect_location}]"},
	} {
		c.request.Runtime, c.request.Steps = wire.RuntimeAny, steps
		p, err := New(c.request)
		if err != nil {
			t.Fatal(err)
		}
		s, value := p.Steps[0], ""
		if s.Change != nil {
			value = s.Change.Value
		}
		if got := fmt.Sprintf("%s %s %v", s.Decision, value, s.Offers); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	var wrong *FillError
	_, err := New(Request{Check: "check.a.b", Runtime: wire.RuntimeAny, Steps: []wire.Step{{Order: 1, Runtime: wire.RuntimeAny, Effect: wire.EffectRead,
		Command: "sh -c 'echo <a>'", Placeholders: []string{"a"}}}, Values: map[string]string{"a": "x;y"}})
	if !errors.As(err, &wrong) || err.Error() != "the value of <a> does not fit step 1 of check check.a.b: its characters mean something to the program in whose text it stands" {
		t.Errorf("%v", err)
	}
}

func setEnvFor(value string) string { return strings.ReplaceAll(setEnv, "VALUE", value) }

// TestMovedTo: a redirect gives a new address only where what was asked for
// stands at its end, and never a worse one.
func TestMovedTo(t *testing.T) {
	const base, ask = "http://registry.example.com", "http://registry.example.com/v2/"
	for _, c := range []struct{ base, request, location, want string }{
		{base, ask, "https://registry.example.com/v2/", "https://registry.example.com"},
		{base, ask, "https://registry.example.com:5000/harbor/v2/", "https://registry.example.com:5000/harbor"},
		{base + "/harbor/", base + "/harbor/v2/", "https://new.example.com/harbor/v2/", "https://new.example.com/harbor"},
		{base, ask, "/other/v2/", base + "/other"},
		{base, ask, "//new.example.com/v2/", "http://new.example.com"},
		{base, ask, "https://sso.example.com/login?next=/v2/", ""},
		{base, ask, "https://sso.example.com/login", ""},
		{base, ask, "https://new.example.com/v2/#x", ""},
		{base, ask, "https://u:p@new.example.com/v2/", ""},
		{base, ask, "ftp://new.example.com/v2/", ""},
		{base, ask, "https://new.example.com\\@evil/v2/", ""},
		{base, ask, "https://new.example.com/$(id)/v2/", "https://new.example.com/$(id)"},
		{base, ask, "/v2/", ""},
		{base, ask, "", ""},
		{base, ask, "%", ""},
		{"https://registry.example.com", "https://registry.example.com/v2/", "http://registry.example.com/v2/", ""},
		{base, "http://other.example.com/v2/", "https://new.example.com/v2/", ""},
		{"registry", ask, "https://new.example.com/v2/", ""},
		{base + "/hook", base + "/hook", "https://registry.example.com/hook", "https://registry.example.com/hook"},
		{base + "/hook", base + "/hook", "https://registry.example.com/login", ""},
	} {
		if got := movedTo(c.base, c.request, c.location); got != c.want {
			t.Errorf("%s, asked as %s, moved to %q: %q, want %q", c.base, c.request, c.location, got, c.want)
		}
	}
}

// TestSame: what differs in anything that counts is another plan.
func TestSame(t *testing.T) {
	of := func(command, effect string, manual bool) *Plan {
		p, err := New(Request{Runtime: wire.RuntimeAny, Steps: []wire.Step{{Order: 1, Runtime: wire.RuntimeAny, Command: command, Effect: effect, Manual: manual}}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a := of("ls", wire.EffectRead, false)
	if !a.Same(of("ls", wire.EffectRead, false)) {
		t.Error("one plan is not the same as itself")
	}
	for _, b := range []*Plan{of("ls ", wire.EffectRead, false), of("ls", wire.EffectWrite, false), of("ls", wire.EffectRead, true), {}} {
		if a.Same(b) || b.Same(a) {
			t.Errorf("%+v is the same", b)
		}
	}
}

func TestDiff(t *testing.T) {
	before := EnvEntries("A=1\n# old: P=hunter1\nOCI__RegistryUrl=a\nOCI__Password=hunter1\nGONE=hunter3\nTWICE=1\nTWICE=1\n")
	after := EnvEntries("A=1\nOCI__Password=hunter2\nTWICE=1\nexport X__Y=hunter4\nOCI__RegistryUrl=b\n")
	got := Diff(".env", before, after, func(e Entry) string {
		if e.Key == "OCI:RegistryUrl" {
			return e.Value
		}
		return "<set>"
	})
	want := `--- .env
+++ .env
-OCI__RegistryUrl=a
-OCI__Password=<set>
-GONE=<set>
-TWICE=<set>
+OCI__Password=<changed>
+export X__Y=<set>
+OCI__RegistryUrl=b`
	if strings.Join(got, "\n") != want {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if same := Diff(".env", before, before, func(Entry) string { return "" }); len(same) > 0 {
		t.Errorf("a file differs from itself: %v", same)
	}
}
