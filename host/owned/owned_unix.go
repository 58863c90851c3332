//go:build unix

package owned

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openHere opens what has this name itself. A pipe that took its place is not waited
// for.
func openHere(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// isLink tells the error with which openHere ends at a link.
func isLink(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK)
}

func (k Kind) checkOwner(st fs.FileInfo, what, path string) error {
	if mode := st.Mode().Perm(); mode&0o022 != 0 {
		return &Refusal{Rule: RuleOwner, Text: fmt.Sprintf("%s can be changed by others (mode %04o), who could %s", what, mode, k.Risk), Hint: "chmod go-w " + path}
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Uid != 0 && int(sys.Uid) != os.Geteuid() {
		return &Refusal{Rule: RuleOwner, Text: fmt.Sprintf("%s belongs to user %d, who could %s", what, sys.Uid, k.Risk),
			Hint: "chown it to the user who runs this program, or to root"}
	}
	return nil
}
