package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"stella-ops.org/doctor/sdk/wire"
)

// long is a report with texts that need wrapping, wide characters among them.
func long() *Report {
	r := sample()
	res := &r.Results[0]
	res.Question = "Is the web server of Acme reachable from here, and does it answer as one that is in good health would?"
	res.Diagnosis = "127.0.0.1:1 refused the connection. 機械は答えるが、 この港では 何も 接続を 受け付けない. Nothing accepts connections on this port, or a firewall rejects them."
	res.LikelyCauses = []string{"The service is stopped, or it is restarting at this very moment.", "Wrong port in Acme:Url."}
	res.Remediation.Steps[0].Command = "docker compose exec -T gateway curl -sS -o /dev/null -w '%{http_code} %{content_type}\\n' --max-time 10 http://127.0.0.1:1/"
	return r
}

// TestTextGolden holds the text form at several widths, in colour and in ASCII.
func TestTextGolden(t *testing.T) {
	for name, v := range map[string]View{
		"text-40.txt":    {Width: 40, Runtime: wire.RuntimeCompose},
		"text-80.txt":    {Width: 80, Runtime: wire.RuntimeCompose, RuntimeSource: "compose.yaml is here"},
		"text-color.txt": {Width: 100, Color: true, Runtime: wire.RuntimeSystemd},
		"text-ascii.txt": {Width: 80, ASCII: true, Runtime: wire.RuntimeKubernetes},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := WriteText(&got, long(), v); err != nil {
				t.Fatal(err)
			}
			golden(t, name, got.Bytes())
			wraps(t, got.String(), v)
		})
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// wraps wants every line within the width, but for those of a name and one
// long word and for commands, which are never broken.
func wraps(t *testing.T, text string, v View) {
	t.Helper()
	plain := sgr.ReplaceAllString(text, "")
	if strings.Contains(plain, "\x1b") || !v.Color && plain != text {
		t.Error("there are escape sequences that are no colour that was asked for")
	}
	for line := range strings.Lines(plain) {
		line = strings.TrimSuffix(line, "\n")
		if v.ASCII && strings.IndexFunc(line, func(r rune) bool { return r > '~' }) >= 0 {
			t.Errorf("not ASCII: %q", line)
		}
		words := strings.Fields(line)
		if uniseg.StringWidth(line) <= v.Width || strings.Contains(line, "$ ") || strings.Contains(line, "verify: ") || len(words) <= 2 {
			continue
		}
		t.Errorf("%d columns of %d: %q", uniseg.StringWidth(line), v.Width, line)
	}
}

// TestTextKeepsEveryWord: wrapping loses nothing, at any width.
func TestTextKeepsEveryWord(t *testing.T) {
	words := func(v View) string {
		var b bytes.Buffer
		if err := WriteText(&b, long(), v); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(sgr.ReplaceAllString(b.String(), "")), " ")
	}
	want := words(View{})
	for width := 1; width < 130; width++ {
		if got := words(View{Width: width, Color: width%2 == 0}); got != want {
			t.Fatalf("at %d columns the text is\n%s\nwant\n%s", width, got, want)
		}
	}
}

// TestStepGroups: steps for any runtime are shown with every choice, and a
// choice that has no steps hides none.
func TestStepGroups(t *testing.T) {
	var steps []wire.Step
	for _, runtime := range []string{wire.RuntimeSystemd, wire.RuntimeAny, wire.RuntimeCompose, wire.RuntimeCompose} {
		steps = append(steps, wire.Step{Runtime: runtime})
	}
	for chosen, want := range map[string]string{
		wire.RuntimeCompose: "any compose compose", wire.RuntimeSystemd: "any systemd",
		wire.RuntimeKubernetes: "any compose compose systemd", "": "any compose compose systemd",
	} {
		var got []string
		for _, g := range StepGroups(steps, chosen) {
			for _, s := range g.Steps {
				got = append(got, s.Runtime)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q shows %v, want %s", chosen, got, want)
		}
	}
}

func TestFitLines(t *testing.T) {
	const text = "short\n\n  a line that is longer than its width\n     $ a command that is longer than its width\nhttps://registry.example.com/v2/ is long\n"
	const want = "short\n\n  a line that is\n    longer than its\n    width\n     $ a command that is longer than its width\nhttps://registry.example.com/v2/\n  is long\n"
	if got := FitLines(text, View{Width: 20}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := FitLines(text, View{}); got != text {
		t.Errorf("a width of 0 gives\n%s", got)
	}
	if got := FitLines("grün\n", View{ASCII: true}); got != "gr\\xfcn\n" {
		t.Errorf("ASCII is %q", got)
	}
}
