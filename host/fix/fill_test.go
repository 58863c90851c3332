package fix

import (
	"os/exec"
	"strings"
	"testing"
)

// places are commands with a placeholder, in every kind of place that a remedy
// has it, and how the value arrives: after which text, before which.
var places = []struct{ command, before, after string }{
	{`printf '%s\n' '<x>'`, "", ""},
	{`printf '%s\n' 'OCI__RegistryUrl=<x>'`, "OCI__RegistryUrl=", ""},
	{`printf '%s\n' "OCI__RegistryUrl=<x>"`, "OCI__RegistryUrl=", ""},
	{`printf '%s\n' 'deploy/<x>'`, "deploy/", ""},
	{`printf '%s\n' '<x>/v2/'`, "", "/v2/"},
	{`printf '%s\n' a'b'"c"'<x>'`, "abc", ""},
	{`printf '%s\n' <x>`, "", ""},
	{`printf '%s\n' --set=<x>`, "--set=", ""},
	{`sh -c 'printf "%s\n" "$1"' doctor '<x>'`, "", ""},
	{`sh -c 'printf "%s\n" "<x>"'`, "", ""},
	{`jq -nr '"<x>"'`, "", ""},
	{`awk 'BEGIN { print "<x>" }'`, "", ""},
	{`sh -c 'printf "%s\n" <x>'`, "", ""},
	{`printf '%s\n' "$(printf '%s' '<x>')"`, "", ""},
	{`printf '%s\n' "` + "`printf '%s' '<x>'`" + `"`, "", ""},
	{`x=1; printf '%s\n' 'it'\''s <x>'`, "it's ", ""},
}

// values are hard on a shell, on jq and on awk.
var values = []string{
	"https://new.example.com",
	"https://new.example.com/harbor?a=1&b=2",
	`$(echo pwned)`, "`echo pwned`", `"; echo pwned; "`, `'; echo pwned; '`, `\1\n%s$HOME`, `a'b`, `a"b`, `a\`, `a b`, "ü", `a#b`, `*`, `~`, `\(1+1)`,
	`"+"`, `x"; system("echo pwned"); "`, `!!`, `a;b`, `a|b`, `a>b`, `{a,b}`, `a=b`,
}

// TestFill puts every value into every place and lets a shell judge: the program
// gets the value as it is, or fill refuses it.
func TestFill(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Log("without jq one place is not tested")
	}
	filledIn := 0
	for _, p := range places {
		if name, _, _ := strings.Cut(p.command, " "); name == "jq" {
			if _, err := exec.LookPath(name); err != nil {
				continue
			}
		}
		for _, value := range values {
			command, problem := fill(p.command, "x", value)
			if problem != "" {
				if strings.Trim(value, plain) == "" {
					t.Errorf("%s refuses %q: %s", p.command, value, problem)
				}
				continue
			}
			filledIn++
			out, err := exec.Command("sh", "-c", command).CombinedOutput()
			if want := p.before + value + p.after + "\n"; err != nil || string(out) != want {
				t.Errorf("%s\nprints %q, %v, want %q", command, out, err, want)
			}
		}
	}
	if filledIn < len(places)*len(values)/3 {
		t.Errorf("only %d values were put anywhere", filledIn)
	}
}

// FuzzFill holds the same for any value in the places that a shell judges
// quickly.
func FuzzFill(f *testing.F) {
	for _, v := range values {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, p := range places {
			command, problem := fill(p.command, "x", value)
			if problem != "" || strings.HasPrefix(p.command, "jq") {
				continue
			}
			out, err := exec.Command("sh", "-c", command).CombinedOutput()
			if want := p.before + value + p.after + "\n"; err != nil || string(out) != want {
				t.Errorf("%s\nprints %q, %v, want %q", command, out, err, want)
			}
		}
	})
}

// TestFillRefuses: a value whose characters mean something to the program that
// reads the quoted text is refused, with a reason.
func TestFillRefuses(t *testing.T) {
	const shell, program = "its characters mean something to a shell, and it stands in a substitution", "its characters mean something to the program in whose text it stands"
	for _, c := range []struct{ command, value, problem string }{
		{`sh -c 'echo <x>'`, `a;b`, program},
		{`sh -c "echo <x>"`, `a;b`, program},
		{`yq -i '.a = "<x>"' values.yaml`, `a"b`, program},
		{`yq -i '.a = "<x>"' values.yaml`, `\(env)`, program},
		{`yq -i '.a = "a <x>"' values.yaml`, `a b`, program},
		{`echo "$(cat <x>)"`, `a b`, shell},
		{"echo `cat '<x>'`", `a b`, shell},
		{`cat <<EOF; echo '<x>'`, `a b`, shell},
		{`echo '<x>`, `a b`, shell},
		{`echo '<x>'`, ``, "it is empty"},
		{`echo '<x>'`, ` a`, "there is space around it"},
		{`echo '<x>'`, "a\nb", "it is no printable text of one line"},
		{`echo '<x>'`, "a\x1b[2J", "it is no printable text of one line"},
		{`echo '<x>'`, "a\u202eb", "it is no printable text of one line"},
		{`echo '<x>'`, "a\xff", "it is no printable text of one line"},
		{`echo '<x>'`, "<y>", "it has an angle bracket, as a placeholder has"},
		{`echo '<x>'`, "-rf", "it begins with a hyphen, which programs take for an option"},
		{`echo '<x>'`, "https://u:p@h", "it holds a user name or password, which must be in no command line"},
		{`echo '<x>'`, "https://u@h", "it holds a user name or password, which must be in no command line"},
		{`echo '<x>'`, "u:p@h", "it holds a user name or password, which must be in no command line"},
		{`echo '<x>'`, strings.Repeat("a", MaxValue+1), "it is longer than 2048 bytes"},
	} {
		if command, problem := fill(c.command, "x", c.value); problem != c.problem || command != c.command {
			t.Errorf("%q in %s: %q, %s, want %q", c.value, c.command, problem, command, c.problem)
		}
	}
	if command, problem := fill(`a '<x>' "<x>" <y>`, "x", "ops@example.com"); problem != "" || command != `a 'ops@example.com' "ops@example.com" <y>` {
		t.Errorf("%s, %s", command, problem)
	}
}
