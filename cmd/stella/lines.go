package main

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// maxLine is where a line is broken that does not end.
const maxLine = 4 << 10

// lineCutter hands on what another program prints, line by line.
type lineCutter struct {
	each func(line string)
	line []byte
}

func (c *lineCutter) Write(p []byte) (int, error) {
	for _, b := range p {
		if b != '\n' {
			c.line = append(c.line, b)
		}
		if b == '\n' || len(c.line) >= maxLine {
			c.flushLine()
		}
	}
	return len(p), nil
}

// flush hands on a last line that did not end.
func (c *lineCutter) flush() {
	if len(c.line) > 0 {
		c.flushLine()
	}
}

func (c *lineCutter) flushLine() {
	line := strings.TrimSuffix(string(c.line), "\r")
	c.line = c.line[:0]
	c.each(line)
}

// maxCompilerLines bounds what is shown of a compiler's words.
const maxCompilerLines = 200

// compilerWords shows what the go command prints of sources: whoever wrote those
// chose the names in it. Control characters are made visible.
func compilerWords(w io.Writer) *lineCutter {
	n := 0
	return &lineCutter{each: func(line string) {
		if n++; n <= maxCompilerLines {
			fmt.Fprintln(w, report.Escape(line))
		} else if n == maxCompilerLines+1 {
			fmt.Fprintln(w, "… more than is shown")
		}
	}}
}
