//go:build !unix

package host

import (
	"os"
	"syscall"
)

func guardAttributes() *syscall.SysProcAttr { return nil }

func guardPath() (string, error) { return os.Executable() }
