package simnet_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/simnet"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

var scene = vet.NewScene([32]byte{1}, "usual")

// call sends one call of the real client to an adversary.
func call(t *testing.T, a vet.Adversary, address string) wire.HTTPResponse {
	t.Helper()
	n := simnet.New(a, scene, vet.Epoch)
	defer n.Close()
	c, err := egress.New(egress.Config{Simulated: &egress.Simulated{Dial: n.Dial, Lookup: n.Lookup, Roots: simnet.Roots(), Now: n.Now}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u, rule := wire.ScreenURL(address)
	if rule != "" {
		t.Fatal(rule)
	}
	var last wire.HTTPResponse
	for range max(1, a.From) {
		ctx, cancel := n.Begin(t.Context(), u.Host, u.Scheme == "https", true)
		grant := access.Grant{Kind: "http", Methods: []string{"GET"}, Base: wire.URL{Scheme: u.Scheme, Host: u.Host, Port: u.Port, Path: "/"}, MaxBody: wire.DefaultBodyBytes}
		last = c.HTTP(ctx, egress.Call{Grant: grant, URL: u, Request: &wire.HTTPRequest{Method: "GET", URL: address}})
		cancel()
	}
	return last
}

func outcome(res wire.HTTPResponse) string {
	var words []string
	if res.Status != 0 {
		words = append(words, "status")
	}
	if e := res.Error; e != nil {
		words = append(words, e.Kind)
		if e.Detail != "" {
			words = append(words, e.Detail)
		}
	}
	return strings.Join(words, " ")
}

// TestCatalogue: each adversary has, over real bytes, the effect that it is named
// for, the same over TLS and without, and takes no time.
func TestCatalogue(t *testing.T) {
	want := map[string]string{
		"dns-nxdomain": "dns_failure nxdomain", "dns-empty": "dns_failure no_address", "dns-servfail": "dns_failure server", "dns-silent": "dns_failure timeout",
		"dns-loopback": "denied addr", "dns-mapped-loopback": "denied addr", "dns-mapped-metadata": "denied addr", "dns-metadata": "denied addr", "dns-many-addresses": "refused",
		"connect-refused": "refused", "connect-unreachable": "connection_failed", "connect-reset": "reset", "connect-silent": "timeout connect",
		"tls-unknown-ca": "ssl_error unknown_authority", "tls-expired": "ssl_error expired", "tls-not-yet-valid": "ssl_error not_yet_valid", "tls-wrong-name": "ssl_error hostname_mismatch",
		"tls-old": "ssl_error handshake", "tls-client-cert": "ssl_error handshake", "tls-plain-http": "ssl_error plaintext_response", "tls-stalled": "timeout tls", "tls-garbage": "ssl_error handshake", "tls-closed": "reset",
		"silent": "timeout header", "slow-header": "timeout header", "slow-body": "status timeout body", "closed": "reset", "reset-header": "reset", "reset-body": "status reset", "truncated-body": "status reset",
		"reset-second": "reset", "silent-second": "timeout header",
		"header-flood": "connection_failed", "interim-flood": "connection_failed", "oversize-body": "status too_large", "endless-body": "status too_large", "endless-chunks": "status too_large",
		"gzip-bomb":   "status",
		"two-lengths": "connection_failed", "negative-length": "connection_failed", "huge-length": "status reset", "bad-chunk": "status connection_failed", "chunk-extensions": "status connection_failed", "trailer-flood": "status connection_failed",
		"status-000": "connection_failed", "status-999": "connection_failed", "switching": "connection_failed", "control-in-header": "connection_failed", "http-2": "connection_failed", "ssh": "connection_failed", "http-0.9": "connection_failed",
		"echo-broken": "status reset", "echo-no-http": "connection_failed",
	}
	seen := map[string]bool{}
	for _, a := range vet.Catalogue() {
		if a.Name == "" || a.What == "" || seen[a.Name] {
			t.Errorf("adversary %q: %q: a name or a description is missing or stands twice", a.Name, a.What)
		}
		seen[a.Name] = true
		if a.For == "tcp" || hosttest.UnderRace && a.Name == "gzip-bomb" { // compressing it takes the call's time there
			continue
		}
		for _, address := range []string{"https://registry.vet.test/v2/", "http://registry.vet.test/v2/"} {
			if a.TLS != "" && strings.HasPrefix(address, "http:") {
				continue
			}
			wanted, known := want[a.Name]
			if !known {
				wanted = "status"
			}
			start := time.Now()
			if got := outcome(call(t, a, address)); got != wanted {
				t.Errorf("%s at %s: %q, want %q", a.Name, address, got, wanted)
			}
			// A call has ten seconds: nobody waited for them.
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s took %s", a.Name, took)
			}
		}
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("adversary %s is not in the catalogue", name)
		}
	}
}

