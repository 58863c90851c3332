package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func manPage() string {
	var b bytes.Buffer
	writeMan(&b, newApp(&streams{}), "1.2.3")
	return b.String()
}

// render shows a page as a terminal would, without the overstriking.
func render(t *testing.T, page string, argv ...string) string {
	t.Helper()
	if _, err := exec.LookPath(argv[0]); err != nil {
		t.Skipf("NOT TESTED: %s is not installed, so nothing shows that it reads the manual page", argv[0])
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin = strings.NewReader(page)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %v\n%s", argv, err, stderr.String())
	}
	return regexp.MustCompile("\x1b\\[[0-9;]*m|.\b").ReplaceAllString(string(out), "")
}

// readers are programs that show manual pages, in lines wide enough for every
// sentence.
var manReaders = [][]string{
	{"groff", "-man", "-Tascii", "-ww", "-rLL=1000n", "-rHY=0"},
	{"mandoc", "-T", "ascii", "-O", "width=1000"},
}

// TestManComplete: every command with its usage, every flag in every spelling
// with its sentence, and every exit code is in the page, as each reader shows it.
func TestManComplete(t *testing.T) {
	for _, argv := range manReaders {
		t.Run(argv[0], func(t *testing.T) {
			text := strings.Join(strings.Fields(render(t, manPage(), argv...)), " ")
			want := func(s string) {
				t.Helper()
				s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "…", "...")
				if !strings.Contains(text, s) {
					t.Errorf("the page lacks %q", s)
				}
			}
			var walk func(path string, cmds []*cli.Command)
			walk = func(path string, cmds []*cli.Command) {
				for _, c := range cmds {
					path := path + " " + c.Name
					if len(c.Subcommands) > 0 {
						walk(path, c.Subcommands)
						continue
					}
					want(path + " " + usageText(c, path) + " " + sentence(c.Usage))
					for _, f := range ownFlags(c) {
						var names []string
						for _, n := range f.Names() {
							names = append(names, dashed(n))
						}
						want(strings.TrimSpace(strings.Join(names, ", ")+" "+flagValue(f)) + " " + sentence(flagSentence(f)))
					}
				}
			}
			walk("stella", newApp(&streams{}).Commands)
			for _, e := range exitCodes {
				want(strconv.Itoa(e.code) + " " + strings.ReplaceAll(e.meaning, "`", ""))
			}
			for _, part := range manParts {
				for _, f := range part.facts {
					want(f.name + " " + f.text)
				}
			}
			for _, x := range manExamples {
				want(x.name)
			}
		})
	}
}

// TestManLint: mandoc finds nothing but that there is no date, which would make
// two pages of one version differ.
func TestManLint(t *testing.T) {
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("NOT TESTED: mandoc is not installed, so nothing judges the manual page")
	}
	cmd := exec.Command("mandoc", "-T", "lint")
	cmd.Stdin = strings.NewReader(manPage())
	out, _ := cmd.CombinedOutput() // its exit code counts the missing date
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "missing date") && !strings.Contains(line, "longer than 80 bytes") {
			t.Errorf("mandoc: %s", line)
		}
	}
}

// TestManExamples: the command lines of the page are ones that the program takes.
func TestManExamples(t *testing.T) {
	app := newApp(&streams{})
	for _, x := range manExamples {
		if _, err := reorder(app, strings.Fields(x.name)); err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

// TestRoffText: text that roff would act on is shown as it is.
func TestRoffText(t *testing.T) {
	hostile := []string{
		`.so /etc/passwd`, `'ex`, `\fBbold\fR`, `\`, `a\nb`, `"quoted" 'single'`, "`tick`", `^a~b`, `-a --bc`, `\*[x] \n(.z`, `..`, "a\n.b", `\(aq`,
	}
	for _, argv := range manReaders {
		t.Run(argv[0], func(t *testing.T) {
			for _, s := range hostile {
				var b bytes.Buffer
				r := &roff{w: &b}
				r.title("x", "1")
				r.section("one")
				r.item(bold(s), "term above")
				r.paragraph(s)
				r.paragraph("before " + strings.Repeat("word ", 12) + s)
				text := strings.Join(strings.Fields(render(t, b.String(), argv...)), " ")
				s = strings.Join(strings.Fields(s), " ")
				if strings.Count(text, s) != 3 {
					t.Errorf("%q is shown as %s", s, text)
				}
			}
		})
	}
}

// TestManStable: the page depends on the program and its version alone.
func TestManStable(t *testing.T) {
	page := manPage()
	if page != manPage() || !strings.HasPrefix(page, `.TH STELLA 1 "" "stella doctor 1.2.3" "Stella Ops"`+"\n") {
		t.Errorf("the page begins with %.80s", page)
	}
	for i := range len(page) {
		if page[i] > '~' || page[i] < ' ' && page[i] != '\n' {
			t.Fatalf("byte %d is %#x", i, page[i])
		}
	}
}
