package host

import (
	"context"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// TestSecretTarget replays calls to a target that is a secret and so in no
// cassette: what was decided when it was known stands. Where no target is a
// secret, the policy of the replay does.
func TestSecretTarget(t *testing.T) {
	info := &wire.CheckInfo{ID: "check.acme.hook", Settings: []wire.SettingInfo{{Key: "A:Url"}, {Key: "B:*:Hook"}}, Access: []wire.Access{
		{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{A:Url}"}, {Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{B:*:Hook}"},
	}}
	plain := wire.Setting{Value: "http://a.example.com", Key: "A:Url"}
	hook := wire.Setting{Secret: "secret:B:0:Hook", Key: "B:0:Hook"}
	get := func(url string) wire.HTTPRequest { return wire.HTTPRequest{Method: "GET", URL: url} }
	recorded := []exchange.Exchange{
		{Function: wire.FuncHTTPRead, Request: get("http://hook.example.com/x"), Response: wire.HTTPResponse{Status: 204}},
		{Function: wire.FuncHTTPRead, Request: get("http://other.example.com/"), Response: wire.HTTPResponse{
			Error: &wire.CallError{Kind: wire.KindInvalidURL, Detail: "userinfo", Message: "recorded words"}}},
	}
	for name, c := range map[string]struct {
		settings map[string]wire.Setting
		url      string
		status   int
		message  string
		decision string
		noted    int
	}{
		"secret, was allowed":    {map[string]wire.Setting{"B:0:Hook": hook}, "http://hook.example.com/x", 204, "", "allowed", 0},
		"secret, was refused":    {map[string]wire.Setting{"B:0:Hook": hook}, "http://other.example.com/", 0, "recorded words", "denied", 0},
		"secret, not recorded":   {map[string]wire.Setting{"B:0:Hook": hook}, "http://hook.example.com/y", 0, "hook.example.com on port 80 is outside what is granted: the access has to name GET http://hook.example.com:80/y", "denied", 1},
		"no secret, was allowed": {map[string]wire.Setting{"A:Url": plain}, "http://hook.example.com/x", 0, "hook.example.com on port 80 is outside what is granted: the access has to name GET http://hook.example.com:80/x", "denied", 1},
		"no secret, was refused": {map[string]wire.Setting{"A:Url": plain}, "http://other.example.com/", 0, "recorded words", "denied", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hasSecretTarget(info, c.settings); got != (c.settings["B:0:Hook"].Secret != "") {
				t.Errorf("secret target %v", got)
			}
			network := &playedNetwork{player: exchange.NewAnyOrderPlayer(recorded), stands: recordedDecision(hasSecretTarget(info, c.settings))}
			calls := &hostCalls{grants: playedGrants(info, c.settings), network: network, refused: network.refused, budget: 4}
			req := get(c.url)
			var resp wire.HTTPResponse
			if err := wire.Unmarshal(calls.answer(context.Background(), wire.FuncHTTPRead, wire.Marshal(&req)), &resp); err != nil {
				t.Fatal(err)
			}
			message := ""
			if resp.Error != nil {
				message = resp.Error.Message
			}
			if line := calls.lines()[0]; resp.Status != c.status || message != c.message || line.Decision != c.decision || len(network.unexpected) != c.noted {
				t.Errorf("status %d, message %q, ledger %+v, noted %+v", resp.Status, message, line, network.unexpected)
			}
		})
	}
}

// TestTapeRewinds: only the attempt that counts is recorded, and nothing after
// its end.
func TestTapeRewinds(t *testing.T) {
	rec := &Recording{}
	tape := rec.newTape(nil)
	answer := func(status int) []byte { return wire.Marshal(&wire.HTTPResponse{Status: status}) }
	asked := func() call { return functionCall(wire.FuncHTTPRead) }
	tape.keep(0, asked(), answer(200))
	tape.rewind(1)
	tape.keep(0, asked(), answer(201)) // was under way
	tape.keep(1, asked(), answer(202))
	calls := tape.end()
	tape.keep(1, asked(), answer(203))
	if len(calls) != 1 || calls[0].Response.Status != 202 || len(tape.calls) != 1 {
		t.Errorf("recorded %+v", calls)
	}
	rec.room(64 << 20)
	if _, err := rec.Cassette(nil); err == nil || err.Error() != "recording the run: its calls come to more than the 64 MiB that a cassette may have" {
		t.Errorf("too much: %v", err)
	}
}
