package vet

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// Catalogue returns all adversaries, in the order of the layers.
func Catalogue() []Adversary {
	return slices.Concat(nameFaults, connectFaults, tlsFaults, slowAndBroken, floods, framings, redirects, bodies(), reflectors, banners)
}

// Good is a server in order, as the catalogue has it before its turn.
func Good() Adversary {
	return Adversary{Name: "good", What: "answers 200", Serve: func(l Line) {
		if l.Heard().Method == "" {
			l.Say("220 server.vet.test ready\r\n")
			return
		}
		l.Say(answer("200 OK", "application/json", "{}"))
	}}
}

var nameFaults = []Adversary{
	{Name: "dns-nxdomain", What: "has a name that does not exist", Names: NamesUnknown},
	{Name: "dns-empty", What: "has a name without an address", Names: NamesEmpty},
	{Name: "dns-servfail", What: "has a name whose name server fails", Names: NamesFail},
	{Name: "dns-silent", What: "has a name whose name server says nothing", Names: NamesSilent},
	{Name: "dns-loopback", What: "has a name that leads to this machine", Addresses: []string{"127.0.0.1"}, Leads: true},
	{Name: "dns-mapped-loopback", What: "has a name that leads to this machine as IPv4 within IPv6", Addresses: []string{"::ffff:127.0.0.1"}, Leads: true},
	{Name: "dns-mapped-metadata", What: "has a name that leads to a metadata service through NAT64", Addresses: []string{"64:ff9b::a9fe:a9fe"}, Leads: true},
	{Name: "dns-metadata", What: "has a name that leads to a metadata service", Addresses: []string{"169.254.169.254"}, Leads: true},
	{Name: "dns-many-addresses", What: "has a name with a hundred addresses that nobody answers at", Many: 100, Connect: ConnectRefused, Leads: true},
}

var connectFaults = []Adversary{
	{Name: "connect-refused", What: "refuses the connection", Connect: ConnectRefused},
	{Name: "connect-unreachable", What: "cannot be reached", Connect: ConnectUnreachable},
	{Name: "connect-reset", What: "resets the connection as it opens", Connect: ConnectReset},
	{Name: "connect-silent", What: "swallows the connection", Connect: ConnectSilent},
}

var tlsFaults = []Adversary{
	{Name: "tls-unknown-ca", What: "has a certificate of an unknown authority", TLS: TLSUnknownCA, Serve: fine},
	{Name: "tls-expired", What: "has an expired certificate", TLS: TLSExpired, Serve: fine},
	{Name: "tls-not-yet-valid", What: "has a certificate that is not valid yet", TLS: TLSNotYetValid, Serve: fine},
	{Name: "tls-expires-soon", What: "has a certificate that expires in a day", TLS: TLSExpiresSoon, Serve: fine},
	{Name: "tls-wrong-name", What: "has a certificate for another name", TLS: TLSWrongName, Serve: fine},
	{Name: "tls-old", What: "speaks TLS 1.1 at most", TLS: TLSOld, Serve: fine},
	{Name: "tls-client-cert", What: "demands a client certificate", TLS: TLSClientCert, Serve: fine},
	{Name: "tls-plain-http", What: "speaks plain HTTP where TLS is due", TLS: TLSPlainHTTP},
	{Name: "tls-stalled", What: "falls silent in the handshake", TLS: TLSStalled},
	{Name: "tls-garbage", What: "answers the handshake with garbage", TLS: TLSGarbage},
	{Name: "tls-closed", What: "closes in the handshake", TLS: TLSClosed},
}

func fine(l Line) { Good().Serve(l) }

// says sends the text once the request is there.
func says(text string) func(Line) {
	return func(l Line) {
		l.Heard()
		l.Say(text)
	}
}

