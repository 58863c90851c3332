//go:build !unix

package settings

import "os"

func openFile(path string) (*os.File, error) { return os.Open(path) }
