package wire

// HTTPRequest asks the host for one HTTP exchange.
type HTTPRequest struct {
	// Method is an upper-case HTTP method of the host function's class.
	Method string `json:"method"`
	// URL is absolute, or the handle of a secret setting of type url, which the
	// host expands.
	URL string `json:"url"`
	// Header maps lower-case names to their values. The host sets Host,
	// User-Agent, credentials and everything hop-by-hop itself and refuses them here.
	Header map[string][]string `json:"header,omitempty"`
	// Body is the request body, at most [MaxRequestBodyBytes]; only write methods
	// may have one.
	Body []byte `json:"body,omitempty"`
	// MaxBody is the largest response body in bytes that the guest wants; zero
	// takes what the access entry allows. It cannot exceed that.
	MaxBody int64 `json:"max_body,omitempty"`
	// Credential asks the host to authenticate the request.
	Credential *Credential `json:"credential,omitempty"`
	// Undo is the method that takes back what this request begins, at the address
	// in the location of an answer 202: DELETE ends an upload that POST has opened.
	// The host sends it, with the same credential to the same origin, when the run
	// ends, however it ends, before the guest has.
	// Empty when there is nothing to take back; only write methods may have one,
	// and the access must grant it.
	Undo string `json:"undo,omitempty"`
}

// Credential names the secret that the host attaches at egress, and how.
type Credential struct {
	// Scheme is basic, bearer, header or oci_token.
	Scheme string `json:"scheme"`
	// Username goes with basic and oci_token.
	Username string `json:"username,omitempty"`
	// Secret is the handle of a secret setting; empty for an anonymous oci_token.
	Secret string `json:"secret,omitempty"`
	// Header is the header's name for scheme header.
	Header string `json:"header,omitempty"`
	// Scope is the scope for oci_token; empty takes the challenge's.
	Scope string `json:"scope,omitempty"`
}

// HTTPResponse is the answer to an [HTTPRequest]. A transport failure is data
// in Error, never a trap. Status 0 means that no answer came.
type HTTPResponse struct {
	Status int `json:"status"`
	// Header maps lower-case names to their values, set-cookie removed.
	Header map[string][]string `json:"header,omitempty"`
	// Body holds the first bytes, up to the limit; Truncated says that there
	// were more.
	Body      []byte `json:"body,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
	// FinalURL is the address that answered, after the redirects that were followed.
	FinalURL string `json:"final_url,omitempty"`
	// DurationMS is measured by the host, in milliseconds.
	DurationMS int64 `json:"duration_ms"`
	// Address is the IP address and port that was dialled.
	Address string `json:"address,omitempty"`
	// TLS is nil for plain HTTP and when no handshake got as far as a certificate.
	TLS *TLSInfo `json:"tls,omitempty"`
	// Auth tells what the host did to authenticate; nil without a credential.
	Auth *AuthInfo `json:"auth,omitempty"`
	// Error is nil when a complete answer came.
	Error *CallError `json:"error,omitempty"`
	// ProxyIgnored says that the environment names a proxy for this address and
	// that Doctor:Proxy does not use it.
	ProxyIgnored bool `json:"proxy_ignored,omitempty"`
}

// TLSInfo tells about the certificate of the server.
type TLSInfo struct {
	// Version is TLS1.2 or TLS1.3; empty when the handshake failed.
	Version    string `json:"version,omitempty"`
	ServerName string `json:"server_name,omitempty"`
	Subject    string `json:"subject,omitempty"`
	Issuer     string `json:"issuer,omitempty"`
	// NotBefore and NotAfter are RFC 3339 in UTC.
	NotBefore string `json:"not_before,omitempty"`
	NotAfter  string `json:"not_after,omitempty"`
}

// AuthInfo tells what the host did to authenticate a request.
type AuthInfo struct {
	// TokenExchange is one of the list below.
	TokenExchange  string `json:"token_exchange,omitempty"`
	TokenRealmHost string `json:"token_realm_host,omitempty"`
	Challenge      string `json:"challenge,omitempty"`
	ChallengeError string `json:"challenge_error,omitempty"`
}

// Values of [AuthInfo.TokenExchange] (doctor-domain §3.0.3).
const (
	ExchangeNotNeeded    = "not_needed"
	ExchangeNotAttempted = "not_attempted"
	ExchangeSucceeded    = "succeeded"
	ExchangeRejected     = "rejected"
	ExchangeError        = "error"
)

// CallError tells why a host call has no complete answer.
type CallError struct {
	// Kind is one of the closed list below.
	Kind string `json:"kind"`
	// Detail narrows the kind: for dns_failure nxdomain, no_address, timeout or
	// server; for timeout connect, tls, header or body; for ssl_error expired,
	// not_yet_valid, unknown_authority, hostname_mismatch, handshake,
	// plaintext_response or other; for denied and invalid_url the rule.
	Detail string `json:"detail,omitempty"`
	// Message is for people, at most 300 characters, free of secrets.
	Message string `json:"message,omitempty"`
	// Rule is the rule of the access policy that refused a denied call.
	Rule string `json:"rule,omitempty"`
	// On is empty for the target itself, proxy or realm when that failed.
	On string `json:"on,omitempty"`
}

// Kinds of a [CallError], a closed set (doctor-domain §4.1).
const (
	KindDNSFailure       = "dns_failure"
	KindRefused          = "refused"
	KindTimeout          = "timeout"
	KindSSLError         = "ssl_error"
	KindConnectionFailed = "connection_failed"
	KindReset            = "reset"
	KindTooLarge         = "too_large"
	KindRedirectBlocked  = "redirect_blocked"
	KindDenied           = "denied"
	KindInvalidURL       = "invalid_url"
)

// Values of [CallError.Detail].
const (
	DNSNXDomain  = "nxdomain"
	DNSNoAddress = "no_address"
	DNSTimeout   = "timeout"
	DNSServer    = "server"

	TimeoutConnect = "connect"
	TimeoutTLS     = "tls"
	TimeoutHeader  = "header"
	TimeoutBody    = "body"

	TLSExpired           = "expired"
	TLSNotYetValid       = "not_yet_valid"
	TLSUnknownAuthority  = "unknown_authority"
	TLSHostnameMismatch  = "hostname_mismatch"
	TLSHandshake         = "handshake"
	TLSPlaintextResponse = "plaintext_response"
	TLSOther             = "other"
)

// Values of [CallError.On].
const (
	OnProxy = "proxy"
	OnRealm = "realm"
)
