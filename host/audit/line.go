package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// The kinds of lines.
const (
	KindHeader    = "header"
	KindRunStart  = "run_start"
	KindCall      = "call"
	KindOutcome   = "outcome"
	KindMore      = "more"
	KindRunEnd    = "run_end"
	KindRecovered = "recovered"
)

// Line is one line of a log. Of the pointers that one is set which its kind names.
type Line struct {
	N    int64  `json:"n"`
	Prev string `json:"prev"`
	Kind string `json:"kind"`
	// Schema and ID belong to the header.
	Schema string `json:"schema,omitempty"`
	ID     string `json:"id,omitempty"`
	// Time is RFC 3339 in UTC with milliseconds.
	Time string `json:"time"`
	// Run is the id of the run that the line belongs to.
	Run       string     `json:"run,omitempty"`
	Start     *Start     `json:"start,omitempty"`
	Call      *Call      `json:"call,omitempty"`
	Outcome   *Outcome   `json:"outcome,omitempty"`
	More      *More      `json:"more,omitempty"`
	End       *End       `json:"end,omitempty"`
	Recovered *Recovered `json:"recovered,omitempty"`
	// Open are the runs that have begun and not ended after this line, sorted.
	// The kinds run_start, run_end and recovered bear it.
	Open []string `json:"open,omitempty"`
}

// Start tells of a run that begins.
type Start struct {
	Who Who `json:"who"`
	// Version is that of the program.
	Version string `json:"version"`
	// For is the run on behalf of which this one takes back what that, being
	// killed, has left on a target.
	For     string   `json:"for,omitempty"`
	Plugins []Plugin `json:"plugins"`
	Checks  int      `json:"checks"`
	// AllowWrite is set when checks may write on their targets.
	AllowWrite bool   `json:"allow_write,omitempty"`
	Notes      []Note `json:"notes,omitempty"`
}

// Who is the account and the process that runs checks.
type Who struct {
	User string `json:"user"`
	UID  int    `json:"uid"` // -1 where the system has none
	Host string `json:"host"`
	PID  int    `json:"pid"`
}

// Plugin names the plugin of a check.
type Plugin struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
}

// Note is a remark on the run as a whole, with the codes of reports.
type Note struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Call is a decision on one request. ID numbers the calls of a run.
type Call struct {
	ID       int    `json:"id"`
	Plugin   Plugin `json:"plugin"`
	Check    string `json:"check"`
	Function string `json:"function"`
	// Purpose is empty for what the check asked for, and else says why the host
	// made the request by itself: that of the report, or [PurposeRedirect].
	Purpose string `json:"purpose,omitempty"`
	Method  string `json:"method"`
	// URL is without query and user info; of an address that is a secret it is the
	// origin.
	URL string `json:"url"`
	// Access is the grant that covers the call, Decision allowed or denied, Rule
	// what denied it.
	Access   string `json:"access,omitempty"`
	Decision string `json:"decision"`
	Rule     string `json:"rule,omitempty"`
	// Credential is the key of the secret that goes with the request.
	Credential string `json:"credential,omitempty"`
}

// PurposeRedirect is the purpose of a request to where the answer to the one before
// it has led, within the grant.
const PurposeRedirect = "redirect"

// The decisions.
const (
	Allowed = "allowed"
	Denied  = "denied"
)

// Outcome is what came of the call with the same ID. A call that was allowed can
// still be denied at the address to which its name resolved.
type Outcome struct {
	ID       int    `json:"id"`
	Check    string `json:"check"`
	Decision string `json:"decision"`
	Rule     string `json:"rule,omitempty"`
	Address  string `json:"address,omitempty"`
	Peer     *Peer  `json:"tls,omitempty"`
	Status   int    `json:"status,omitempty"`
	// FinalURL is where a redirect within the grant has led.
	FinalURL   string `json:"final_url,omitempty"`
	ErrorKind  string `json:"error_kind,omitempty"`
	Bytes      int64  `json:"bytes"`
	DurationMS int64  `json:"duration_ms"`
}

// Peer tells of the TLS connection and of the certificate at its other end.
type Peer struct {
	Version    string `json:"version,omitempty"`
	ServerName string `json:"server_name,omitempty"`
	Subject    string `json:"subject,omitempty"`
	Issuer     string `json:"issuer,omitempty"`
	NotAfter   string `json:"not_after,omitempty"`
}

// More counts calls of a check that were refused and have no line.
type More struct {
	Plugin Plugin `json:"plugin"`
	Check  string `json:"check"`
	Count  int    `json:"count"`
	Rule   string `json:"rule"`
}

