package fix

import "strings"

// Entry is one value of a file: a line of an environment file, a setting of a
// document.
type Entry struct {
	Name  string // in the spelling of the file
	Key   string // in document form
	Value string
}

// EnvEntries reads an environment file. What is no assignment is left out:
// comments hold old secrets as often as not.
func EnvEntries(text string) []Entry {
	var all []Entry
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		name, value, found := strings.Cut(line, "=")
		if found && name != "" && !strings.HasPrefix(strings.TrimSpace(name), "#") {
			all = append(all, Entry{Name: name, Key: strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(name, "export ")), "__", ":"), Value: value})
		}
	}
	return all
}

// Changed stands for a new value that must not be shown.
const Changed = "<changed>"

// Diff tells what changed from before to after in lines that begin with - and
// +, under headings as in a unified diff, and without the lines around them. show
// returns a value as it may be seen.
func Diff(file string, before, after []Entry, show func(Entry) string) []string {
	lines := []string{}
	gone, shown := without(before, after), map[string]bool{}
	for _, e := range gone {
		line := e.Name + "=" + show(e)
		shown[line] = true
		lines = append(lines, "-"+line)
	}
	for _, e := range without(after, before) {
		line := e.Name + "=" + show(e)
		if shown[line] { // hidden on both sides
			line = e.Name + "=" + Changed
		}
		lines = append(lines, "+"+line)
	}
	if len(lines) == 0 {
		return lines
	}
	return append([]string{"--- " + file, "+++ " + file}, lines...)
}

// without are the entries of a that b has not, each as often as it stands there.
func without(a, b []Entry) []Entry {
	left := map[Entry]int{}
	for _, e := range b {
		left[e]++
	}
	var out []Entry
	for _, e := range a {
		if left[e] > 0 {
			left[e]--
			continue
		}
		out = append(out, e)
	}
	return out
}
