package cassette

import (
	"bytes"
	"fmt"
	"strings"

	"stella-ops.org/doctor/sdk/wire/exchange"
)

// foreigners are files that people take for cassettes, by what they hold near
// their beginning.
var foreigners = []struct{ mark, what string }{
	{"\x00asm", "a WebAssembly module; a plugin goes with --plugin"},
	{"\x1f\x8b", "compressed; unpack it first"},
	{"PK\x03\x04", "a zip archive; unpack it first"},
	{`"stellaops.doctor.report/`, "a report of Doctor; a cassette is made by run --record"},
	{`"log": {`, "a HAR file"},
	{`"log":{`, "a HAR file"},
	{"http_interactions:", "a cassette of VCR"},
	{"interactions:", "a cassette of VCR"},
}

// beginning is what every cassette begins with.
const beginning = comment + "-- " + headerFile + " --\n"

// foreign says what data is instead of a cassette. Neither file of a cassette
// nor of a case begins it.
func foreign(data []byte, files []exchange.File) error {
	const none = "it is no cassette of Doctor"
	head := data[:min(len(data), 4<<10)]
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return &Error{Problem: "it is empty"}
	case len(files) > 0:
		return &Error{files[0].Line, files[0].Name, none + ": cassette.json or request.json is wanted"}
	case strings.HasPrefix(beginning, string(data)):
		return &Error{Problem: "it is cut off: no seal stands at its end"}
	}
	for _, f := range foreigners {
		if bytes.Contains(head, []byte(f.mark)) {
			return &Error{Problem: fmt.Sprintf("%s but %s", none, f.what)}
		}
	}
	return &Error{Problem: none + ", which is a txtar archive that begins with cassette.json or request.json"}
}
