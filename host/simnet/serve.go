package simnet

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"strings"

	"stella-ops.org/doctor/host/vet"
)

// serve speaks to one client: the fault of TLS first, if there is one, then what
// the adversary says.
func serve(c *call, a vet.Adversary, conn *serverConn) {
	l := &serverLine{call: c, raw: conn, conn: conn}
	if c.tls {
		switch a.TLS {
		case vet.TLSPlainHTTP:
			l.wait()
			l.Say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		case vet.TLSStalled:
			l.wait()
			l.Stall()
			return
		case vet.TLSGarbage:
			l.wait()
			l.Say("\x16\x03\x03\x7f\xff" + strings.Repeat("\x00\xff\x13\x37", 64))
			return
		case vet.TLSClosed:
			l.wait()
			return
		}
		secured := tls.Server(conn, serverConfig(c.host, a.TLS, c.now))
		if secured.Handshake() != nil {
			conn.gone()
			return
		}
		l.conn = secured
	}
	if a.Serve == nil {
		return
	}
	a.Serve(l)
	if _, secured := l.conn.(*tls.Conn); secured && !conn.reset.Load() {
		_ = l.conn.Close() // says that this is the end; the connection ends with it
	}
}

// serverLine implements vet.Line.
type serverLine struct {
	call  *call
	raw   *serverConn
	conn  net.Conn
	heard *vet.Heard
	gone  bool
}

// wait reads the first bytes of the client.
func (l *serverLine) wait() {
	buf := make([]byte, 1)
	_, err := l.conn.Read(buf)
	l.gone = l.gone || err != nil
}

func (l *serverLine) Heard() vet.Heard {
	if l.heard == nil {
		l.heard = &vet.Heard{}
		if l.call.speaks {
			*l.heard = readRequest(l.conn)
		}
	}
	return *l.heard
}

func (l *serverLine) Say(text string) {
	if l.gone {
		return
	}
	_, err := io.WriteString(l.conn, text)
	l.gone = err != nil
}

func (l *serverLine) Drip(text string) {
	for i := range len(text) {
		l.Say(text[i : i+1])
	}
}

func (l *serverLine) Flood(text string) {
	block := strings.Repeat(text, 1+16<<10/len(text))
	for !l.gone {
		l.Say(block)
	}
}

func (l *serverLine) Stall() {
	l.call.expire()
	l.raw.gone()
}

func (l *serverLine) Reset() {
	l.raw.reset.Store(true)
	l.raw.Close()
	l.gone = true
}

// readRequest reads a request as far as a server needs it. Clients are ours, so
// that what is no request is nothing.
func readRequest(conn io.Reader) vet.Heard {
	in := bufio.NewReader(conn)
	first, err := in.ReadString('\n')
	words := strings.Fields(first)
	if err != nil || len(words) != 3 {
		return vet.Heard{}
	}
	h := vet.Heard{Method: words[0], Target: words[1], Header: map[string]string{}}
	for {
		line, err := in.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); err != nil || line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		h.Header[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	if size, err := strconv.Atoi(h.Header["content-length"]); err == nil && 0 < size && size <= maxHeard {
		var body bytes.Buffer
		_, _ = io.CopyN(&body, in, int64(size))
		h.Body = body.String()
	}
	return h
}
