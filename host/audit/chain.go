package audit

import (
	"errors"
	"fmt"
	"slices"
)

// chain is what is known of a log up to some line. The writer follows the lines of
// others with it, and Verify all of them.
type chain struct {
	id     string // of the log
	n      int64  // the number of the last line
	hash   string // its hash
	intact string // the hash of the last line that was not cut
	torn   []Torn // the lines since then
	open   []string
	// unread is set when the last line cannot be read, so that the next one cannot
	// continue it, and broken from the first error on: what does not fit the runs
	// then follows from that.
	unread, broken bool
}

func (c *chain) head() Head { return Head{Lines: c.n, Hash: c.hash} }

// next takes the next line. Of one that was cut it returns nil, nil: the line
// recovered after it will tell. An error says in a clause what is wrong; the
// chain goes on all the same, as far as it can.
func (c *chain) next(raw []byte) (*Line, error) {
	before := *c
	c.n, c.hash, c.unread = before.n+1, hashOf(raw), false
	line, err := decode(raw)
	if err != nil && before.n > 0 && isCut(raw) {
		c.torn = append(slices.Clone(before.torn), Torn{Bytes: len(raw), Hash: c.hash})
		return nil, nil
	}
	c.intact, c.torn = c.hash, nil
	if err != nil {
		c.unread, c.broken = true, true
		return nil, err
	}
	if line.bearsOpen() {
		c.open = line.Open
	}
	if line.Kind == KindHeader {
		c.id = line.ID
	}
	if c.hash == before.hash {
		err = errors.New("it repeats the line before")
	} else {
		err = before.judge(line)
	}
	if err != nil {
		c.broken = true
		c.n = max(before.n, line.N)
	}
	return line, err
}

// judge says what is wrong with line as the one after those that c knows.
func (c *chain) judge(line *Line) error {
	if line.Kind != KindRecovered && len(c.torn) > 0 {
		return errors.New("the line before it was cut, and nothing was recovered")
	}
	if err := c.judgePlace(line); err != nil || c.broken {
		return err
	}
	if r := line.Recovered; r != nil && (!slices.Equal(r.Torn, c.torn) || r.Intact != c.intact) {
		return errors.New("it tells of other lines that were cut than those before it")
	}
	if err := c.judgeRun(line); err != nil {
		return err
	}
	if line.bearsOpen() && !slices.Equal(line.Open, c.openAfter(line)) {
		return errors.New("it names other runs as open than are")
	}
	return nil
}

// judgePlace holds number and hash against those of the line before.
func (c *chain) judgePlace(line *Line) error {
	switch {
	case (line.Kind == KindHeader) != (c.n == 0):
		if c.n == 0 {
			return errors.New("it is not the header with which a log begins: lines before it were cut")
		}
		return errors.New("it is a second header")
	case c.n == 0 && line.Schema != Schema:
		return fmt.Errorf("its schema is not %s", Schema)
	case line.N > c.n+1:
		return fmt.Errorf("its number is %d, and %d is due: what came before it is missing", line.N, c.n+1)
	case line.N < c.n+1:
		return fmt.Errorf("its number is %d, and %d is due: it is out of order, or was inserted", line.N, c.n+1)
	case line.Prev != c.hash && !c.unread:
		return errors.New("it does not continue the line before: one of them was exchanged or inserted")
	}
	return nil
}

// judgeRun wants a line of a run between the start and the end of that.
func (c *chain) judgeRun(line *Line) error {
	switch begun := slices.Contains(c.open, line.Run); {
	case line.Kind == KindRunStart && begun:
		return fmt.Errorf("run %s begins a second time", shorten(line.Run))
	case line.Kind == KindHeader, line.Kind == KindRunStart:
	case line.Kind == KindRecovered:
		for _, run := range line.Recovered.Abandoned {
			if !slices.Contains(c.open, run) {
				return fmt.Errorf("it ends run %s, which is not open", shorten(run))
			}
		}
	case !begun:
		return fmt.Errorf("run %s has not begun or has ended", shorten(line.Run))
	}
	return nil
}

// openAfter are the runs that are open after line.
func (c *chain) openAfter(line *Line) []string {
	open := slices.Clone(c.open)
	switch line.Kind {
	case KindRunStart:
		open = append(open, line.Run)
		slices.Sort(open)
	case KindRunEnd:
		open = slices.DeleteFunc(open, func(run string) bool { return run == line.Run })
	case KindRecovered:
		open = slices.DeleteFunc(open, func(run string) bool { return slices.Contains(line.Recovered.Abandoned, run) })
	}
	return open
}

// shorten bounds an id that comes from a file.
func shorten(id string) string { return id[:min(len(id), 32)] }
