package egress

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unicode"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// failed makes the error of a call, with a message fit for people.
func failed(kind, detail, message string) *wire.CallError {
	return &wire.CallError{Kind: kind, Detail: detail, Message: clean(message, wire.MaxErrorMessage)}
}

// interrupted is the error of a call whose context ended: a time-out in the
// given phase, or the caller's own end, which no kind stands for because nobody
// is left to read it.
func interrupted(err error, phase, doing string) *wire.CallError {
	if errors.Is(err, context.Canceled) {
		return failed(wire.KindConnectionFailed, "", "cancelled while "+doing)
	}
	return failed(wire.KindTimeout, phase, "no time left while "+doing)
}

// classifyDial names the failure of resolving and connecting.
func classifyDial(ctx context.Context, g *gate, err error, w *watch) *wire.CallError {
	var dns *net.DNSError
	var addr *net.AddrError
	var refused *refusal
	target := net.JoinHostPort(g.host, fmt.Sprint(g.port))
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return interrupted(ctx.Err(), wire.TimeoutConnect, "connecting to "+target)
	case errors.As(err, &refused):
		e := failed(wire.KindDenied, access.RuleAddr, refused.text)
		e.Rule = access.RuleAddr
		return e
	case errors.As(err, &dns):
		return classifyDNS(dns, g.host, w)
	case errors.As(err, &addr):
		return failed(wire.KindDNSFailure, wire.DNSNoAddress, g.host+" has no usable address")
	case timedOut(ctx, err):
		return failed(wire.KindTimeout, wire.TimeoutConnect, "no connection to "+target+" in time")
	case isErrno(err, syscall.ECONNREFUSED, 10061):
		return failed(wire.KindRefused, "", target+" refused the connection")
	case isReset(err):
		return failed(wire.KindReset, "", target+" reset the connection")
	}
	return failed(wire.KindConnectionFailed, "", "connect to "+target+": "+cause(err))
}

func noAddress(host string) *wire.CallError {
	return failed(wire.KindDNSFailure, wire.DNSNoAddress, host+" exists but has no address")
}

func classifyDNS(err *net.DNSError, host string, w *watch) *wire.CallError {
	switch {
	case err.IsTimeout:
		return failed(wire.KindDNSFailure, wire.DNSTimeout, "the name server did not answer for "+host+" in time")
	case err.IsNotFound && w.exists():
		return noAddress(host)
	case err.IsNotFound:
		return failed(wire.KindDNSFailure, wire.DNSNXDomain, host+" does not exist")
	}
	return failed(wire.KindDNSFailure, wire.DNSServer, "the name server could not answer for "+host)
}

// isPlainHTTP tells whether an answer to a TLS handshake is one of plain HTTP: a
// status line, or the page of a server that takes the handshake for HTTP/0.9.
func isPlainHTTP(head []byte) bool {
	return bytes.HasPrefix(head, []byte("HTTP/")) || head[0] == '<'
}

// classifyTLS names the failure of a handshake.
func classifyTLS(ctx context.Context, server string, err error, now time.Time) *wire.CallError {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return interrupted(ctx.Err(), wire.TimeoutTLS, "shaking hands with "+server)
	case errors.As(err, &verify):
		return failed(wire.KindSSLError, certificateDetail(verify.Err, now), cause(verify.Err))
	case errors.As(err, &record):
		if isPlainHTTP(record.RecordHeader[:]) {
			return failed(wire.KindSSLError, wire.TLSPlaintextResponse, server+" answered in plain HTTP on a port that should speak TLS")
		}
		return failed(wire.KindSSLError, wire.TLSHandshake, server+" does not speak TLS on this port")
	case timedOut(ctx, err):
		return failed(wire.KindTimeout, wire.TimeoutTLS, "no TLS handshake with "+server+" in time")
	case isReset(err):
		return failed(wire.KindReset, "", server+" closed the connection during the TLS handshake")
	}
	return failed(wire.KindSSLError, wire.TLSHandshake, "TLS handshake with "+server+": "+cause(err))
}

// certificateDetail narrows a failed verification. Go reports a certificate of
// the future as expired, so its dates are asked.
func certificateDetail(err error, now time.Time) string {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if invalid.Cert != nil && now.Before(invalid.Cert.NotBefore) {
			return wire.TLSNotYetValid
		}
		return wire.TLSExpired
	case errors.As(err, new(x509.HostnameError)):
		return wire.TLSHostnameMismatch
	case errors.As(err, new(x509.UnknownAuthorityError)), errors.As(err, new(x509.SystemRootsError)):
		return wire.TLSUnknownAuthority
	}
	return wire.TLSOther
}

// classifyExchange names what broke the request or the answer; phase is the one
// that a time-out belongs to.
func classifyExchange(ctx context.Context, phase, target string, err error) *wire.CallError {
	var op *net.OpError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return interrupted(ctx.Err(), phase, "waiting for the answer of "+target)
	case timedOut(ctx, err):
		return failed(wire.KindTimeout, phase, "no complete answer from "+target+" in time")
	case errors.As(err, &op) && op.Op == "remote error":
		// With TLS 1.3 the server judges our certificate after the handshake.
		return failed(wire.KindSSLError, wire.TLSHandshake, target+": "+cause(err))
	case isReset(err):
		return failed(wire.KindReset, "", target+" closed the connection before the answer was complete")
	case strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`):
		return failed(wire.KindConnectionFailed, "", target+" speaks TLS; the address says http")
	}
	return failed(wire.KindConnectionFailed, "", "the answer of "+target+" is not HTTP: "+cause(err))
}

func timedOut(ctx context.Context, err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

func isReset(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) ||
		isErrno(err, syscall.ECONNRESET, 10054) || isErrno(err, syscall.ECONNABORTED, 10053)
}

// isErrno also knows the number that Windows sockets have for the error.
func isErrno(err error, errno syscall.Errno, winsock syscall.Errno) bool {
	return errors.Is(err, errno) || runtime.GOOS == "windows" && errors.Is(err, winsock)
}

// cause is the innermost text of an error: the outer ones repeat addresses and
// the local port, which differs from run to run.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.TrimPrefix(err.Error(), "net/http: ")
		}
		err = inner
	}
}

// clean makes one printable line of at most limit characters of a text in which
// a server may have a part.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, " "))
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-3]) + "..."
	}
	return s
}
