// Package egress is the only package that dials. It sends what a grant covers
// and returns every failure as data. It knows nothing of WebAssembly.
package egress
