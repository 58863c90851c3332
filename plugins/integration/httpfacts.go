package main

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// answer is one HTTP request of a check and what came of it. Every check
// judges and reports through it.
type answer struct {
	// key is the key that supplied the address; empty when it is a default.
	key string
	// method and target tell what was asked. They are zero when no request was
	// made because the address cannot be used.
	method string
	target wire.URL
	// resp is the answer of the host.
	resp wire.HTTPResponse
	// unasked says that the check had nothing to ask: neither is there an answer,
	// nor did a request fail.
	unasked bool
}

// get asks for path below the address, or makes no request at all when the
// address cannot be used: the exchange then has error kind invalid_url.
func get(env *sdk.Env, a *address, path string) *answer {
	x := prepare(a, "GET", path)
	if a.rule == "" {
		x.resp = env.Get(wire.HTTPRequest{URL: x.target.String()})
	}
	return x
}

// prepare describes the request without making it.
func prepare(a *address, method, path string) *answer {
	x := &answer{key: a.configKey()}
	if a.rule != "" {
		x.resp.Error = &wire.CallError{Kind: wire.KindInvalidURL, Detail: a.rule, Message: "the address cannot be used: " + ruleText(a.rule)}
		return x
	}
	x.method, x.target = method, a.base.Join("", path)
	return x
}

// url is the address that was asked, without user info and query; empty when
// there was none.
func (x *answer) url() string {
	if x.target.Host == "" {
		return ""
	}
	u := x.target
	u.Query = ""
	return u.String()
}

// kind returns the error kind, empty for a complete answer. A response with
// neither a status nor an error breaks the contract; it counts as no connection.
func (x *answer) kind() string {
	if x.resp.Error != nil {
		return x.resp.Error.Kind
	}
	if x.resp.Status == 0 && !x.unasked {
		return wire.KindConnectionFailed
	}
	return ""
}

// detail returns what narrows the kind, empty when nothing does.
func (x *answer) detail() string {
	if x.resp.Error == nil {
		return ""
	}
	return x.resp.Error.Detail
}

// rule returns the rule that refused a denied request.
func (x *answer) rule() string {
	if x.resp.Error == nil {
		return ""
	}
	if x.resp.Error.Rule != "" {
		return x.resp.Error.Rule
	}
	return x.resp.Error.Detail
}

// onProxy tells whether the failure is one of the proxy, not of the target.
func (x *answer) onProxy() bool {
	return x.resp.Error != nil && x.resp.Error.On == wire.OnProxy
}

// onRealm tells whether the failure is one of the token service.
func (x *answer) onRealm() bool {
	return x.resp.Error != nil && x.resp.Error.On == wire.OnRealm
}

// failed tells whether there is no answer that a status could speak for: CONN
// and invalid_url of the verdict tables, and denied. An answer whose body is
// too large or whose redirect was blocked keeps its status, which decides
// (§3.0.2).
func (x *answer) failed() bool {
	switch x.kind() {
	case "":
		return false
	case wire.KindTooLarge, wire.KindRedirectBlocked:
		return x.resp.Status == 0
	case wire.KindInvalidURL:
		return !x.onRealm() || x.resp.Status == 0 // the realm is the registry's word; the exchange failed
	}
	return true
}

// header returns the values of a response header, joined as RFC 9110 §5.3
// allows, clean and cut at 512 characters. The name is in lower case.
func (x *answer) header(name string) string {
	joined := ""
	for i, value := range x.resp.Header[name] {
		if i > 0 {
			joined += ", "
		}
		joined += value
	}
	return clean(joined, wire.MaxHeaderValue)
}

// byteOrderMark may stand before a text, and means nothing (RFC 8259 §8.1).
const byteOrderMark = "\ufeff"

// json reads the body as JSON. The problem says why it is none.
func (x *answer) json() (v wire.JSON, problem string) {
	if x.kind() == wire.KindTooLarge || x.resp.Truncated {
		return v, "it is too large to be read"
	}
	body := x.resp.Body
	if len(body) >= 3 && string(body[:3]) == byteOrderMark {
		body = body[3:]
	}
	return wire.ParseJSON(body)
}

