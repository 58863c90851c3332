package vet

import "time"

// CatalogueVersion changes whenever an adversary is added, taken away or changed.
const CatalogueVersion = "2"

// Epoch is where the times of vettings begin.
var Epoch = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// Adversary is one kind of far end that is up to no good, or is broken. All names
// lead to it. The layers come one after the other: what is empty is in order.
type Adversary struct {
	// Name is stable, in kebab case; What completes "the server".
	Name, What string
	// Names is how names resolve, Addresses what to.
	Names     NamesFault
	Addresses []string
	// Many is how many addresses the scene gives a name; zero for one.
	Many    int
	Connect ConnectFault
	TLS     TLSFault
	// Serve speaks to a client; returning ends the connection. Nil closes at once.
	Serve func(Line)
	// From is the first connection of a run that meets the adversary, from 1; those
	// before it meet a server that answers 200.
	From int
	// For is http or tcp for one that makes sense to such a client only.
	For string
	// Leads tells that it leads clients elsewhere: a refused request is then no
	// fault of the check.
	Leads bool
	// Reflects tells that it gives back the secrets that it was sent.
	Reflects bool
}

// NamesFault is how a name server fails.
type NamesFault string

// The ways.
const (
	NamesUnknown NamesFault = "nxdomain"
	NamesEmpty   NamesFault = "empty"
	NamesFail    NamesFault = "servfail"
	NamesSilent  NamesFault = "silent"
)

// ConnectFault is how a connection does not come about.
type ConnectFault string

// The ways.
const (
	ConnectRefused     ConnectFault = "refused"
	ConnectUnreachable ConnectFault = "unreachable"
	ConnectReset       ConnectFault = "reset"
	ConnectSilent      ConnectFault = "silent"
)

// TLSFault is what is wrong with the TLS of a server.
type TLSFault string

// The faults.
const (
	TLSUnknownCA   TLSFault = "unknown-ca"
	TLSExpired     TLSFault = "expired"
	TLSNotYetValid TLSFault = "not-yet-valid"
	TLSExpiresSoon TLSFault = "expires-soon"
	TLSWrongName   TLSFault = "wrong-name"
	TLSOld         TLSFault = "old"
	TLSClientCert  TLSFault = "client-cert"
	TLSPlainHTTP   TLSFault = "plain-http"
	TLSStalled     TLSFault = "stalled"
	TLSGarbage     TLSFault = "garbage"
	TLSClosed      TLSFault = "closed"
)

// Line is the server's end of one connection.
type Line interface {
	// Heard reads the request; it is empty where the client says nothing.
	Heard() Heard
	// Say sends a text, Drip byte by byte, Flood over and over until the client has
	// had enough.
	Say(text string)
	Drip(text string)
	Flood(text string)
	// Stall says nothing more: the client's time runs out. Reset breaks the
	// connection. Neither says anything afterwards.
	Stall()
	Reset()
}

// Heard is what a client said. Names of fields are in lower case.
type Heard struct {
	Method, Target string
	Header         map[string]string
	Body           string
}
