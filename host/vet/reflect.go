package vet

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// reflectors give back all that they are told, each in its own way. The host takes
// secrets out of answers in the forms that servers use; the last ways are beyond
// it, and there a check could come to hold a secret.
var reflectors = []Adversary{
	reflector("echo-body", "gives back what it was sent", func(l Line, told string) { l.Say(answer("200 OK", "text/plain", told)) }),
	reflector("echo-json", "gives back what it was sent as JSON", func(l Line, told string) {
		quoted, _ := json.Marshal(told)
		l.Say(answer("200 OK", "application/json", fmt.Sprintf(`{"status":"ok","version":%s,"issuer":%[1]s,"token":%[1]s,"message":%[1]s}`, quoted)))
	}),
	reflector("echo-html", "gives back what it was sent on a web page", func(l Line, told string) {
		l.Say(answer("403 Forbidden", "text/html", "<p>"+html.EscapeString(told)+"</p>"))
	}),
	reflector("echo-hex", "gives back what it was sent in hex", func(l Line, told string) {
		l.Say(answer("500 Internal Server Error", "text/plain", hex.EncodeToString([]byte(told))))
	}),
	reflector("echo-base64", "gives back what it was sent in base64", func(l Line, told string) {
		l.Say(answer("200 OK", "application/json", `{"data":"`+base64.StdEncoding.EncodeToString([]byte("x"+told))+`"}`))
	}),
	reflector("echo-header", "gives back what it was sent in headers", func(l Line, told string) {
		told = strings.Map(printable, told)
		l.Say("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(told) + "\"\r\nX-Echo: " + told + "\r\nContent-Length: 0\r\n\r\n")
	}),
	reflector("echo-location", "gives back what it was sent in a redirect", func(l Line, told string) {
		l.Say("HTTP/1.1 302 Found\r\nLocation: /moved?" + url.QueryEscape(told) + "\r\nContent-Length: 0\r\n\r\n")
	}),
	reflector("echo-broken", "gives back what it was sent and breaks off", func(l Line, told string) {
		l.Say(ok + "Content-Length: 100000\r\n\r\n" + told)
		l.Reset()
	}),
	reflector("echo-no-http", "gives back what it was sent without HTTP", func(l Line, told string) { l.Say(told + "\r\n") }),
	reflector("echo-pieces", "gives back what it was sent letter by letter", func(l Line, told string) {
		codes := make([]string, len(told))
		for i := range len(told) {
			codes[i] = strconv.Itoa(int(told[i]))
		}
		l.Say(answer("200 OK", "application/json", `{"status":"ok","codes":[`+strings.Join(codes, ",")+`]}`))
	}),
	reflector("echo-backwards", "gives back what it was sent backwards", func(l Line, told string) {
		b := []byte(told)
		slices.Reverse(b)
		l.Say(answer("200 OK", "text/plain", string(b)))
	}),
	reflector("echo-packed", "gives back what it was sent packed", func(l Line, told string) {
		body := packed(told)
		l.Say(ok + "Content-Encoding: gzip\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	}),
}

func reflector(name, what string, say func(l Line, told string)) Adversary {
	return Adversary{Name: name, What: what, For: "http", Leads: true, Reflects: true, Serve: func(l Line) { say(l, told(l.Heard())) }}
}

func printable(r rune) rune {
	if r < ' ' || r >= 0x7f {
		return ' '
	}
	return r
}

// told is all that a request says, credentials also taken out of their wrapping.
func told(h Heard) string {
	var b strings.Builder
	b.WriteString(h.Target)
	names := make([]string, 0, len(h.Header))
	for name := range h.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString("\n" + name + ": " + h.Header[name])
	}
	if scheme, text, ok := strings.Cut(h.Header["authorization"], " "); ok {
		b.WriteString("\n" + text)
		if strings.EqualFold(scheme, "basic") {
			if pair, err := base64.StdEncoding.DecodeString(text); err == nil {
				user, password, _ := strings.Cut(string(pair), ":")
				b.WriteString("\n" + user + "\n" + password)
			}
		}
	}
	b.WriteString("\n" + h.Body)
	return b.String()
}
