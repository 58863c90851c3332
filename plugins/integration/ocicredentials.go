package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const ociCredentialsID = "check.integration.oci.credentials"

// ociCredentials asks the registry for the root of its API with the configured
// credentials, as Docker does when it logs in (§3.2).
var ociCredentials = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ociCredentialsID,
		Name:            "OCI Registry Credentials",
		Description:     "Are the configured credentials of the registry complete, and does it accept them?",
		DefaultSeverity: wire.Fail,
		Tags:            []string{"registry", "oci", "credentials", "secrets", "auth"},
		Settings:        registrySettings(),
		Access:          registryAccess(wire.Access{Methods: []string{"GET"}, Reason: "Ask the registry for the root of its API, with the credentials."}),
		EstimateMS:      5000,
		DependsOn:       []string{ociRegistryID},
		Related: []wire.Related{
			{ID: ociRegistryID, Reason: "Fix reachability first."},
			{ID: "check.integration.oci.pull", Reason: "Valid credentials need not be allowed to read."},
			{ID: "check.integration.oci.push", Reason: "Valid credentials need not be allowed to write."},
		},
		Explain: &ociCredentialsExplain,
	},
	Run: runOCICredentials,
	Steps: func() []wire.Step {
		return usualSecretSteps(ociCredentialsID, &registryService, (&login{}).subjects()[1])
	},
}

func runOCICredentials(env *sdk.Env) wire.Result {
	r, nothing := openRegistry(env)
	if nothing != nil {
		return *nothing
	}
	x := &answer{key: r.address.configKey()}
	if r.login.incomplete == "" {
		x = r.read(call{method: "GET", path: "/v2/"})
	}
	return judgeOCICredentials(r, x)
}

// judgeOCICredentials is the verdict table of §3.2. A row of §3.0 comes first.
func judgeOCICredentials(r *registry, x *answer) wire.Result {
	if r.login.incomplete != "" {
		return r.incomplete(ociCredentialsID, &registryService, &ociCredentialsTables, r.credentialFacts(x, wire.Null()))
	}
	s := r.scene(ociCredentialsID, &registryService, x, nil)
	if result, done := s.gates(r.credentialFacts(x, wire.Null()), &ociCredentialsTables); done {
		return result
	}
	severity := s.judgeCredentials(r.login)
	return s.judged(severity, r.credentialFacts(x, s.credentialsValid(r.login)), &ociCredentialsTables)
}

// judgeCredentials sets cause and variant by the answer.
func (s *scene) judgeCredentials(l *login) wire.Severity {
	x := s.answer
	switch {
	case x.isPage():
		s.cause = causeHTML
		return wire.Warn
	case x.resp.Status == 200:
		s.sort = l.proof(x)
		return wire.Pass
	}
	switch s.cause = l.authCause(x); {
	case s.cause == causeRealmNotGranted && l.method == methodBasic:
		return wire.Pass
	case s.cause == causeRealmNotGranted:
		s.cause = causeNoCredentials
	case s.cause == causeExchangeFailed:
		s.sort = l.method
		return wire.Warn
	}
	if s.cause != "" {
		s.sort = l.method
		return wire.Fail
	}
	if s.cause = statusCause(x.resp.Status); x.resp.Status == 404 {
		s.cause = cause404
	}
	return wire.Warn
}

// Variants of a pass.
const (
	proofAnonymous      = "anonymous"
	proofAnonymousToken = "anonymous token"
	proofToken          = "token"
	proofNone           = "unasked"
)

// proof tells what a 200 proves: that a token was given for the credentials,
// that nobody was asked for any, or by default that they are accepted.
func (l *login) proof(x *answer) string {
	switch {
	case l.method == methodAnonymous && x.exchange() == wire.ExchangeSucceeded:
		return proofAnonymousToken
	case l.method == methodAnonymous:
		return proofAnonymous
	case x.exchange() == wire.ExchangeSucceeded:
		return proofToken
	case x.challenge() == "":
		return proofNone
	}
	return ""
}

// credentialsValid tells what the answer says about the credentials. A registry
// that asks nobody for any answers with 200 too, which the diagnosis says.
func (s *scene) credentialsValid(l *login) wire.Value {
	switch {
	case l.method == methodAnonymous:
		return wire.Null()
	case s.cause == "":
		return wire.Bool(true)
	case s.cause == cause401, s.cause == causeExchangeRejected:
		return wire.Bool(false)
	}
	return wire.Null()
}

// credentialFacts is the evidence of §3.2 and set R.
func (r *registry) credentialFacts(x *answer, valid wire.Value) wire.Evidence {
	e := wire.Evidence{"credentials_valid": valid}
	username := r.login.username
	if r.login.incomplete == badUsername {
		username = "" // it may hold the password as well
	}
	notes(e, []word{{"username", clean(username, wire.MaxHeaderValue)}, {"challenge_error", x.challengeError()}})
	r.facts(e, x)
	return e
}

// incomplete is the result of incomplete credentials where that is a failure. No
// request was made.
func (r *registry) incomplete(check string, of *service, own *tables, e wire.Evidence) wire.Result {
	s := r.scene(check, of, prepare(r.address, "GET", "/v2/"), nil)
	s.cause, s.sort = causeIncomplete, r.login.incomplete
	return s.judged(wire.Fail, e, own)
}
