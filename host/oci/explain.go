package oci

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/image"
)

var errTimeout = errors.New("it took too long")

// explain turns what the library says into one of our errors: addresses of storage,
// which may hold signatures, are not repeated.
func (c *client) explain(ctx context.Context, err error) error {
	who, realmHint := "the registry", ""
	var token *tokenError
	if errors.As(err, &token) {
		who, realmHint = tokenServer(token.host), "whoever runs the registry sets which token server it names"
	}
	fail := func(kind Kind, hint, format string, args ...any) error {
		if kind == KindUnreachable && hint == "" {
			hint = "try again"
		}
		return &Error{Ref: c.text, Kind: kind, Text: fmt.Sprintf(format, args...), Hint: hint, Err: err}
	}
	var (
		ours     *Error
		refusal  *image.Refusal
		config   *configError
		response *errcode.ErrorResponse
		unknown  x509.UnknownAuthorityError
		invalid  x509.CertificateInvalidError
		host     x509.HostnameError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		dns      *net.DNSError
		address  *egress.AddressError
		exposed  *clearError
		overall  net.Error
	)
	switch {
	case errors.As(err, &ours), errors.As(err, &refusal):
		return err
	case errors.Is(context.Cause(ctx), errTimeout):
		return fail(KindUnreachable, "give it longer with --timeout", "%s took too long", who)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &config):
		return fail(KindConfig, "docker login writes it", "%v", config)
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return fail(KindCredentials, "docker login "+c.ref.Registry+", or let DOCKER_CONFIG name the directory of the right config.json",
			"the registry asks for a user name and a password, and Docker's configuration has none for it")
	case errors.As(err, &response) && token != nil && response.StatusCode == http.StatusNotFound:
		return fail(KindRejected, realmHint, "%s gives no tokens there, %s", who, said(response))
	case errors.As(err, &response):
		return c.explainResponse(response, who, fail)
	case errors.Is(err, errdef.ErrNotFound):
		return fail(KindNotFound, "", "the registry has no such manifest or blob")
	case errors.Is(err, errDowngrade):
		return fail(KindRejected, "", "%v", errDowngrade)
	case errors.As(err, &exposed):
		return fail(KindRejected, "add --plain-http if they shall go there all the same", "%v", exposed)
	case errors.As(err, &address):
		return fail(KindRejected, "", "%v", address)
	case errors.As(err, &unknown):
		return fail(KindTLS, "name the certificate of its authority with --ca-file FILE, or in the setting Doctor:Tls:CaFile", "the certificate of %s is signed by an unknown authority", who)
	case errors.As(err, &host):
		return fail(KindTLS, "", "the certificate of %s is for another name than %s", who, host.Host)
	case errors.As(err, &invalid), errors.As(err, &verify):
		return fail(KindTLS, "", "the certificate of %s is not valid: %v", who, inner(err))
	case (errors.As(err, &record) || isPlain(err)) && token != nil:
		return fail(KindTLS, realmHint, "%s speaks http, not https", who)
	case errors.As(err, &record), isPlain(err):
		return fail(KindTLS, "add --plain-http if it shall be asked in the clear", "the registry speaks http, not https")
	case errors.As(err, &dns) && token != nil:
		return fail(KindUnreachable, realmHint+"; try again", "the name of %s cannot be resolved: %v", who, dns)
	case errors.As(err, &dns):
		return fail(KindUnreachable, "", "the name of the registry cannot be resolved: %v", dns)
	case errors.As(err, &overall) && overall.Timeout():
		return fail(KindUnreachable, "", "%s does not answer: %v", who, inner(err))
	}
	var broken *url.Error
	if errors.As(err, &broken) {
		return fail(KindUnreachable, "", "%s cannot be reached: %v", who, inner(err))
	}
	return fail(KindRejected, "", "the registry's answer cannot be used: %v", withoutQuery(inner(err)))
}

// explainResponse is explain for an answer of who, which says no.
func (c *client) explainResponse(r *errcode.ErrorResponse, who string, fail func(Kind, string, string, ...any) error) error {
	switch {
	case r.StatusCode == http.StatusUnauthorized:
		return fail(KindCredentials, "docker login "+c.ref.Registry+", or let DOCKER_CONFIG name the directory of the right config.json", "%s does not accept the credentials, %s", who, said(r))
	case r.StatusCode == http.StatusForbidden:
		return fail(KindCredentials, "the account needs the right for this repository", "%s does not allow it, %s", who, said(r))
	case r.StatusCode == http.StatusNotFound:
		return fail(KindNotFound, "", "the registry has no such repository or manifest, %s", said(r))
	case r.StatusCode == http.StatusTooManyRequests, r.StatusCode >= 500:
		return fail(KindUnreachable, "", "%s cannot do it now, %s", who, said(r))
	}
	return fail(KindRejected, "", "%s rejects it, %s", who, said(r))
}

// said is the status of an answer and what the server said with it.
func said(r *errcode.ErrorResponse) string {
	return fmt.Sprintf("status %d: %s", r.StatusCode, shorten(saidBy(r)))
}

// saidBy is what the server said itself, without details, which are for machines.
func saidBy(r *errcode.ErrorResponse) string {
	var said []string
	for _, e := range r.Errors {
		e.Detail = nil
		said = append(said, e.Error())
	}
	if len(said) == 0 {
		return http.StatusText(r.StatusCode)
	}
	return strings.Join(said, "; ")
}

// inner is the innermost error that still says what is wrong.
func inner(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

// withoutQuery takes what follows a question mark out of the addresses of a text.
func withoutQuery(err error) string {
	text := shorten(err.Error())
	for {
		at := strings.IndexByte(text, '?')
		if at < 0 {
			return text
		}
		end := strings.IndexAny(text[at:], "\" ")
		if end < 0 {
			return text[:at]
		}
		text = text[:at] + text[at+end:]
	}
}

// shorten cuts what a server says.
func shorten(s string) string {
	const most = 300
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
