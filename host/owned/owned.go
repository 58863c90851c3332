// Package owned opens the files on which trust hangs: regular ones that nobody but
// their owner, who is this user or root, can change or put another in the place of.
//
// Where a system does not tell that by modes, as Windows does not, its access lists
// are the operator's.
package owned

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Refusal says why a file is not believed.
type Refusal struct {
	// Rule is RuleLink or RuleOwner.
	Rule string
	// Text is a sentence, Hint what to do about it.
	Text, Hint string
}

func (r *Refusal) Error() string { return r.Text }

// The rules.
const (
	RuleLink  = "link"  // a symbolic link, which can be pointed elsewhere
	RuleOwner = "owner" // somebody else can change it
)

// ErrIrregular says that there is something at a path that is no regular file.
var ErrIrregular = errors.New("it is no regular file")

// Kind is a kind of file.
type Kind struct {
	// What it is called in a sentence, such as "lock"; Risk is what could be done by
	// whoever changes it, such as "approve plugins".
	What, Risk string
}

// Open opens a file for reading, and waits for nobody. It returns an error that is
// fs.ErrNotExist where there is none, a *Refusal, ErrIrregular, or the system's.
func (k Kind) Open(path string) (*os.File, error) {
	st, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case st.Mode()&fs.ModeSymlink != 0:
		return nil, k.link(path)
	case !st.Mode().IsRegular():
		return nil, ErrIrregular
	}
	f, err := openHere(path)
	if err != nil {
		if isLink(err) { // since it was looked at
			return nil, k.link(path)
		}
		return nil, err
	}
	if err := k.check(f, path); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check judges the file that was opened, whatever has its name by now.
func (k Kind) check(f *os.File, path string) error {
	st, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return ErrIrregular
	}
	if err := k.checkOwner(st, k.What+" "+path, path); err != nil {
		return err
	}
	return k.CheckDir(path)
}

// CheckDir judges the directory of a file, which need not exist itself. It returns a
// *Refusal, or the system's error.
func (k Kind) CheckDir(path string) error {
	dir := filepath.Dir(path)
	st, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return k.checkOwner(st, "the directory of "+k.What+" "+path, dir)
}

func (k Kind) link(path string) *Refusal {
	return &Refusal{Rule: RuleLink, Text: fmt.Sprintf("%s %s is a symbolic link, which can be pointed elsewhere", k.What, path),
		Hint: "name the file itself, or copy it there"}
}
