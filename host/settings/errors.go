package settings

import (
	"errors"
	"fmt"
	"io/fs"
)

// Error tells why a source cannot be used. It never holds a value.
type Error struct {
	// File is the path of the configuration file as it was given; empty when the
	// command line or the environment is at fault, which Problem then names.
	File string
	// Line counts from 1; zero when no line is at fault.
	Line int
	// Problem is a lower-case clause.
	Problem string
}

func (e *Error) Error() string {
	text := e.Problem
	if e.Line > 0 {
		text = fmt.Sprintf("line %d: %s", e.Line, text)
	}
	if e.File != "" {
		text = "configuration file " + e.File + ": " + text
	}
	return text
}

// at makes the error of one line of a document.
func at(line int, format string, args ...any) *Error {
	return &Error{Line: line, Problem: fmt.Sprintf(format, args...)}
}

// inFile names the file in an error of a reader, which does not know it.
func inFile(path string, err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Problem: err.Error()}
	}
	return &Error{File: path, Line: e.Line, Problem: e.Problem}
}

// cause says why the system refused a file, without the path: a secret that was
// typed in place of a path must not come back in a message.
func cause(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}
