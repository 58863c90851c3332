package cassette

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Parse reads a cassette or a hand-written case. An error is an [*Error].
func Parse(data []byte) (*Cassette, error) {
	if len(data) > MaxBytes {
		return nil, tooLarge()
	}
	_, files := exchange.Files(data)
	switch {
	case len(files) > 0 && files[0].Name == headerFile:
		return parseRecorded(data, files)
	case slices.ContainsFunc(files, func(f exchange.File) bool { return f.Name == "request.json" }):
		return parseHandWritten(data)
	}
	return nil, foreign(data, files)
}

func parseHandWritten(data []byte) (*Cassette, error) {
	c, err := exchange.ParseCase(data)
	if err != nil {
		return nil, syntaxError(err)
	}
	return &Cassette{Checks: []*exchange.Case{c}}, nil
}

func parseRecorded(data []byte, files []exchange.File) (*Cassette, error) {
	c := &Cassette{}
	headerErr := json.Unmarshal(files[0].Data, &c.Header)
	if err := checkSchema(files[0], c.Schema, headerErr == nil); err != nil {
		return nil, err
	}
	if err := checkSeal(data); err != nil {
		return nil, err
	}
	if headerErr != nil {
		return nil, at(files[0], "%v", headerErr)
	}
	if err := c.parseFiles(files); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

// checkSchema comes before the seal: a newer Doctor may seal in another way.
func checkSchema(f exchange.File, schema string, readable bool) error {
	version, ours := strings.CutPrefix(schema, schemaName)
	n, err := strconv.Atoi(version)
	switch {
	case !readable || schema == Schema:
		return nil
	case ours && err == nil && n > 1:
		return &Error{Problem: fmt.Sprintf("it was made by a newer Doctor, as %s; this one reads %s", short(schema), Schema)}
	}
	return at(f, "the schema is %q, not %s", short(schema), Schema)
}

// parseFiles reads what stands between the header and the seal.
func (c *Cassette) parseFiles(files []exchange.File) error {
	if len(files) < 3 || files[1].Name != reportFile {
		return at(files[min(1, len(files)-1)], "stands where %s is wanted", reportFile)
	}
	var err error
	if c.Report, err = readReport(files[1].Data); err != nil {
		return at(files[1], "%v", err)
	}
	seen := map[string]bool{headerFile: true, reportFile: true, sealFile: true}
	cases := map[string]*exchange.Case{}
	for _, f := range files[2 : len(files)-1] {
		if seen[f.Name] {
			return &Error{f.Line, f.Name, "stands there twice"}
		}
		seen[f.Name] = true
		id, name, _ := strings.Cut(f.Name, "/")
		if cases[id] == nil {
			cases[id] = &exchange.Case{}
		}
		known, err := cases[id].AddRecorded(name, f)
		if err != nil {
			return syntaxError(err)
		}
		if !known {
			return &Error{f.Line, f.Name, "is no file of a cassette"}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(cases)) {
		if err := c.addCheck(id, cases[id]); err != nil {
			return err
		}
	}
	return nil
}

// addCheck takes over the calls that stand under the id of a check.
func (c *Cassette) addCheck(id string, k *exchange.Case) error {
	switch {
	case k.Request.Check == "":
		return problem("", "check %s has calls and no request.json", short(id))
	case k.Request.Check != id:
		return problem("", "the request under %s is one of %s", short(id), k.Request.Check)
	case len(k.Exchanges) > wire.MaxRequests:
		return problem("", "check %s has %d calls, a run makes at most %d", id, len(k.Exchanges), wire.MaxRequests)
	}
	c.Checks = append(c.Checks, k)
	return nil
}

// at is an error in the content of f, whose lines nobody counts.
func at(f exchange.File, format string, args ...any) error {
	return &Error{f.Line, f.Name, fmt.Sprintf(format, args...)}
}

func syntaxError(err error) error {
	var s *exchange.SyntaxError
	if errors.As(err, &s) {
		return &Error{s.Line, s.File, s.Problem}
	}
	return &Error{Problem: err.Error()}
}

// short cuts text of the file for an error message.
func short(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
