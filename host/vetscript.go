package host

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// world is how the far end answers what nobody wrote an answer for.
type world string

// The worlds. The first two lead deeper into a check, the others out of it.
const (
	worldOK        world = "all answer 200"
	worldChallenge world = "all ask for a token first"
	worldAccepted  world = "all answer 202 with a location"
	worldMissing   world = "all answer 404"
	worldRefused   world = "all refuse the connection"
)

var worlds = []world{worldOK, worldChallenge, worldAccepted, worldMissing, worldRefused}

// vetToken is what the token service of a vetting hands out.
const (
	vetToken     = "vet-token-of-no-worth"
	vetTokenPath = "/vet-token"
)

// script answers from a world, but the requests that it names otherwise.
type script struct {
	world  world
	set    map[string]reply
	inv    *invention
	player *exchange.Player // of an author's case; nil for none
	// token is the answer of the token service to the challenge that was given last;
	// nil where it gives a token.
	token *wire.HTTPResponse
}

// reply is one answer of a truth table.
type reply struct {
	truth.Answer
	// make makes the answer to a call; nil takes Answer.
	make func(call egress.Call, inv *invention) wire.HTTPResponse
	// token answers at the token service, where the challenge leads there.
	token *wire.HTTPResponse
}

// newScript makes the far end of one run.
func newScript(inv *invention, w world, set map[string]reply) func() (farEnd, error) {
	return func() (farEnd, error) {
		s := &script{world: w, set: set, inv: inv}
		if inv.base != nil {
			s.player = exchange.NewAnyOrderPlayer(inv.base)
		}
		return s, nil
	}
}

func (s *script) close() {}

func (s *script) http(_ context.Context, key, purpose string, call egress.Call) wire.HTTPResponse {
	resp := s.answer(key, purpose, call)
	if resp.Error == nil { // what came about has an address, and every answer tells it
		resp.Address, resp.FinalURL = cmp.Or(resp.Address, s.address(call.URL)), cmp.Or(resp.FinalURL, call.URL.String())
	}
	return resp
}

// address is where the server of an address is.
func (s *script) address(u wire.URL) string {
	addr, err := netip.ParseAddr(s.inv.scene.Address(u.Host))
	if err != nil { // a scene gives every name an address
		return ""
	}
	return netip.AddrPortFrom(addr, uint16(u.Port)).String()
}

// answer is http without what every answer has.
func (s *script) answer(key, purpose string, call egress.Call) wire.HTTPResponse {
	origin := call.URL.Origin()
	switch purpose {
	case report.PurposeTokenExchange:
		if s.token != nil {
			return clonedAnswer(*s.token)
		}
		return granted()
	case report.PurposeUndo:
		return wire.HTTPResponse{Status: http.StatusNoContent}
	case report.PurposeRepeat:
		return s.healthy(call)
	}
	r, ok := s.set[key]
	s.token = r.token
	if ok {
		if r.make != nil {
			return r.make(call, s.inv)
		}
		return clonedAnswer(r.Response)
	}
	if s.player != nil {
		if resp, ok := s.player.HTTP(functionOf(call.Request.Method), *call.Request); ok {
			// What the host did for a token it does here itself.
			if resp.Auth = nil; resp.Error != nil && resp.Error.On == wire.OnRealm {
				resp.Error = nil
			}
			return resp
		}
	}
	switch s.world {
	case worldChallenge:
		return challenged(origin + vetTokenPath)
	case worldAccepted:
		return accepted(call, s.inv)
	case worldMissing:
		return wire.HTTPResponse{Status: http.StatusNotFound, Header: map[string][]string{"content-type": {"application/json"}}, Body: []byte(`{"message":"not found"}`)}
	case worldRefused:
		return wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindRefused, Message: "the connection was refused"}}
	}
	return s.healthy(call)
}

// healthy is the answer of a service in order, of which nothing is known.
func (s *script) healthy(call egress.Call) wire.HTTPResponse {
	resp := wire.HTTPResponse{Status: http.StatusOK, Header: map[string][]string{"content-type": {"application/json"}}}
	if call.Request.Method != http.MethodHead {
		resp.Body = []byte("{}")
	}
	return resp
}

func (s *script) tcp(_ context.Context, key string, call egress.TCPCall) wire.TCPResponse {
	resp := s.greeting(key, call)
	if resp.Connected {
		resp.Address = cmp.Or(resp.Address, s.address(call.URL))
	}
	return resp
}

func (s *script) greeting(key string, call egress.TCPCall) wire.TCPResponse {
	if r, ok := s.set[key]; ok {
		return r.TCP.Response
	}
	if s.player != nil {
		if resp, ok := s.player.TCP(*call.Request); ok {
			return resp
		}
	}
	if s.world == worldRefused {
		return wire.TCPResponse{Error: &wire.CallError{Kind: wire.KindRefused, Message: "the connection was refused"}}
	}
	return greeted(*call.Request)
}

// greeted is a connection that came about.
func greeted(req wire.TCPRequest) wire.TCPResponse {
	resp := wire.TCPResponse{Connected: true}
	if req.Banner > 0 {
		resp.Banner = []byte("220 server.vet.test ready\r\n")
	}
	return resp
}

