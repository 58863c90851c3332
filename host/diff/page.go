package diff

import (
	"fmt"
	"slices"
	"strings"
)

// part is one heading of the page with what changed under it.
type part struct {
	title string
	rows  []Change
}

// parts are the headings in the order in which a reader needs them.
func (d *Diff) parts() []part {
	return []part{
		{"access", d.Access}, {"settings", d.Settings}, {"imports", d.Imports}, {"checks", d.Checks},
		{"requests", d.Requests}, {"verdicts", d.Verdicts}, {"dependencies", d.Dependencies},
		{"signers", d.Signers}, {"toolchain", d.Toolchain}, {"module", d.Module},
	}
}

// maxRows is how much of one part the page shows; the JSON form has all.
const maxRows = 40

// shown are the rows of a part on the page, what widens first, and how many are left out. Nothing
// that widens is left out.
func (p part) shown() (rows []Change, left int) {
	for _, c := range p.rows {
		if c.Wider {
			rows = append(rows, c)
		}
	}
	for _, c := range p.rows {
		if !c.Wider {
			rows = append(rows, c)
		}
	}
	most := max(maxRows, len(rows)-countPlain(rows))
	if len(rows) > most {
		return rows[:most], len(rows) - most
	}
	return rows, 0
}

func countPlain(rows []Change) (n int) {
	for _, c := range rows {
		if !c.Wider {
			n++
		}
	}
	return n
}

// unchanged are the titles of the parts without a change.
func (d *Diff) unchanged() string {
	var titles []string
	for _, p := range d.parts() {
		behaviour := p.title == "requests" || p.title == "verdicts"
		if len(p.rows) == 0 && !(behaviour && !d.behaved()) {
			titles = append(titles, p.title)
		}
	}
	return strings.Join(titles, ", ")
}

// behaved tells whether two vettings were compared.
func (d *Diff) behaved() bool { return strings.HasPrefix(d.Behaviour, bothVetted) }

// maxReasons is how many reasons stand at the head of the page. Each is marked
// again where it belongs.
const maxReasons = 12

// reasons are those at the head of the page.
func (d *Diff) reasons() []string {
	if len(d.Reasons) <= maxReasons {
		return d.Reasons
	}
	return append(slices.Clone(d.Reasons[:maxReasons]), fmt.Sprintf("and %d more, marked below", len(d.Reasons)-maxReasons))
}

// title names the two versions.
func (d *Diff) title() string {
	switch {
	case d.Old == nil:
		return fmt.Sprintf("%s %s (new)", d.New.ID, d.New.Version)
	case d.Step == "other":
		return fmt.Sprintf("%s %s -> %s %s", d.Old.ID, d.Old.Version, d.New.ID, d.New.Version)
	}
	return fmt.Sprintf("%s %s -> %s (%s)", d.New.ID, d.Old.Version, d.New.Version, d.stepText())
}

func (d *Diff) stepText() string {
	switch d.Step {
	case "same":
		return "same version"
	case "lower":
		return "a lower version"
	}
	return d.Step
}

// verdict is the conclusion in one sentence.
func (d *Diff) verdict() string {
	switch d.Relation {
	case "wider":
		text := "the new version may do MORE than the old one"
		if d.Old == nil {
			text = "all that it may do is new"
		} else if slices.Contains([]string{"patch", "build", "same"}, d.Step) {
			text += ", which its version does not say"
		}
		return text
	case "narrower":
		return "the new version may do less than the old one"
	}
	return "the new version may do what the old one may, and no more"
}

// text is a change in one line without its mark.
func (c Change) text() string {
	value := func(v string) string {
		if v == "" {
			return "nothing"
		}
		return v
	}
	switch {
	case c.Old == "" && c.New == "":
		return c.What
	case c.Kind == Added && strings.Contains(c.New, c.What):
		return c.New
	case c.Kind == Removed && strings.Contains(c.Old, c.What):
		return c.Old
	case c.Kind == Added:
		return c.What + ": " + c.New
	case c.Kind == Removed:
		return c.What + ": " + c.Old
	}
	if strings.Contains(c.Old, c.What) && strings.Contains(c.New, c.What) {
		return c.Old + " -> " + c.New
	}
	return c.What + ": " + value(c.Old) + " -> " + value(c.New)
}

// marks stand before a line.
var marks = map[string]string{Added: "+", Removed: "-", Changed: "~"}

func (c Change) mark() string {
	if c.Wider {
		return "!"
	}
	return marks[c.Kind]
}
