package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/plugins"
)

// truthTable returns the derived truth table of a check of this program; nil
// when there is none.
func truthTable(check string) *truth.Table {
	data := plugins.Truth(check)
	if data == nil {
		return nil
	}
	t, err := truth.Parse(data)
	if err != nil {
		return nil // it is part of the program, and a test reads every one
	}
	return t
}

// truthHeading says what the table is.
const truthHeading = "what it does with every answer, derived by running it on all of them"

func textTruth(s sheet, t *truth.Table) {
	if t == nil {
		return
	}
	s.heading(truthHeading)
	for _, r := range t.Requests {
		s.line(2, truthRequest(r))
		var rows [][]string
		for _, row := range r.Rows {
			rows = append(rows, []string{row.Verdict, row.Cause, strings.Join(row.When, ", ")})
		}
		s.columns(4, rows)
	}
}

func mdTruth(w io.Writer, t *truth.Table) {
	if t == nil {
		return
	}
	fmt.Fprintf(w, "\n## W%s\n", truthHeading[1:])
	for _, r := range t.Requests {
		fmt.Fprintf(w, "\n%s\n", mdText(truthRequest(r)))
		var rows [][]string
		for _, row := range r.Rows {
			rows = append(rows, []string{mdText(row.Verdict), mdText(strings.Join(row.When, ", ")), mdCode(row.Cause)})
		}
		mdTable(w, []string{"verdict", "answer", "cause"}, rows)
	}
}

// truthRequest names a request of the table.
func truthRequest(r truth.Request) string {
	return r.Call + ", request " + strconv.Itoa(r.N) + " of a case in which all goes well but for this answer: " + r.Case
}
