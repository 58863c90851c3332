// Package truth derives what a check makes of every status and every failure
// that each of its requests can meet, and holds the result: the truth table of
// the check. It is pure; whoever calls [Derive] runs the check.
package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Schema names the form of a [Table].
const Schema = "stellaops.doctor.truth/v1"

// Table is the truth table of one check.
type Table struct {
	Schema string `json:"schema"`
	Check  string `json:"check"`
	// Requests are the requests of each base case, in the order of the cases.
	Requests []Request `json:"requests"`
}

// Request is one request of a base case: all other requests of the case are
// answered as the case says, this one in every way that there is.
type Request struct {
	// Case says what the base case is.
	Case string `json:"case"`
	// N counts the requests of the case from 1.
	N int `json:"n"`
	// Call is the method and address.
	Call string `json:"call"`
	// Rows are the verdicts, each once, statuses first.
	Rows []Row `json:"rows"`
}

// Row is one verdict and what leads to it.
type Row struct {
	// When are statuses, ranges of them such as 402-499, and failures by kind and
	// detail.
	When []string `json:"when"`
	// Verdict is a severity, the reason of a skip behind it, or "could not judge".
	Verdict string `json:"verdict"`
	// Cause is the cause id; empty on a plain pass.
	Cause string `json:"cause,omitempty"`
}

// Unjudged is the verdict of a check that could not judge.
const Unjudged = "could not judge"

// Run runs a check on a case, whose answers are found by what is asked, in any
// order. It returns the valid result and the exchanges that the check did not
// make. A call that the case does not hold is an error.
type Run func(*exchange.Case) (r wire.Result, unplayed []exchange.Exchange, err error)

// Derive puts every answer in the place of each answer of the base cases and writes
// down the verdicts. Exchanges that a base case holds for the case of need only,
// because they are not made when all goes well, keep their answers. Of the answers it
// takes those that take wants; nil wants all. An error is the run's, with the answer
// that led to it.
func Derive(check string, bases []exchange.Case, run Run, take func(Answer) bool) (*Table, error) {
	t := &Table{Schema: Schema, Check: check, Requests: []Request{}}
	for i := range bases {
		base := &bases[i]
		_, spare, err := run(base)
		if err != nil {
			return nil, fmt.Errorf("check %s: %s: %w", check, title(base.Comment), err)
		}
		for n := range base.Exchanges {
			if holds(spare, base.Exchanges[n]) {
				continue
			}
			r := Request{Case: title(base.Comment), N: n + 1, Call: call(&base.Exchanges[n]), Rows: []Row{}}
			c := collector{alone: map[int]Row{}}
			for _, a := range Answers(base.Exchanges[n]) {
				if take != nil && !take(a) {
					continue
				}
				result, _, err := run(With(base, n, a))
				if err != nil {
					return nil, fmt.Errorf("check %s: %s: request %d answered with %s: %w", check, r.Case, r.N, a.Name(), err)
				}
				c.add(a, Row{Verdict: Verdict(&result), Cause: result.Cause})
			}
			r.Rows = c.rows()
			t.Requests = append(t.Requests, r)
		}
	}
	return t, nil
}

// Rows sorts verdicts by what leads to them: the row of verdicts[i] is what a check
// made of answers[i]. What stands in When of a verdict is not read.
func Rows(answers []Answer, verdicts []Row) []Row {
	c := collector{alone: map[int]Row{}}
	for i, a := range answers {
		c.add(a, verdicts[i])
	}
	return c.rows()
}

// With is the base case with another answer to its request n, from zero.
func With(base *exchange.Case, n int, a Answer) *exchange.Case {
	c := *base
	c.Exchanges = append([]exchange.Exchange(nil), base.Exchanges...)
	c.Exchanges[n] = a.Exchange
	return &c
}

// Verdict is what stands in a row for a result.
func Verdict(r *wire.Result) string {
	switch {
	case r.Unjudged != "":
		return Unjudged
	case r.Severity == wire.Skip:
		return "skip " + r.SkipReason
	}
	return string(r.Severity)
}

func holds(all []exchange.Exchange, e exchange.Exchange) bool {
	text := exchange.FormatExchange(e)
	for i := range all {
		if bytes.Equal(exchange.FormatExchange(all[i]), text) {
			return true
		}
	}
	return false
}

// title is the first sentence of a case's comment, without its full stop.
func title(comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	if head, _, found := strings.Cut(text, ". "); found {
		text = head
	}
	return strings.TrimSuffix(text, ".")
}

func call(e *exchange.Exchange) string {
	method, address := e.Asked()
	return method + " " + address
}

// Marshal writes the table as it is kept.
func (t *Table) Marshal() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(t); err != nil {
		panic(err) // no value of these types fails
	}
	return b.Bytes()
}

// Parse reads what [Table.Marshal] wrote.
func Parse(data []byte) (*Table, error) {
	var t Table
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("truth table: %w", err)
	}
	if t.Schema != Schema {
		return nil, fmt.Errorf("truth table: schema %q is not %s", t.Schema, Schema)
	}
	return &t, nil
}

// collector gathers the answers of each verdict in the order in which they come.
type collector struct {
	alone map[int]Row // the verdicts of statuses that come alone
	found []group
}

type group struct {
	verdict, cause string
	variants       []string
	statuses       map[string][]int // of a variant
}

func (c *collector) add(a Answer, row Row) {
	if a.Variant == "" {
		c.alone[a.Status] = row
	} else if alone, ok := c.alone[a.Status]; ok && alone.Verdict == row.Verdict && alone.Cause == row.Cause && a.Repeats {
		return // what comes with the status makes no difference
	}
	i := 0
	for i < len(c.found) && (c.found[i].verdict != row.Verdict || c.found[i].cause != row.Cause) {
		i++
	}
	if i == len(c.found) {
		c.found = append(c.found, group{verdict: row.Verdict, cause: row.Cause, statuses: map[string][]int{}})
	}
	g := &c.found[i]
	if _, known := g.statuses[a.Variant]; !known {
		g.variants = append(g.variants, a.Variant)
	}
	g.statuses[a.Variant] = append(g.statuses[a.Variant], a.Status)
}

func (c *collector) rows() []Row {
	rows := make([]Row, 0, len(c.found))
	for _, g := range c.found {
		row := Row{Verdict: g.verdict, Cause: g.cause}
		for _, variant := range g.variants {
			for _, text := range ranges(g.statuses[variant]) {
				row.When = append(row.When, strings.TrimSpace(text+" "+variant))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// ranges writes ascending numbers with runs of them as from-to.
func ranges(numbers []int) []string {
	var out []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		text := strconv.Itoa(numbers[i])
		if numbers[i] == 0 {
			text = "" // no status at all
		}
		if end > i {
			text += "-" + strconv.Itoa(numbers[end])
		}
		out = append(out, text)
		i = end + 1
	}
	return out
}
