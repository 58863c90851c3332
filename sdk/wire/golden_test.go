package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var update = flag.Bool("update", false, "write the golden documents anew")

const goldenDir = "../../testdata/wire"

// golden lists the documents under testdata/wire: one per kind and variety. They
// are the contract for implementations in other languages.
func golden() map[string]Document {
	pass := &Result{Version: 1, Nonce: sampleNonce, Check: "check.test.one", Severity: Pass, Diagnosis: "All is well."}
	return map[string]Document{
		"request":         sampleRequest(),
		"request-minimal": &Request{Version: 1, Nonce: sampleNonce, Check: "check.test.one", Now: "2026-01-02T03:04:05Z", DeadlineMS: 1, Settings: map[string]Setting{}},
		"result-pass":     pass,
		"result-fail":     sampleResult(),
		"result-skip":     &Result{Version: 1, Nonce: sampleNonce, Check: "check.test.one", Severity: Skip, SkipReason: SkipNotApplicable},
		"result-unjudged": &Result{Version: 1, Nonce: sampleNonce, Check: "check.test.one", Unjudged: UnjudgedDenied, Evidence: Evidence{"error_kind": String(KindDenied)}},
		"plugin-info":     sampleInfo(),
		"plugin-info-minimal": &PluginInfo{ABI: 1, ID: "test.one", Name: "One", Version: "0.0.1", Category: "core", Checks: []CheckInfo{
			{ID: "check.test.one", Name: "One", Description: "Is it one?", Class: ClassRead, DefaultSeverity: Info}}},
		"http-request":         sampleHTTPRequest(),
		"http-request-minimal": &HTTPRequest{Method: "GET", URL: "http://127.0.0.1:5000/v2/"},
		"http-request-basic":   &HTTPRequest{Method: "GET", URL: "secret:Slack:WebhookUrl", Credential: &Credential{Scheme: SchemeBasic, Username: "ops", Secret: "secret:A:Password"}},
		"http-request-bearer":  &HTTPRequest{Method: "HEAD", URL: "http://r.example.com/", Credential: &Credential{Scheme: SchemeBearer, Secret: "secret:A:Token"}},
		"http-request-header":  &HTTPRequest{Method: "OPTIONS", URL: "http://r.example.com/", Credential: &Credential{Scheme: SchemeHeader, Secret: "secret:A:Token", Header: "x-vault-token"}},
		"http-response":        sampleHTTPResponse(),
		"http-response-ok":     &HTTPResponse{Status: 200, Header: map[string][]string{"docker-distribution-api-version": {"registry/2.0"}}, DurationMS: 3, Address: "127.0.0.1:5000"},
		"http-response-dns":    &HTTPResponse{DurationMS: 12, Error: &CallError{Kind: KindDNSFailure, Detail: DNSNXDomain, Message: "no such host: registry.example.com"}},
		"http-response-tls": &HTTPResponse{DurationMS: 12, Address: "192.0.2.1:443", TLS: &TLSInfo{ServerName: "r.example.com", NotAfter: "2020-01-01T00:00:00Z"},
			Error: &CallError{Kind: KindSSLError, Detail: TLSExpired}},
		"http-response-denied":  &HTTPResponse{Error: &CallError{Kind: KindDenied, Detail: "method", Rule: "method", Message: "POST is not granted"}},
		"tcp-request":           sampleTCPRequest(),
		"tcp-request-minimal":   &TCPRequest{Host: "::1", Port: 389},
		"tcp-response":          sampleTCPResponse(),
		"tcp-response-ok":       &TCPResponse{Connected: true, ConnectMS: 3, DurationMS: 3, Address: "127.0.0.1:389"},
		"tcp-response-refused":  &TCPResponse{DurationMS: 1, Address: "127.0.0.1:389", Error: &CallError{Kind: KindRefused, Message: "127.0.0.1:389 refused the connection"}},
		"tcp-response-tls":      &TCPResponse{Connected: true, ConnectMS: 3, DurationMS: 5, TLS: &TLSInfo{ServerName: "ldap.example.com"}, Error: &CallError{Kind: KindSSLError, Detail: TLSUnknownAuthority}},
		"http-response-refused": &HTTPResponse{DurationMS: 1, Address: "127.0.0.1:5000", Error: &CallError{Kind: KindRefused, On: OnProxy}, ProxyIgnored: true},
	}
}

// TestGolden holds each golden document to its value in both directions and to
// encoding/json, and each to its own rules.
func TestGolden(t *testing.T) {
	docs := golden()
	for name, d := range docs {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(goldenDir, name+".json")
			if *update {
				if err := os.WriteFile(file, append(Marshal(d), '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := bytes.TrimSuffix(text, []byte("\n"))
			back := newLike(d)
			if err := Unmarshal(text, back); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, d) {
				t.Errorf("decodes to\n%+v\nwant\n%+v", back, d)
			}
			if got := Marshal(back); !bytes.Equal(got, want) {
				t.Errorf("Marshal:\n got %s\nwant %s", got, want)
			}
			std, err := json.Marshal(back)
			if err != nil || !bytes.Equal(std, want) {
				t.Errorf("encoding/json: %v\n got %s\nwant %s", err, std, want)
			}
			if v, ok := back.(interface{ Validate() error }); ok {
				if err := v.Validate(); err != nil {
					t.Error(err)
				}
			}
			if r, ok := back.(*Result); ok {
				if err := r.Validate(nil, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	files, err := filepath.Glob(filepath.Join(goldenDir, "*.json"))
	if err != nil || len(files) != len(docs) {
		t.Errorf("%d files for %d documents: %v", len(files), len(docs), err)
	}
}
