package host

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/challenge"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// authenticated sends a call with a credential and tells in the answer what came
// of that. With scheme oci_token it follows a Bearer challenge: the host asks the
// realm for a token and sends the call once more with it (domain §3.0.3). The
// guest gets the facts, never the token.
//
// It returns the line of the ledger to which the answer belongs.
func (c *hostCalls) authenticated(ctx context.Context, line int, call egress.Call) (wire.HTTPResponse, int) {
	k := call.Request.Credential
	resp := c.http(ctx, line, call)
	c.learnToken(call, &resp)
	resp.Auth = authFacts(&resp)
	if k.Scheme != wire.SchemeOCIToken || resp.Status != http.StatusUnauthorized || !isWhole(resp.Error) {
		return resp, line
	}
	bearer, ok := challenge.Bearer(challenge.Parse(resp.Header["www-authenticate"]))
	if !ok {
		return resp, line
	}
	token, result := c.token(ctx, line, call, bearer, &resp)
	resp.Auth.TokenExchange = result
	if result != wire.ExchangeSucceeded {
		return resp, line
	}
	again, repeated, ok := c.ownLine(line, call, report.PurposeRepeat)
	if !ok {
		resp.Auth.TokenExchange = wire.ExchangeError
		return resp, line
	}
	c.settleHTTP(line, &resp)
	again.Credential = egress.Credential{Header: "authorization", Value: egress.Secret("Bearer " + token)}
	second := c.http(ctx, repeated, again)
	auth := authFacts(&second)
	auth.TokenExchange, auth.TokenRealmHost = result, resp.Auth.TokenRealmHost
	if auth.Challenge == "" {
		auth.Challenge, auth.ChallengeError = resp.Auth.Challenge, resp.Auth.ChallengeError
	}
	second.Auth = auth
	return second, repeated
}

// token asks the realm of a challenge for a token, or gives one that this run has
// got for the same question. It tells in first, the answer with the challenge,
// which realm that was and why it could not be reached. The line of that answer is
// of.
func (c *hostCalls) token(ctx context.Context, of int, call egress.Call, bearer challenge.Challenge, first *wire.HTTPResponse) (token, result string) {
	k := call.Request.Credential
	realm, ok := challenge.TokenURL(call.URL, bearer, k.Scope)
	if realm.Host != "" {
		first.Auth.TokenRealmHost = strings.TrimPrefix(realm.Origin(), realm.Scheme+"://")
	}
	if !ok {
		return "", wire.ExchangeError
	}
	ask := egress.Call{URL: realm, Credential: call.Credential, Request: &wire.HTTPRequest{
		Method: http.MethodGet, URL: realm.String(), Credential: k, Header: map[string][]string{"accept": {"application/json"}},
	}}
	grant, granted := access.Realm(c.grants, call.Grant, call.URL, realm, k.Secret)
	switch {
	case !granted:
		c.refuseOwn(of, ask, access.RuleNotGranted)
		return "", wire.ExchangeNotAttempted
	case k.Secret != "" && access.InTheClear(realm) && !c.plainHTTP:
		c.refuseOwn(of, ask, rulePlainHTTP)
		return "", wire.ExchangeNotAttempted
	}
	question := strings.Join([]string{realm.String(), k.Username, k.Secret}, "\n")
	if known, ok := c.tokenFor(question); ok {
		return known, wire.ExchangeSucceeded
	}
	ask.Grant = grant
	ask, line, ok := c.ownLine(of, ask, report.PurposeTokenExchange)
	if !ok {
		return "", wire.ExchangeError
	}
	resp := c.http(ctx, line, ask)
	c.settleHTTP(line, &resp)
	token, result = judgeToken(&resp)
	switch {
	case result == wire.ExchangeSucceeded:
		c.keepToken(question, token)
		c.secrets.learn(call.Grant, tokenName, token)
		c.secrets.learn(grant, tokenName, token)
	case resp.Status == 0 && resp.Error != nil && resp.Error.Kind != wire.KindDenied:
		first.Error = resp.Error
		first.Error.On = wire.OnRealm
	}
	return token, result
}

// judgeToken says what an answer of a realm comes to. Only a whole answer with
// status 200 holds a token; a refusal of the address by the access policy is no
// fault of the realm.
func judgeToken(resp *wire.HTTPResponse) (token, result string) {
	switch {
	case resp.Error != nil && resp.Error.Kind == wire.KindDenied:
		return "", wire.ExchangeNotAttempted
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden:
		return "", wire.ExchangeRejected
	case resp.Status == http.StatusOK && resp.Error == nil && !resp.Truncated:
		if token, ok := challenge.Token(resp.Body); ok {
			return token, wire.ExchangeSucceeded
		}
	}
	return "", wire.ExchangeError
}

