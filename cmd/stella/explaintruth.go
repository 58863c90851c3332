package main

import (
	"fmt"
	"io"
	"reflect"
	"slices"
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
	for i, r := range t.Requests {
		s.line(2, truthRequest(r))
		own, folded := truthRows(t, i)
		var rows [][]string
		for _, row := range own {
			rows = append(rows, []string{row.Verdict, row.Cause, strings.Join(row.When, ", ")})
		}
		s.columns(4, rows)
		if folded {
			s.line(4, truthFolded)
		}
	}
}

func mdTruth(w io.Writer, t *truth.Table) {
	if t == nil {
		return
	}
	fmt.Fprintf(w, "\n## W%s\n", truthHeading[1:])
	for i, r := range t.Requests {
		fmt.Fprintf(w, "\n%s\n", mdText(truthRequest(r)))
		own, folded := truthRows(t, i)
		var rows [][]string
		for _, row := range own {
			rows = append(rows, []string{mdText(row.Verdict), mdText(strings.Join(row.When, ", ")), mdCode(row.Cause)})
		}
		mdTable(w, []string{"verdict", "answer", "cause"}, rows)
		if folded {
			fmt.Fprintf(w, "\n%s\n", mdText(truthFolded))
		}
	}
}

// truthFolded stands for the rows that a later request has in common with the
// first, most of them about connections.
const truthFolded = "every other answer: as for the first request of this table"

// truthRows are the rows of request i that are not those of the first, and
// whether there are such that are.
func truthRows(t *truth.Table, i int) (own []truth.Row, folded bool) {
	if i == 0 {
		return t.Requests[0].Rows, false
	}
	for _, row := range t.Requests[i].Rows {
		if slices.ContainsFunc(t.Requests[0].Rows, func(first truth.Row) bool { return reflect.DeepEqual(first, row) }) {
			folded = true
			continue
		}
		own = append(own, row)
	}
	return own, folded
}

// truthRequest names a request of the table.
func truthRequest(r truth.Request) string {
	return r.Call + ", request " + strconv.Itoa(r.N) + " of a case in which all goes well but for this answer: " + r.Case
}
