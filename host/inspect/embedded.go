package inspect

import (
	"bytes"

	"stella-ops.org/doctor/sdk/wire"
)

// whereData is the place of what stands in the data of the module.
const whereData = "data"

// maxEmbedded bounds what is listed of one kind in one place.
const maxEmbedded = 20

// embedded looks for files and long blobs in the data, and in custom sections that
// hold something else than words of tools.
func (x *inspector) embedded() {
	x.embeddedIn(x.image.Bytes, whereData, func(at int) int64 {
		address, _ := x.image.Address(at)
		return int64(address)
	})
	for _, s := range x.module.Sections {
		if s.IsCustom() && s.Name != wire.SectionName && s.Name != "name" && s.Name != ".dep-v0" {
			x.embeddedIn(s.Content(x.data), s.Title(), func(at int) int64 { return int64(at) })
		}
	}
}

// magic is how a kind of file begins; sure looks at what follows.
type magic struct {
	kind, rule string
	prefix     []byte
	sure       func(b []byte) bool
}

var magics = []magic{
	{"elf", RuleEmbeddedProgram, []byte("\x7fELF"), func(b []byte) bool {
		return len(b) > 6 && (b[4] == 1 || b[4] == 2) && (b[5] == 1 || b[5] == 2) && b[6] == 1
	}},
	{"macho", RuleEmbeddedProgram, []byte("\xcf\xfa\xed\xfe"), func(b []byte) bool { return len(b) > 4 && (b[4] == 0x07 || b[4] == 0x0c) }},
	{"wasm", RuleEmbeddedProgram, []byte("\x00asm\x01\x00\x00\x00"), nil},
	{"zip", RuleEmbeddedArchive, []byte("PK\x03\x04"), func(b []byte) bool { return len(b) > 5 && b[4] <= 63 && b[5] <= 20 }},
	{"gzip", RuleEmbeddedArchive, []byte("\x1f\x8b\x08"), func(b []byte) bool { return len(b) > 3 && b[3]&0xe0 == 0 }},
	{"zstd", RuleEmbeddedArchive, []byte("\x28\xb5\x2f\xfd"), nil},
	{"xz", RuleEmbeddedArchive, []byte("\xfd7zXZ\x00"), nil},
}

func (x *inspector) embeddedIn(b []byte, where string, offset func(at int) int64) {
	tell := func(kind, rule string, at int) {
		x.Embedded = append(x.Embedded, Embedded{Kind: kind, Where: where, Offset: offset(at)})
		x.find(rule, "something that looks like %s stands at %d in %s", kind, offset(at), where)
	}
	for _, m := range magics {
		n := 0
		for at := range m.in(b) {
			if n++; n > maxEmbedded {
				break
			}
			tell(m.kind, m.rule, at)
		}
	}
	n := 0
	for at := range programsForWindows(b) {
		if n++; n > maxEmbedded {
			break
		}
		tell("pe", RuleEmbeddedProgram, at)
	}
	n = 0
	for start, end := range blobs(b) {
		if n++; n > maxEmbedded {
			break
		}
		x.Embedded = append(x.Embedded, Embedded{Kind: "base64", Where: where, Offset: offset(start), Bytes: end - start})
		x.find(RuleEmbeddedBlob, "%s of base64 stand at %d in %s", plural(end-start, "byte"), offset(start), where)
	}
}

// in yields where the magic stands.
func (m magic) in(b []byte) func(yield func(at int) bool) {
	return func(yield func(at int) bool) {
		for at := 0; ; at += len(m.prefix) {
			i := bytes.Index(b[at:], m.prefix)
			if i < 0 {
				return
			}
			at += i
			if (m.sure == nil || m.sure(b[at:])) && !yield(at) {
				return
			}
		}
	}
}

// programsForWindows yields where a PE file begins: two letters, and a second mark
// soon behind them.
func programsForWindows(b []byte) func(yield func(at int) bool) {
	const within = 1024
	return func(yield func(at int) bool) {
		second := -1
		for at := 0; ; at += 2 {
			i := bytes.Index(b[at:], []byte("MZ"))
			if i < 0 {
				return
			}
			at += i
			if second < at { // searched for once between two of them
				if second = bytes.Index(b[at:], []byte("PE\x00\x00")); second < 0 {
					return
				}
				second += at
			}
			if second-at <= within && !yield(at) {
				return
			}
		}
	}
}

// minBlob is the shortest blob that is told of, in bytes.
const minBlob = 4 << 10

// blobs yields the stretches of at least minBlob letters of base64.
func blobs(b []byte) func(yield func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		// A stretch that is long enough covers one of these places.
		for at := minBlob - 1; at < len(b); at += minBlob {
			if !isBase64[b[at]] {
				continue
			}
			start, end := at, at
			for start > 0 && isBase64[b[start-1]] {
				start--
			}
			for end < len(b) && isBase64[b[end]] {
				end++
			}
			if end-start >= minBlob && distinct(b[start:end]) >= 16 && !yield(start, end) {
				return
			}
			for at+minBlob < end {
				at += minBlob
			}
		}
	}
}

var isBase64 = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n") {
		t[c] = true
	}
	return t
}()

// distinct counts the bytes that differ: a stretch of one letter is no blob.
func distinct(b []byte) int {
	var seen [256]bool
	for _, c := range b {
		seen[c] = true
	}
	n := 0
	for _, s := range seen {
		if s {
			n++
		}
	}
	return n
}
