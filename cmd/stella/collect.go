package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// lateCollection puts the first collection of garbage off until the heap has
// 16 MiB in place of 4. A command that reads a catalog of a thousand checks ends
// before that, a third sooner; from the first collection on everything is as
// usual. Who sets GOGC decides for himself.
func lateCollection() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(400)
	first := &struct{ self any }{}
	first.self = "something with a pointer is an allocation of its own"
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, 100)
}
