package diff

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// maxValues bounds the values of one name that are shown.
const maxValues = 8

// values are what a file says under each name, which may be several things: a file
// claims what it likes, and as often as it likes.
type values map[string][]string

// add takes a value, but not the one before once more.
func (v values) add(name, value string) {
	if all := v[name]; len(all) == 0 || all[len(all)-1] != value {
		v[name] = append(all, value)
	}
}

// texts joins the values of each name. Of many the first are shown, with a digest of
// all, so that two texts are the same only when the values are.
func (v values) texts() map[string]string {
	out := make(map[string]string, len(v))
	for name, all := range v {
		if len(all) <= maxValues {
			out[name] = strings.Join(all, "; ")
			continue
		}
		sum := sha256.New()
		for _, value := range all {
			fmt.Fprintf(sum, "%q\n", value)
		}
		out[name] = fmt.Sprintf("%s; and %d more, sha256:%x of all", strings.Join(all[:maxValues], "; "), len(all)-maxValues, sum.Sum(nil)[:8])
	}
	return out
}
