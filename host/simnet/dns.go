package simnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"stella-ops.org/doctor/host/vet"
)

// Resolver asks the name server of this network, whatever the system is told to
// ask.
func (n *Net) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		c := n.call()
		a, b := net.Pipe()
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.shutDown || c == nil {
			return nil, errors.New("the network is down")
		}
		n.conns[b] = true
		n.serving.Go(func() {
			defer func() {
				b.Close()
				n.mu.Lock()
				delete(n.conns, b)
				n.mu.Unlock()
			}()
			n.serveNames(c, b)
		})
		return datagrams{a}, nil
	}}
}

// datagrams lets the resolver take a pipe for a socket of datagrams: what one end
// writes at once, the other reads at once.
type datagrams struct{ net.Conn }

func (d datagrams) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := d.Read(b)
	return n, d.RemoteAddr(), err
}

func (d datagrams) WriteTo(b []byte, _ net.Addr) (int, error) { return d.Write(b) }

// serveNames answers the questions of one lookup.
func (n *Net) serveNames(c *call, conn net.Conn) {
	buf := make([]byte, 4<<10)
	for {
		size, err := conn.Read(buf)
		if err != nil {
			return
		}
		if n.adversary.Names == vet.NamesSilent {
			c.expire()
			continue
		}
		reply, ok := n.reply(c.host, buf[:size])
		if !ok {
			return
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

// reply answers one question. A name with a search suffix of this machine behind
// it is answered like the name itself, so that no suffix makes a difference.
func (n *Net) reply(host string, query []byte) ([]byte, bool) {
	var p dnsmessage.Parser
	head, err := p.Start(query)
	if err != nil {
		return nil, false
	}
	q, err := p.Question()
	if err != nil {
		return nil, false
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	switch n.adversary.Names {
	case vet.NamesUnknown:
		m.RCode = dnsmessage.RCodeNameError
	case vet.NamesFail:
		m.RCode = dnsmessage.RCodeServerFailure
	case vet.NamesEmpty:
	default:
		addresses := n.adversary.Addresses
		if len(addresses) == 0 {
			addresses = []string{AddressOf(strings.ToLower(host))}
		}
		for _, text := range addresses {
			m.Answers = append(m.Answers, record(q, text)...)
		}
	}
	packed, err := m.Pack()
	return packed, err == nil
}

func record(q dnsmessage.Question, text string) []dnsmessage.Resource {
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1}
	switch {
	case addr.Is4() && q.Type == dnsmessage.TypeA:
		return []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: addr.As4()}}}
	case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
		return []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
	}
	return nil
}

// AddressOf gives each name an address of the documentation nets, where nobody
// answers even if a packet went out.
func AddressOf(host string) string {
	sum := byte(0)
	for i := range len(host) {
		sum = sum*31 + host[i]
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, sum%250 + 1}).String()
}
