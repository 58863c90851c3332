package plugin

import (
	"bytes"
	"unicode/utf8"
)

var (
	magic          = []byte("\x00asm")
	moduleVersion  = []byte{1, 0, 0, 0}
	headerSize     = len(magic) + len(moduleVersion)
	componentLayer = []byte{1, 0} // bytes 6 and 7 of a component
)

// IsModule tells whether a file that begins so is a WebAssembly module, of whatever
// version, or a component.
func IsModule(head []byte) bool { return bytes.HasPrefix(head, magic) }

// checkHeader refuses what is no core module by its first bytes.
func checkHeader(data []byte) *Refusal {
	if len(data) > MaxSize {
		return refuse(RuleSize, "build with -ldflags=\"-s -w\" or link fewer packages",
			"the file has more than the %d bytes that a plugin may have", MaxSize)
	}
	if isBundle(data) {
		return refuse(RuleNotWasm, "stella doctor plugin import FILE lets in what is in a bundle, and plugin diff shows what is", "not a WebAssembly module: it looks like a bundle of plugins")
	}
	if !IsModule(data) {
		return refuse(RuleNotWasm, "", "not a WebAssembly module: %s", looksLike(data))
	}
	if len(data) < headerSize {
		return refuse(RuleTruncated, "", "the file ends inside the header of a WebAssembly module")
	}
	version := data[len(magic):headerSize]
	switch {
	case bytes.Equal(version, moduleVersion):
		return nil
	case bytes.Equal(version[2:], componentLayer):
		return refuse(RuleComponent, "choose a core target such as wasip1 or wasm32-unknown-unknown",
			"this is a component; build a core module")
	}
	return refuse(RuleVersion, "", "the module has binary version 0x%02x%02x%02x%02x, only version 1 is known",
		version[3], version[2], version[1], version[0])
}

// signatures are the first bytes of what people hand over by mistake.
var signatures = []struct{ prefix, what string }{
	{"\x1f\x8b", "it looks like gzip data; unpack it first"},
	{"PK\x03\x04", "it looks like a zip archive; unpack it first"},
	{"PK\x05\x06", "it looks like an empty zip archive"},
	{"\x28\xb5\x2f\xfd", "it looks like zstd data; unpack it first"},
	{"\xfd7zXZ\x00", "it looks like xz data; unpack it first"},
	{"BZh", "it looks like bzip2 data; unpack it first"},
	{"\x7fELF", "it looks like a program for Linux (ELF)"},
	{"MZ", "it looks like a program for Windows"},
	{"\xcf\xfa\xed\xfe", "it looks like a program for macOS"},
	{"\xca\xfe\xba\xbe", "it looks like a program for macOS or a Java class"},
	{"!<arch>\n", "it looks like a library archive of a compiler"},
	{"BC\xc0\xde", "it looks like LLVM bitcode; link it first"},
	{"version https://git-lfs", "it looks like a Git LFS pointer; fetch the file itself"},
}

func looksLike(data []byte) string {
	if len(data) == 0 {
		return "the file is empty"
	}
	if bytes.HasPrefix(magic, data) {
		return "the file ends inside the first four bytes"
	}
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.prefix)) {
			return s.what
		}
	}
	if isTar(data) {
		return "it looks like a tar archive; unpack it first"
	}
	return looksLikeText(data)
}

func isTar(data []byte) bool { return len(data) > 262 && string(data[257:262]) == "ustar" }

// isBundle tells an archive such as `plugin export` writes: an OCI layout holds a file
// that says so.
func isBundle(data []byte) bool {
	const block = 512 // of a tar archive
	for rest := data; isTar(data) && len(rest) >= block; rest = rest[block:] {
		if isTar(rest) && bytes.HasPrefix(rest, []byte("oci-layout\x00")) {
			return true
		}
	}
	return false
}

func looksLikeText(data []byte) string {
	head := data
	if len(head) > 512 {
		head = head[:512]
		for i := 0; i < utf8.UTFMax && !utf8.Valid(head); i++ {
			head = head[:len(head)-1] // the cut may have split a character
		}
	}
	if !utf8.Valid(head) || bytes.IndexByte(head, 0) >= 0 {
		return "it looks like other binary data"
	}
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff"))))
	switch {
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")):
		return "it looks like an HTML page"
	case bytes.HasPrefix(start, []byte("(module")), bytes.HasPrefix(start, []byte("(component")):
		return "it looks like WebAssembly text; assemble it first"
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return "it looks like JSON"
	}
	return "it looks like text"
}
