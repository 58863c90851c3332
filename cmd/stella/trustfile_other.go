//go:build !unix

package main

import "os"

// checkOwners cannot tell who may change a file by its mode here; the access
// lists of the system are the operator's.
func checkOwners(*os.File, string, string) error { return nil }
