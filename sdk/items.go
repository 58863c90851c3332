package sdk

import (
	"strconv"
	"strings"
)

// Items returns the item numbers of a list in numeric order: those for which a
// setting is there under any of the declared keys, each with one asterisk
// (CI:Systems:*:Url). Asked with all the fields of its list, a check also finds the
// items that lack the one it needs. Gaps are allowed, so that the numbers need
// not begin at 0 or follow each other.
func (e *Env) Items(declared ...string) []int {
	seen := make(map[int]bool)
	var items []int
	for key := range e.request.Settings {
		for _, pattern := range declared {
			if n := itemOf(pattern, key); n >= 0 && !seen[n] {
				seen[n] = true
				items = append(items, n)
			}
		}
	}
	sortNumbers(items)
	return items
}

// itemOf returns the number that stands in key for the asterisk of pattern, -1
// when it is another key. Only the canonical spelling of a number is one, as
// the host has it.
func itemOf(pattern, key string) int {
	before, after, found := strings.Cut(pattern, "*")
	digits, ok := strings.CutPrefix(key, before)
	digits, closed := strings.CutSuffix(digits, after)
	n, err := strconv.Atoi(digits)
	if !found || !ok || !closed || err != nil || n < 0 || strconv.Itoa(n) != digits {
		return -1
	}
	return n
}

// sortNumbers is Shell's sort: a list may have thousands of items, and package
// slices would put 30 kB of sorting into a guest.
func sortNumbers(a []int) {
	for gap := len(a) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(a); i++ {
			for j := i; j >= gap && a[j-gap] > a[j]; j -= gap {
				a[j-gap], a[j] = a[j], a[j-gap]
			}
		}
	}
}
