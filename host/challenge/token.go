package challenge

import (
	"encoding/json"
	"net/url"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// TokenURL is the address at which a token is asked for: the realm with service
// and scope, both written anew, so that nothing in them can become another
// parameter. Scope takes the place of the challenge's unless it is empty.
//
// ok is false for a realm that may not be asked: no absolute address that passes
// the screen, or one of plain HTTP while the registry is not. realm is what could
// be read of it, zero for nothing.
func TokenURL(registry wire.URL, c Challenge, scope string) (realm wire.URL, ok bool) {
	realm, rule := wire.ScreenURL(c.Params["realm"])
	if rule != "" || c.Malformed || realm.Scheme != "https" && registry.Scheme != "http" {
		return realm, false
	}
	if scope == "" {
		scope = c.Params["scope"]
	}
	query := []string{}
	if realm.Query != "" {
		query = append(query, realm.Query)
	}
	if service := c.Params["service"]; service != "" {
		query = append(query, "service="+url.QueryEscape(service))
	}
	for s := range strings.FieldsSeq(scope) {
		query = append(query, "scope="+url.QueryEscape(s))
	}
	asked := realm
	asked.Query = strings.Join(query, "&")
	if _, rule := wire.ScreenURL(asked.String()); rule != "" {
		return realm, false
	}
	return asked, true
}

// MaxTokenBytes is the length of the longest token that is taken: half of what
// servers accept as headers.
const MaxTokenBytes = 16 << 10

// Token reads the answer of a token server: a JSON object with a token in token
// or access_token. It takes no document that two parsers could read in two ways
// (names that stand there twice, broken UTF-8, something after the end), and no
// token that a header does not carry.
func Token(body []byte) (token string, ok bool) {
	// The strict reader of the contract, asked for a document none of whose names
	// a token server has a use for.
	if wire.Unmarshal(body, new(wire.AuthInfo)) != nil {
		return "", false
	}
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil {
		return "", false
	}
	for _, name := range []string{"token", "access_token"} {
		if json.Unmarshal(answer[name], &token) == nil && token != "" {
			return token, len(token) <= MaxTokenBytes && isVisible(token)
		}
	}
	return "", false
}

func isVisible(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
