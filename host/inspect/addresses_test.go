package inspect

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"
)

func TestFindAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"see https://example.com/a?b=c#d now":  "url https://example.com/a?b=c#d example.com",
		"https://Example.COM:8443.":            "url https://Example.COM:8443 example.com",
		"xhttps://example.com":                 "url https://example.com example.com",
		"ldaps://user:pw@ldap.example.com/":    "url ldaps://user:pw@ldap.example.com/ ldap.example.com",
		"https://[2001:db8::1]:443/x":          "url https://[2001:db8::1]:443/x 2001:db8::1",
		"http://localhost:80":                  "url http://localhost:80 localhost",
		"http://registry:5000/v2/":             "url http://registry:5000/v2/ registry",
		"http://metadata/":                     "url http://metadata/ metadata",
		"mail me@evil.example.net":             "",
		"begin with http:// or https:// there": "",
		"https://location secondary":           "",
		"gopher://example.com":                 "url gopher://example.com example.com", "'://example.com": "",
		"https://a.example.com/https://b.example": "url https://a.example.com/https a.example.com; url https://b.example b.example",
		"10.0.0.1":                               "ip 10.0.0.1 10.0.0.1",
		"10.0.0.256 1.2.3 01.2.3.4":              "",
		"v1.2.3.4":                               "",
		"evil.example.net":                       "host evil.example.net evil.example.net",
		"metadata.google.internal":               "host metadata.google.internal metadata.google.internal",
		"eq.internal runtime.go config.yaml":     "",
		"done.it there.no App.Com io.EOF a..com": "",
		"-bad-.com":                              "",
		"https://\xff\xfe.com":                   "",
		"https://..../":                          "",
		"://":                                    "",
		strings.Repeat("a", 64) + ".com":         "",
		strings.Repeat("a.", 200) + "com":        "",
	} {
		var got []string
		findAddresses([]byte(text), func(a address) { got = append(got, a.kind+" "+a.text+" "+a.host) })
		if strings.Join(got, "; ") != want {
			t.Errorf("%q: found %q, want %q", text, strings.Join(got, "; "), want)
		}
	}
}

func TestJudgeAddress(t *testing.T) {
	k := &knownHosts{declared: map[string]bool{"api.example.com": true}, described: map[string]bool{"docs.example.com": true},
		source: map[string]bool{"example.org/mod": true, "example.org/yaml.v3": true, "evil.net": true, "github.com/big/mod": true}, lengths: []int{16, 15}}
	for text, want := range map[string]string{
		"https://api.example.com/x":          "declared api.example.com",
		"https://docs.example.com/x":         "described docs.example.com",
		"https://api.example.comnext":        "declared api.example.com",
		"https://api.example.comnext-one":    "declared api.example.com",
		"https://api.example.com.Then":       "not-declared api.example.com.then", // it may be a host
		"https://api.example.com.evil.net/":  "not-declared api.example.com.evil.net",
		"https://api.example.comevil.net/":   "not-declared api.example.comevil.net",
		"https://api.example.com.evil.corp/": "not-declared api.example.com.evil.corp",
		"https://api.example.com.nl/":        "not-declared api.example.com.nl",
		"https://api.example.com.ninja/x":    "not-declared api.example.com.ninja",
		"https://api.example.com-evil.pizza": "not-declared api.example.com-evil.pizza",
		"https://api.example.company/":       "not-declared api.example.company",
		"https://api.example.com-evil":       "not-declared api.example.com-evil",
		"https://api.example.comevil.pizza/": "not-declared api.example.comevil.pizza",
		"https://api.example.com@evil.net/":  "not-declared evil.net",
		"https://evil.net/?api.example.com":  "not-declared evil.net; declared api.example.com",
		"example.org/mod.F":                  "source example.org",
		"type:.eq.example.org/mod":           "source example.org",
		"type:.hash.evil.net/mod":            "not-declared evil.net",
		"xtype:.eqn.example.org/mod":         "not-declared eqn.example.org",
		"example.org/mod":                    "source example.org",
		"example.org/mod/sub.(*T).F":         "source example.org",
		"example.org/yaml%2ev3.F":            "source example.org",
		"github.com/!big/mod@v1.0.0/a.go":    "source github.com",
		"golang.org/x/net":                   "source golang.org",
		"example.org/model":                  "not-declared example.org",
		"example.org/":                       "not-declared example.org",
		"example.org/other":                  "not-declared example.org",
		"evil.net/":                          "not-declared evil.net",
		"evil.net/beacon":                    "not-declared evil.net",
		"example.org":                        "not-declared example.org",
		"https://example.org/mod":            "not-declared example.org",
		"127.0.0.1":                          "local 127.0.0.1",
		"http://localhost:8080/":             "local localhost",
		"http://[::1]/":                      "local ::1",
		"169.254.169.254":                    "not-declared 169.254.169.254",
	} {
		var got []string
		findAddresses([]byte(text), func(a address) {
			f := k.judge(a)
			got = append(got, f.Status+" "+f.Host)
		})
		if strings.Join(got, "; ") != want {
			t.Errorf("%q: judged %q, want %q", text, strings.Join(got, "; "), want)
		}
	}
}

// The search is linear in what it searches, whatever stands there.
func TestFindAddressesHostile(t *testing.T) {
	for _, piece := range []string{"://", "http://", "https://a.b/?", ".", "a.", "1.", "a.com ", "https://a@", "s3://" + strings.Repeat("a", 600), "MZ", "MZPE\x00\x00", "\x1f\x8b\x08\x00", "A", "QUJD\x00"} {
		b := []byte(strings.Repeat(piece, (2<<20)/len(piece)))
		start := time.Now()
		findAddresses(b, func(address) {})
		for range programsForWindows(b) {
		}
		for range blobs(b) {
		}
		// A third of a second is usual for the worst; the bound leaves room for a busy
		// machine and none for work that grows with the square.
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("2 MiB of %.20q took %v", piece, took)
		}
	}
}

func TestEntropy(t *testing.T) {
	all := make([]byte, 256*16)
	for i := range all {
		all[i] = byte(i)
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"nothing":           {nil, "0.00"},
		"one byte":          {[]byte{7}, "0.00"},
		"equal bytes":       {make([]byte, 1<<20), "0.00"},
		"two":               {[]byte("abababab"), "1.00"},
		"three":             {[]byte("abc"), "1.58"},
		"one in four":       {[]byte("aaab"), "0.81"},
		"all bytes":         {all, "8.00"},
		"all but the first": {all[1:256], "7.99"},
	} {
		if got := entropy(c.b); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestTopLevel: each name in the list is one of the public DNS, and those that the
// list is there for are in it.
func TestTopLevel(t *testing.T) {
	for name := range topLevel() {
		if suffix, icann := publicsuffix.PublicSuffix(name); !icann || suffix != name {
			t.Errorf("%s is no top-level domain", name)
		}
	}
	for _, name := range []string{"com", "company", "ninja", "pizza", "xn--p1ai"} {
		if !topLevel()[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
}
