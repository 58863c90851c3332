package inspect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// part is one part of the report as people read it: the forms for people differ in
// how they write it and in nothing that they say. Its words are not escaped yet.
type part struct {
	title string
	// note says how the rows are known.
	note string
	rows []row
	// head are the titles of the columns; empty for rows of a name and a text.
	head []string
}

// row is one line of a part.
type row []string

// title is what the report is about.
func (r *Report) title() string {
	if r.Refused != nil {
		return r.File + ": refused"
	}
	return r.name()
}

func (r *Report) name() string { return r.ID + " " + r.Version + ": " + r.Name }

// parts are the label of the plugin, and behind it what takes more room.
func (r *Report) parts() []part {
	all := []part{r.identity(), r.authority()}
	for _, c := range r.Checks {
		all = append(all, c.part())
	}
	all = append(all, r.asks(), r.contents(), r.sectionTable(), r.importTable(), r.making(), r.modules(),
		r.foundAddresses(), r.foundFiles(), r.beside(), r.oddities())
	return slices.DeleteFunc(all, func(p part) bool { return len(p.rows) == 0 })
}

func (r *Report) identity() part {
	facts := []string{plural(r.Bytes, "byte")}
	if r.ID != "" {
		facts = append(facts, fmt.Sprintf("ABI %d", r.ABI))
	}
	p := part{}
	if r.Refused != nil {
		p.add("refused", "("+r.Refused.Rule+") "+r.Refused.Text)
		p.addSome("hint", r.Refused.Hint)
		if r.ID != "" {
			p.add("says", "it is "+r.name())
		}
	}
	p.add("file", strings.Join(append([]string{r.File}, facts...), ", "))
	p.add("digest", r.Digest)
	p.add("", r.SHA512)
	switch {
	case r.Seal.Valid:
		p.add("seal", "describes the file and proves nothing of its author: compare the digest with the published one")
	case r.Seal.Bytes > 0:
		p.add("seal", "not valid")
	case r.Module != nil:
		p.add("seal", "none")
	}
	p.addSome("about", r.Description)
	p.add("signed", r.signed())
	return p
}

func (r *Report) signed() string {
	matching := 0
	for _, s := range r.Signatures {
		if s.Problem == "" && s.Matches {
			matching++
		}
	}
	switch {
	case len(r.Signatures) == 0:
		return "no signature was found beside the file"
	case matching == 0:
		return "no signature beside the file speaks of it"
	}
	return plural(matching, "signature") + " beside the file, not verified here: stella doctor plugin verify FILE"
}

func (p *part) add(name, text string) { p.rows = append(p.rows, row{name, text}) }

// addSome adds a row unless there is nothing in it.
func (p *part) addSome(name, text string) {
	if text != "" {
		p.add(name, text)
	}
}

func (r *Report) authority() part {
	p := part{title: "Can and cannot", note: "proved by its imports"}
	for _, c := range r.Capabilities {
		p.add("", c)
	}
	return p
}

// asks puts the access of all checks together, by target.
func (r *Report) asks() part {
	p := part{title: "Asks for", note: "declared by its seal, to which the host holds it", head: []string{"target", "methods", "checks", "secrets"}}
	type ask struct{ methods, checks, secrets map[string]bool }
	targets := map[string]*ask{}
	for _, c := range r.Checks {
		for _, a := range c.Access {
			t := targets[a.Target]
			if t == nil {
				t = &ask{map[string]bool{}, map[string]bool{}, map[string]bool{}}
				targets[a.Target] = t
			}
			t.checks[c.ID] = true
			for _, m := range methodsOf(a) {
				t.methods[m] = true
			}
			for _, s := range a.Secrets {
				t.secrets[s] = true
			}
		}
	}
	sorted := func(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), ", ") }
	for _, target := range slices.Sorted(maps.Keys(targets)) {
		t := targets[target]
		p.rows = append(p.rows, row{target, sorted(t.methods), fmt.Sprint(len(t.checks)), cmp.Or(sorted(t.secrets), "none")})
	}
	return p
}

