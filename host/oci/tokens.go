package oci

import (
	"context"
	"errors"
	"net/http"

	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"stella-ops.org/doctor/host/egress"
)

// asking is the client of a repository. It notes what the repository asks for, so
// that [careful] knows the rest: what the library asks for by itself, on the way, is
// a token.
type asking struct{ *auth.Client }

// askedKey finds the address that a repository asks for in a context.
type askedKey struct{}

// Do sends a request of a repository.
func (a asking) Do(req *http.Request) (*http.Response, error) {
	resp, err := a.Client.Do(req.WithContext(context.WithValue(req.Context(), askedKey{}, req.URL.String())))
	var said *errcode.ErrorResponse
	if errors.As(err, &said) { // what the registry itself answers is no error here
		err = &tokenError{said.URL.Host, err}
	}
	return resp, err
}

// careful asks for no token in the clear beyond this machine, unless the operator
// says so: the request may hold credentials, and the answer is one. Everything else
// that has any goes to the registry itself.
type careful struct {
	http.RoundTripper
	plain bool // the operator says so
}

// RoundTrip sends a request.
func (t careful) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "" || !forToken(req) {
		return t.RoundTripper.RoundTrip(req)
	}
	if req.URL.Scheme == "http" && !t.plain && !egress.IsLocal(req.URL.Host) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, &clearError{req.URL.Host}
	}
	resp, err := t.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, &tokenError{req.URL.Host, err}
	}
	return resp, nil
}

// forToken tells whether a request is for a token: it does not begin where the
// repository asked. Redirects lead elsewhere and change nothing of that.
func forToken(req *http.Request) bool {
	asked, ok := req.Context().Value(askedKey{}).(string)
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	return ok && req.URL.String() != asked
}

// tokenServer is how errors call the server that gives tokens.
func tokenServer(host string) string { return "the registry's token server " + shorten(host) }

// tokenError is a failure of the server that the registry names for tokens.
type tokenError struct {
	host string
	err  error
}

func (e *tokenError) Error() string { return e.err.Error() }

func (e *tokenError) Unwrap() error { return e.err }

// clearError says that a token would go over the network in the clear.
type clearError struct{ host string }

func (e *clearError) Error() string {
	return tokenServer(e.host) + " is on another machine and is to be asked over http: no credentials go there in the clear"
}
