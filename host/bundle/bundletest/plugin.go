package bundletest

import (
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// module is the least that is a plugin: doctor_describe and doctor_run, which answer
// zero, and one page of memory.
const module = "\x00asm\x01\x00\x00\x00" +
	"\x01\x05\x01\x60\x00\x01\x7f" + // type 0: () -> i32
	"\x03\x03\x02\x00\x00" + // two functions of it
	"\x05\x03\x01\x00\x01" + // a memory
	"\x07\x29\x03" + "\x06memory\x02\x00" + "\x0fdoctor_describe\x00\x00" + "\x0adoctor_run\x00\x01" +
	"\x0a\x0b\x02" + "\x04\x00\x41\x00\x0b" + "\x04\x00\x41\x00\x0b"

// Plugin is a sealed plugin of one check that asks for nothing. Equal arguments give
// equal bytes.
func Plugin(id, version, name string) []byte {
	sealed, err := plugin.Seal([]byte(module), wire.PluginInfo{
		ABI: wire.Version, ID: id, Name: name, Version: version, Category: "demo",
		Checks: []wire.CheckInfo{{
			ID: "check.demo.one", Name: "One", Description: "Does it work?",
			Class: wire.ClassRead, DefaultSeverity: wire.Warn, Tags: []string{"quick"},
		}},
	})
	if err != nil {
		panic(err)
	}
	return sealed
}
