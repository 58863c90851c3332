package sandbox

import "fmt"

// zoo is one module with a well-behaved export, echo and relay, beside one
// export for each way to misbehave.
func zoo() []byte {
	w := wat{
		memory: 1, table: true,
		imports: []imported{
			kernel("input_offset", "-> i64"), kernel("input_length", "-> i64"),
			kernel("output_set", "i64 i64 ->"), kernel("alloc", "i64 -> i64"),
			kernel("length", "i64 -> i64"), kernel("store_u64", "i64 i64 ->"),
			kernel("log_info", "i64 ->"), ask,
			{"wasi_snapshot_preview1", "proc_exit", "i32 ->"},
		},
	}
	export := func(name string, body func(*wat) []byte, locals ...byte) {
		w.funcs = append(w.funcs, function{name: name, sig: "-> i32", body: body, locals: locals})
	}
	export("echo", func(w *wat) []byte {
		return code(w.call("input_offset"), w.call("input_length"), w.call("output_set"), i32(0))
	})
	export("relay", func(w *wat) []byte {
		return code(w.call("input_offset"), w.call("ask"), opLocalTee, 0,
			get(0), w.call("length"), w.call("output_set"), i32(0))
	}, 0x7e)
	export("spin", plain(forever(), opUnreachable))
	export("spinasking", func(w *wat) []byte {
		return code(forever(w.call("input_offset"), w.call("ask"), opDrop), opUnreachable)
	})
	export("overflow", func(w *wat) []byte { return w.call("overflow") })
	export("grow", plain(forever(i32(1), opMemoryGrow, 0, i32(-1), opI32Eq, opIf, void, opUnreachable, opEnd), opUnreachable))
	export("tablebomb", plain(opRefNull, funcref, i32(-16), opPrefix, opTableGrow, 0, opDrop, i32(0)))
	export("trap", plain(opUnreachable))
	export("seven", func(w *wat) []byte {
		return code(w.call("input_offset"), w.call("input_length"), w.call("output_set"), i32(7))
	})
	export("nothing", plain(i32(0)))
	export("huge", func(w *wat) []byte {
		return code(i64(1<<20), w.call("alloc"), i64(1<<20), w.call("output_set"), i32(0))
	})
	export("bogus", func(w *wat) []byte {
		return code(i64(0x7fffffff), i64(100), w.call("output_set"), i32(0))
	})
	export("claim2g", func(w *wat) []byte {
		return code(i64(0), i64(0x7fffffff), w.call("output_set"), i32(0))
	})
	for name, pointer := range map[string]int64{"askzero": 0, "askwild": 0x123456, "askfar": 1 << 40, "askminus": -1} {
		export(name, func(w *wat) []byte {
			return code(i64(pointer), w.call("ask"), opDrop,
				w.call("input_offset"), w.call("input_length"), w.call("output_set"), i32(0))
		})
	}
	export("asklong", func(w *wat) []byte {
		return code(i64(512<<10), w.call("alloc"), w.call("ask"), opDrop, i32(0))
	})
	// The kernel keeps size and used length of a block in the eight bytes
	// before it, and store_u64 writes wherever it is told.
	export("askforged", func(w *wat) []byte {
		return code(i64(8), w.call("alloc"), opLocalTee, 0, i64(-8), opI64Add,
			i64(0x7fffffff_7fffffff), w.call("store_u64"), get(0), w.call("ask"), opDrop, i32(0))
	}, 0x7e)
	// The kernel's first block begins at 0x41, its size stands at 0x45. With a
	// size of -12, the length of its header, it is its own successor: looking up
	// a pointer that is no block's loops inside the kernel.
	ring := func(w *wat) []byte { return code(i64(0x45), i64(0xcfffffff4), w.call("store_u64"), i64(0x50)) }
	export("heapask", func(w *wat) []byte { return code(ring(w), w.call("ask"), opDrop, i32(0)) })
	export("heaplog", func(w *wat) []byte { return code(ring(w), w.call("log_info"), i32(0)) })
	export("logflood", func(w *wat) []byte {
		return code(forever(i64(1000), w.call("alloc"), w.call("log_info")), opUnreachable)
	})
	for name, status := range map[string]int32{"exit0": 0, "exit3": 3, "exitcanceled": -1, "exitdeadline": -0x10000001} {
		export(name, func(w *wat) []byte { return code(i32(status), w.call("proc_exit"), i32(0)) })
	}
	export("exit0late", func(w *wat) []byte {
		return code(w.call("input_offset"), w.call("input_length"), w.call("output_set"), i32(0), w.call("proc_exit"), i32(0))
	})
	w.funcs = append(w.funcs,
		function{name: "wantsparam", sig: "i32 -> i32", body: plain(i32(0))},
		function{name: "tworesults", sig: "-> i32 i32", body: plain(i32(0), i32(0))})
	// Each link calls the next one twice, without any loop: no engine looks at
	// a clock on the way.
	for i := range 40 {
		export(fmt.Sprint("chain", i), func(w *wat) []byte {
			next := w.call(fmt.Sprint("chain", i+1))
			return code(next, opDrop, next)
		})
	}
	export("chain40", plain(i32(0)))
	return w.build()
}

// lone is a module with one export, run, and what edit makes of it.
func lone(edit func(*wat)) []byte {
	w := wat{memory: 1, funcs: []function{{name: "run", sig: "-> i32", body: plain(i32(0))}}}
	edit(&w)
	return w.build()
}
