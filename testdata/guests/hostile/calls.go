//go:build wasip1

package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// manyCalls makes 100 calls, more than a run may have, and tells what became of
// them.
func manyCalls(e *sdk.Env) wire.Result {
	var answered, refused int64
	var rule wire.Value
	for range 100 {
		resp := e.Get(wire.HTTPRequest{URL: e.Text(target)})
		switch {
		case resp.Error == nil:
			answered++
		case resp.Error.Kind == wire.KindDenied:
			refused++
			rule = wire.String(resp.Error.Detail)
		}
	}
	return pass(wire.Evidence{"answered": wire.Int(answered), "refused": wire.Int(refused), "rule": rule})
}

// ungranted asks for an address that no operator gave to it.
func ungranted(e *sdk.Env) wire.Result {
	resp := e.Get(wire.HTTPRequest{URL: "http://203.0.113.7/secrets"})
	if resp.Error != nil && resp.Error.Kind == wire.KindDenied {
		return wire.Result{Unjudged: wire.UnjudgedDenied, Diagnosis: "The host refused the address."}
	}
	return describe(resp)
}

// postByRead asks the function for reading to write.
func postByRead(e *sdk.Env) wire.Result {
	req := wire.HTTPRequest{Method: "POST", URL: e.Text(target), Body: []byte("written")}
	return call(writeBlock(wire.Marshal(&req)))
}

// nullPointer hands over offsets within the memory that are no blocks.
func nullPointer(*sdk.Env) wire.Result {
	block := writeBlock([]byte(`{"method":"GET","url":"http://203.0.113.7/"}`))
	call(1)
	call(block + 3)
	return call(0)
}

// wildPointer hands over offsets outside the memory; the first is one that a
// host of 32 bits would cut to a block.
func wildPointer(*sdk.Env) wire.Result {
	block := writeBlock([]byte(`{"method":"GET","url":"http://203.0.113.7/"}`))
	for _, p := range []uint64{block + 1<<32, 1 << 31, 1<<32 - 1, 1<<63 + 5} {
		call(p)
	}
	return pass(nil)
}

func garbageCall(*sdk.Env) wire.Result { return call(writeBlock([]byte("\xff{]GET /"))) }

func callLoop(e *sdk.Env) wire.Result {
	for {
		e.Get(wire.HTTPRequest{URL: e.Text(target)})
	}
}

// call calls http_read past the SDK and tells what came back.
func call(block uint64) wire.Result {
	out := readBlock(httpRead(block))
	var resp wire.HTTPResponse
	if err := wire.Unmarshal(out, &resp); err != nil {
		return pass(wire.Evidence{"answer": wire.String(err.Error())})
	}
	return describe(resp)
}

func describe(resp wire.HTTPResponse) wire.Result {
	ev := wire.Evidence{"status": wire.Int(int64(resp.Status)), "error_kind": wire.Null(), "error_detail": wire.Null()}
	if resp.Error != nil {
		ev["error_kind"] = wire.String(resp.Error.Kind)
		ev["error_detail"] = wire.String(resp.Error.Detail)
	}
	return pass(ev)
}