// tokenName stands for the key of a setting where a token that the run got has
// none.
const tokenName = "token of the registry"

// learnToken keeps from the guest the token that it could read if it asked a
// realm by itself.
func (c *hostCalls) learnToken(call egress.Call, resp *wire.HTTPResponse) {
	if call.Credential.Header == "" || resp.Status != http.StatusOK {
		return
	}
	if token, ok := challenge.Token(resp.Body); ok {
		c.secrets.learn(call.Grant, keyOf(call.Request.Credential.Secret), token)
	}
}

// authFacts are the facts about the challenge of an answer, none for an answer
// without one. They are cut when what is secret has been taken out.
func authFacts(resp *wire.HTTPResponse) *wire.AuthInfo {
	lines := resp.Header["www-authenticate"]
	return &wire.AuthInfo{
		TokenExchange:  wire.ExchangeNotNeeded,
		Challenge:      strings.Join(lines, ", "),
		ChallengeError: challenge.Error(challenge.Parse(lines)),
	}
}

// cutAuth keeps the challenge to what is kept of a header value.
func cutAuth(a *wire.AuthInfo) {
	if a == nil {
		return
	}
	for _, text := range []*string{&a.Challenge, &a.ChallengeError} {
		if r := []rune(*text); len(r) > wire.MaxHeaderValue {
			*text = string(r[:wire.MaxHeaderValue])
		}
	}
}

// isWhole tells whether the head of an answer can be relied on: it came, and so
// did the body, or more of it than is kept.
func isWhole(e *wire.CallError) bool { return e == nil || e.Kind == wire.KindTooLarge }

// ownLine opens the line of a request that the host makes on behalf of the call
// with the line of. It spends the guest's budget; ok is false when that is used
// up.
func (c *hostCalls) ownLine(of int, call egress.Call, purpose string) (own egress.Call, line int, ok bool) {
	n, line := c.beginOwn(of, functionOf(call.Request.Method), purpose)
	var denial *wire.CallError
	if n > c.budget {
		denial = deny(ruleBudget, "the run has used up its requests")
	}
	if denial = c.decideHTTP(line, call, denial); denial != nil {
		c.settleHTTP(line, &wire.HTTPResponse{Error: denial})
	}
	return call, line, denial == nil
}

// beginOwn counts a request of the host's own as begin does. On behalf of an undo
// it costs as little as that.
func (c *hostCalls) beginOwn(of int, function, purpose string) (n, line int) {
	c.mu.Lock()
	free := of >= 0 && c.ledger[of].Purpose == report.PurposeUndo
	c.mu.Unlock()
	if free {
		return 0, c.freeLine(function, purpose)
	}
	n, line, _ = c.begin(function, purpose)
	return n, line
}

// refuseOwn writes down that the host did not ask a realm.
func (c *hostCalls) refuseOwn(of int, call egress.Call, rule string) {
	_, line := c.beginOwn(of, functionOf(call.Request.Method), report.PurposeTokenExchange)
	denial := deny(rule, "the token realm is not asked")
	c.decideHTTP(line, call, denial)
	c.settleHTTP(line, &wire.HTTPResponse{Error: denial})
}

// tokenFor returns the token that the run got for a question.
func (c *hostCalls) tokenFor(question string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	token, ok := c.tokens[question]
	return token, ok
}

// keepToken keeps a token for this run of the check, and no longer.
func (c *hostCalls) keepToken(question, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens == nil {
		c.tokens = map[string]string{}
	}
	c.tokens[question] = token
}

// guestLines are the lines of a ledger as the guest's calls alone would have made
// them: without what the host asked by itself, and a call that it sent again as
// that came out. What follows an undo comes after the guest.
func guestLines(ledger []report.Request) []report.Request {
	lines := make([]report.Request, 0, len(ledger))
	for _, l := range ledger {
		switch l.Purpose {
		case "":
			lines = append(lines, l)
		case report.PurposeUndo:
			return slices.Clip(lines)
		case report.PurposeRepeat:
			if i := len(lines) - 1; i >= 0 {
				l.Purpose = ""
				lines[i] = l
			}
		}
	}
	return slices.Clip(lines)
}
