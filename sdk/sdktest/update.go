package sdktest

import (
	"bytes"
	"flag"
	"strings"
)

const updateFlag = "update"

// The flag may be there already when a package that was initialised earlier has
// golden files of its own.
func init() {
	if flag.Lookup(updateFlag) == nil {
		flag.Bool(updateFlag, false, "rewrite the wanted results from what the code does now")
	}
}

// Update tells whether the tests run with -update. A test of the same package
// that has golden files of its own asks here, because the flag is taken.
func Update() bool {
	g, ok := flag.Lookup(updateFlag).Value.(flag.Getter)
	if !ok {
		return false
	}
	on, _ := g.Get().(bool)
	return on
}

// replaceResult puts result into the case in place of its result.json, or at
// its end. The rest is the author's and stays byte for byte as it is.
func replaceResult(data []byte, result string) []byte {
	const marker = "-- result.json --"
	var out bytes.Buffer
	inside, done := false, false
	for line := range strings.Lines(string(data)) {
		if isMarker(line) {
			if inside = strings.TrimSpace(line) == marker; inside {
				out.WriteString(line + result)
				done = true
				continue
			}
		}
		if !inside {
			out.WriteString(line)
		}
	}
	if !done {
		if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
			out.WriteByte('\n')
		}
		out.WriteString(marker + "\n" + result)
	}
	return out.Bytes()
}

// isMarker tells whether a line begins a file of a txtar archive.
func isMarker(line string) bool {
	line = strings.TrimRight(line, "\r\n")
	return strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --") && strings.TrimSpace(line[3:max(3, len(line)-3)]) != ""
}
