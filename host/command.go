package host

import "strings"

// Command joins the words of a command line, each quoted for a POSIX shell where
// it needs to be.
func Command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shellQuote(w)
	}
	return strings.Join(quoted, " ")
}
