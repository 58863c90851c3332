package report

import (
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// WriteTable writes one row for each check, problems first: verdict, check,
// cause or outcome, duration, diagnosis. Columns are aligned by the width that a
// terminal gives to the characters.
//
// Rows fit v.Width when it is set: the diagnosis wraps within its column or,
// where that would be too narrow, below the row. An id is never cut; one that is
// wider than the terminal stands alone.
func WriteTable(w io.Writer, r *Report, v View) error {
	rows := [][]string{{"VERDICT", "CHECK", "CAUSE", "TIME", "DIAGNOSIS"}}
	results := worstFirst(r)
	for i := range results {
		rows = append(rows, tableRow(&results[i], v))
	}
	t := table{view: v, widths: make([]int, len(rows[0])-1)}
	for _, row := range rows {
		for i := range t.widths {
			t.widths[i] = max(t.widths[i], uniseg.StringWidth(row[i]))
		}
	}
	if len(results) > 0 {
		t.write(rows[0], nil)
		for i := range results {
			t.write(rows[i+1], &results[i])
		}
		t.out.WriteByte('\n')
	}
	for _, n := range r.Notes {
		t.paragraph("note: " + tableText(n.Text, v))
	}
	t.paragraph(counts(r))
	_, err := io.WriteString(w, t.out.String())
	return err
}

func tableRow(r *Result, v View) []string {
	why := tableText(reason(r), v)
	if why == "" {
		why = "-"
	}
	diagnosis := tableText(r.Diagnosis, v)
	if r.Waiver != nil {
		diagnosis += " [waived: " + tableText(waiverText(r.Waiver), v) + "]"
	}
	return []string{verdict(r), tableText(r.Check, v), why, seconds(r.DurationMS) + " s", diagnosis}
}

// tableText escapes a text for one cell.
func tableText(s string, v View) string { return strings.TrimSpace(newPrinter(v).clean(s)) }

// table lays rows out. widths are those of every column but the last.
type table struct {
	out    strings.Builder
	view   View
	widths []int
}

const (
	columnGap  = 2
	leastWrap  = 24 // the narrowest column worth wrapping a sentence in
	belowInset = 2
)

// write writes one row; r is nil for the heading.
func (t *table) write(row []string, r *Result) {
	left := 0
	for _, w := range t.widths {
		left += w + columnGap
	}
	switch {
	case t.view.Width <= 0:
		t.cells(row, r)
		t.out.WriteString(row[len(row)-1] + "\n")
	case t.view.Width-left >= leastWrap:
		t.cells(row, r)
		t.wrapped(row[len(row)-1], t.view.Width-left, left)
	case r != nil: // a heading of one column would say nothing
		t.stacked(row, r)
	}
}

// cells writes every column but the last, padded.
func (t *table) cells(row []string, r *Result) {
	for i, w := range t.widths {
		gap := strings.Repeat(" ", w-uniseg.StringWidth(row[i])+columnGap)
		switch i {
		case 0:
			t.out.WriteString(t.paint(row[i], r) + gap)
		case 3: // numbers align to the right
			t.out.WriteString(gap[columnGap:] + row[i] + gap[:columnGap])
		default:
			t.out.WriteString(row[i] + gap)
		}
	}
}

// stacked writes a row for a narrow terminal: the id whole, the rest below it.
func (t *table) stacked(row []string, r *Result) {
	first := t.paint(row[0], r)
	if uniseg.StringWidth(row[0])+columnGap+uniseg.StringWidth(row[1]) <= t.view.Width {
		t.out.WriteString(first + strings.Repeat(" ", columnGap) + row[1] + "\n")
	} else {
		t.out.WriteString(first + "\n" + row[1] + "\n")
	}
	width, inset := t.view.Width-belowInset, strings.Repeat(" ", belowInset)
	for _, text := range []string{row[2] + ", " + row[3], row[4]} {
		t.out.WriteString(inset)
		t.wrapped(text, width, belowInset)
	}
}

// wrapped writes text in lines of at most width columns; the first goes on where
// the row is, the others begin at inset.
func (t *table) wrapped(text string, width, inset int) {
	for i, line := range wrapText(text, width) {
		if i > 0 {
			t.out.WriteString(strings.Repeat(" ", inset))
		}
		t.out.WriteString(line + "\n")
	}
}

func (t *table) paragraph(text string) {
	if t.view.Width > 0 {
		t.wrapped(text, t.view.Width, 0)
		return
	}
	t.out.WriteString(text + "\n")
}

// paint colours a verdict. The word stays the same.
func (t *table) paint(word string, r *Result) string {
	if r == nil {
		return word
	}
	color := unjudgedColor
	if r.Severity != nil {
		color = severityColors[*r.Severity]
	}
	return newPrinter(t.view).paint(color, word)
}

// wrapText breaks text at spaces into lines of at most width columns, and within
// a word only where the word alone is wider. It returns one line at least.
func wrapText(text string, width int) []string {
	lines, line, used := []string{}, "", 0
	for word := range strings.FieldsSeq(text) {
		w := uniseg.StringWidth(word)
		if line != "" && used+1+w <= width {
			line, used = line+" "+word, used+1+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for w > width && word != "" {
			head := fitting(word, width)
			lines = append(lines, head)
			word = word[len(head):]
			w = uniseg.StringWidth(word)
		}
		line, used = word, w
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// fitting is the longest beginning of word that fits width columns, and one
// character at least.
func fitting(word string, width int) string {
	rest, end, used, first := word, 0, 0, true
	for rest != "" {
		cluster, after, w, _ := uniseg.FirstGraphemeClusterInString(rest, -1)
		if !first && used+w > width {
			break
		}
		rest, end, used, first = after, end+len(cluster), used+w, false
	}
	return word[:end]
}
