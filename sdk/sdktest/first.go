package sdktest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// caseFiles returns the cases of dir. Where none is, update writes a first one;
// without update it ends the test and tells the author what a case is.
func caseFiles(t testing.TB, p sdk.Plugin, dir string, update bool) []string {
	t.Helper()
	pattern, first := filepath.Join(dir, "*.txtar"), filepath.Join(dir, "first.txtar")
	files, err := filepath.Glob(pattern)
	switch {
	case err != nil:
		t.Fatalf("looking for cases %s: %v", pattern, err)
	case len(files) == 0 && update:
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(first, firstCase(p), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s is written; put the calls of the check into it", first)
		return []string{first}
	case len(files) == 0:
		t.Fatalf("no case %s\nA case is a text file: the request to the check, the host calls that the check must make, in order, each with its\n"+
			"answer, and the result that is wanted. go test -update writes a first one, as below, to %s and adds the\n"+
			"result that the check gives. Lines begin without the indent of this log. Change its calls to those of your check.\n\n%s",
			pattern, first, firstCase(p))
	}
	return files
}

// firstCase returns a case without a result for the first check of p, to be
// copied: the settings that the check cannot do without, and one call that it
// may make. A plugin without checks gets one for a check of another name.
func firstCase(p sdk.Plugin) []byte {
	info := wire.CheckInfo{ID: "check.acme.web.health", Settings: []wire.SettingInfo{{Key: "Acme:Url", Type: wire.TypeURL, Lead: true}}}
	if checks := p.Info().Checks; len(checks) > 0 {
		info = checks[0]
	}
	c := &exchange.Case{
		Comment: "What this case shows, in a sentence.\n\n",
		Request: complete(wire.Request{Settings: map[string]wire.Setting{}}, info.ID),
	}
	a := firstAccess(&info)
	for _, s := range info.Settings {
		if s.Lead || s.Required || a.Target == "{"+s.Key+"}" {
			key := strings.ReplaceAll(s.Key, "*", "0")
			c.Request.Settings[key] = sample(&s, key)
			if a.Kind == wire.KindTCP && a.Target == "{"+s.Key+"}" && !s.Secret {
				c.Request.Settings[key] = wire.Setting{Value: samplePeer, Key: key}
			}
		}
	}
	var e exchange.Exchange
	var ok bool
	if a.Kind == wire.KindTCP {
		e, ok = firstConnection(&a, c.Request.Settings)
	} else {
		e, ok = firstExchange(&a)
	}
	if ok {
		c.Exchanges = []exchange.Exchange{e}
	}
	return c.Format()
}

const (
	samplePeer = "server.example.com"
	sampleURL  = "http://" + samplePeer
)

// firstAccess returns the first entry of a check that asks to read, the zero
// value if there is none.
func firstAccess(info *wire.CheckInfo) wire.Access {
	for _, a := range info.Access {
		if a.Kind == wire.KindTCP || a.Kind == wire.KindHTTP && a.Class != wire.ClassWrite && len(a.Methods) > 0 {
			return a
		}
	}
	return wire.Access{}
}

func firstExchange(a *wire.Access) (e exchange.Exchange, ok bool) {
	target := a.Target
	if strings.HasPrefix(target, "{") {
		target = sampleURL
	}
	u, rule := wire.ScreenURL(target)
	if len(a.Methods) == 0 || rule != "" {
		return e, false
	}
	address := u.Join("", a.Path).String()
	return exchange.Exchange{
		Function: wire.FuncHTTPRead,
		Request:  wire.HTTPRequest{Method: a.Methods[0], URL: address},
		Response: wire.HTTPResponse{Status: 200, FinalURL: address, Header: map[string][]string{"content-type": {"text/plain"}}, Body: []byte("ok")},
	}, true
}

// firstConnection takes the port from the setting that is given, then from the
// target, then from the defaults.
func firstConnection(a *wire.Access, given map[string]wire.Setting) (e exchange.Exchange, ok bool) {
	target := a.Target
	if strings.HasPrefix(target, "{") {
		target = samplePeer
	}
	p, rule := wire.ScreenPeer(target)
	port := wire.ParsePort(given[strings.ReplaceAll(strings.Trim(a.Port, "{}"), "*", "0")].Value)
	if port == 0 {
		port = p.Port
	}
	if port == 0 && len(a.DefaultPort) > 0 {
		port = a.DefaultPort[0]
	}
	if rule != "" || port == 0 {
		return e, false
	}
	return exchange.Exchange{Function: wire.FuncTCPProbe, TCP: &exchange.TCP{
		Request:  wire.TCPRequest{Host: p.Host, Port: port},
		Response: wire.TCPResponse{Connected: true, ConnectMS: 1, DurationMS: 1},
	}}, true
}

// sample is a setting as a host sends it.
func sample(s *wire.SettingInfo, key string) wire.Setting {
	if s.Secret {
		return wire.Setting{Secret: wire.SecretPrefix + key, Key: key}
	}
	if s.Default != "" {
		return wire.Setting{Value: s.Default} // a default has no key that it came from
	}
	value := "text"
	switch s.Type {
	case wire.TypeURL:
		value = sampleURL
	case wire.TypeInt:
		value = "1"
	case wire.TypeBool:
		value = "true"
	}
	return wire.Setting{Value: value, Key: key}
}
