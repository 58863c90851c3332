package settings

import (
	"errors"
	"strings"
)

// ErrNotBool is the error of [ParseBool].
var ErrNotBool = errors.New("the value is none of true, false, 1 and 0")

// ParseBool reads a boolean setting: true, false, 1 or 0, in any case
// (doctor-domain §2.2). Text that counts as not set is false.
func ParseBool(text string) (bool, error) {
	switch fold(strings.TrimSpace(text)) {
	case "true", "1":
		return true, nil
	case "", "false", "0":
		return false, nil
	}
	return false, ErrNotBool
}
