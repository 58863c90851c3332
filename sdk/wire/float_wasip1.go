//go:build wasip1 || wasm_unknown

package wire

// parseFloat knows no number in a guest: no document that a guest reads holds a
// float, and strconv.ParseFloat would bring fifty kilobytes into every plugin.
func parseFloat([]byte) (f float64, ok bool) { return 0, false }
