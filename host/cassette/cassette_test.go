package cassette

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

func ptr[T any](v T) *T { return &v }

// sample is a recorded run with a verdict, an outcome of the host's and a skip.
func sample() *Cassette {
	ref := report.PluginRef{ID: "acme.doctor.web", Version: "1.0.0", Digest: "sha256:00"}
	result := func(check string) report.Result {
		return report.Result{Check: check, Plugin: ref, Outcome: report.Judged, Severity: ptr(wire.Pass), Diagnosis: "It is \x1b[1mwell\u202e.",
			Evidence: wire.Evidence{"n": wire.Int(1), "list": wire.Items(wire.Item{{Name: "item", Value: wire.Int(0)}, {Name: "b", Value: wire.Null()}, {Name: "a", Value: wire.Float(1.5)}})},
			Tags:     []string{}, LikelyCauses: []string{}, Related: []wire.Related{}, BlockedBy: []string{}, Requests: []report.Request{}}
	}
	results := []report.Result{result("check.acme.a"), result("check.acme.b"), result("check.acme.c")}
	results[1].Outcome, results[1].Severity = report.Timeout, nil
	results[2].Severity, results[2].SkipReason = ptr(wire.Skip), ptr("offline")
	request := func(check string) wire.Request {
		return wire.Request{Version: 1, Nonce: strings.Repeat("ab", 16), Check: check, Now: "2026-01-02T03:04:05Z", DeadlineMS: 30000,
			Settings: map[string]wire.Setting{"Acme:Url": {Value: "http://a.example.com/<\u202e>", Key: "acme:url"}, "Acme:Token": {Secret: "secret:Acme:Token", Key: "Acme:Token"}}}
	}
	call := func(url string, resp wire.HTTPResponse) exchange.Exchange {
		return exchange.Exchange{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: url}, Response: resp}
	}
	return &Cassette{
		Header: Header{Schema: Schema, FailOn: wire.Warn, VerifyFlags: []string{"--config", "a b.yaml"}, ByHost: []string{"check.acme.b"},
			Plugins: []Plugin{{ID: "acme.doctor.web", Version: "1.0.0", Digest: "sha256:00", Path: "my web.wasm"}}},
		Report: &report.Report{Schema: report.Schema, StartedAt: "2026-01-02T03:04:05Z", Host: report.HostInfo{Version: "1.2.3"},
			Notes: []report.Note{{Code: "plugin_file", Text: "it runs from a file"}}, Results: results, Summary: report.Summarize(results, wire.Warn)},
		Checks: []*exchange.Case{
			{Request: request("check.acme.a"), Exchanges: []exchange.Exchange{
				call("http://a.example.com/", wire.HTTPResponse{Status: 200, FinalURL: "http://a.example.com/", Body: []byte("text\n-- seal --\nsha256:00\n"), Header: map[string][]string{"a": {"b"}}}),
				call("http://a.example.com/\n", wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindDenied, Detail: "not-granted", Rule: "not-granted", Message: "no"}}),
				call("", wire.HTTPResponse{Body: []byte{0, 255}, Status: 299}),
				{Function: wire.FuncTCPProbe, TCP: &exchange.TCP{
					Request:  wire.TCPRequest{Host: "mail\n-- seal --", Port: 70000, Banner: 9},
					Response: wire.TCPResponse{Connected: true, Banner: []byte("220 \x00\n-- seal --\n"), Error: &wire.CallError{Kind: wire.KindReset}}}},
			}},
			{Request: request("check.acme.b")},
		},
	}
}

func format(t testing.TB, c *Cassette) []byte {
	t.Helper()
	data, err := c.Format()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	data := format(t, sample())
	back, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, sample()) {
		t.Errorf("came back as %+v", back)
	}
	if again := format(t, back); !bytes.Equal(again, data) {
		t.Errorf("formatted again as\n%s", again)
	}
	if bytes.ContainsAny(data, "\x1b\u202e\x00") {
		t.Error("the text holds control characters")
	}
	if back.HandWritten() || back.Check("check.acme.b") == nil || back.Check("check.acme.c") != nil || back.Result("check.acme.c") == nil || back.Result("check.acme.d") != nil {
		t.Error("something is not found")
	}
}

