package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// ownStdout turns the names of the standard output of this process into none: a
// path that leads to the file behind it would replace that file.
func ownStdout(path string) string {
	switch path {
	case "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return ""
	}
	return path
}

// notStdout refuses standard output as the place of files that a flag names. what
// begins the sentence: "a bundle is".
func notStdout(path, flag, what string) error {
	if path == "" || ownStdout(path) != "" {
		return nil
	}
	hint := "name a file"
	if flag != "" {
		hint += " with " + flag + " FILE"
	}
	return usagef(hint, "%s not written to standard output", what)
}

// checkTarget looks at one place: it can be written to, and is nothing that the
// command reads.
func (o *output) checkTarget(path string) error {
	if err := checkPlace(path); err != nil {
		return err
	}
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return nil
	}
	for _, in := range o.inputs {
		if realPlace(in) == realPlace(path) {
			return usagef("write to another file", "output file %s is read by this command as well", path)
		}
	}
	return nil
}

// inputFiles are the files that a command line names for reading: in flags, and
// possibly as arguments.
func inputFiles(c *cli.Context) []string {
	files, _ := splitPlugins(c.StringSlice("plugin"))
	files = append(files, c.StringSlice("config")...)
	for _, set := range c.StringSlice("set-file") {
		_, file, _ := strings.Cut(set, "=")
		files = append(files, file)
	}
	for _, name := range []string{"waivers", "from", "trust"} {
		if f := c.String(name); f != "" {
			files = append(files, f)
		}
	}
	return append(files, c.Args().Slice()...)
}

// reserve looks at one more place that the command will write to, for what: it
// may not be that of a document.
func (o *output) reserve(path, what string) error {
	if err := o.checkTarget(path); err != nil {
		return err
	}
	for _, t := range o.targets {
		if t.path != "" && realPlace(t.path) == realPlace(path) {
			return usagef("give each a file of its own", "output file %s is named twice: for %s and for %s", path, t.format, what)
		}
	}
	return nil
}

// realPlace is the path under which a file is one and the same, however it is
// spelt. The file need not exist, and links to it may hang.
func realPlace(path string) string {
	const hops = 40 // as many links in a row as Linux follows
	for range hops {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
			break
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			path = filepath.Join(dir, filepath.Base(path))
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

// checkPlace says what is wrong with a path that is to be written.
func checkPlace(path string) error {
	st, err := os.Stat(path)
	switch {
	case err == nil && st.IsDir():
		return usagef("name a file", "output file %s is a directory", path)
	case err == nil && !st.Mode().IsRegular():
		return nil
	case err == nil && (strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")):
		// A name for the file behind a descriptor: to replace that would take it
		// away from everybody who has it open.
		return usagef("name the file itself, or redirect standard output", "output file %s leads to a file that is already open", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
		return usagef("name another file", "output file %s: %v", path, cause(err))
	}
	target := realPlace(path)
	if st, err := os.Stat(filepath.Dir(target)); err != nil || !st.IsDir() {
		return usagef("make the directory first", "output file %s: its directory does not exist", path)
	}
	// The file will be replaced by way of a temporary one beside it.
	f, err := os.CreateTemp(filepath.Dir(target), temporary(target))
	if err != nil {
		return usagef("choose a directory that can be written to", "output file %s: %v", path, cause(err))
	}
	f.Close()
	return os.Remove(f.Name())
}
