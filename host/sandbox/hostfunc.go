package sandbox

import (
	"context"
	"fmt"
	"math"

	extism "github.com/extism/go-sdk"
)

// hostCaller answers one host call of one call; an error fails that call. It is
// a HostFunc with its limits applied, or the way from a worker to its parent.
type hostCaller func(ctx context.Context, function string, in []byte) ([]byte, error)

// bounded makes a hostCaller of what the caller of a module handed in: nil
// answers with nothing, a panic becomes an error, and so does a reply that is
// longer than limit.
func bounded(host HostFunc, limit int64) hostCaller {
	return func(ctx context.Context, function string, in []byte) (out []byte, err error) {
		if host == nil {
			return nil, nil
		}
		defer func() {
			if v := recover(); v != nil {
				out, err = nil, fmt.Errorf("host function %s failed: %v", function, v)
			}
		}()
		out = host(ctx, function, in)
		if int64(len(out)) > limit {
			return nil, fmt.Errorf("the reply of host function %s has %d bytes, the limit is %d", function, len(out), limit)
		}
		return out, nil
	}
}

// hostFunctions builds the import module of cfg for the engine. The functions
// belong to the compiled module, which many calls share, so each finds its own
// call in the context.
func hostFunctions(cfg Config) []extism.HostFunction {
	functions := make([]extism.HostFunction, 0, len(cfg.Functions))
	for _, name := range cfg.Functions {
		f := extism.NewHostFunctionWithStack(name,
			func(ctx context.Context, p *extism.CurrentPlugin, stack []uint64) {
				stack[0] = serveHostCall(ctx, p, name, stack[0])
			},
			[]extism.ValueType{extism.ValueTypePTR}, []extism.ValueType{extism.ValueTypePTR})
		f.SetNamespace(cfg.ImportModule)
		functions = append(functions, f)
	}
	return functions
}

// serveHostCall carries one document out and one back. It returns the offset of
// the reply, 0 for none. Whatever cannot be carried fails the whole call and
// ends the guest; nothing here panics.
func serveHostCall(ctx context.Context, p *extism.CurrentPlugin, function string, offset uint64) (reply uint64) {
	r, ok := ctx.Value(runKey{}).(*run)
	if !ok {
		return 0
	}
	defer func() {
		if v := recover(); v != nil {
			r.fail(newFault(FaultTrap, "host function %s: the engine failed: %v", function, v))
			reply = 0
		}
	}()
	// A guest that is being ended may get this far again on its way.
	if ctx.Err() != nil || r.failure() != nil {
		return 0
	}
	in, fault := r.readDocument(ctx, p, function, offset)
	if fault != nil {
		r.fail(fault)
		return 0
	}
	r.slot.release()
	out, err := r.host(ctx, function, in)
	if err != nil {
		r.fail(newFault(FaultTrap, "%v", err))
	}
	if r.slot.acquire(ctx) != nil || err != nil {
		return 0
	}
	reply, fault = r.writeDocument(ctx, p, function, out)
	if fault != nil {
		r.fail(fault)
		return 0
	}
	return reply
}

// readDocument copies the document at offset out of the engine's memory. Offset
// 0 and an offset where no block begins are a missing document. The guest can
// write what it likes over the lengths of its blocks, so the length is judged
// before a byte is copied.
func (r *run) readDocument(ctx context.Context, p *extism.CurrentPlugin, function string, offset uint64) ([]byte, *Fault) {
	if offset == 0 {
		return nil, nil
	}
	if offset > math.MaxUint32 {
		return nil, newFault(FaultTrap, "host function %s was handed an offset outside memory", function)
	}
	n, err := p.LengthWithContext(ctx, offset)
	switch {
	case err != nil:
		return nil, newFault(FaultTrap, "host function %s was handed a document that cannot be read: %s", function, firstLine(err.Error()))
	case n == 0:
		return nil, nil
	case n > uint64(r.limits.CallBytes):
		return nil, newFault(FaultTrap, "host function %s was handed %d bytes, the limit is %d", function, n, r.limits.CallBytes)
	}
	view, ok := p.Memory().Read(uint32(offset), uint32(n))
	if !ok {
		return nil, newFault(FaultTrap, "host function %s was handed a document that reaches outside memory", function)
	}
	return append([]byte(nil), view...), nil
}

// writeDocument copies out into the engine's memory and returns its offset.
func (r *run) writeDocument(ctx context.Context, p *extism.CurrentPlugin, function string, out []byte) (uint64, *Fault) {
	if len(out) == 0 {
		return 0, nil
	}
	offset, err := p.AllocWithContext(ctx, uint64(len(out)))
	switch {
	case err != nil:
		return 0, newFault(FaultTrap, "the reply of host function %s cannot be handed over: %s", function, firstLine(err.Error()))
	case offset == 0:
		return 0, newFault(FaultOutOfMemory, "the guest has no memory left for the %d bytes that host function %s replied", len(out), function)
	case offset > math.MaxUint32 || !p.Memory().Write(uint32(offset), out):
		return 0, newFault(FaultTrap, "the reply of host function %s does not fit where the guest's memory was free", function)
	}
	return offset, nil
}