// TestOrder: in whatever order checks ended, the text is the same.
func TestOrder(t *testing.T) {
	c := sample()
	c.Checks[0], c.Checks[1] = c.Checks[1], c.Checks[0]
	if !bytes.Equal(format(t, c), format(t, sample())) {
		t.Error("the order of the checks shows")
	}
}

func TestHandWritten(t *testing.T) {
	const text = "A case.\n-- request.json --\n{\"check\":\"check.acme.a\"}\n-- http/1 --\nGET http://a.example.com/\n\nHTTP/2 200\r\nserver: x\r\n\r\nok\n-- result.json --\n{}\n"
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if !c.HandWritten() || len(c.Checks) != 1 || len(c.Checks[0].Exchanges) != 1 || c.Checks[0].Request.Now != exchange.DefaultNow {
		t.Errorf("got %+v", c)
	}
}

// refused wants an *Error and returns its text.
func refused(t *testing.T, data []byte) string {
	t.Helper()
	c, err := Parse(data)
	var e *Error
	if !errors.As(err, &e) || c != nil {
		t.Errorf("got %+v, %v", c, err)
		return ""
	}
	return err.Error()
}

// TestCutOff cuts a cassette at every byte: no part of it is taken for the whole.
func TestCutOff(t *testing.T) {
	data := format(t, sample())
	for n := range data {
		text := refused(t, data[:n])
		if n > 0 && text != "it is cut off: no seal stands at its end" {
			t.Fatalf("cut to %d bytes: %s", n, text)
		}
	}
	if text := refused(t, append(bytes.Clone(data), '\n')); text != "it is cut off: no seal stands at its end" {
		t.Errorf("a line more: %s", text)
	}
	if text := refused(t, bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))); text != "its line ends were rewritten; copy the file byte for byte" {
		t.Errorf("other line ends: %s", text)
	}
}

// TestBitFlips turns single bits over: each is found.
func TestBitFlips(t *testing.T) {
	data := format(t, sample())
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		flipped := bytes.Clone(data)
		i := r.IntN(len(data))
		flipped[i] ^= 1 << r.IntN(8)
		if refused(t, flipped) == "" {
			t.Fatalf("byte %d", i)
		}
	}
}

