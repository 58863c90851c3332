//go:build !unix

package main

import "os"

func openInput(path string) (*os.File, error) { return os.Open(path) }

// openOwn is openInput for what must be no link, as far as the caller has looked.
func openOwn(path string) (*os.File, error) { return os.Open(path) }
