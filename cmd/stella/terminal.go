package main

import (
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// terminal is what is known of a place that text is written to. The zero value
// is a file or a pipe: plain text, never wrapped.
type terminal struct {
	file  *os.File // nil when it is no terminal
	color bool
	ascii bool
}

// newTerminal looks at w and at what the operator wants: --color, NO_COLOR (any
// value but the empty one), TERM and the locale.
func newTerminal(s *streams, c *cli.Context, w io.Writer) (terminal, error) {
	var t terminal
	dumb := s.env("TERM") == "dumb"
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		t.file = f
		t.ascii = dumb || !utf8Locale(s)
		t.color = !dumb && s.env("TERM") != "" && s.env("NO_COLOR") == ""
	}
	switch when := c.String("color"); when {
	case "auto", "": // a command without the flag
	case "always":
		t.color = true
	case "never":
		t.color = false
	default:
		return t, usagef("values are auto, always and never", "--color %q is no value for it", when)
	}
	return t, nil
}

// live reports whether lines can be drawn over.
func (t terminal) live(s *streams) bool {
	return t.file != nil && s.env("TERM") != "dumb" && s.env("TERM") != "" && t.height() >= minLiveHeight
}

// minLiveHeight is the least height that leaves room to draw in.
const minLiveHeight = 8

// width is the number of columns now; 80 when the terminal does not tell, and 0
// when it is no terminal.
func (t terminal) width() int {
	if t.file == nil {
		return 0
	}
	if w, _, err := term.GetSize(int(t.file.Fd())); err == nil && w > 0 {
		return w
	}
	return 80
}

// height is the number of lines now, 24 when the terminal does not tell.
func (t terminal) height() int {
	if t.file != nil {
		if _, h, err := term.GetSize(int(t.file.Fd())); err == nil && h > 0 {
			return h
		}
	}
	return 24
}

// utf8Locale tells whether the locale can show more than ASCII: the first of
// the three variables that is set decides, as everywhere.
func utf8Locale(s *streams) bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(s.env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