// TestRefuses changes a sealed cassette and seals it again.
func TestRefuses(t *testing.T) {
	whole := string(format(t, sample()))
	body, _, _ := strings.Cut(whole, sealMarker+sealPrefix+sum([]byte(whole[:len(whole)-sealBytes]))[len(sealPrefix):])
	edit := func(old, new string) string { return strings.Replace(body, old, new, 1) }
	drop := func(from, to string) string {
		i := strings.Index(body, from)
		return body[:i] + body[i+strings.Index(body[i:], to):]
	}
	const last = "-- check.acme.b/request.json --\n"
	for name, c := range map[string]struct{ text, want string }{
		"newer":           {edit("cassette/v1", "cassette/v2"), "it was made by a newer Doctor, as stellaops.doctor.cassette/v2; this one reads stellaops.doctor.cassette/v1"},
		"other schema":    {edit("cassette/v1", "tape/v1"), `line 3: cassette.json: the schema is "stellaops.doctor.tape/v1", not stellaops.doctor.cassette/v1`},
		"no header":       {edit(`"schema"`, `"schema`), "line 3: cassette.json: invalid character 's' after object key"},
		"fail_on":         {edit(`"fail_on": "warn"`, `"fail_on": "pass"`), `cassette.json: fail_on is "pass", neither fail nor warn`},
		"by_host":         {edit("\"check.acme.b\"\n  ]", "\"check.acme.a\"\n  ]"), "cassette.json: by_host names check.acme.a, which is no check with a guest and without a verdict"},
		"no plugin":       {edit(`"id": "acme.doctor.web"`, `"id": "acme.doctor.wob"`), "cassette.json: the plugin of check check.acme.a is missing"},
		"no report":       {drop("-- report.json --", "-- check.acme.a/request.json --"), "line 23: check.acme.a/request.json: stands where report.json is wanted"},
		"half a report":   {drop("  \"results\": [", "-- check.acme.a/request.json --"), "line 23: report.json: it is no report: unexpected end of JSON input"},
		"report schema":   {edit("doctor.report/v1", "doctor.report/v2"), `line 23: report.json: the schema is "stellaops.doctor.report/v2", not stellaops.doctor.report/v1`},
		"report time":     {edit(`"started_at": "2026`, `"started_at": "26`), `line 23: report.json: started_at is "26-01-02T03:04:05Z", no time of RFC 3339`},
		"severity":        {edit(`"severity": "pass"`, `"severity": "\u001b"`), `line 23: report.json: check check.acme.a has the severity "\x1b"`},
		"outcome":         {edit(`"outcome": "timeout"`, `"outcome": "judged"`), `line 23: report.json: check check.acme.b has the outcome "judged"`},
		"no results":      {edit(`"results": [`, `"resilts": [`), "line 23: report.json: it has no results or no notes"},
		"results' order":  {edit(`"check": "check.acme.a"`, `"check": "check.acme.d"`), "report.json: the results are not in order"},
		"no request":      {body[:strings.Index(body, last)], "the request of check check.acme.b is missing"},
		"no result":       {edit(`"check": "check.acme.b"`, `"check": "check.acme.b0"`), "the request of check check.acme.b0 is missing"},
		"calls alone":     {body[:strings.Index(body, last)] + "-- check.acme.b/http/1 --\nGET u\n\n@error: reset\n", "check check.acme.b has calls and no request.json"},
		"other check":     {edit(last, "-- check.acme.x/request.json --\n"), "the request under check.acme.x is one of check.acme.b"},
		"twice":           {body + body[strings.Index(body, last):], "line 219: check.acme.b/request.json: stands there twice"},
		"two seals":       {body + "-- seal --\nsha256:00\n", "line 219: seal: stands there twice"},
		"unknown file":    {body + "-- check.acme.b/answer --\n", "line 219: check.acme.b/answer: is no file of a cassette"},
		"result":          {body + "-- check.acme.b/result.json --\n", "line 219: check.acme.b/result.json: is no file of a cassette"},
		"file outside":    {body + "-- http/1 --\n", "line 219: http/1: is no file of a cassette"},
		"order of calls":  {body + "-- check.acme.b/http/2 --\n", "line 219: check.acme.b/http/2: stands where http/1 is wanted"},
		"bad call":        {body + "-- check.acme.b/http/1 --\nGET u\n\nHTTP/1.1 OK\n", `line 222: check.acme.b/http/1: "HTTP/1.1 OK" is neither a fact nor a status line such as HTTP/1.1 200 OK`},
		"bad request":     {edit(`"nonce": "ab`, `"nonce": "AB`), "line 163: check.acme.a/request.json: request: nonce: 32 lower-case hex digits are wanted"},
		"half a request":  {edit("\"version\": 1,\n", ""), "line 163: check.acme.a/request.json: request: version: is not at least 1"},
		"recorded header": {edit("-- cassette.json --", "-- header.json --"), "line 3: header.json: it is no cassette of Doctor: cassette.json or request.json is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(t, seal([]byte(c.text))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestForeign: what else people may have at hand is told by its name.
func TestForeign(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":      {" \n", "it is empty"},
		"text":       {"hello\n", "it is no cassette of Doctor, which is a txtar archive that begins with cassette.json or request.json"},
		"VCR":        {"---\nhttp_interactions:\n- request:\n    method: get\n", "it is no cassette of Doctor but a cassette of VCR"},
		"go-vcr":     {"---\nversion: 2\ninteractions:\n", "it is no cassette of Doctor but a cassette of VCR"},
		"HAR":        {"{\n  \"log\": {\n    \"version\": \"1.2\"", "it is no cassette of Doctor but a HAR file"},
		"report":     {"{\n  \"schema\": \"stellaops.doctor.report/v1\"", "it is no cassette of Doctor but a report of Doctor; a cassette is made by run --record"},
		"module":     {"\x00asm\x01\x00\x00\x00", "it is no cassette of Doctor but a WebAssembly module; a plugin goes with --plugin"},
		"gzip":       {"\x1f\x8b\x08\x00", "it is no cassette of Doctor but compressed; unpack it first"},
		"txtar":      {"a script\n-- go.mod --\nmodule x\n", "line 2: go.mod: it is no cassette of Doctor: cassette.json or request.json is wanted"},
		"case, slip": {"-- request.json --\n{\"check\":\"check.acme.a\"}\n-- http --\n", "line 3: http: is no file of a case; known are request.json, http/1, http/2 … (tcp/1 for a connection) and result.json"},
		"large":      {strings.Repeat("x", MaxBytes+1), "it has more than the 64 MiB that a cassette may have"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(t, []byte(c.text)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestTooLarge: what would be refused is not written.
func TestTooLarge(t *testing.T) {
	c := sample()
	c.Checks[0].Exchanges[0].Response.Body = bytes.Repeat([]byte{0xff}, MaxBytes*3/4)
	if _, err := c.Format(); err == nil || err.Error() != "it has more than the 64 MiB that a cassette may have" {
		t.Errorf("got %v", err)
	}
	c = sample()
	c.Checks = nil
	var e *Error
	if data, err := c.Format(); !errors.As(err, &e) || data != nil {
		t.Errorf("a cassette without its requests: %v", err)
	}
}

// TestManyChecks: three thousand checks are read in a moment.
func TestManyChecks(t *testing.T) {
	c := sample()
	c.ByHost, c.Checks = []string{}, nil
	one := c.Report.Results[0]
	c.Report.Results = nil
	for i := range 3_000 {
		res := one
		res.Check = fmt.Sprintf("check.acme.n%05d", i)
		c.Report.Results = append(c.Report.Results, res)
		k := *sample().Checks[1]
		k.Request.Check = res.Check
		c.Checks = append(c.Checks, &k)
	}
	back, err := Parse(format(t, c))
	if err != nil || len(back.Checks) != 3_000 {
		t.Errorf("%v", err)
	}
}

// FuzzParse: no panic; what parses and is a recording formats to a text that
// gives it back. Texts are sealed first, so that the fuzzer gets past the seal.
func FuzzParse(f *testing.F) {
	data := format(f, sample())
	f.Add(data[:len(data)-sealBytes])
	f.Add([]byte("-- request.json --\n{\"check\":\"check.acme.a\"}\n-- http/1 --\nGET u\n\n@error: reset\n"))
	f.Add([]byte("-- cassette.json --\n{}\n-- report.json --\n{}\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, data := range [][]byte{body, seal(bytes.Clone(body))} {
			c, err := Parse(data)
			var e *Error
			if err != nil {
				if !errors.As(err, &e) || c != nil || e.Problem == "" {
					t.Fatalf("%+v, %v", c, err)
				}
				continue
			}
			if c.HandWritten() {
				continue
			}
			text, err := c.Format()
			if err != nil {
				t.Fatalf("%v\n%s", err, data)
			}
			back, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := back.Format(); err != nil || !bytes.Equal(again, text) {
				t.Fatalf("unstable: %v\n%s\n%s", err, text, again)
			}
		}
	})
}