func answer(status, kind, body string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Type: " + kind + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

const ok = "HTTP/1.1 200 OK\r\n"

var slowAndBroken = []Adversary{
	{Name: "silent", What: "says nothing", Serve: func(l Line) { l.Heard(); l.Stall() }},
	{Name: "slow-header", What: "drips its header and falls silent", For: "http", Serve: func(l Line) { l.Heard(); l.Drip(ok + "Content-Type: te"); l.Stall() }},
	{Name: "slow-body", What: "drips its body and falls silent", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Content-Type: application/json\r\nContent-Length: 4096\r\n\r\n")
		l.Drip(`{"status":"o`)
		l.Stall()
	}},
	{Name: "closed", What: "closes without an answer", Serve: func(l Line) { l.Heard() }},
	{Name: "reset-header", What: "breaks off in its header", Serve: func(l Line) { l.Heard(); l.Say("HTTP/1.1 200 OK\r\nServer: vet\r\n"); l.Reset() }},
	{Name: "reset-body", What: "breaks off in its body", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Content-Type: application/json\r\nContent-Length: 4096\r\n\r\n" + `{"status":"ok","items":[`)
		l.Reset()
	}},
	{Name: "truncated-body", What: "ends before its length", For: "http", Serve: says(ok + "Content-Length: 4096\r\n\r\n{}")},
	{Name: "reset-second", What: "answers once and then breaks every connection", For: "http", From: 2, Serve: func(l Line) { l.Heard(); l.Reset() }},
	{Name: "silent-second", What: "answers once and then says nothing", For: "http", From: 2, Serve: func(l Line) { l.Heard(); l.Stall() }},
	{Name: "garbage-second", What: "answers once and then with garbage", For: "http", From: 2, Serve: says(ok + "Content-Length: 64\r\n\r\n" + strings.Repeat("\x00\xff", 32))},
}

var floods = []Adversary{
	{Name: "header-flood", What: "never ends its header", For: "http", Serve: func(l Line) { l.Heard(); l.Say(ok); l.Flood("X-Flood: " + strings.Repeat("a", 100) + "\r\n") }},
	{Name: "interim-flood", What: "sends interim answers without end", For: "http", Serve: func(l Line) { l.Heard(); l.Flood("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") }},
	{Name: "interim-once", What: "sends an interim answer before its own", For: "http", Serve: says("HTTP/1.1 102 Processing\r\n\r\n" + answer("200 OK", "application/json", "{}"))},
	{Name: "oversize-body", What: "announces and sends two megabytes", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Content-Type: application/json\r\nContent-Length: 2097152\r\n\r\n")
		l.Flood("[1,2,3],")
	}},
	{Name: "endless-body", What: "never ends its body", For: "http", Serve: func(l Line) { l.Heard(); l.Say(ok + "\r\n"); l.Flood("x") }},
	{Name: "endless-chunks", What: "never ends its chunks", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Transfer-Encoding: chunked\r\n\r\n")
		l.Flood("400\r\n" + strings.Repeat("x", 1024) + "\r\n")
	}},
	{Name: "gzip-bomb", What: "sends a small body that unpacks to 64 MiB", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(bomb())) + "\r\n\r\n" + bomb())
	}},
}

// bomb is 64 MiB of spaces, packed.
var bomb = sync.OnceValue(func() string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	block := bytes.Repeat([]byte{' '}, 1<<20)
	for range 64 {
		_, _ = w.Write(block) // a buffer takes everything
	}
	_ = w.Close()
	return packed.String()
})

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

