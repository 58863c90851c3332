package egress

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

const canary = "Bearer c4n4ry-value"

// bearing sends a GET with a credential.
func bearing(t testing.TB, c *Client, grants []access.Grant, address string) wire.HTTPResponse {
	t.Helper()
	req := &wire.HTTPRequest{Method: "GET", URL: address}
	g, u, refused := access.Judge(grants, "http_read", []string{"GET"}, req)
	if refused != nil {
		t.Fatal(refused.Message)
	}
	return c.HTTP(t.Context(), Call{Grant: g, URL: u, Request: req, Credential: Credential{"authorization", canary}})
}

// TestCredentialIsSent: to the address of the call, once, in its header.
func TestCredentialIsSent(t *testing.T) {
	for _, name := range []string{"authorization", "x-vault-token"} {
		got := make(chan http.Header, 1)
		addr := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
			got <- readRequest(conn).Header
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		})
		address := "http://" + addr.String()
		u, _ := wire.ScreenURL(address)
		call := Call{Grant: grantsFor(address, nil)[0], URL: u, Request: &wire.HTTPRequest{Method: "GET"}, Credential: Credential{name, canary}}
		wantOutcome(t, newClient(t, Config{}).HTTP(t.Context(), call), "200")
		if h := <-got; len(h.Values(name)) != 1 || h.Get(name) != canary {
			t.Errorf("%s: %q", name, h.Values(name))
		}
	}
}

// TestCredentialAcrossRedirects is S06 to S09: wherever a redirect leads, the
// credential does not go there, and neither does the request.
func TestCredentialAcrossRedirects(t *testing.T) {
	forbidden := newCounter(t, "127.0.0.1:0")
	names := newNameServer(t, everywhere("127.0.0.1"))
	for name, location := range map[string]string{
		"S06 other host":    "http://evil.test:" + fmt.Sprint(forbidden.addr.Port()) + "/",
		"S07 other port":    "http://registry.test:" + fmt.Sprint(forbidden.addr.Port()) + "/",
		"S08 other scheme":  "https://registry.test:{P}/",
		"S09 subdomain":     "http://sub.registry.test:{P}/",
		"same origin":       "/v2/other",
		"protocol-relative": "//evil.test:" + fmt.Sprint(forbidden.addr.Port()) + "/",
	} {
		for _, redirects := range []string{"", wire.RedirectSameOrigin} {
			t.Run(name+"/"+redirects, func(t *testing.T) {
				hits := 0
				registry := rawServer(t, "127.0.0.1:0", func(conn net.Conn) {
					if req := readRequest(conn); req != nil && req.URL.Path == "/v2/" {
						io.WriteString(conn, "HTTP/1.1 307 Temporary Redirect\r\nLocation: "+strings.ReplaceAll(location, "{P}", req.Host[strings.IndexByte(req.Host, ':')+1:])+"\r\nContent-Length: 0\r\n\r\n")
					} else {
						hits++
					}
				})
				c := newClient(t, Config{Resolver: names.resolver(), AllowLoopback: true})
				address := fmt.Sprintf("http://registry.test:%d/v2/", registry.Port())
				want := "307"
				if redirects != "" {
					want = "307 redirect_blocked"
				}
				res := bearing(t, c, grantsFor(address, func(e *wire.Access) { e.Redirects = redirects }), address)
				wantOutcome(t, res, want)
				if hits != 0 {
					t.Errorf("the redirect was followed %d times", hits)
				}
				forbidden.untouched(t)
				if text, _ := json.Marshal(res); strings.Contains(string(text), "c4n4ry") {
					t.Errorf("the answer tells it: %s", text)
				}
			})
		}
	}
}

// TestCredentialIsNotPrinted: a call in a log or an error shows no secret.
func TestCredentialIsNotPrinted(t *testing.T) {
	call := Call{Credential: Credential{"authorization", canary}}
	text, err := json.Marshal(call.Credential)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{string(text), fmt.Sprint(call), fmt.Sprintf("%+v", call), fmt.Sprintf("%#v", call), fmt.Sprintf("%s %q %v", call.Credential, call.Credential.Value, &call)} {
		if strings.Contains(printed, "c4n4ry") || !strings.Contains(printed, "[secret]") {
			t.Errorf("printed as %s", printed)
		}
	}
}