// TestNamesAreNotOfThisMachine: what this machine's hosts file says of a name, and
// what its routes make of the order of addresses, changes nothing.
func TestNamesAreNotOfThisMachine(t *testing.T) {
	here, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{strings.ToLower(here), "ip6-allnodes"} { // the hosts files of most machines have these
		if res := call(t, vet.Good(), "http://"+name+"/"); res.Error != nil || !strings.HasPrefix(res.Address, scene.Address(name)+":") {
			t.Errorf("%s is %s, %+v", name, res.Address, res.Error)
		}
	}
	for _, addresses := range [][]string{{"2001:db8::1", "192.0.2.7"}, {"192.0.2.7", "2001:db8::1"}, {"198.51.100.1", "192.0.2.7", "192.0.2.1"}} {
		a := vet.Good()
		a.Addresses = addresses
		if res := call(t, a, "http://many.vet.test/"); res.Error != nil || !strings.Contains(res.Address, addresses[0]) {
			t.Errorf("of %v it connected to %s, %+v", addresses, res.Address, res.Error)
		}
	}
}

// TestBanners: peers that speak first are met with probes.
func TestBanners(t *testing.T) {
	want := map[string]string{"banner-slow": "timeout body", "silent": "timeout body", "closed": "reset"}
	for _, a := range vet.Catalogue() {
		if a.For == "http" || a.Names != "" || a.Connect != "" || a.TLS != "" || len(a.Addresses) > 0 {
			continue
		}
		n := simnet.New(a, scene, vet.Epoch)
		c, err := egress.New(egress.Config{Simulated: &egress.Simulated{Dial: n.Dial, Lookup: n.Lookup, Roots: simnet.Roots(), Now: n.Now}})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := wire.ScreenTCP("mail.vet.test", 25)
		ctx, cancel := n.Begin(context.Background(), u.Host, false, false)
		res := c.TCP(ctx, egress.TCPCall{Grant: access.Grant{Kind: "tcp", Methods: []string{wire.MethodProbe}, Base: u}, URL: u, Request: &wire.TCPRequest{Host: u.Host, Port: 25, Banner: 512}})
		cancel()
		got := ""
		if res.Error != nil {
			got = res.Error.Kind + " " + res.Error.Detail
		}
		if w := want[a.Name]; strings.TrimSpace(got) != w && a.Name != "reset-header" {
			t.Errorf("%s: %q, want %q (%+v)", a.Name, got, w, res)
		}
		c.Close()
		n.Close()
	}
}

// TestCannotDial: no source of this package, and none of the catalogue, names
// anything by which package net opens a socket.
func TestCannotDial(t *testing.T) {
	allowed := []string{"Conn", "Addr", "Pipe", "OpError", "DNSError", "TCPAddrFromAddrPort", "ParseIP", "IP"}
	looked := 0
	for _, pattern := range []string{"*.go", "../vet/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(node ast.Node) bool {
				if s, ok := node.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "net" && x.Obj == nil {
						looked++
						if !slices.Contains(allowed, s.Sel.Name) {
							t.Errorf("%s uses net.%s", file, s.Sel.Name)
						}
					}
				}
				return true
			})
		}
	}
	if looked == 0 {
		t.Error("nothing was looked at")
	}
}

// TestIncompleteSimulation: a client of which a part would be this machine's is
// refused: it could ask a real name server.
func TestIncompleteSimulation(t *testing.T) {
	for what, leave := range map[string]func(*egress.Simulated){
		"nothing": func(*egress.Simulated) {},
		"dial":    func(s *egress.Simulated) { s.Dial = nil }, "names": func(s *egress.Simulated) { s.Lookup = nil },
		"roots": func(s *egress.Simulated) { s.Roots = nil }, "time": func(s *egress.Simulated) { s.Now = nil },
	} {
		n := simnet.New(vet.Good(), scene, vet.Epoch)
		defer n.Close()
		sim := &egress.Simulated{Dial: n.Dial, Lookup: n.Lookup, Roots: simnet.Roots(), Now: n.Now}
		leave(sim)
		if _, err := egress.New(egress.Config{Simulated: sim}); (err == nil) != (what == "nothing") {
			t.Errorf("without %s: error %v", what, err)
		}
	}
}
