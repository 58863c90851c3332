package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Frames between a program and its worker, over the worker's standard input
// and output. A frame is a header of nine bytes and a body:
//
//	kind    1 byte
//	call    4 bytes, big endian; 0 in frames that belong to no call
//	length  4 bytes, big endian, of the body
//
//	kind         way   call  body
//	frameOpen    down  0     u32 protocol, config, module          once, first
//	frameCall    down  n     u64 budget in ns (0: none), str export, str input
//	frameCancel  down  n     nothing
//	frameReply   down  n     str error (empty: none), str document
//	frameReady   up    0     u32 protocol, str kind, str detail    once, first; kind empty: the module is loaded
//	frameHost    up    n     u32 index into Config.Functions, str document
//	frameResult  up    n     str kind, str detail, str output, u32 dropped, str stderr,
//	                         u32 count, count × (str level, str text)
//
// u32 and u64 are big endian, str is a u32 and so many bytes, config is
// ImportModule, the functions and the seven limits. Call numbers are given by
// the program, never twice. A worker has at most one frameHost of a call
// unanswered, and says nothing about a call after its frameResult. A program
// that sees anything else kills the worker. A worker that sees anything else
// exits; it ignores frames for calls that have ended, which cross on the way.
const (
	frameOpen   = 1
	frameCall   = 2
	frameCancel = 3
	frameReply  = 4
	frameReady  = 17
	frameHost   = 18
	frameResult = 19
)

const (
	frameHeader = 9
	// protocol numbers the frames above.
	protocol = 2
	// frameSlack is room for the fixed parts of any frame.
	frameSlack = 1 << 10
	// maxModuleFrame bounds what a worker accepts as a module.
	maxModuleFrame = 64 << 20
)

// frame is one frame. What stands in a frame that was read is the sender's.
type frame struct {
	kind byte
	call uint32
	body []byte
	// sent, if not nil, is called before the frame is written.
	sent func()
}

// upLimit is the longest body that a worker may send in a frame of kind, -1 for
// a kind that it may not send.
func upLimit(kind byte, l Limits) int64 {
	switch kind {
	case frameReady:
		return maxDetailBytes + frameSlack
	case frameHost:
		return l.CallBytes + frameSlack
	case frameResult:
		return maxDetailBytes + l.OutputBytes + l.LogBytes + l.StderrBytes + frameSlack
	}
	return -1
}

// downLimit is the same for a program's frames. A worker does not distrust its
// program; the limit is against going wrong, not against an attack.
func downLimit(kind byte) int64 {
	switch kind {
	case frameOpen, frameCall, frameReply:
		return maxModuleFrame
	case frameCancel:
		return 0
	}
	return -1
}

// readFrame reads one frame. It allocates nothing before limit has agreed to
// the length. io.EOF means that the sender ended between two frames.
func readFrame(r io.Reader, limit func(kind byte) int64) (frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: header[0], call: binary.BigEndian.Uint32(header[1:])}
	n := int64(binary.BigEndian.Uint32(header[5:]))
	switch most := limit(f.kind); {
	case most < 0:
		return frame{}, fmt.Errorf("a frame of unknown kind %d", f.kind)
	case n > most:
		return frame{}, fmt.Errorf("a frame of kind %d and %d bytes, the limit is %d", f.kind, n, most)
	}
	f.body = make([]byte, n)
	if _, err := io.ReadFull(r, f.body); err != nil {
		return frame{}, io.ErrUnexpectedEOF
	}
	return f, nil
}

// writeFrame writes one frame in one Write.
func writeFrame(w io.Writer, f frame) error {
	if int64(len(f.body)) > downLimit(frameOpen) {
		return errors.New("a frame is too long")
	}
	if f.sent != nil {
		f.sent()
	}
	data := make([]byte, 0, frameHeader+len(f.body))
	data = append(data, f.kind)
	data = binary.BigEndian.AppendUint32(data, f.call)
	data = binary.BigEndian.AppendUint32(data, uint32(len(f.body)))
	_, err := w.Write(append(data, f.body...))
	return err
}

// packer appends the fields of a body.
type packer []byte

func (p *packer) u32(v uint32) { *p = binary.BigEndian.AppendUint32(*p, v) }
func (p *packer) u64(v uint64) { *p = binary.BigEndian.AppendUint64(*p, v) }

func (p *packer) str(s string) {
	p.u32(uint32(len(s)))
	*p = append(*p, s...)
}

// unpacker takes the fields of a body. The first field that is not there sets
// bad, and from then on every field is zero.
type unpacker struct {
	rest []byte
	bad  bool
}

func (u *unpacker) take(n int) []byte {
	if u.bad || n < 0 || n > len(u.rest) {
		u.bad, u.rest = true, nil
		return nil
	}
	field := u.rest[:n]
	u.rest = u.rest[n:]
	return field
}

func (u *unpacker) u32() uint32 {
	if b := u.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (u *unpacker) u64() uint64 {
	if b := u.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// str takes a text of at most limit bytes.
func (u *unpacker) str(limit int64) string {
	return string(u.bytes(limit))
}

// bytes takes bytes like str does. They share the memory of the body.
func (u *unpacker) bytes(limit int64) []byte {
	n := u.u32()
	if int64(n) > limit {
		u.bad = true
	}
	return u.take(int(min(uint64(n), uint64(len(u.rest))+1)))
}

// complete says whether every field was there and nothing is left.
func (u *unpacker) complete() bool { return !u.bad && len(u.rest) == 0 }
