package simnet

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// clientConn is the client's end of a connection in memory.
type clientConn struct {
	net.Conn
	address net.Addr
	reset   *atomic.Bool
}

func (c *clientConn) RemoteAddr() net.Addr { return c.address }

// Read tells a connection that the server broke from one that it closed.
func (c *clientConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == io.EOF && c.reset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Addr: c.address, Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return n, err
}

// serverConn is the server's end. What the client says is taken in at once,
// whatever the server does, so that no client waits for a server that talks.
type serverConn struct {
	net.Conn
	reset *atomic.Bool

	mu    sync.Mutex
	more  *sync.Cond
	heard []byte
	ended bool
}

// maxHeard bounds what a server keeps of what it is told; a client sends no more.
const maxHeard = 1 << 20

func newPipe(address netip.AddrPort) (*clientConn, *serverConn) {
	a, b := net.Pipe()
	reset := new(atomic.Bool)
	s := &serverConn{Conn: b, reset: reset}
	s.more = sync.NewCond(&s.mu)
	go s.listen()
	return &clientConn{a, net.TCPAddrFromAddrPort(address), reset}, s
}

// listen ends with the connection.
func (s *serverConn) listen() {
	buf := make([]byte, 16<<10)
	for {
		n, err := s.Conn.Read(buf)
		s.mu.Lock()
		if room := maxHeard - len(s.heard); room > 0 {
			s.heard = append(s.heard, buf[:min(n, room)]...)
		}
		s.ended = s.ended || err != nil
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Read implements net.Conn.
func (s *serverConn) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.heard) == 0 && !s.ended {
		s.more.Wait()
	}
	if len(s.heard) == 0 {
		return 0, io.EOF
	}
	n := copy(b, s.heard)
	s.heard = s.heard[n:]
	return n, nil
}

// gone waits until the client has closed its end.
func (s *serverConn) gone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.ended {
		s.more.Wait()
	}
}
