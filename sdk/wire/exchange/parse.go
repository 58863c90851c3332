package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// parser walks over the lines of one exchange.
type parser struct {
	rest []byte
	line int // number of the line that was read last
	seen map[string]bool
	bad  *SyntaxError // the first line that is no text
}

func (p *parser) errorf(format string, args ...any) *SyntaxError {
	return &SyntaxError{Line: max(p.line, 1), Problem: fmt.Sprintf(format, args...)}
}

// next reads a line without its end; ok is false at the end of the text, and at
// a line that is no text.
func (p *parser) next() (line string, ok bool) {
	if len(p.rest) == 0 {
		return "", false
	}
	raw, rest, _ := bytes.Cut(p.rest, []byte("\n"))
	p.rest = rest
	p.line++
	line = string(bytes.TrimSuffix(raw, []byte("\r")))
	if !isText(line) && p.bad == nil {
		p.bad = p.errorf("the line holds a control character or is not valid UTF-8")
	}
	return line, p.bad == nil
}

func parseExchange(text []byte) (Exchange, *SyntaxError) {
	var e Exchange
	p := &parser{rest: text, seen: make(map[string]bool)}
	err := p.request(&e)
	if err == nil {
		err = p.response(&e)
	}
	if p.bad != nil {
		err = p.bad
	}
	if err != nil {
		return e, err
	}
	if !p.seen["final_url"] && e.TCP == nil {
		e.Response.FinalURL = defaultFinalURL(&e)
	}
	return e, nil
}

func (p *parser) request(e *Exchange) *SyntaxError {
	line, ok := p.next()
	if !ok {
		return p.errorf("the exchange is empty: METHOD and URL are wanted")
	}
	if peer, ok := strings.CutPrefix(line, wire.MethodProbe+" "); ok {
		return p.probe(e, peer)
	}
	method, rest, ok1 := word(line)
	address, rest, ok2 := word(rest)
	if !ok1 || !ok2 || rest != "" {
		return p.errorf("%s is no request line: METHOD and URL are wanted, with one space between", quoteShort(line))
	}
	e.Request.Method, e.Request.URL = method, address
	for {
		line, ok := p.next()
		if !ok || line == "" {
			break
		}
		var err *SyntaxError
		if strings.HasPrefix(line, "@") {
			err = p.requestFact(e, line)
		} else {
			err = p.header(&e.Request.Header, line)
		}
		if err != nil {
			return err
		}
	}
	if !p.seen["function"] {
		e.Function = defaultFunction(e.Request.Method)
	}
	p.seen = make(map[string]bool)
	return nil
}

func (p *parser) response(e *Exchange) *SyntaxError {
	if e.TCP != nil {
		return p.probed(&e.TCP.Response)
	}
	a := &e.Response
	for {
		line, ok := p.next()
		switch {
		case !ok:
			if a.Error == nil && !p.seen["status"] {
				return p.errorf("no answer stands there: a status line such as HTTP/1.1 200 OK, or @error, is wanted after a blank line")
			}
			return nil
		case line == "":
		case strings.HasPrefix(line, "@"):
			if err := p.responseFact(a, line); err != nil {
				return err
			}
		default:
			interim, err := p.head(a, line)
			if err != nil {
				return err
			}
			if !interim {
				return p.body(a)
			}
		}
	}
}

// head reads one status line and the header below it. An interim head is
// dropped: another one follows.
func (p *parser) head(a *wire.HTTPResponse, line string) (interim bool, err *SyntaxError) {
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, bad := strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/") || bad != nil || len(code) != 3 || status < 100 {
		return false, p.errorf("%s is neither a fact nor a status line such as HTTP/1.1 200 OK", quoteShort(line))
	}
	if p.seen["status"] {
		return false, p.errorf("the status stands there twice: as @status and as a status line")
	}
	header := &a.Header
	if interim = status < 200 && status != 101; interim {
		header = new(map[string][]string)
	}
	for line, ok := p.next(); ok && line != ""; line, ok = p.next() {
		if err := p.header(header, line); err != nil {
			return false, err
		}
	}
	if !interim {
		a.Status = status
	}
	return interim, nil
}

