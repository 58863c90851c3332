package wire

// TCPRequest asks the host for one TCP connection: to connect, to shake hands
// over TLS if that is wanted, to read what the peer says first if that is wanted,
// and to close. Nothing but the handshake is ever sent.
type TCPRequest struct {
	// Host is a DNS name or an IP address; see [ScreenTCP]. It is also the name
	// that TLS asks for and holds the certificate against: a guest may not choose
	// another one, as it may not choose the Host of an HTTP request.
	Host string `json:"host"`
	// Port is 1 to 65535.
	Port int `json:"port"`
	// TLS asks for a handshake before anything is read.
	TLS bool `json:"tls,omitempty"`
	// Banner is the most bytes to read of the first line that the peer says by
	// itself, at most [MaxBannerBytes]; zero reads nothing.
	Banner int64 `json:"banner,omitempty"`
}

// TCPResponse is the answer to a [TCPRequest]. A failure is data in Error, never
// a trap; what was found out before it is kept.
type TCPResponse struct {
	// Connected says that the peer accepted the connection, whatever came then.
	Connected bool `json:"connected"`
	// ConnectMS is the time until then, resolving included, DurationMS that of the
	// whole call; the host measures both, in milliseconds.
	ConnectMS  int64 `json:"connect_ms,omitempty"`
	DurationMS int64 `json:"duration_ms"`
	// Address is the IP address and port that was dialled.
	Address string `json:"address,omitempty"`
	// TLS is nil without a handshake that got as far as a certificate.
	TLS *TLSInfo `json:"tls,omitempty"`
	// Banner ends with the first line feed, or is cut where as many bytes have
	// come as were asked for: then Truncated is set.
	Banner    []byte `json:"banner,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
	// Error is nil when all came that was asked for. Time-outs of the banner have
	// detail body, a peer that closes before it has said a line is a reset.
	Error *CallError `json:"error,omitempty"`
}

// MethodProbe stands for the method of such a call where others have one: in
// grants, ledgers and the text form of exchanges.
const MethodProbe = "PROBE"

func (q *TCPRequest) walk(c *codec) {
	c.root("tcp request")
	c.str("host", &q.Host, always)
	c.int("port", &q.Port, always)
	c.bool("tls", &q.TLS, omitEmpty)
	c.int64("banner", &q.Banner, omitEmpty)
}

func (a *TCPResponse) walk(c *codec) {
	c.root("tcp response")
	c.bool("connected", &a.Connected, always)
	c.int64("connect_ms", &a.ConnectMS, omitEmpty)
	c.int64("duration_ms", &a.DurationMS, always)
	c.str("address", &a.Address, omitEmpty)
	optional(c, "tls", &a.TLS)
	c.bytes("banner", &a.Banner, omitEmpty)
	c.bool("truncated", &a.Truncated, omitEmpty)
	optional(c, "error", &a.Error)
}
