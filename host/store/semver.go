package store

import (
	"cmp"
	"strings"
)

// CompareVersions orders two versions by SemVer 2.0.0 §11. Build metadata does
// not count. Both are valid.
func CompareVersions(a, b string) int {
	a, _, _ = strings.Cut(a, "+")
	b, _, _ = strings.Cut(b, "+")
	coreA, preA, _ := strings.Cut(a, "-")
	coreB, preB, _ := strings.Cut(b, "-")
	if order := compareIdentifiers(coreA, coreB); order != 0 {
		return order
	}
	switch {
	case preA == preB:
		return 0
	case preA == "": // a release comes after its previews
		return 1
	case preB == "":
		return -1
	}
	return compareIdentifiers(preA, preB)
}

// compareIdentifiers orders dotted identifiers: numbers by value and before words,
// fewer before more.
func compareIdentifiers(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		numberX, numberY := isNumber(x[i]), isNumber(y[i])
		order := strings.Compare(x[i], y[i])
		switch {
		case numberX && numberY: // no leading zeros: the longer is the larger
			order = cmp.Or(cmp.Compare(len(x[i]), len(y[i])), order)
		case numberX:
			order = -1
		case numberY:
			order = 1
		}
		if order != 0 {
			return order
		}
	}
	return cmp.Compare(len(x), len(y))
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
