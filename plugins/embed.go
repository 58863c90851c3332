// Package plugins holds the sealed plugins that ship inside the program, and the
// truth tables of their checks. The plugins are built by `make build`; a program
// built without that step holds none. The tables are derived by `make truth`.
package plugins

import (
	"embed"
	"path"
)

//go:embed all:sealed truth
var files embed.FS

// Truth returns the truth table of a check of a sealed plugin, in the form of
// package truth; nil when there is none.
func Truth(check string) []byte {
	data, err := files.ReadFile("truth/" + check + ".json")
	if err != nil {
		return nil
	}
	return data
}

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