var framings = []Adversary{
	{Name: "two-lengths", What: "gives two lengths", For: "http", Serve: says(ok + "Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}")},
	{Name: "length-and-chunks", What: "gives a length and chunks", For: "http", Serve: says(ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")},
	{Name: "negative-length", What: "gives a negative length", For: "http", Serve: says(ok + "Content-Length: -1\r\n\r\n{}")},
	{Name: "huge-length", What: "gives the largest length and little else", For: "http", Serve: says(ok + "Content-Length: 9223372036854775807\r\n\r\n{}")},
	{Name: "bad-chunk", What: "sends a chunk of negative size", For: "http", Serve: says(ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n")},
	{Name: "chunk-extensions", What: "hides floods in its chunks", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Transfer-Encoding: chunked\r\n\r\n")
		l.Flood("1;" + strings.Repeat("a", 2000) + "\r\nx\r\n")
	}},
	{Name: "trailer-flood", What: "never ends its trailers", For: "http", Serve: func(l Line) {
		l.Heard()
		l.Say(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
		l.Flood("X-Trailer: b\r\n")
	}},
	{Name: "status-000", What: "answers with status 000", For: "http", Serve: says("HTTP/1.1 000 No\r\n\r\n")},
	{Name: "status-999", What: "answers with status 999", For: "http", Serve: says("HTTP/1.1 999 No\r\n\r\n")},
	{Name: "switching", What: "changes the protocol", For: "http", Serve: says("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")},
	{Name: "control-in-header", What: "sends control characters in a header", For: "http", Serve: says(ok + "Server: \x1b[2Jevil\r\nContent-Length: 0\r\n\r\n")},
	{Name: "long-reason", What: "has a reason phrase of control characters", For: "http", Serve: says("HTTP/1.1 200 \x1b]0;owned\x07\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")},
	{Name: "http-2", What: "answers in HTTP/2", For: "http", Serve: says("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64")},
	{Name: "ssh", What: "is no web server", For: "http", Serve: says("SSH-2.0-OpenSSH_9.6\r\n")},
	{Name: "http-0.9", What: "answers without a header", For: "http", Serve: says("<html>It works</html>\n")},
	{Name: "body-with-204", What: "sends a body with 204", For: "http", Serve: says("HTTP/1.1 204 No Content\r\n\r\n{\"status\":\"ok\"}")},
}

var redirects = []Adversary{
	{Name: "redirect-other-host", What: "redirects to another host", For: "http", Leads: true, Serve: says("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.vet.test/steal\r\nContent-Length: 0\r\n\r\n")},
	{Name: "redirect-metadata", What: "redirects to a metadata service", For: "http", Leads: true, Serve: says("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n")},
	{Name: "redirect-loop", What: "redirects to itself", For: "http", Leads: true, Serve: func(l Line) {
		l.Say("HTTP/1.1 302 Found\r\nLocation: " + target(l.Heard()) + "\r\nContent-Length: 0\r\n\r\n")
	}},
	{Name: "redirect-plain", What: "redirects from https to http", For: "http", Leads: true, Serve: func(l Line) {
		l.Say("HTTP/1.1 301 Moved Permanently\r\nLocation: http://" + l.Heard().Header["host"] + "/\r\nContent-Length: 0\r\n\r\n")
	}},
	{Name: "redirect-file", What: "redirects to a file", For: "http", Leads: true, Serve: says("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")},
	{Name: "redirect-nowhere", What: "redirects without saying where", For: "http", Leads: true, Serve: says("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")},
	{Name: "location-elsewhere", What: "accepts and names a place at another host", For: "http", Leads: true, Serve: says("HTTP/1.1 202 Accepted\r\nLocation: https://elsewhere.vet.test/upload/1\r\nContent-Length: 0\r\n\r\n")},
	{Name: "location-below", What: "accepts and names a place of its own", For: "http", Leads: true, Serve: func(l Line) {
		path, _, _ := strings.Cut(target(l.Heard()), "?")
		l.Say("HTTP/1.1 202 Accepted\r\nLocation: " + strings.TrimRight(path, "/") + "/vet-1?state=a\r\nContent-Length: 0\r\n\r\n")
	}},
	{Name: "realm-elsewhere", What: "sends its clients to another host for a token", For: "http", Leads: true, Serve: says("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"https://elsewhere.vet.test/token\",service=\"vet\",scope=\"repository:*:*\"\r\nContent-Length: 0\r\n\r\n")},
	{Name: "realm-broken", What: "sends a challenge that is none", For: "http", Leads: true, Serve: says("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"unclosed,, =x\r\nContent-Length: 0\r\n\r\n")},
	{Name: "challenge-flood", What: "sends a thousand challenges", For: "http", Leads: true, Serve: says("HTTP/1.1 401 Unauthorized\r\n" + strings.Repeat("WWW-Authenticate: Bearer realm=\"x\"\r\n", 1000) + "Content-Length: 0\r\n\r\n")},
}

// target is what a request asked for, fit for a header.
func target(h Heard) string {
	if h.Target == "" {
		return "/"
	}
	return h.Target
}

// bodies are answers 200 that hold something else than a check hopes for.
func bodies() []Adversary {
	var all []Adversary
	add := func(name, what, kind, body string) {
		all = append(all, Adversary{Name: name, What: what, For: "http", Serve: says(answer("200 OK", kind, body))})
	}
	const document = "application/json"
	add("html", "answers with a web page", "text/html; charset=utf-8", "<!doctype html><html><head><title>Log in</title></head><body><form action=/login></form></body></html>")
	add("html-as-json", "answers with a web page and calls it JSON", document, "<!doctype html><title>Welcome</title>")
	add("empty-json", "answers with nothing and calls it JSON", document, "")
	add("json-truncated", "answers with half a document", document, `{"status":"ok","items":[{"name":"a"`)
	add("json-deep", "answers with a document 20000 levels deep", document, strings.Repeat("[", 20000)+strings.Repeat("]", 20000))
	add("json-deep-objects", "answers with objects 10000 levels deep", document, strings.Repeat(`{"a":`, 10000)+"1"+strings.Repeat("}", 10000))
	add("json-wide", "answers with ten thousand items", document, "["+strings.Repeat(`{"id":1,"name":"x"},`, 2500)+`{"id":2}]`)
	add("json-huge-number", "answers with numbers beyond all bounds", document, `{"version":1e999,"count":-99999999999999999999999999,"total":1E-400}`)
	add("json-duplicate-keys", "answers with keys that stand twice", document, `{"status":"ok","status":"down","version":"1","version":null}`)
	add("json-other-types", "answers with other types than expected", document, `{"status":{"ok":[]},"version":[1],"initialized":"yes","sealed":0,"issuer":7,"items":"none","token":false}`)
	add("json-scalar", "answers with a scalar", document, `"ok"`)
	add("json-null", "answers with null", document, "null")
	add("json-list", "answers with a list", document, "[]")
	add("json-bad-strings", "answers with strings that are no text", document, "{\"status\":\"\\ud800\",\"name\":\"\xff\xfe\",\"x\":\"\\u0000\\u001b[2J\"}")
	add("json-trailing", "answers with two documents", document, `{"status":"ok"}{"status":"down"}`)
	add("json-bom", "answers with a byte order mark", document, "\xef\xbb\xbf{\"status\":\"ok\"}")
	add("json-utf-16", "answers in UTF-16", document+"; charset=utf-16", inUTF16(`{"status":"ok","version":"1"}`))
	add("binary", "answers with binary garbage", "application/octet-stream", garbage(8<<10))
	add("terminal", "answers with what a terminal would obey", "text/plain", "\x1b]0;owned\x07\x1b[2J\r\u202eevil\u009b31m\nstella: error: fake\n")
	add("markup", "answers with markup", "text/plain", "<script>alert(1)</script> [x](http://evil.vet.test) | a | =cmd|' /C calc'!A0 **bold** @everyone `\n```\n")
	add("gzipped", "packs its body unasked", document, "")
	all[len(all)-1].Serve = func(l Line) {
		l.Heard()
		body := packed(`{"status":"ok"}`)
		l.Say(ok + "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	}
	return all
}

func inUTF16(text string) string {
	out := "\xff\xfe"
	for _, u := range utf16.Encode([]rune(text)) {
		out += string([]byte{byte(u), byte(u >> 8)})
	}
	return out
}

// garbage is the same on every machine.
func garbage(n int) string {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return string(b)
}

var banners = []Adversary{
	{Name: "banner-endless", What: "greets without end", For: "tcp", Serve: func(l Line) { l.Flood("220-") }},
	{Name: "banner-lines", What: "greets in lines without end", For: "tcp", Serve: func(l Line) { l.Flood("220-welcome\r\n") }},
	{Name: "banner-slow", What: "drips its greeting and falls silent", For: "tcp", Serve: func(l Line) { l.Drip("220 mail"); l.Stall() }},
	{Name: "banner-terminal", What: "greets with what a terminal would obey", For: "tcp", Serve: func(l Line) { l.Say("220 \x1b]0;owned\x07\x1b[2J\u202e\r\n") }},
	{Name: "banner-binary", What: "greets with binary garbage", For: "tcp", Serve: func(l Line) { l.Say(garbage(2048)) }},
	{Name: "banner-refusal", What: "greets with a refusal", For: "tcp", Serve: func(l Line) { l.Say("554 go away\r\n") }},
	{Name: "banner-other", What: "speaks another protocol", For: "tcp", Serve: func(l Line) { l.Say("HTTP/1.1 400 Bad Request\r\n\r\n") }},
	{Name: "banner-empty-line", What: "greets with an empty line", For: "tcp", Serve: func(l Line) { l.Say("\r\n") }},
}
