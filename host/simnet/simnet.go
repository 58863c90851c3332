// Package simnet is a network in memory: names, addresses, certificates and
// servers that speak bytes. Nothing in it can dial or listen, and nothing in it
// waits for a clock: a server that falls silent ends the time of the call that
// waits for it, so that a time-out takes no time and comes out the same on every
// machine.
package simnet

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"stella-ops.org/doctor/host/vet"
)

// Net answers one call at a time as one adversary does.
type Net struct {
	adversary vet.Adversary
	scene     vet.Scene
	now       time.Time

	mu       sync.Mutex
	current  *call
	opened   int // connections
	conns    map[net.Conn]bool
	serving  sync.WaitGroup
	shutDown bool
}

// New makes a network whose every name leads to the adversary, in a scene at a time.
func New(a vet.Adversary, scene vet.Scene, now time.Time) *Net {
	return &Net{adversary: a, scene: scene, now: now, conns: map[net.Conn]bool{}}
}

// call is what the network knows of the call that is under way.
type call struct {
	*deadline
	host string
	tls  bool
	now  time.Time
	// speaks is set for a call whose client says something: a probe says nothing.
	speaks bool
}

// Begin readies the network for a call to host, over TLS or not, of a client that
// speaks first or does not. The call must use the context that is returned.
func (n *Net) Begin(ctx context.Context, host string, tls, speaks bool) (context.Context, context.CancelFunc) {
	d, cancel := newDeadline(ctx)
	n.mu.Lock()
	n.current = &call{deadline: d, host: host, tls: tls, now: n.now, speaks: speaks}
	n.mu.Unlock()
	return d, cancel
}

func (n *Net) call() *call {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.current
}

// open counts a connection and tells who answers it.
func (n *Net) open() (*call, vet.Adversary) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.opened++; n.opened < n.adversary.From {
		return n.current, vet.Good()
	}
	return n.current, n.adversary
}

// Close ends every connection and waits for the servers.
func (n *Net) Close() {
	n.mu.Lock()
	n.shutDown = true
	for conn := range n.conns {
		conn.Close()
	}
	n.mu.Unlock()
	n.serving.Wait()
}

// Dial connects to the server at an address.
func (n *Net) Dial(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
	c, a := n.open()
	failure := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(address), Err: err}
	}
	switch a.Connect {
	case vet.ConnectRefused:
		return nil, failure(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case vet.ConnectUnreachable:
		return nil, failure(os.NewSyscallError("connect", syscall.EHOSTUNREACH))
	case vet.ConnectReset:
		return nil, failure(os.NewSyscallError("connect", syscall.ECONNRESET))
	case vet.ConnectSilent:
		c.expire()
		<-ctx.Done()
		return nil, failure(ctx.Err())
	}
	client, server := newPipe(address)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.shutDown {
		return nil, failure(errors.New("the network is down"))
	}
	n.conns[server] = true
	n.serving.Go(func() {
		defer func() {
			server.Close()
			n.mu.Lock()
			delete(n.conns, server)
			n.mu.Unlock()
		}()
		serve(c, a, server)
	})
	return client, nil
}

// Roots are the certificate authorities that the servers of this network are to be
// trusted by.
func Roots() *x509.CertPool { return authorities().roots }

// Now is in the middle of the validity of good certificates.
func (n *Net) Now() time.Time { return n.now }

// deadline is a context that ends when the server it waits for falls silent.
type deadline struct {
	context.Context
	done chan struct{}

	mu  sync.Mutex
	err error
}

func newDeadline(parent context.Context) (*deadline, context.CancelFunc) {
	// The channel is its own: contexts made of this one would else be told of the
	// end by the parent, past Err.
	d := &deadline{Context: parent, done: make(chan struct{})}
	stop := context.AfterFunc(parent, func() { d.end(parent.Err()) })
	return d, func() {
		stop()
		d.end(context.Canceled)
	}
}

// expire lets the time of the call be over.
func (d *deadline) expire() { d.end(context.DeadlineExceeded) }

func (d *deadline) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
		close(d.done)
	}
}

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.done }

// Err implements context.Context.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}
