package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
)

// output is where a command's document goes: at most one format to standard
// output, and any number to files.
type output struct {
	targets []target
	inputs  []string // files that the command reads, and must not write to
	stdout  io.Writer
}

// target is one format and its place.
type target struct {
	format string
	path   string // empty for standard output
}

// newOutput reads --format and --output before any work is done, so that a
// mistake costs nothing. formats are those that the command knows.
func newOutput(s *streams, c *cli.Context, formats []string) (*output, error) {
	o := &output{stdout: s.stdout, inputs: inputFiles(c)}
	values := c.StringSlice("format")
	if len(values) == 0 {
		values = []string{formats[0]}
	}
	for _, v := range values {
		format, path, named := strings.Cut(v, "=")
		if !slices.Contains(formats, format) {
			return nil, usagef("formats are "+strings.Join(formats, ", "), "unknown format %q", format)
		}
		if named && path == "" {
			return nil, usagef("write --format "+format+"=FILE", "--format %s= names no file", format)
		}
		o.targets = append(o.targets, target{format, ownStdout(path)})
	}
	if err := o.applyOutputFlag(c); err != nil {
		return nil, err
	}
	return o, o.check()
}

// applyOutputFlag gives --output to the one format without a file.
func (o *output) applyOutputFlag(c *cli.Context) error {
	bare := -1
	for i, t := range o.targets {
		if t.path != "" {
			continue
		}
		if bare >= 0 {
			return usagef("give all but one a file: --format "+t.format+"=FILE", "two formats have no file: %s and %s", o.targets[bare].format, t.format)
		}
		bare = i
	}
	named := c.String("output")
	path := ownStdout(named)
	switch {
	case path == "" && (named != "" || !c.IsSet("output")):
		return nil
	case path == "":
		return usagef("name a file, or - for standard output", "--output names no file")
	case bare < 0:
		return usagef("leave --output out", "--output %s has no format left to hold: each has a file of its own", path)
	}
	o.targets[bare].path = path
	return nil
}

// check looks at the places before any work is done: each file once, no
// directory, and a directory that can be written to.
func (o *output) check() error {
	seen := map[string]string{}
	for _, t := range o.targets {
		if t.path == "" {
			continue
		}
		if err := o.checkTarget(t.path); err != nil {
			return err
		}
		if st, err := os.Stat(t.path); err == nil && !st.Mode().IsRegular() {
			continue // a device takes any number of documents
		}
		place := realPlace(t.path)
		if other, ok := seen[place]; ok {
			return usagef("give each format a file of its own", "output file %s is named twice: for %s and for %s", t.path, other, t.format)
		}
		seen[place] = t.format
	}
	return nil
}

// writer renders a document in one format.
type writer func(io.Writer) error

// write renders the document for every target and delivers each whole or not
// at all; writers gives the renderers for files and those for standard output,
// which may be a terminal. Files come first: a reader of standard output that
// goes away takes none of them along. The failures are returned after all were
// tried.
func (o *output) write(writers func(onStdout bool) map[string]writer) error {
	var errs []error
	for _, files := range []bool{true, false} {
		for _, t := range o.targets {
			if (t.path != "") != files {
				continue
			}
			if err := o.deliver(t, writers(!files)[t.format]); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func (o *output) deliver(t target, render writer) error {
	if render == nil { // it was delivered as the run went
		return nil
	}
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	if t.path != "" {
		return writeFile(t.path, b.Bytes(), 0o644)
	}
	_, err := o.stdout.Write(b.Bytes())
	return stdoutError(err)
}

// stdoutError judges a failure to write to standard output. A reader that has
// seen enough and closed the pipe (| head) is no failure: the exit code stays
// that of the run.
func stdoutError(err error) error {
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return &outputError{path: "standard output", err: cause(err)}
}

// outputError says that a document could not be written.
type outputError struct {
	path string
	err  error
}

func (e *outputError) Error() string { return fmt.Sprintf("writing %s: %v", e.path, e.err) }

// Unwrap returns the cause.
func (e *outputError) Unwrap() error { return e.err }

// page is a document that a command prints: a value for JSON, its forms for
// people, and the exit code that it ends with.
type page struct {
	value any
	forms map[string]writer
	code  int
	// err, if any, is told behind the document, and gives the exit code.
	err error
}

// document is the action of a command that prints one document. make returns
// it; the mistakes in --format and --output come first. formats are the forms
// that make fills in, the default first; json is added.
func document(s *streams, formats []string, make func(c *cli.Context) (page, error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		out, err := newOutput(s, c, append(slices.Clone(formats), "json"))
		if err != nil {
			return err
		}
		p, err := make(c)
		if err != nil {
			return err
		}
		writers := map[string]writer{"json": func(w io.Writer) error { return report.WriteDocument(w, p.value) }}
		for name, form := range p.forms {
			writers[name] = form
		}
		t, err := newTerminal(s, c, s.stdout)
		if err != nil {
			return err
		}
		err = out.write(func(onStdout bool) map[string]writer {
			if text := writers["text"]; onStdout && t.file != nil && text != nil {
				fitted := maps.Clone(writers)
				fitted["text"] = wrapped(text, t)
				return fitted
			}
			return writers
		})
		switch {
		case p.err != nil && err != nil:
			return errors.Join(p.err, err)
		case p.err != nil:
			return p.err
		case err != nil || p.code == exitOK:
			return err
		}
		return &codeError{code: p.code}
	}
}

// oneForm is the action of a command that prints a document which has one form. It
// is not fitted to a terminal: it is made to be read again by this program.
func oneForm(s *streams, make func(c *cli.Context) ([]byte, error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		out, err := newOutput(s, c, textOnly)
		if err != nil {
			return err
		}
		data, err := make(c)
		if err != nil {
			return err
		}
		return out.write(func(bool) map[string]writer {
			return map[string]writer{textOnly[0]: func(w io.Writer) error {
				_, err := w.Write(data)
				return err
			}}
		})
	}
}

// wrapped fits the text form of a page to a terminal.
func wrapped(text writer, t terminal) writer {
	return func(w io.Writer) error {
		var b bytes.Buffer
		if err := text(&b); err != nil {
			return err
		}
		_, err := io.WriteString(w, report.FitLines(b.String(), report.View{Width: t.width(), ASCII: t.ascii}))
		return err
	}
}

// textPage is a page with a text form only.
func textPage(value any, text writer) page {
	return page{value: value, forms: map[string]writer{"text": text}}
}

// textOnly are the formats of a command whose page is a textPage.
var textOnly = []string{"text"}

func warn(s *streams, text string) {
	fmt.Fprintf(s.stderr, "stella: warning: %s\n", report.Escape(text))
}

func notice(s *streams, text string) {
	fmt.Fprintf(s.stderr, "stella: note: %s\n", report.Escape(text))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
