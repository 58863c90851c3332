package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/sdk/wire"
)

// The functions of this file read the values of facts; those of format.go write
// them.

func factText(value string) (string, error) {
	if !strings.HasPrefix(value, `"`) {
		return value, nil
	}
	var s string
	err := factJSON(value, &s)
	return s, err
}

func factInt(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is no whole number", quoteShort(value))
	}
	return n, nil
}

func factBool(value string) (bool, error) {
	switch value {
	case "", "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%s is neither true nor false", quoteShort(value))
}

func factJSON(value string, v any) error {
	dec := json.NewDecoder(strings.NewReader(value))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jsonProblem(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something stands after the JSON")
	}
	return nil
}

// factPart reads a part of a document as strictly as the wire does. Same is a
// second value like d; see [strictly].
func factPart(value string, d, same wire.Document) error {
	if err := factJSON(value, same); err != nil {
		return err
	}
	return strictly([]byte(value), d, same)
}

// jsonProblem puts an error of encoding/json in our words.
func jsonProblem(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends too early")
	case errors.As(err, &wrong):
		return fmt.Errorf("field %q cannot be a JSON %s", wrong.Field, wrong.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func factBody(value string) ([]byte, error) {
	if text, ok := strings.CutPrefix(value, "base64"); ok {
		body, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
		if err != nil {
			return nil, errors.New("standard base64 with padding is wanted")
		}
		return nonEmpty(body), nil
	}
	var s string
	if err := factJSON(value, &s); err != nil {
		return nil, errors.New("a JSON string, or base64 and a text in it, is wanted")
	}
	return nonEmpty([]byte(s)), nil
}

// nonEmpty makes an empty body nil, as it is in a decoded document.
func nonEmpty(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	return body
}

// factHeader adds the fields of a JSON object to h.
func factHeader(value string, h *map[string][]string) error {
	var fields map[string][]string
	if err := factJSON(value, &fields); err != nil {
		return err
	}
	if wire.Unmarshal([]byte(`{"header":`+value+`}`), new(wire.HTTPResponse)) != nil {
		return errors.New("a name stands there twice, or there are too many values")
	}
	if *h == nil && len(fields) > 0 {
		*h = make(map[string][]string)
	}
	for name, values := range fields {
		if _, ok := (*h)[name]; ok {
			return fmt.Errorf("%s stands there twice", quoteShort(name))
		}
		(*h)[name] = values
	}
	return nil
}

// factError reads KIND [DETAIL] [MESSAGE] or JSON.
func factError(value string) (*wire.CallError, error) {
	e := new(wire.CallError)
	if strings.HasPrefix(value, "{") {
		if err := factPart(value, e, new(wire.CallError)); err != nil {
			return nil, err
		}
	} else {
		e.Kind, e.Message, _ = strings.Cut(value, " ")
		if detail, rest, _ := strings.Cut(e.Message, " "); isDetail(e.Kind, detail) {
			e.Detail, e.Message = detail, rest
		}
	}
	if !slices.Contains(kinds, e.Kind) {
		return nil, fmt.Errorf("%s is none of %s", quoteShort(e.Kind), strings.Join(kinds, ", "))
	}
	return e, nil
}

var kinds = []string{
	wire.KindDNSFailure, wire.KindRefused, wire.KindTimeout, wire.KindSSLError, wire.KindConnectionFailed,
	wire.KindReset, wire.KindTooLarge, wire.KindRedirectBlocked, wire.KindDenied, wire.KindInvalidURL,
}

// isDetail tells whether the word after the kind is a detail. The lists are
// closed, except that a refusal has the rule there.
func isDetail(kind, detail string) bool {
	switch kind {
	case wire.KindDNSFailure:
		return slices.Contains([]string{wire.DNSNXDomain, wire.DNSNoAddress, wire.DNSTimeout, wire.DNSServer}, detail)
	case wire.KindTimeout:
		return slices.Contains([]string{wire.TimeoutConnect, wire.TimeoutTLS, wire.TimeoutHeader, wire.TimeoutBody}, detail)
	case wire.KindSSLError:
		return slices.Contains([]string{wire.TLSExpired, wire.TLSNotYetValid, wire.TLSUnknownAuthority, wire.TLSHostnameMismatch,
			wire.TLSHandshake, wire.TLSPlaintextResponse, wire.TLSOther}, detail)
	case wire.KindDenied, wire.KindInvalidURL:
		return detail != ""
	}
	return false
}

// isHeaderName checks for a lower-case token of HTTP.
func isHeaderName(name string) bool {
	for i := range len(name) {
		b := name[i]
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", b) < 0 {
			return false
		}
	}
	return name != ""
}

// isDropped names the header fields that no exchange keeps: cookies, which no
// guest may see, and what belongs to the connection that curl had.
func isDropped(name string) bool { return name == "set-cookie" || name == "transfer-encoding" }

// isText tells whether s can stand in a line.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// isLine tells whether s can stand at the end of a line and is given back as it is.
func isLine(s string) bool { return isText(s) && strings.Trim(s, " \t") == s }

// isPlainBody tells whether a text file can hold body and give it back: no
// carriage return, which tools rewrite, no control character, and no line that
// txtar would take for a marker.
func isPlainBody(body []byte) bool {
	return utf8.Valid(body) && !bytes.ContainsFunc(body, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) &&
		!bytes.HasPrefix(body, []byte("-- ")) && !bytes.Contains(body, []byte("\n-- "))
}

func isHandle(url string) bool { return strings.HasPrefix(url, wire.SecretPrefix) }

func itoa(n int) string { return strconv.Itoa(n) }

// short cuts text for an error message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func quoteShort(s string) string { return strconv.Quote(short(s)) }