func granted() wire.HTTPResponse {
	return wire.HTTPResponse{Status: http.StatusOK, Header: map[string][]string{"content-type": {"application/json"}}, Body: []byte(`{"token":"` + vetToken + `"}`)}
}

// accepted has something under way at a place below the address.
func accepted(call egress.Call, _ *invention) wire.HTTPResponse {
	return wire.HTTPResponse{Status: http.StatusAccepted, Header: map[string][]string{"location": {strings.TrimRight(call.URL.Path, "/") + "/vet-1"}}}
}

func challenged(realm string) wire.HTTPResponse {
	return wire.HTTPResponse{Status: http.StatusUnauthorized, Header: map[string][]string{"www-authenticate": {`Bearer realm="` + realm + `",service="vet"`}}}
}

// clonedAnswer keeps what the host does to an answer away from the script.
func clonedAnswer(a wire.HTTPResponse) wire.HTTPResponse {
	header := make(map[string][]string, len(a.Header))
	for name, values := range a.Header {
		header[name] = slices.Clone(values)
	}
	a.Header, a.Body = header, slices.Clone(a.Body)
	if a.Error != nil {
		e := *a.Error
		a.Error = &e
	}
	return a
}

// replies are all answers that take the place of the one to a request: what
// package truth has, with real exchanges of tokens in place of those that a case
// says the end of. realms are the settings that may hold the address of a token
// service.
func replies(a asked, realms []string, every bool) []reply {
	e := exchange.Exchange{Function: a.Function, Request: wire.HTTPRequest{Method: a.Method}}
	e.Response = wire.HTTPResponse{Status: http.StatusOK, Header: map[string][]string{"content-type": {"application/json"}}, Body: []byte("{}")}
	if a.Function == wire.FuncTCPProbe {
		e.TCP = &exchange.TCP{Response: greeted(wire.TCPRequest{Banner: 1})}
	}
	if a.Method == http.MethodHead {
		e.Response.Body = nil
	}
	var all []reply
	for _, answer := range truth.Answers(e) {
		if (every || named(answer)) && !strings.Contains(answer.Variant, "token") {
			all = append(all, reply{Answer: answer})
		}
	}
	if a.Function == wire.FuncTCPProbe {
		return all
	}
	add := func(status int, variant string, resp wire.HTTPResponse) {
		r := reply{Answer: truth.Answer{Exchange: e, Status: status, Variant: variant}}
		r.Response = resp
		all = append(all, r)
	}
	add(http.StatusOK, "with a list", wire.HTTPResponse{Status: http.StatusOK, Header: e.Response.Header, Body: []byte("[]")})
	add(http.StatusAccepted, "with a location", wire.HTTPResponse{})
	all[len(all)-1].make = accepted
	add(http.StatusUnauthorized, "with a Basic challenge", wire.HTTPResponse{Status: http.StatusUnauthorized, Header: map[string][]string{"www-authenticate": {`Basic realm="vet"`}}})
	challenge := func(variant string, realm func(origin string, inv *invention) string, token *wire.HTTPResponse) {
		all = append(all, reply{
			Answer: truth.Answer{Exchange: e, Status: http.StatusUnauthorized, Variant: variant}, token: token,
			make: func(call egress.Call, inv *invention) wire.HTTPResponse {
				return challenged(realm(call.URL.Origin(), inv))
			},
		})
	}
	here := func(origin string, _ *invention) string { return origin + vetTokenPath }
	given, no := granted(), wire.HTTPResponse{Status: http.StatusUnauthorized}
	silent := wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindTimeout, Detail: wire.TimeoutConnect, Message: "as the table says"}}
	challenge("with a Bearer challenge, and the token is given", here, &given)
	challenge("with a Bearer challenge, and the token is refused", here, &no)
	challenge("with a Bearer challenge, and the realm does not answer", here, &silent)
	challenge("with a Bearer challenge to another host", func(string, *invention) string { return "https://elsewhere.vet.test/token" }, nil)
	for _, key := range realms {
		challenge("with a Bearer challenge to {"+key+"}, and the token is given", func(_ string, inv *invention) string {
			e, _ := inv.host.settings.Lookup(strings.Replace(key, "*", "0", 1))
			return strings.TrimRight(e.Value, "/") + vetTokenPath
		}, &given)
	}
	return all
}

// named tells the answers that are tried unless all are wanted: failures, and of
// the statuses those that services are known to answer with and the ends of each
// class.
func named(a truth.Answer) bool {
	if a.Variant != "" {
		return a.Status == 0 || !a.Repeats || slices.Contains(likelyStatuses, a.Status)
	}
	return slices.Contains(triedStatuses, a.Status)
}

// triedStatuses are the statuses of a truth table that is not about all, and
// likelyStatuses those that come with header and body too.
var (
	triedStatuses = []int{
		100, 103, 199,
		200, 201, 202, 203, 204, 206, 207, 226, 299,
		300, 301, 302, 303, 304, 307, 308, 399,
		400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 412, 413, 415, 418, 421, 422, 425, 426, 428, 429, 431, 451, 499,
		500, 501, 502, 503, 504, 505, 511, 599,
	}
	likelyStatuses = []int{201, 204, 401, 403, 404, 500}
)
