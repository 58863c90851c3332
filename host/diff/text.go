package diff

import (
	"fmt"
	"io"
	"strings"

	"stella-ops.org/doctor/host/report"
)

// WriteText writes the page for a terminal. Words of the files are escaped.
func WriteText(w io.Writer, d *Diff) error {
	var b strings.Builder
	line := func(format string, args ...string) {
		escaped := make([]any, len(args))
		for i, a := range args {
			escaped[i] = report.Escape(a)
		}
		fmt.Fprintf(&b, format+"\n", escaped...)
	}
	line("%s", d.title())
	line("%s", d.verdict())
	for _, r := range d.reasons() {
		line("  ! %s", r)
	}
	if d.Old != nil {
		line("old  %s, %s", d.Old.File, d.Old.Digest)
	}
	line("new  %s, %s", d.New.File, d.New.Digest)
	for _, n := range d.Notes {
		line("note %s", n)
	}
	for _, p := range d.parts() {
		rows, left := p.shown()
		if len(rows) == 0 {
			continue
		}
		line("\n%s", p.title)
		for _, c := range rows {
			line("  %s %s", c.mark(), c.text())
		}
		if left > 0 {
			line("  and %s more: --format json has all", fmt.Sprint(left))
		}
	}
	b.WriteByte('\n')
	if same := d.unchanged(); same != "" {
		line("without a change: %s", same)
	}
	line("requests and verdicts: %s", d.behaviourText())
	_, err := io.WriteString(w, b.String())
	return err
}

// behaviourText says how behaviour was compared, or what would do it.
func (d *Diff) behaviourText() string {
	if d.behaved() || d.Old == nil {
		return d.Behaviour
	}
	if d.Behaviour == leftOut {
		return "not compared: " + d.Behaviour
	}
	return "not compared: " + d.Behaviour + "; --vet makes what is missing"
}
