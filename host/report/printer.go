package report

import (
	"regexp"
	"strings"

	"github.com/rivo/uniseg"

	"stella-ops.org/doctor/sdk/wire"
)

// printer lays out text for people. Everything that it prints goes through
// clean, so that no text of a guest or a server reaches a terminal as it is.
type printer struct {
	strings.Builder
	view   View
	indent int // columns before the fields of a result
	// waiters are the checks that wait for another, by its id.
	waiters map[string][]string
}

// narrow is the width below which the label stands above its fields instead of
// before them.
const narrow = 60

// maxTextWidth is the widest line that is still easy to read.
const maxTextWidth = 100

func newPrinter(v View) *printer {
	v.Width = min(v.Width, maxTextWidth)
	p := &printer{view: v, indent: 10}
	if v.Width > 0 && v.Width < narrow {
		p.indent = 2
	}
	return p
}

// clean makes text safe for one line of this view.
func (p *printer) clean(s string) string {
	s = Escape(s)
	if !p.view.ASCII {
		return s
	}
	return escapeWhere(s, func(r rune) bool { return r > '~' })
}

// Colours of the labels and of what stands back. They repeat what words say.
const (
	sgrBold = "1"
	sgrDim  = "2"
)

var severityColors = map[wire.Severity]string{
	wire.Fail: "1;31", wire.Warn: "1;33", wire.Info: "1;36", wire.Pass: "1;32", wire.Skip: "2",
}

const unjudgedColor = "1;35"

func (p *printer) paint(sgr, s string) string {
	if !p.view.Color || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// head begins a result: its label, its id, and what fits beside them.
func (p *printer) head(r *Result, text string) {
	color := unjudgedColor
	if r.Severity != nil {
		color = severityColors[*r.Severity]
	}
	word, id := label(r), p.clean(r.Check)
	p.WriteString(p.paint(color, word))
	p.WriteString(strings.Repeat(" ", max(2, p.indent-len(word))))
	column := max(p.indent, len(word)+2) + uniseg.StringWidth(id)
	p.WriteString(p.paint(sgrBold, id))
	if text == "" {
		p.WriteByte('\n')
		return
	}
	p.flow("  "+p.clean(text), column)
}

// field writes a named line of a result; an empty text writes nothing.
func (p *printer) field(name, text string) {
	if text != "" {
		p.para(strings.Repeat(" ", p.indent), name, text)
	}
}

// indented writes a line below a field, its continuation under its text.
func (p *printer) indented(extra int, name, text string) {
	p.para(strings.Repeat(" ", p.indent+extra), name, text)
}

// para writes one paragraph.
func (p *printer) para(margin, name, text string) {
	name = p.clean(name)
	p.WriteString(margin)
	if strings.HasSuffix(name, ": ") {
		p.WriteString(p.paint(sgrDim, name))
	} else {
		p.WriteString(name)
	}
	text = p.clean(text)
	p.wrap(text, len(margin)+uniseg.StringWidth(name), len(margin)+hang(name))
}

// hang is how far the continuation of a paragraph stands in: under the text of
// a numbered one, two columns after a name.
func hang(name string) int {
	if strings.HasSuffix(name, ". ") || strings.HasSuffix(name, "  ") {
		return uniseg.StringWidth(name)
	}
	if name == "" {
		return 0
	}
	return 2
}

// flow writes text that goes on from a column and continues at the indent.
func (p *printer) flow(text string, column int) { p.wrap(text, column, p.indent) }

// wrap writes text from a column on and continues at the hanging one. A word
// that is too long for a line, such as an address, stays whole.
func (p *printer) wrap(text string, column, hanging int) {
	if p.view.Width <= 0 {
		p.WriteString(text)
		p.WriteByte('\n')
		return
	}
	first := true
	for i, word := range strings.Split(text, " ") {
		w := uniseg.StringWidth(word)
		switch {
		case i == 0:
		case word == "" || column+1+w <= p.view.Width || first && column <= hanging:
			p.WriteByte(' ')
			column++
		default:
			p.WriteByte('\n')
			p.WriteString(strings.Repeat(" ", hanging))
			column = hanging
		}
		p.WriteString(word)
		column += w
		first = false
	}
	p.WriteByte('\n')
}

// FitLines fits a finished text to a view: its lines are wrapped, each with its
// continuation two columns further in, and escaped where the view is of ASCII.
// Commands, which stand behind a dollar sign, stay whole.
func FitLines(text string, v View) string {
	if v.Width <= 0 && !v.ASCII {
		return text
	}
	p := newPrinter(v)
	for line := range strings.Lines(text) {
		line = p.clean(strings.TrimSuffix(line, "\n"))
		words := strings.TrimLeft(line, " ")
		if strings.HasPrefix(words, "$ ") || p.view.Width <= 0 || uniseg.StringWidth(line) <= p.view.Width {
			p.line(line)
			continue
		}
		indent := len(line) - len(words)
		p.WriteString(line[:indent])
		p.wrap(words, indent, min(indent+2, p.view.Width/2))
	}
	return trailingSpace.ReplaceAllString(p.String(), "\n")
}

// trailingSpace is what a break among the spaces between columns leaves.
var trailingSpace = regexp.MustCompile(" +\n")

// command writes a command after its name. Commands are never wrapped: they are
// there to be copied.
func (p *printer) command(name, text string) {
	p.line(strings.Repeat(" ", p.indent) + p.paint(sgrDim, name) + p.paint(sgrBold, p.clean(text)))
}

func (p *printer) indentedCommand(extra int, text string) {
	p.line(strings.Repeat(" ", p.indent+extra) + "$ " + p.paint(sgrBold, p.clean(text)))
}

func (p *printer) line(s string) {
	p.WriteString(s)
	p.WriteByte('\n')
}

func (p *printer) blank() { p.WriteByte('\n') }
