package cassette

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/tools/txtar"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Format writes a recorded run as a sealed cassette. What it writes, Parse reads:
// an *Error says that the run does not fit into a cassette.
func (c *Cassette) Format() ([]byte, error) {
	header := c.Header
	header.Schema = Schema
	var files []txtar.File
	add := func(name string, v any) error {
		var b bytes.Buffer
		err := report.WriteDocument(&b, v)
		files = append(files, txtar.File{Name: name, Data: b.Bytes()})
		return err
	}
	if err := add(headerFile, header); err != nil {
		return nil, err
	}
	if err := add(reportFile, c.Report); err != nil {
		return nil, err
	}
	checks := slices.SortedFunc(slices.Values(c.Checks), func(a, b *exchange.Case) int {
		return cmp.Compare(a.Request.Check, b.Request.Check)
	})
	for _, k := range checks {
		prefix := k.Request.Check + "/"
		if err := add(prefix+"request.json", k.Request); err != nil {
			return nil, err
		}
		for i, e := range k.Exchanges {
			files = append(files, txtar.File{Name: prefix + e.FileName(i+1), Data: exchange.FormatExchange(e)})
		}
	}
	data := seal(txtar.Format(&txtar.Archive{Comment: []byte(comment), Files: files}))
	if len(data) > MaxBytes {
		return nil, tooLarge()
	}
	// A cassette that cannot be read is worse than none.
	if _, err := Parse(data); err != nil {
		return nil, fmt.Errorf("the cassette cannot be read back: %w", err)
	}
	return data, nil
}

func tooLarge() error {
	return &Error{Problem: fmt.Sprintf("it has more than the %d MiB that a cassette may have", MaxBytes>>20)}
}
