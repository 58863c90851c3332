package exchange

import (
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"

	"stella-ops.org/doctor/sdk/wire"
)

// File is one file of an archive.
type File struct {
	Name string
	Data []byte
	// Line is the one with the file's marker, counted from 1.
	Line int
}

// Files splits a txtar archive into its comment and its files.
func Files(data []byte) (comment string, files []File) {
	archive := txtar.Parse(data)
	line := 1 + countLines(archive.Comment)
	for _, f := range archive.Files {
		files = append(files, File{f.Name, f.Data, line})
		line += 1 + countLines(f.Data)
	}
	return string(archive.Comment), files
}

func (f File) problem(line int, format string, args ...any) error {
	return &SyntaxError{line, f.Name, fmt.Sprintf(format, args...)}
}

// AddRecorded takes over one file of a recording, in which the files of several cases
// stand: request.json, which must be whole, or the next of http/1, http/2 and so on,
// tcp/2 where the second call is a connection. Name is the file's within the case. It
// reports whether name is one of these; an error is a [*SyntaxError].
func (c *Case) AddRecorded(name string, f File) (known bool, err error) {
	return c.add(name, f, parseWholeRequest)
}

// add takes over one file of the call side of a case.
func (c *Case) add(name string, f File, parse func([]byte, *wire.Request) error) (known bool, err error) {
	switch {
	case name == requestFile:
		if err := parse(f.Data, &c.Request); err != nil {
			return true, f.problem(f.Line+1, "%v", err)
		}
	case strings.HasPrefix(name, httpFiles), strings.HasPrefix(name, tcpFiles):
		kind, _, _ := strings.Cut(name, "/")
		n := len(c.Exchanges) + 1
		if want := kind + "/" + itoa(n); name != want {
			return true, f.problem(f.Line, "stands where %s is wanted", want)
		}
		e, err := parseExchange(f.Data)
		if err != nil {
			err.Line += f.Line
			err.File = f.Name
			return true, err
		}
		if want := e.FileName(n); name != want {
			return true, f.problem(f.Line, "holds what belongs into %s", want)
		}
		c.Exchanges = append(c.Exchanges, e)
	default:
		return false, nil
	}
	return true, nil
}

// parseWholeRequest takes what a host has written, of its own version or of a
// newer one, whose further fields mean nothing here.
func parseWholeRequest(data []byte, r *wire.Request) error {
	if err := wire.Unmarshal(data, r); err != nil {
		return err
	}
	return r.Validate()
}
