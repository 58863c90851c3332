package truth

import (
	"maps"
	"strconv"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Answer is one answer that a request can get.
type Answer struct {
	exchange.Exchange
	// Status is the HTTP status, zero for a failure.
	Status int
	// Variant is empty for a status that comes alone: without header and body,
	// but where the base case has that status, as the base case answers.
	Variant string
	// Repeats says that the variant is of interest only where its verdict is
	// another than that of the status alone.
	Repeats bool
}

// Name is how a table calls the answer.
func (a Answer) Name() string {
	switch {
	case a.Variant == "":
		return strconv.Itoa(a.Status)
	case a.Status == 0:
		return a.Variant
	}
	return strconv.Itoa(a.Status) + " " + a.Variant
}

// Statuses, written here because package net/http is for those who speak it.
const (
	ok           = 200
	found        = 302
	unauthorized = 401
)

// failures are the error kinds with their details (doctor-domain §4.1).
var failures = []struct {
	kind    string
	details []string
}{
	{wire.KindInvalidURL, []string{""}},
	{wire.KindDNSFailure, []string{wire.DNSNXDomain, wire.DNSNoAddress, wire.DNSTimeout, wire.DNSServer}},
	{wire.KindRefused, []string{""}},
	{wire.KindTimeout, []string{wire.TimeoutConnect, wire.TimeoutTLS, wire.TimeoutHeader, wire.TimeoutBody}},
	{wire.KindSSLError, []string{wire.TLSExpired, wire.TLSNotYetValid, wire.TLSUnknownAuthority, wire.TLSHostnameMismatch, wire.TLSHandshake, wire.TLSPlaintextResponse, wire.TLSOther}},
	{wire.KindReset, []string{""}},
	{wire.KindConnectionFailed, []string{""}},
	{wire.KindDenied, []string{"not-granted"}},
}

// Answers are all the answers that take the place of the one in e: every status
// from 100 to 599, alone and as the base case answers, every failure, and what
// lies between: a web page, a body over the limit, a redirect that was not
// followed, and with oci_token every end of the token exchange.
// A connection, which has no status, comes about or fails.
func Answers(e exchange.Exchange) []Answer {
	if e.TCP != nil {
		return connections(e)
	}
	var all []Answer
	add := func(status int, variant string, resp wire.HTTPResponse) {
		a := Answer{Exchange: e, Status: status, Variant: variant}
		a.Response = resp
		all = append(all, a)
	}
	good := e.Response
	for status := 100; status <= 599; status++ {
		if status == good.Status {
			add(status, "", good)
			continue
		}
		add(status, "", wire.HTTPResponse{Status: status})
	}
	for status := 100; status <= 599; status++ {
		if status != good.Status && (len(good.Header) > 0 || len(good.Body) > 0) {
			same := good
			same.Status = status
			add(status, "with header and body of "+strconv.Itoa(good.Status), same)
			all[len(all)-1].Repeats = true
		}
	}
	add(ok, "bare", wire.HTTPResponse{Status: ok})
	all[len(all)-1].Repeats = true
	add(ok, "with a web page", wire.HTTPResponse{Status: ok,
		Header: map[string][]string{"content-type": {"text/html"}}, Body: []byte("<!doctype html>")})
	add(ok, "with a body over the limit", failed(wire.HTTPResponse{Status: ok, Header: maps.Clone(good.Header), Truncated: true}, wire.KindTooLarge, "", ""))
	add(found, "not followed", failed(wire.HTTPResponse{Status: found, Header: map[string][]string{"location": {"https://other.example.com/"}}}, wire.KindRedirectBlocked, "", ""))
	eachFailure(func(name, kind, detail string) { add(0, name, failed(wire.HTTPResponse{}, kind, detail, "")) })
	add(0, "refused by the proxy", failed(wire.HTTPResponse{}, wire.KindRefused, "", wire.OnProxy))
	unused := failed(wire.HTTPResponse{ProxyIgnored: true}, wire.KindTimeout, wire.TimeoutConnect, "")
	add(0, "timeout connect, beside a proxy that is not used", unused)
	if k := e.Request.Credential; k != nil && k.Scheme == wire.SchemeOCIToken {
		for _, exchanged := range []string{"not_attempted", "rejected", "error", "succeeded"} {
			add(unauthorized, "with token exchange "+exchanged, challenged(exchanged))
		}
		add(unauthorized, "with a token realm that refuses the connection", failed(challenged("error"), wire.KindRefused, "", wire.OnRealm))
	}
	return all
}

// connections are the answers that take the place of the one in e, which is that
// of a connection.
func connections(e exchange.Exchange) []Answer {
	var all []Answer
	add := func(variant string, resp wire.TCPResponse) {
		a := Answer{Exchange: e, Variant: variant}
		a.TCP = &exchange.TCP{Request: e.TCP.Request, Response: resp}
		all = append(all, a)
	}
	add("connected", wire.TCPResponse{Connected: true, Banner: e.TCP.Response.Banner, TLS: e.TCP.Response.TLS})
	eachFailure(func(name, kind, detail string) {
		err := failed(wire.HTTPResponse{}, kind, detail, "").Error
		add(name, wire.TCPResponse{Error: err})
	})
	return all
}

func eachFailure(add func(name, kind, detail string)) {
	for _, f := range failures {
		for _, detail := range f.details {
			name := f.kind
			if detail != "" && f.kind != wire.KindDenied {
				name += " " + detail
			}
			add(name, f.kind, detail)
		}
	}
}

// challenged is a 401 that asks for a token.
func challenged(exchanged string) wire.HTTPResponse {
	const challenge = `Bearer realm="https://auth.example.com/token",service="registry.example.com"`
	return wire.HTTPResponse{Status: unauthorized,
		Header: map[string][]string{"www-authenticate": {challenge}},
		Auth:   &wire.AuthInfo{TokenExchange: exchanged, TokenRealmHost: "auth.example.com", Challenge: challenge}}
}

func failed(resp wire.HTTPResponse, kind, detail, on string) wire.HTTPResponse {
	resp.Error = &wire.CallError{Kind: kind, Detail: detail, On: on, Message: "as the table says"}
	if kind == wire.KindDenied {
		resp.Error.Rule = detail
	}
	return resp
}
