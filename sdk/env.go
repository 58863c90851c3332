package sdk

import "stella-ops.org/doctor/sdk/wire"

// Env is one unit of work: this check, these settings, this host. It belongs
// to the one call of [Check.Run] that it was made for, is not safe for use by
// several goroutines, and is of no use afterwards.
type Env struct {
	request wire.Request
	host    backend
	fault   string // what the host did wrong; the first one is kept
}

// Check returns the id of the check that runs.
func (e *Env) Check() string { return e.request.Check }

// Now returns the time of the run, RFC 3339 in UTC. It does not advance while
// the check runs: a guest has no clock.
func (e *Env) Now() string { return e.request.Now }

// DeadlineMS returns the time budget of this run in milliseconds, counted from
// its start.
func (e *Env) DeadlineMS() int64 { return e.request.DeadlineMS }

// Setting returns a declared setting under its declared key, with concrete item
// numbers in lists (CI:Systems:0:Url). It reports false when the setting is
// unset and has no default.
func (e *Env) Setting(key string) (wire.Setting, bool) {
	s, ok := e.request.Settings[key]
	return s, ok
}

// Text returns the value of a declared setting. It is empty when the setting is
// unset and when it is a secret, whose value never reaches a guest: see
// [Env.Setting] for the handle.
func (e *Env) Text(key string) string { return e.request.Settings[key].Value }

// Get asks the host for one GET exchange and sets req.Method accordingly. Every
// failure is data in Error of the response.
//
// Should the host not keep the contract and answer with something that is no
// response, the response is empty but for an error of kind connection_failed,
// and the run ends as bad output whatever the check returns: such a host must
// not be taken for a broken target.
func (e *Env) Get(req wire.HTTPRequest) wire.HTTPResponse { return e.httpRead("GET", req) }

// Head is [Env.Get] with method HEAD.
func (e *Env) Head(req wire.HTTPRequest) wire.HTTPResponse { return e.httpRead("HEAD", req) }

// Options is [Env.Get] with method OPTIONS.
func (e *Env) Options(req wire.HTTPRequest) wire.HTTPResponse { return e.httpRead("OPTIONS", req) }

// Post asks the host for one POST exchange, as [Env.Get] does for GET. It takes
// a check of class write, and a run that permits writing. What it makes that
// must not stay is to be named in Undo of the request.
func (e *Env) Post(req wire.HTTPRequest) wire.HTTPResponse { return e.httpWrite("POST", req) }

// Put is [Env.Post] with method PUT.
func (e *Env) Put(req wire.HTTPRequest) wire.HTTPResponse { return e.httpWrite("PUT", req) }

// Patch is [Env.Post] with method PATCH.
func (e *Env) Patch(req wire.HTTPRequest) wire.HTTPResponse { return e.httpWrite("PATCH", req) }

// Delete is [Env.Post] with method DELETE.
func (e *Env) Delete(req wire.HTTPRequest) wire.HTTPResponse { return e.httpWrite("DELETE", req) }

// Probe asks the host to open one TCP connection, as [Env.Get] asks for an
// exchange: to connect, to shake hands over TLS and to read what the peer says
// first, as far as the request wants it.
func (e *Env) Probe(req wire.TCPRequest) (resp wire.TCPResponse) {
	if err := wire.Unmarshal(e.host.tcpProbe(wire.Marshal(&req)), &resp); err != nil {
		return wire.TCPResponse{Error: e.broken(wire.FuncTCPProbe, err)}
	}
	return resp
}

// httpRead, httpWrite and Probe are the only callers of their host functions, so
// that the linker can tell which of them a plugin uses; nothing here chooses a
// function at run time.
func (e *Env) httpRead(method string, req wire.HTTPRequest) (resp wire.HTTPResponse) {
	req.Method = method
	if err := wire.Unmarshal(e.host.httpRead(wire.Marshal(&req)), &resp); err != nil {
		return wire.HTTPResponse{Error: e.broken(wire.FuncHTTPRead, err)}
	}
	return resp
}

func (e *Env) httpWrite(method string, req wire.HTTPRequest) (resp wire.HTTPResponse) {
	req.Method = method
	if err := wire.Unmarshal(e.host.httpWrite(wire.Marshal(&req)), &resp); err != nil {
		return wire.HTTPResponse{Error: e.broken(wire.FuncHTTPWrite, err)}
	}
	return resp
}

// broken notes that the answer of a host function is no response.
func (e *Env) broken(function string, err error) *wire.CallError {
	fault := "host function " + function + ": " + err.Error()
	if e.fault == "" {
		e.fault = fault
	}
	return &wire.CallError{Kind: wire.KindConnectionFailed, Message: fault}
}

// Debug logs a message for the author of the check. The host bounds what it
// keeps of all messages and may drop any; the text is escaped before people see it.
func (e *Env) Debug(msg string) { e.host.logDebug(msg) }

// Info logs a message that is worth knowing; see [Env.Debug].
func (e *Env) Info(msg string) { e.host.logInfo(msg) }

// Warn logs a message about something odd; see [Env.Debug]. What the operator
// must know belongs into the result.
func (e *Env) Warn(msg string) { e.host.logWarn(msg) }