// isSuccess tells a 2xx from other statuses, whatever came of the rest.
func (x *answer) isSuccess() bool { return x.resp.Status >= 200 && x.resp.Status <= 299 }

// isHTML is "HTML at 200" but for the API-version headers, which the caller
// knows: a 2xx with content type text/html or with a body that begins with "<".
// A body that is too large counts as unreadable.
func (x *answer) isHTML() bool {
	return x.isSuccess() && (x.saysHTML() || x.looksHTML())
}

// saysHTML goes by the content type.
func (x *answer) saysHTML() bool {
	mediaType, _, _ := strings.Cut(x.header("content-type"), ";")
	return lower(strings.Trim(mediaType, " \t")) == "text/html"
}

// looksHTML goes by the body.
func (x *answer) looksHTML() bool {
	body := strings.Trim(strings.TrimPrefix(string(x.resp.Body), byteOrderMark), " \t\r\n")
	return x.kind() != wire.KindTooLarge && strings.HasPrefix(body, "<")
}

// isPage is "HTML at 200" of §3.0.2 whole: a registry may answer with HTML.
func (x *answer) isPage() bool { return x.isHTML() && apiVersion(x) == "" }

// location returns where a redirect, and nothing else, points, without user info, query and
// fragment. It is text of the server.
func (x *answer) location() string {
	if x.resp.Status < 300 || x.resp.Status > 399 || len(x.resp.Header["location"]) == 0 {
		return ""
	}
	return bareURL(x.resp.Header["location"][0])
}

// bareURL makes an address that a server gave fit for a report: without user
// info, query and fragment.
func bareURL(text string) string {
	where := clean(text, 2*wire.MaxHeaderValue)
	if cut := strings.IndexAny(where, "?#"); cut >= 0 {
		where = where[:cut]
	}
	prefix, rest := "", where
	if i := strings.Index(where, "//"); i >= 0 {
		prefix, rest = where[:i+2], where[i+2:]
		authority, _, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			rest = rest[at+1:]
		}
	}
	return clean(prefix+rest, wire.MaxHeaderValue)
}

// facts adds evidence set H (§3.0.4): every key, null where it does not apply.
func (x *answer) facts(e wire.Evidence) {
	tlsError, kind := "", clean(x.kind(), 60)
	if x.method == "" && x.resp.Error == nil {
		kind = "" // nothing was asked
	}
	if x.kind() == wire.KindSSLError {
		tlsError = clean(x.detail(), 60)
	}
	notes(e, []word{
		{"config_key", x.key},
		{"request_method", x.method},
		{"request_url", x.url()},
		{"content_type", x.header("content-type")},
		{"redirect_location", x.location()},
		{"error_kind", kind},
		{"tls_error", tlsError},
		{"error_message", x.message()},
		{"http_status", ""},
		{"response_time_ms", ""},
		{"is_tls", ""},
	})
	if x.resp.Status > 0 {
		e["http_status"], e["response_time_ms"] = wire.Int(int64(x.resp.Status)), wire.Int(x.resp.DurationMS)
	}
	if x.target.Host != "" {
		e["is_tls"] = wire.Bool(x.target.Scheme == "https")
	}
}

// notes adds texts to the evidence, null for the empty ones.
func notes(e wire.Evidence, texts []word) {
	for _, t := range texts {
		value := wire.Null()
		if t.value != "" {
			value = wire.String(t.value)
		}
		e[t.name] = value
	}
}

// message returns what the host noted about a failure.
func (x *answer) message() string {
	if x.resp.Error == nil {
		return ""
	}
	return clean(x.resp.Error.Message, wire.MaxErrorMessage)
}

// reason is what stands last in the message: the host puts what it tried in
// front, which a diagnosis says in its own words.
func (x *answer) reason() string {
	message := x.message()
	return message[strings.LastIndex(": "+message, ": "):]
}

// status returns the status as text, empty when there is none.
func (x *answer) status() string {
	if x.resp.Status <= 0 {
		return ""
	}
	return strconv.Itoa(x.resp.Status)
}

// retryAfter returns how long the server wants to be left alone.
func (x *answer) retryAfter() string {
	if seconds := x.header("retry-after"); isNumber(seconds) && len(seconds) <= 9 {
		return seconds + " seconds"
	}
	return ""
}
