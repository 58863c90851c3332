// Package plugins holds the sealed plugins that ship inside the program. They
// are built by `make build`; a program built without that step holds none.
package plugins

import (
	"embed"
	"path"
)

//go:embed all:sealed
var files embed.FS

// Sealed returns the bytes of the sealed plugins, in the order of their file
// names. The bytes are part of the program: do not change them.
func Sealed() [][]byte {
	entries, err := files.ReadDir("sealed")
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, e := range entries {
		if path.Ext(e.Name()) != ".wasm" {
			continue
		}
		if data, err := files.ReadFile("sealed/" + e.Name()); err == nil {
			out = append(out, data)
		}
	}
	return out
}
