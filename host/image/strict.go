package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep documents nest; manifests need five levels.
const maxDepth = 16

// fields are the names that are known, by which a different spelling is told:
// encoding/json takes Layers for layers, other readers do not, and a manifest that
// two readers understand differently hides something from one of them.
var fields = map[string]string{}

func init() {
	for _, name := range []string{"schemaVersion", "mediaType", "artifactType", "config", "layers", "subject", "annotations",
		"manifests", "digest", "size", "urls", "data", "platform", "imageLayoutVersion"} {
		fields[strings.ToLower(name)] = name
	}
}

// Decode reads one JSON document into v. It refuses what is read differently
// elsewhere: names that stand twice or in other letters, more than one document,
// invalid UTF-8. Fields that v does not have are an error only where known is set.
func Decode(data []byte, v any, known bool) error {
	if !utf8.Valid(data) {
		return errors.New("it is not UTF-8 text")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := walk(d, 0, false); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the document")
	}
	d = json.NewDecoder(bytes.NewReader(data))
	if known {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(v); err != nil {
		return plainJSON(err)
	}
	return nil
}

// walk reads one value. free is set inside annotations, whose names are anybody's.
func walk(d *json.Decoder, depth int, free bool) error {
	t, err := d.Token()
	if err != nil {
		return plainJSON(err)
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("it nests deeper than %d", maxDepth)
	}
	seen := map[string]bool{}
	for d.More() {
		inside := free
		if open == '{' {
			t, err := d.Token()
			if err != nil {
				return plainJSON(err)
			}
			name, _ := t.(string)
			if seen[name] {
				return fmt.Errorf("the name %s stands twice", Quote(name))
			}
			if known, ok := fields[strings.ToLower(name)]; ok && known != name && !free {
				return fmt.Errorf("the name %s is written like this: %s", Quote(name), known)
			}
			seen[name] = true
			inside = free || name == "annotations"
		}
		if err := walk(d, depth+1, inside); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return plainJSON(err)
}

// plainJSON is the library's error as a clause that repeats no foreign words
// unescaped.
func plainJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle of a value")
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("a value at byte %d has the wrong type", kind.Offset)
	}
	text := strconv.QuoteToASCII(strings.TrimPrefix(err.Error(), "json: "))
	text = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	return errors.New(text[:min(len(text), 120)])
}
