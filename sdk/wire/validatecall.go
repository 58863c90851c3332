package wire

import (
	"strconv"
	"strings"
)

// SecretPrefix begins the handle of a secret setting; its declared key follows.
const SecretPrefix = "secret:"

// Validate checks the rules of a request (contract §1). It returns a
// [*ValidationError] for the first one that is broken. A newer Version is none:
// unknown fields are ignored.
func (r *Request) Validate() error {
	j := &judge{document: "request"}
	j.want(r.Version >= 1, "version", "is not at least 1")
	j.want(isNonce(r.Nonce), "nonce", "32 lower-case hex digits are wanted")
	j.checkID(r.Check, "check")
	j.want(isUTC(r.Now), "now", "a time of RFC 3339 in UTC is wanted")
	j.want(r.DeadlineMS >= 1 && r.DeadlineMS <= MaxCheckMS, "deadline_ms", "is not between 1 and "+strconv.Itoa(MaxCheckMS))
	for _, key := range sortedKeys(r.Settings) {
		s, p := r.Settings[key], place("settings").at(printable(key))
		j.want(isSettingKey(key) && stars(key) == 0, p, "the name is not of the form Section:Key")
		j.want((s.Value == "") != (s.Secret == ""), p, "exactly one of value and secret is wanted")
		j.want(s.Secret == "" || isHandle(s.Secret), p.at("secret"), "is no handle of a secret")
		j.want(s.URL == nil || s.Secret != "", p.at("url"), "goes with a secret only")
	}
	return j.result()
}

// Validate checks what holds for every request without knowing the grants. It
// returns a [*ValidationError] for the first rule that is broken. Whether the
// address can be used is for [ScreenURL] to say, and whether it may be used, for
// the host's access policy: those answers have kinds of their own.
func (q *HTTPRequest) Validate() error {
	j := &judge{document: "http request"}
	class := MethodClass(q.Method)
	j.wantOf(class != "", "method", q.Method, " is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE")
	j.want(q.URL != "", "url", "an address is wanted")
	for _, name := range sortedKeys(q.Header) {
		p := place("header").at(printable(name))
		j.want(isWord(name, "!#$%&'*+-.^_`|~"), p, "the name is no lower-case header name")
		for i, value := range q.Header[name] {
			j.want(isHeaderValue(value), p.index(i), "the value holds a control character")
		}
	}
	j.want(len(q.Body) == 0 || class == ClassWrite, "body", "goes with POST, PUT, PATCH and DELETE only")
	j.want(len(q.Body) <= MaxRequestBodyBytes, "body", "has more than "+strconv.Itoa(MaxRequestBodyBytes)+" bytes")
	j.want(q.MaxBody >= 0 && q.MaxBody <= MaxBodyBytes, "max_body", "is not between 0 and "+strconv.Itoa(MaxBodyBytes))
	if q.Credential != nil {
		j.credential(q.Credential, "credential")
	}
	j.want(q.Undo == "" || class == ClassWrite && MethodClass(q.Undo) == ClassWrite, "undo", "goes with, and is one of, POST, PUT, PATCH and DELETE")
	return j.result()
}

// Validate checks what holds for every request without knowing the grants. It
// returns a [*ValidationError] for the first rule that is broken. Whether host
// and port can be used is for [ScreenTCP] to say; see [HTTPRequest.Validate].
func (q *TCPRequest) Validate() error {
	j := &judge{document: "tcp request"}
	j.want(q.Host != "", "host", "a host is wanted")
	j.want(q.Banner >= 0 && q.Banner <= MaxBannerBytes, "banner", "is not between 0 and "+strconv.Itoa(MaxBannerBytes))
	return j.result()
}

// Schemes of a [Credential].
const (
	SchemeBasic    = "basic"
	SchemeBearer   = "bearer"
	SchemeHeader   = "header"
	SchemeOCIToken = "oci_token"
)

func (j *judge) credential(k *Credential, p place) {
	j.oneOf(k.Scheme, p.at("scheme"), SchemeBasic, SchemeBearer, SchemeHeader, SchemeOCIToken)
	j.want(k.Secret == "" && k.Scheme == SchemeOCIToken || isHandle(k.Secret), p.at("secret"), "the handle of a secret is wanted")
	named := k.Scheme == SchemeBasic || k.Scheme == SchemeOCIToken
	j.want(k.Username == "" || named, p.at("username"), "goes with basic and oci_token only")
	j.want(isPlainText(k.Username) && strings.IndexByte(k.Username, ':') < 0, p.at("username"), "holds a colon or a control character")
	j.want((k.Header != "") == (k.Scheme == SchemeHeader), p.at("header"), "goes with header, and is required there")
	j.want(k.Header == "" || isWord(k.Header, "-_"), p.at("header"), "is no lower-case header name")
	j.want(k.Scope == "" || k.Scheme == SchemeOCIToken, p.at("scope"), "goes with oci_token only")
	j.want(isPlainText(k.Scope), p.at("scope"), "holds a control character")
}

func isHandle(s string) bool {
	key, ok := strings.CutPrefix(s, SecretPrefix)
	return ok && isSettingKey(key)
}

func isNonce(s string) bool {
	for i := range len(s) {
		if hexValue(s[i]) < 0 || s[i] >= 'A' && s[i] <= 'F' {
			return false
		}
	}
	return len(s) == 32
}

// isHeaderValue allows what HTTP allows: no controls but the tab. Bytes beyond
// ASCII are opaque.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// isUTC checks the form 2026-01-02T03:04:05Z, with or without a fraction. It
// stands here because package time would make a guest larger.
func isUTC(s string) bool {
	const form = "0000-00-00T00:00:00"
	s, ok := strings.CutSuffix(s, "Z")
	if !ok || len(s) < len(form) {
		return false
	}
	for i := range len(form) {
		if form[i] == '0' && !isDigit(s[i]) || form[i] != '0' && s[i] != form[i] {
			return false
		}
	}
	fraction := s[len(form):]
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	return two(5) >= 1 && two(5) <= 12 && two(8) >= 1 && two(8) <= 31 && two(11) <= 23 && two(14) <= 59 && two(17) <= 59 &&
		(fraction == "" || fraction[0] == '.' && len(fraction) > 1 && len(fraction) <= 10 && isDigits(fraction[1:]))
}
