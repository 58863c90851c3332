package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/sdk/wire"
)

// FormatExchange writes the text form of e. It is stable, and [ParseExchange]
// of it gives e again, but for empty slices and maps, which become nil.
func FormatExchange(e Exchange) []byte {
	var b bytes.Buffer
	if e.TCP != nil {
		writeProbe(&b, &e)
		return b.Bytes()
	}
	q, a := &e.Request, &e.Response
	b.WriteString(formatWord(q.Method, isMethod(q.Method)) + " " + formatWord(q.URL, isAddress(q.URL)) + "\n")
	writeHeader(&b, q.Header)
	if e.Function != defaultFunction(q.Method) {
		writeFact(&b, "function", formatText(e.Function))
	}
	if q.MaxBody != 0 {
		writeFact(&b, "max_body", strconv.FormatInt(q.MaxBody, 10))
	}
	if q.Credential != nil {
		writeFact(&b, "credential", formatJSON(q.Credential))
	}
	if q.Undo != "" {
		writeFact(&b, "undo", formatText(q.Undo))
	}
	if len(q.Body) > 0 {
		writeFact(&b, "body", formatBody(q.Body))
	}
	b.WriteString("\n")

	writeResponseFacts(&b, &e)
	if !hasStatusLine(a) {
		// Without a status line there is no place for a header but a fact.
		if len(a.Header) > 0 {
			writeFact(&b, "header", formatJSON(a.Header))
		}
		return b.Bytes()
	}
	if !linesHold(a.Header) {
		writeFact(&b, "header", formatJSON(a.Header))
	}
	b.WriteString(strings.TrimRight("HTTP/1.1 "+strconv.Itoa(a.Status)+" "+http.StatusText(a.Status), " ") + "\n")
	if linesHold(a.Header) {
		writeHeader(&b, a.Header)
	}
	if len(a.Body) > 0 && isPlainBody(a.Body) {
		b.WriteString("\n")
		b.Write(a.Body)
		b.WriteString("\n")
	}
	return b.Bytes()
}

func writeResponseFacts(b *bytes.Buffer, e *Exchange) {
	a := &e.Response
	if a.DurationMS != 0 {
		writeFact(b, "duration_ms", strconv.FormatInt(a.DurationMS, 10))
	}
	if a.Address != "" {
		writeFact(b, "address", formatText(a.Address))
	}
	if a.FinalURL != defaultFinalURL(e) {
		writeFact(b, "final_url", formatText(a.FinalURL))
	}
	if a.Truncated {
		b.WriteString("@truncated\n")
	}
	if a.ProxyIgnored {
		b.WriteString("@proxy_ignored\n")
	}
	if a.TLS != nil {
		writeFact(b, "tls", formatJSON(a.TLS))
	}
	if a.Auth != nil {
		writeFact(b, "auth", formatJSON(a.Auth))
	}
	if a.Error != nil {
		writeFact(b, "error", formatError(a.Error))
	}
	if len(a.Body) > 0 && (!hasStatusLine(a) || !isPlainBody(a.Body)) {
		writeFact(b, "body", formatBody(a.Body))
	}
	if !hasStatusLine(a) && (a.Status != 0 || a.Error == nil) {
		writeFact(b, "status", strconv.Itoa(a.Status))
	}
}

// hasStatusLine tells whether a status line can hold the status: three digits,
// none of an interim answer.
func hasStatusLine(a *wire.HTTPResponse) bool {
	return a.Status >= 200 && a.Status <= 999 || a.Status == http.StatusSwitchingProtocols
}

func writeFact(b *bytes.Buffer, name, value string) {
	b.WriteString(strings.TrimRight("@"+name+": "+value, " ") + "\n")
}

// linesHold tells whether header lines can hold h and give it back.
func linesHold(h map[string][]string) bool {
	for name, values := range h {
		if !isHeaderName(name) || isDropped(name) || len(values) == 0 {
			return false
		}
		for _, v := range values {
			if !isLine(v) {
				return false
			}
		}
	}
	return true
}

func writeHeader(b *bytes.Buffer, h map[string][]string) {
	if !linesHold(h) {
		writeFact(b, "header", formatJSON(h))
		return
	}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range h[name] {
			b.WriteString(strings.TrimRight(name+": "+v, " ") + "\n")
		}
	}
}

func formatWord(s string, plain bool) string {
	if plain {
		return s
	}
	return formatJSON(s)
}

func formatText(s string) string {
	return formatWord(s, isLine(s) && !strings.HasPrefix(s, `"`))
}

func isMethod(s string) bool {
	return s != "" && s != wire.MethodProbe && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isAddress(s string) bool {
	return s != "" && isLine(s) && !strings.ContainsAny(s, " \t") && s[0] != '"'
}

func formatBody(body []byte) string {
	if utf8.Valid(body) {
		return formatJSON(string(body))
	}
	return "base64 " + base64.StdEncoding.EncodeToString(body)
}

// formatError writes the short form where that gives e back.
func formatError(e *wire.CallError) string {
	s := e.Kind
	for _, part := range []string{e.Detail, e.Message} {
		if part != "" {
			s += " " + part
		}
	}
	if isLine(s) {
		if back, err := factError(s); err == nil && *back == *e {
			return s
		}
	}
	return formatJSON(e)
}

// formatJSON writes v on one line, without the escapes for HTML. Nothing that
// is passed here can fail to encode.
func formatJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "null"
	}
	// Delete is the one control character that JSON leaves as it is.
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\x7f", `\u007f`)
}