// body takes the rest of the text but for its last newline, which the text
// form ends with.
func (p *parser) body(a *wire.HTTPResponse) *SyntaxError {
	raw := bytes.TrimSuffix(p.rest, []byte("\n"))
	if len(raw) == 0 {
		return nil
	}
	if p.seen["body"] {
		p.line++
		return p.errorf("the body stands there twice: as @body and after the header")
	}
	a.Body = bytes.Clone(raw)
	return nil
}

func (p *parser) header(h *map[string][]string, line string) *SyntaxError {
	name, value, ok := strings.Cut(line, ":")
	name = strings.ToLower(name)
	if !ok || !isHeaderName(name) {
		return p.errorf("%s is no header line: name and value are wanted, with a colon between", quoteShort(line))
	}
	if isDropped(name) {
		return nil
	}
	if *h == nil {
		*h = make(map[string][]string)
	}
	(*h)[name] = append((*h)[name], strings.Trim(value, " \t"))
	return nil
}

// fact splits a line that begins with @.
func (p *parser) fact(line string) (name, value string, err *SyntaxError) {
	name, value, _ = strings.Cut(line[1:], ":")
	if p.seen[name] {
		return "", "", p.errorf("@%s stands there twice", name)
	}
	p.seen[name] = true
	return name, strings.Trim(value, " \t"), nil
}

func (p *parser) requestFact(e *Exchange, line string) *SyntaxError {
	name, value, err := p.fact(line)
	if err != nil {
		return err
	}
	q := &e.Request
	var problem error
	switch name {
	case "function":
		e.Function, problem = factText(value)
	case "max_body":
		q.MaxBody, problem = factInt(value)
	case "credential":
		q.Credential = new(wire.Credential)
		problem = factPart(value, q.Credential, new(wire.Credential))
	case "undo":
		q.Undo, problem = factText(value)
	case "body":
		q.Body, problem = factBody(value)
	case "header":
		problem = factHeader(value, &q.Header)
	default:
		return p.errorf("@%s is no fact of a request; known are function, max_body, credential, undo, body, header", short(name))
	}
	if problem != nil {
		return p.errorf("@%s: %v", name, problem)
	}
	return nil
}

func (p *parser) responseFact(a *wire.HTTPResponse, line string) *SyntaxError {
	name, value, err := p.fact(line)
	if err != nil {
		return err
	}
	var problem error
	switch name {
	case "duration_ms":
		a.DurationMS, problem = factInt(value)
	case "address":
		a.Address, problem = factText(value)
	case "final_url":
		a.FinalURL, problem = factText(value)
	case "truncated":
		a.Truncated, problem = factBool(value)
	case "proxy_ignored":
		a.ProxyIgnored, problem = factBool(value)
	case "status":
		var n int64
		n, problem = factInt(value)
		a.Status = int(n)
	case "tls":
		a.TLS = new(wire.TLSInfo)
		problem = factPart(value, a.TLS, new(wire.TLSInfo))
	case "auth":
		a.Auth = new(wire.AuthInfo)
		problem = factPart(value, a.Auth, new(wire.AuthInfo))
	case "error":
		a.Error, problem = factError(value)
	case "body":
		a.Body, problem = factBody(value)
	case "header":
		problem = factHeader(value, &a.Header)
	default:
		return p.errorf("@%s is no fact of an answer; known are duration_ms, address, final_url, truncated, proxy_ignored, status, tls, auth, error, body, header", short(name))
	}
	if problem != nil {
		return p.errorf("@%s: %v", name, problem)
	}
	return nil
}

// word reads a JSON string, or what stands before the next space.
func word(s string) (w, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		dec := json.NewDecoder(strings.NewReader(s))
		if dec.Decode(&w) != nil {
			return "", "", false
		}
		rest = s[dec.InputOffset():]
		return w, strings.TrimPrefix(rest, " "), rest == "" || rest[0] == ' '
	}
	w, rest, _ = strings.Cut(s, " ")
	return w, rest, w != ""
}
