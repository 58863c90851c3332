package main

import (
	"fmt"
	"io"
	"strings"
)

// roff writes a manual page in the man macros. All text is escaped: a page says
// what stands there, whatever it begins with.
type roff struct {
	w io.Writer
	// fresh holds right after a heading, which begins a paragraph by itself.
	fresh bool
}

// roffSpecial are the characters that roff acts on or that a renderer would
// replace by finer ones, which cannot be pasted into a shell.
var roffSpecial = strings.NewReplacer(
	`\`, `\e`,
	"-", `\-`,
	"'", `\(aq`,
	"`", `\(ga`,
	`"`, `\(dq`,
	"^", `\(ha`,
	"~", `\(ti`,
	"…", `...`,
)

// roffText escapes text for any place of a line. White space becomes blanks: a
// line that began with a dot would be a request.
func roffText(s string) string {
	s = roffSpecial.Replace(strings.Join(strings.Fields(s), " "))
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}

func bold(s string) string   { return `\fB` + roffText(s) + `\fR` }
func italic(s string) string { return `\fI` + roffText(s) + `\fR` }

func (r *roff) title(name, version string) {
	fmt.Fprintf(r.w, ".TH %s 1 \"\" \"%s\" \"%s\"\n", strings.ToUpper(name), roffText("stella doctor "+version), "Stella Ops")
}

func (r *roff) section(title string) {
	fmt.Fprintf(r.w, ".SH %s\n", roffText(strings.ToUpper(title)))
	r.fresh = true
}

func (r *roff) subsection(title string) {
	fmt.Fprintf(r.w, ".SS %s\n", roffText(title))
	r.fresh = true
}

// line writes a line of text that is escaped already.
func (r *roff) line(text string) {
	fmt.Fprintln(r.w, text)
	r.fresh = false
}

// paragraph writes text as a paragraph of its own.
func (r *roff) paragraph(text string) {
	if !r.fresh {
		fmt.Fprintln(r.w, ".PP")
	}
	r.text(text)
}

// text writes text in lines that a person can read in the source, too.
func (r *roff) text(text string) {
	for _, line := range fold(text, 70) {
		r.line(roffText(line))
	}
}

// item writes a term, escaped already, and the text that explains it.
func (r *roff) item(term, text string) {
	fmt.Fprintf(r.w, ".TP\n%s\n", term)
	r.text(text)
}

// command writes a command line on a line of its own.
func (r *roff) command(line string) {
	fmt.Fprintf(r.w, ".PP\n.RS 4\n.nf\n%s\n.fi\n.RE\n", bold(line))
}
