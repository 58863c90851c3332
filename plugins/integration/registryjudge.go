package main

import "stella-ops.org/doctor/sdk/wire"

// Cause ids of authentication at a registry.
const (
	causeIncomplete       = "config.incomplete-credentials"
	causeNoCredentials    = "auth.no-credentials"
	causeExchangeRejected = "auth.exchange-rejected"
	causeExchangeFailed   = "auth.exchange-failed"
	causeTokenRefused     = "auth.token-refused"
	causeScope            = "auth.insufficient-scope"
	causeRealmNotGranted  = "auth.realm-not-granted"
)

// Subjects of the plans that change credentials.
const (
	subjectUsername = "username"
	subjectPassword = "password"
	subjectToken    = "token"
)

// scene makes the scene of an answer. more are words and subjects of the check
// beside those of the credentials.
func (r *registry) scene(check string, of *service, x *answer, more []word, subjects ...subject) *scene {
	s := &scene{check: check, service: of, address: r.address, answer: x, cause: failureCause(x)}
	s.subjects = append(subjects, r.login.subjects()...)
	s.more = append(more, []word{
		{"user", clean(r.login.username, 100)},
		{"login", r.login.said()},
		{"credkey", r.login.key()},
		{"userkey", clean(r.login.subjects()[0].key, 200)},
		{"passkey", clean(r.login.subjects()[1].key, 200)},
		{"userarg", r.login.userArg()},
		{"realm", x.realmHost()},
		{"autherror", x.challengeError()},
		{"registryarg", r.dockerArg("")},
	}...)
	if r.login.method == methodBearer || r.address.base.Path != "/" {
		s.omit = append(s.omit, tryLogin)
	}
	if r.address.base.Path != "/" {
		s.omit = append(s.omit, tryPull) // Docker knows no path before /v2/
	}
	if x.isRefused() {
		s.cause = causeBadReference
	}
	if x.onRealm() && s.cause != "" {
		s.turnToRealm()
	}
	return s
}

// turnToRealm makes the scene one of the token service, for what failed there.
// Its address comes from the registry, so no plan changes a setting.
func (s *scene) turnToRealm() {
	realm := *s.answer
	realm.method, realm.target = "GET", realm.realm()
	of := realmService
	of.flags = s.flags
	s.service, s.answer, s.address, s.atRealm = &of, &realm, &address{key: "WWW-Authenticate"}, true
	s.omit = append(s.omit, look, lookSet, reach)
	if s.cause != causeUnknownCA && s.cause != causeProxyUnused && s.cause != causeProxyAuth {
		s.omit = append(s.omit, apply)
	}
}

// realmService is the token service that a registry names in its challenge.
var realmService = service{
	name:     "token service",
	noun:     "address of the token service",
	keys:     []string{keyTokenRealm},
	owner:    "platform",
	unit:     "stellaops-platform",
	newValue: "<token-realm>",
	noTarget: "<token-realm>",
	noHost:   "<realm-host>",
	probe:    `curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' --max-time 10`,
	healthy:  "any status shows that it answers",
}

// subjects are the settings that a plan for the credentials may change: first
// the one half that is missing or the user name, then the secret.
func (l *login) subjects() []subject {
	username := subject{
		name: subjectUsername, noun: "user name of the registry", key: l.userKey, keys: []string{keyUsername, "Registry:Username"}, newValue: "<user>",
		secret: l.incomplete == badUsername, // it may hold the password as well
	}
	password := subject{
		name: subjectPassword, noun: "password of the registry", key: l.passKey, keys: []string{keyPassword, "Registry:Password"}, secret: true,
	}
	if !isKey(username.key) {
		username.key = beside(password.key, keyUsername)
	}
	if !isKey(password.key) {
		password.key = beside(username.key, keyPassword)
	}
	token := subject{name: subjectToken, noun: "token of the registry", key: l.tokenKey, keys: []string{keyToken, "Registry:Token"}, secret: true}
	if !isKey(token.key) {
		token.key = keyToken
	}
	return []subject{username, password, token}
}

// beside is the key beside key that has the last segment of like; like itself when key
// is none.
func beside(key, like string) string {
	if !isKey(key) {
		return like
	}
	return section(key) + like[len(section(like)):]
}

// said names the credentials in a sentence.
func (l *login) said() string {
	switch l.method {
	case methodBearer:
		return "the token in " + l.key()
	case methodBasic:
		return "user name " + clean(l.username, 100) + " with the password in " + l.key()
	}
	return "a request without credentials"
}

// key is the key of the secret, for people.
func (l *login) key() string {
	if l.method == methodBearer {
		return clean(l.tokenKey, 200)
	}
	return clean(l.passKey, 200)
}

// userArg is the user name as a word of a shell command, or its placeholder.
func (l *login) userArg() string {
	if word, ok := shellWord(l.username); ok {
		return word
	}
	return "'<user>'"
}

// dockerArg names the registry, and an image in it, to Docker: host, port where
// it is not the usual one, and the path prefix. It is a word of a shell command,
// or its placeholder.
func (r *registry) dockerArg(image string) string {
	if u := r.address.base; u.Host != "" {
		name := u.Origin()[len(u.Scheme+"://"):] + image
		if word, ok := shellWord(name); ok {
			return word
		}
	}
	return "'<registry-host>" + image + "'"
}

// authCause is the cause of an answer that is about authentication, empty when
// it is not (§3.0.3). A realm that is not granted is the check's own to judge.
func (l *login) authCause(x *answer) string {
	switch {
	case x.resp.Status == 403:
		return cause403
	case x.resp.Status != 401:
		return ""
	case x.exchange() == wire.ExchangeError:
		return causeExchangeFailed
	case x.notGranted():
		return causeRealmNotGranted
	case l.method == methodAnonymous:
		return causeNoCredentials
	case x.exchange() == wire.ExchangeRejected:
		return causeExchangeRejected
	case x.exchange() == wire.ExchangeSucceeded:
		return causeTokenRefused
	}
	return cause401
}

// permissionCause is [login.authCause] where the answer is about one repository:
// a token that does not reach so far is no wrong token.
func (l *login) permissionCause(x *answer) string {
	cause := l.authCause(x)
	if (cause == cause401 || cause == causeTokenRefused) && x.challengeError() == "insufficient_scope" {
		return causeScope
	}
	return cause
}

// gates judges what comes before the verdict table of a check: a refusal of the
// access policy, and no answer at all. A realm that is not granted is a refusal
// where the check cannot do without the token.
func (s *scene) gates(e wire.Evidence, own *tables) (wire.Result, bool) {
	switch {
	case s.answer.kind() == wire.KindDenied && s.onRealm():
		return s.realmDenied(e), true
	case s.answer.kind() == wire.KindDenied:
		return s.denied(e), true
	case s.cause != "":
		return s.judged(wire.Fail, e, own), true
	}
	return wire.Result{}, false
}

// realmDenied is the result where a token is needed and its realm is not
// granted: the check could not judge.
func (s *scene) realmDenied(e wire.Evidence) wire.Result {
	return wire.Result{
		Unjudged: wire.UnjudgedDenied,
		Diagnosis: s.fill("{peer} answers {method} {path} with 401 and sends Doctor to the token service{realm| at } for a token, and the access policy does not allow to ask there. " +
			"If that service belongs to the registry, set " + keyTokenRealm + " to its address, or grant plugin " + pluginID + " GET on it, to let the check judge."),
		Evidence: e,
	}
}
