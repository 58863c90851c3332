package diff

import (
	"cmp"
	"strings"
)

// step says how a version goes on to the next one (SemVer). Both have passed the
// seal.
func step(old, new string) string {
	if old == new {
		return "same"
	}
	a, aPre, _ := parts(old)
	b, bPre, _ := parts(new)
	for i, name := range []string{"major", "minor", "patch"} {
		switch compareNumbers(a[i], b[i]) {
		case -1:
			return name
		case 1:
			return "lower"
		}
	}
	switch comparePre(aPre, bPre) {
	case -1:
		return "pre-release"
	case 1:
		return "lower"
	}
	return "build"
}

// parts takes a version apart.
func parts(version string) (numbers [3]string, pre, build string) {
	version, build, _ = strings.Cut(version, "+")
	version, pre, _ = strings.Cut(version, "-")
	for i, n := range strings.SplitN(version, ".", 3) {
		numbers[i] = n
	}
	return numbers, pre, build
}

// compareNumbers compares decimal numbers of any length without leading zeros.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// comparePre compares what follows the dash. A release comes after all that led to
// it.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		xNumber, yNumber := isNumber(x[i]), isNumber(y[i])
		c := strings.Compare(x[i], y[i])
		switch {
		case xNumber && yNumber:
			c = compareNumbers(x[i], y[i])
		case xNumber:
			c = -1
		case yNumber:
			c = 1
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
