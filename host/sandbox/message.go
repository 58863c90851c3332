package sandbox

import (
	"errors"
	"time"
)

// The bodies of the frames; see the table in frame.go.

var errMalformed = errors.New("a frame whose body is malformed")

func packOpen(wasm []byte, cfg Config) []byte {
	var p packer
	p.u32(protocol)
	p.str(cfg.ImportModule)
	p.u32(uint32(len(cfg.Functions)))
	for _, name := range cfg.Functions {
		p.str(name)
	}
	l := cfg.Limits
	for _, v := range []int64{l.MemoryBytes, l.InputBytes, l.OutputBytes, l.CallBytes, l.ReplyBytes, l.LogBytes, l.StderrBytes} {
		p.u64(uint64(v))
	}
	compile := uint32(0)
	if cfg.Compile {
		compile = 1
	}
	p.u32(compile)
	p.u32(uint32(len(wasm)))
	return append(p, wasm...)
}

// unpackOpen is the inverse of packOpen. Config has no cache: a worker
// interprets, or compiles anew.
func unpackOpen(body []byte) (wasm []byte, cfg Config, err error) {
	u := unpacker{rest: body}
	if u.u32() != protocol {
		return nil, cfg, errors.New("the program speaks another protocol than its worker")
	}
	cfg.ImportModule = u.str(maxModuleFrame)
	for n := u.u32(); n > 0 && !u.bad; n-- {
		cfg.Functions = append(cfg.Functions, u.str(maxModuleFrame))
	}
	l := &cfg.Limits
	for _, v := range []*int64{&l.MemoryBytes, &l.InputBytes, &l.OutputBytes, &l.CallBytes, &l.ReplyBytes, &l.LogBytes, &l.StderrBytes} {
		*v = int64(u.u64())
	}
	compile := u.u32()
	cfg.Compile = compile == 1
	u.bad = u.bad || compile > 1
	wasm = u.bytes(maxModuleFrame)
	if !u.complete() {
		return nil, cfg, errMalformed
	}
	return wasm, cfg, nil
}

func packCall(budget time.Duration, export string, input []byte) []byte {
	var p packer
	p.u64(uint64(max(budget, 0)))
	p.str(export)
	p.str(string(input))
	return p
}

func unpackCall(body []byte) (budget time.Duration, export string, input []byte, err error) {
	u := unpacker{rest: body}
	budget = time.Duration(u.u64())
	export = u.str(maxModuleFrame)
	input = u.bytes(maxModuleFrame)
	if !u.complete() {
		return 0, "", nil, errMalformed
	}
	return budget, export, input, nil
}

func packReply(document []byte, err error) []byte {
	var p packer
	if err != nil {
		p.str(oneLine(err.Error()))
		document = nil
	} else {
		p.str("")
	}
	p.str(string(document))
	return p
}

func unpackReply(body []byte) (document []byte, failure error, err error) {
	u := unpacker{rest: body}
	if text := u.str(maxDetailBytes); text != "" {
		failure = errors.New(text)
	}
	document = u.bytes(maxModuleFrame)
	if !u.complete() {
		return nil, nil, errMalformed
	}
	return document, failure, nil
}

func packReady(fault *Fault) []byte {
	var p packer
	p.u32(protocol)
	packFault(&p, fault)
	return p
}

func unpackReady(body []byte) (*Fault, error) {
	u := unpacker{rest: body}
	version := u.u32()
	fault := unpackFault(&u)
	switch {
	case version != protocol:
		return nil, errors.New("another protocol than this program's")
	case !u.complete():
		return nil, errMalformed
	}
	return fault, nil
}

func packHost(function uint32, document []byte) []byte {
	var p packer
	p.u32(function)
	p.str(string(document))
	return p
}

func unpackHost(body []byte, l Limits) (function uint32, document []byte, err error) {
	u := unpacker{rest: body}
	function = u.u32()
	document = u.bytes(l.CallBytes)
	if !u.complete() {
		return 0, nil, errMalformed
	}
	return function, document, nil
}

func packResult(r Result) []byte {
	var p packer
	packFault(&p, r.Fault)
	p.str(string(r.Output))
	p.u32(uint32(r.LogsDropped))
	p.str(string(r.Stderr))
	p.u32(uint32(len(r.Logs)))
	for _, line := range r.Logs {
		p.str(line.Level)
		p.str(line.Text)
	}
	return p
}

// unpackResult reads the result of a call as a worker tells it, and holds it to
// the limits that an honest worker keeps.
func unpackResult(body []byte, l Limits) (r Result, err error) {
	u := unpacker{rest: body}
	r.Fault = unpackFault(&u)
	r.Output = u.bytes(l.OutputBytes)
	r.LogsDropped = int(u.u32())
	r.Stderr = u.bytes(l.StderrBytes)
	kept := logBuffer{limit: l.LogBytes}
	for n := u.u32(); n > 0 && !u.bad; n-- {
		level, text := u.str(8), u.str(l.LogBytes)
		switch level {
		case "trace", "debug", "info", "warn", "error":
		default:
			u.bad = true
		}
		if kept.add(level, text); kept.dropped > 0 {
			u.bad = true
		}
	}
	switch {
	case !u.complete():
		return Result{}, errMalformed
	case r.Fault != nil:
		r.Output = nil
	case len(r.Output) == 0:
		return Result{}, errors.New("a result without output")
	}
	r.Logs = kept.lines
	if len(r.Stderr) == 0 {
		r.Stderr = nil
	}
	return r, nil
}

func packFault(p *packer, f *Fault) {
	if f == nil {
		f = &Fault{}
	}
	p.str(string(f.Kind))
	p.str(f.Detail)
}

// unpackFault reads a fault of one of the kinds that a worker can know of; that
// a call was interrupted only the program can.
func unpackFault(u *unpacker) *Fault {
	kind, detail := FaultKind(u.str(32)), u.str(maxDetailBytes)
	switch kind {
	case "":
		u.bad = u.bad || detail != ""
		return nil
	case FaultTrap, FaultTimeout, FaultCanceled, FaultOutOfMemory, FaultBadOutput, FaultABI:
		return &Fault{Kind: kind, Detail: oneLine(detail)}
	}
	u.bad = true
	return nil
}
