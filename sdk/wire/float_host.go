//go:build !wasip1 && !wasm_unknown

package wire

import "strconv"

// parseFloat reads a JSON number as the nearest float64; ok is false when it is
// too large for one.
func parseFloat(raw []byte) (f float64, ok bool) {
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil
}
