package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// registry is the registry as a check asks it.
type registry struct {
	env     *sdk.Env
	address *address
	login   *login
}

// call is one request to the registry.
type call struct {
	method, path string
	query        string
	accept       string
	// scope is what a token would be for.
	scope   string
	maxBody int64
}

// openRegistry reads address and credentials. It returns the result of a check
// that has nothing to ask: the address is unset, or a value that the check has
// to read is a secret. own are the keys of the check's own settings.
func openRegistry(env *sdk.Env, own ...string) (*registry, *wire.Result) {
	if s := setting(env, keyRegistryURL); s.Value == "" && s.Secret == "" {
		r := unconfigured(registrySetting)
		return nil, &r
	}
	if key := hiddenSetting(env, append([]string{keyRegistryURL, keyUsername}, own...)...); key != "" {
		r := hiddenValue(key)
		return nil, &r
	}
	return &registry{env: env, address: readAddress(setting(env, keyRegistryURL), keyRegistryURL, registryTrim), login: readLogin(env)}, nil
}

// read makes a request that changes nothing, or none at all when the address
// cannot be used.
func (r *registry) read(c call) *answer {
	x := prepare(r.address, c.method, c.path)
	if r.address.rule != "" {
		return x
	}
	req := r.request(x, c)
	switch c.method {
	case "HEAD":
		x.resp = r.env.Head(req)
	case "OPTIONS":
		x.resp = r.env.Options(req)
	default:
		x.resp = r.env.Get(req)
	}
	return x
}

func (r *registry) request(x *answer, c call) wire.HTTPRequest {
	x.target.Query = c.query
	req := wire.HTTPRequest{URL: x.target.String(), MaxBody: c.maxBody, Credential: r.login.credential(c.scope)}
	if c.accept != "" {
		req.Header = map[string][]string{"accept": {c.accept}}
	}
	return req
}

// exchange tells what came of the token exchange; empty when nothing was
// answered.
func (x *answer) exchange() string {
	if x.resp.Status == 0 && x.resp.Auth == nil {
		return ""
	}
	if x.resp.Auth != nil {
		switch s := x.resp.Auth.TokenExchange; s {
		case wire.ExchangeNotAttempted, wire.ExchangeSucceeded, wire.ExchangeRejected, wire.ExchangeError:
			return s
		}
	}
	return wire.ExchangeNotNeeded
}

// challenge is what the registry asks to be authenticated with, cut at 512
// characters. After an exchange it is that of the first answer.
func (x *answer) challenge() string {
	if x.resp.Auth != nil && x.resp.Auth.Challenge != "" {
		return clean(x.resp.Auth.Challenge, wire.MaxHeaderValue)
	}
	return x.header("www-authenticate")
}

// challengeError is the error that the challenge names, such as insufficient_scope.
func (x *answer) challengeError() string {
	if x.resp.Auth == nil {
		return ""
	}
	return clean(x.resp.Auth.ChallengeError, 100)
}

// realmHost is the host of the token service that the registry names.
func (x *answer) realmHost() string {
	if x.resp.Auth == nil {
		return ""
	}
	return clean(x.resp.Auth.TokenRealmHost, 260)
}

// realm is the address of the token service as far as it is known. It has the
// scheme of the registry: a plain one is allowed for a plain registry only.
func (x *answer) realm() wire.URL {
	u, _ := wire.ScreenURL(x.target.Scheme + "://" + x.realmHost())
	return u
}

// notGranted tells whether the registry asks for a token that Doctor may not
// fetch, because nobody granted it the host of the token service.
func (x *answer) notGranted() bool {
	return x.resp.Status == 401 && x.exchange() == wire.ExchangeNotAttempted
}

// registryFacts adds evidence set R (§3.0.4), every key of it.
func (r *registry) facts(e wire.Evidence, x *answer) {
	notes(e, []word{
		{"registry_url", r.address.shown},
		{"auth_method", r.login.method},
		{"auth_challenge", x.challenge()},
		{"token_exchange", x.exchange()},
		{"token_realm_host", x.realmHost()},
		{"api_version", apiVersion(x)},
	})
	x.facts(e)
}

// incompleteSkip is the result of a check that cannot go on with one half of the
// credentials: oci.credentials tells which is missing (§3.0.3).
func incompleteSkip() wire.Result {
	return wire.Result{
		Severity:   wire.Skip,
		SkipReason: wire.SkipPrerequisite,
		Diagnosis:  "The credentials of the registry are incomplete, so nothing was asked; " + ociCredentialsID + " tells what is missing.",
		Evidence:   wire.Evidence{"skip_reason": wire.String(wire.SkipPrerequisite)},
	}
}
