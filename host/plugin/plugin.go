// Package plugin handles the .wasm file as an artefact: it bounds what the file
// can make an engine do, reads and writes the sealed description, and executes
// nothing.
package plugin
