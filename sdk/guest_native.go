//go:build !wasip1

package sdk

import (
	"errors"

	"stella-ops.org/doctor/sdk/wire"
)

// Backend stands in for the host outside WebAssembly. Package sdktest has one
// that plays recorded exchanges; an author seldom needs another.
//
// It grows a method with each host function, so implement it only where that
// is acceptable.
type Backend interface {
	// HTTPRead answers host function http_read: the document of an HTTPRequest
	// in, the document of an HTTPResponse out.
	HTTPRead(request []byte) (response []byte)
	// HTTPWrite answers host function http_write in the same way.
	HTTPWrite(request []byte) (response []byte)
	// TCPProbe answers host function tcp_probe: the document of a TCPRequest in,
	// the document of a TCPResponse out.
	TCPProbe(request []byte) (response []byte)
	// Log takes a message of level debug, info or warn.
	Log(level, msg string)
}

// Play runs the check that req names outside WebAssembly, on the same path as
// inside: the request and the result pass through their documents.
//
// # Errors
//
// The error is the sentence with which the export would have refused: req does
// not decode, p has no such check, the backend's answer is no response, the
// result is too large.
func (p Plugin) Play(req wire.Request, b Backend) (wire.Result, error) {
	if b == nil {
		return wire.Result{}, errors.New("plugin " + p.ID + ": no backend")
	}
	out, err := run(&p, backend{b}, wire.Marshal(&req))
	if err != nil {
		return wire.Result{}, err
	}
	var r wire.Result
	if err := wire.Unmarshal(out, &r); err != nil {
		return wire.Result{}, errors.New("plugin " + p.ID + ": " + err.Error())
	}
	return r, nil
}

// backend is the native counterpart of the type in guest_wasip1.go.
type backend struct{ Backend }

func (b backend) httpRead(in []byte) []byte  { return b.HTTPRead(in) }
func (b backend) httpWrite(in []byte) []byte { return b.HTTPWrite(in) }
func (b backend) tcpProbe(in []byte) []byte  { return b.TCPProbe(in) }
func (b backend) logDebug(msg string)        { b.Log("debug", msg) }
func (b backend) logInfo(msg string)         { b.Log("info", msg) }
func (b backend) logWarn(msg string)         { b.Log("warn", msg) }