// End tells how a run ended.
type End struct {
	// Calls counts the lines of kind call of the run. Unsettled are those that
	// were allowed and have no outcome.
	Calls     int   `json:"calls"`
	Unsettled []int `json:"unsettled,omitempty"`
	// ExitCode is that of the report; null for a run that came to none, of which
	// Error says why.
	ExitCode *int   `json:"exit_code"`
	Error    string `json:"error,omitempty"`
	Notes    []Note `json:"notes,omitempty"`
}

// Recovered tells what a writer found that did not come to its end.
type Recovered struct {
	// Torn are the lines right before this one that were cut, and Intact is the
	// hash of the line before these. EndOfLine is set when nothing but the end of
	// the last line was missing.
	Torn      []Torn `json:"torn,omitempty"`
	Intact    string `json:"intact"`
	EndOfLine bool   `json:"end_of_line,omitempty"`
	// Abandoned are the runs whose process was gone.
	Abandoned []string `json:"abandoned,omitempty"`
}

// Torn is a line that was cut.
type Torn struct {
	Bytes int    `json:"bytes"`
	Hash  string `json:"hash"`
}

// The end of a line: sum and the hex digits of a hash.
const (
	sumField   = `,"sum":"`
	sumLength  = 64
	trailerLen = len(sumField) + sumLength + len(`"}`)
)

// encode returns the bytes of a line without its end of line. Text beyond ASCII
// is escaped: a log is read on terminals, and what is written there comes from
// servers and guests too.
func encode(l *Line) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return nil, err
	}
	body := toASCII(bytes.TrimSuffix(b.Bytes(), []byte("}\n")))
	sum := strings.TrimPrefix(hashOf(body), "sha256:")
	body = append(append(append(body, sumField...), sum...), `"}`...)
	if len(body) > MaxLine {
		return nil, fmt.Errorf("a line of %d bytes is longer than the %d that it may have", len(body), MaxLine)
	}
	return body, nil
}

// toASCII escapes what is not printable ASCII. In JSON that stands within strings
// only.
func toASCII(text []byte) []byte {
	out := make([]byte, 0, len(text)+trailerLen)
	for _, r := range string(text) {
		switch {
		case r < 0x7f:
			out = append(out, byte(r))
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, a, b)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// errNoLine says that bytes are no line of a log, errSum that they were one
// before they were changed.
var (
	errNoLine = errors.New("it is no line of an audit log")
	errSum    = errors.New("its text does not match its sum")
)

// decode reads one line without its end of line. It takes exactly what encode
// writes.
func decode(raw []byte) (*Line, error) {
	if len(raw) < trailerLen || len(raw) > MaxLine || string(raw[len(raw)-trailerLen:len(raw)-trailerLen+len(sumField)]) != sumField {
		return nil, errNoLine
	}
	body := raw[:len(raw)-trailerLen]
	if hashOf(body) != "sha256:"+string(raw[len(raw)-sumLength-2:len(raw)-2]) {
		return nil, errSum
	}
	line := new(Line)
	dec := json.NewDecoder(io.MultiReader(bytes.NewReader(body), strings.NewReader("}")))
	dec.DisallowUnknownFields()
	if err := dec.Decode(line); err != nil {
		return nil, errNoLine
	}
	if again, err := encode(line); err != nil || !bytes.Equal(again, raw) || !line.whole() {
		return nil, errNoLine
	}
	return line, nil
}

// isCut tells a line that was not written to its end from one that was changed
// since. A failure of power can leave zeros where the rest would stand.
func isCut(raw []byte) bool {
	if len(raw) > MaxLine {
		return false
	}
	var whole json.RawMessage
	err := json.NewDecoder(bytes.NewReader(bytes.TrimRight(raw, "\x00"))).Decode(&whole)
	return err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
}

// whole tells whether a line has what its kind needs, and nothing else.
func (l *Line) whole() bool {
	has := map[string]bool{
		KindHeader: l.Schema != "", KindRunStart: l.Start != nil, KindCall: l.Call != nil, KindOutcome: l.Outcome != nil,
		KindMore: l.More != nil, KindRunEnd: l.End != nil, KindRecovered: l.Recovered != nil,
	}
	ofRun := l.Kind != KindHeader && l.Kind != KindRecovered
	if !has[l.Kind] || ofRun != (l.Run != "") || (l.Schema == "") != (l.ID == "") {
		return false
	}
	delete(has, l.Kind)
	for _, other := range has {
		if other {
			return false
		}
	}
	return true
}

// bearsOpen tells the kinds that say which runs are open.
func (l *Line) bearsOpen() bool {
	return l.Kind == KindHeader || l.Kind == KindRunStart || l.Kind == KindRunEnd || l.Kind == KindRecovered
}