func methodsOf(a wire.Access) []string {
	if a.Kind == wire.KindTCP {
		return []string{"TCP"}
	}
	return a.Methods
}

func (r *Report) contents() part {
	p := part{title: "Contents", note: "proved by its bytes"}
	m := r.Module
	if m == nil {
		return p
	}
	p.add("code", fmt.Sprintf("%s, the largest of %s, blocks nested %d deep", plural(m.Functions, "function"), plural(m.LargestFunction, "byte"), m.DeepestNesting))
	p.add("memory", m.memory())
	for _, t := range m.Tables {
		text := fmt.Sprintf("%d entries of %s", t.Min, t.Type)
		if t.Max != nil {
			text += fmt.Sprintf(", at most %d", *t.Max)
		}
		p.add("table", text)
	}
	if m.TableGrows > 0 {
		p.add("", "tables are "+grown(m.TableGrows))
	}
	p.add("data", plural(m.DataSegments, "segment")+" of "+plural(m.DataBytes, "byte"))
	if m.Start {
		p.add("start", "code runs before any export is called")
	}
	p.addSome("uses", strings.Join(m.Features, ", "))
	var exports []string
	for _, e := range r.Exports {
		exports = append(exports, e.Name)
	}
	p.addSome("exports", strings.Join(exports, ", "))
	return p
}

func (m *Module) memory() string {
	if m.MemoryMin == 0 && m.MemoryMax == nil && m.MemoryGrows == 0 {
		return "none at the start"
	}
	text := fmt.Sprintf("%d KiB at the start, %s, ", m.MemoryMin>>10, grown(m.MemoryGrows))
	if m.MemoryMax == nil {
		return text + "no maximum of its own: the limit of the host holds"
	}
	return text + fmt.Sprintf("at most %d KiB, within the limit of the host", *m.MemoryMax>>10)
}

// grown says in how many places of the code something grows.
func grown(n int) string {
	if n == 0 {
		return "never grown"
	}
	return "grown in " + plural(n, "place")
}

func (r *Report) sectionTable() part {
	p := part{title: "Sections", note: "entropy in bits per byte", head: []string{"section", "bytes", "entropy"}}
	for _, s := range r.Sections {
		p.rows = append(p.rows, row{s.Title, fmt.Sprint(s.Bytes), s.Entropy})
	}
	return p
}

func (r *Report) importTable() part {
	p := part{title: "Imports", note: "proved by its bytes: there is no other way out of a module", head: []string{"class", "module", "name"}}
	for _, i := range r.Imports {
		p.rows = append(p.rows, row{i.Class, i.Module, i.Name})
	}
	return p
}

func (c Check) part() part {
	p := part{title: c.ID, note: c.Class}
	p.add("asks", c.Question)
	for _, s := range c.Settings {
		text := s.Key
		if len(s.Aliases) > 0 {
			text += " (or " + strings.Join(s.Aliases, ", ") + ")"
		}
		for _, mark := range []struct {
			on   bool
			text string
		}{{s.Secret, "secret: the value never enters the plugin"}, {s.Required, "required"}} {
			if mark.on {
				text += ", " + mark.text
			}
		}
		p.add("reads", text)
	}
	for _, a := range c.Access {
		p.add("reaches", AccessText(a)+": "+a.Reason)
	}
	return p
}

// AccessText is an access entry in one line, without its reason.
func AccessText(a wire.Access) string {
	text := strings.Join(methodsOf(a), ",") + " " + a.Target + a.Path
	if a.Port != "" {
		text += " port " + a.Port
	}
	for i, n := range a.DefaultPort {
		text += map[bool]string{true: " port ", false: ", "}[i == 0] + fmt.Sprint(n)
	}
	if a.Redirects != "" {
		text += ", redirects " + a.Redirects
	}
	if len(a.Secrets) > 0 {
		text += ", sends " + strings.Join(a.Secrets, ", ")
	}
	return text
}
