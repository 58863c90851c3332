package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"stella-ops.org/doctor/sdk/wire"
)

// What the request of a case is given where it says nothing.
const (
	DefaultNonce      = "00000000000000000000000000000000"
	DefaultNow        = "2026-01-02T03:04:05Z"
	DefaultDeadlineMS = wire.DefaultCheckMS
)

// Case is one test case of a check.
type Case struct {
	// Comment says what the case shows. Lines end with a newline.
	Comment string
	// Request is complete: defaults are filled in.
	Request wire.Request
	// Exchanges are the host calls, in the order in which they must be made.
	Exchanges []Exchange
	// Want is the text of result.json, nil when the case has none.
	Want []byte
}

const (
	requestFile = "request.json"
	resultFile  = "result.json"
	httpFiles   = "http/"
	tcpFiles    = "tcp/"
)

// ParseCase reads a case. An error is a [*SyntaxError] with the line of data at
// which the case stops making sense.
func ParseCase(data []byte) (*Case, error) {
	c := &Case{}
	comment, files := Files(data)
	c.Comment = comment
	seen := make(map[string]bool)
	line := 1 + countLines([]byte(comment))
	for _, f := range files {
		if seen[f.Name] {
			return nil, f.problem(f.Line, "stands there twice")
		}
		seen[f.Name] = true
		line = f.Line + 1 + countLines(f.Data)
		known, err := c.add(f.Name, f, parseRequest)
		if err != nil {
			return nil, err
		}
		if known {
			continue
		}
		if f.Name != resultFile {
			return nil, f.problem(f.Line, "is no file of a case; known are request.json, http/1, http/2 … (tcp/1 for a connection) and result.json")
		}
		if err := checkResult(f.Data); err != nil {
			return nil, f.problem(f.Line+1, "%v", err)
		}
		c.Want = bytes.Clone(f.Data)
	}
	if !seen[requestFile] {
		return nil, &SyntaxError{Line: line, Problem: "the case has no request.json"}
	}
	return c, nil
}

// parseRequest decodes over the defaults, and refuses what no host would send.
func parseRequest(data []byte, r *wire.Request) error {
	*r = defaultRequest()
	same := defaultRequest()
	if err := strictly(data, r, &same); err != nil {
		return err
	}
	return r.Validate()
}

func defaultRequest() wire.Request {
	return wire.Request{
		Version: wire.Version, Nonce: DefaultNonce, Now: DefaultNow, DeadlineMS: DefaultDeadlineMS,
		Settings: map[string]wire.Setting{},
	}
}

// checkResult looks at form and names only: whether the result keeps the rules
// is for the one to say who compares it with a real one.
func checkResult(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("the file is empty; leave it out when nothing is wanted")
	}
	return strictly(data, &wire.Result{}, &wire.Result{})
}

// strictly decodes data into d and refuses unknown fields, which the codec of
// the wire ignores. Same is a second value like d: encoding/json, which takes
// names in any case, must find the same in the text.
func strictly(data []byte, d, same wire.Document) error {
	if err := wire.Unmarshal(data, d); err != nil {
		return err
	}
	if err := factJSON(string(data), same); err != nil {
		return err
	}
	if !bytes.Equal(wire.Marshal(d), wire.Marshal(same)) {
		return errors.New("a field name is not in lower case")
	}
	return nil
}

// Format writes the case as a txtar archive. It is stable, and [ParseCase] of it
// gives c again. What the request has by default is left out.
func (c *Case) Format() []byte {
	archive := &txtar.Archive{Comment: formatComment(c.Comment)}
	add := func(name string, data []byte) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: data})
	}
	add(requestFile, formatRequest(c.Request))
	for i, e := range c.Exchanges {
		add(e.FileName(i+1), FormatExchange(e))
	}
	if c.Want != nil {
		add(resultFile, c.Want)
	}
	return txtar.Format(archive)
}

// formatComment indents lines that txtar would take for the start of a file.
func formatComment(comment string) []byte {
	lines := strings.SplitAfter(comment, "\n")
	for i, line := range lines {
		if len(txtar.Parse([]byte(line)).Files) > 0 {
			lines[i] = " " + line
		}
	}
	return []byte(strings.Join(lines, ""))
}

func formatRequest(r wire.Request) []byte {
	form := struct {
		Version    int                     `json:"version,omitempty"`
		Nonce      string                  `json:"nonce,omitempty"`
		Check      string                  `json:"check"`
		Now        string                  `json:"now,omitempty"`
		DeadlineMS int64                   `json:"deadline_ms,omitempty"`
		Settings   map[string]wire.Setting `json:"settings"`
	}(r)
	if r.Version == wire.Version {
		form.Version = 0
	}
	if r.Nonce == DefaultNonce {
		form.Nonce = ""
	}
	if r.Now == DefaultNow {
		form.Now = ""
	}
	if r.DeadlineMS == DefaultDeadlineMS {
		form.DeadlineMS = 0
	}
	return indentJSON(form)
}

// FormatResult writes r the way result.json holds it: indented, without
// version, nonce and check, which only address it.
func FormatResult(r *wire.Result) []byte {
	return indentJSON(struct {
		// The fields below hide those of the result.
		Version *int    `json:"version,omitempty"`
		Nonce   *string `json:"nonce,omitempty"`
		Check   *string `json:"check,omitempty"`
		*wire.Result
	}{Result: r})
}

func indentJSON(v any) []byte {
	var b bytes.Buffer
	// Nothing that is passed here can fail to encode.
	_ = json.Indent(&b, []byte(formatJSON(v)), "", "  ")
	b.WriteByte('\n')
	return b.Bytes()
}

func countLines(data []byte) int {
	return bytes.Count(data, []byte("\n"))
}

// equalHeader tells whether every field of want stands in got with the same
// values.
func equalHeader(want, got map[string][]string) (name string, ok bool) {
	for name, values := range want {
		if !slices.Equal(values, got[name]) {
			return name, false
		}
	}
	return "", true
}
