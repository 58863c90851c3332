package main

import (
	"testing"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var s3StorageKeys = []string{
	"config_key", "content_type", "endpoint_url", "error_kind", "error_message", "http_status", "is_s3_api", "is_tls", "redirect_location",
	"request_method", "request_url", "response_time_ms", "server_header", "tls_error",
}

// TestS3Storage holds the verdict table of §3.16 for both requests.
func TestS3Storage(t *testing.T) {
	const url = "https://s3.example.com/minio/"
	head := sweep{
		check: s3StorageID, keys: s3StorageKeys, method: "HEAD", url: url, failed: wire.Fail,
		settings: map[string]wire.Setting{keyS3Endpoint: {Value: "https://s3.example.com/minio", Key: keyS3Endpoint}},
		asksOn:   func(status int) bool { return status == 405 || status == 501 },
		want: func(status int, kind string) (wire.Severity, string) {
			if status >= 500 {
				return wire.Warn, "http.5xx"
			}
			return wire.Pass, ""
		},
	}
	t.Run("HEAD", head.run)
	page := head
	page.header = map[string][]string{"content-type": {"Text/HTML; charset=utf-8"}}
	page.want = func(status int, kind string) (wire.Severity, string) {
		if status >= 200 && status < 300 {
			return wire.Warn, "http.200-html"
		}
		return head.want(status, kind)
	}
	t.Run("HEAD page", page.statuses)
	for _, status := range []int{405, 501} {
		get := head
		get.method, get.asksOn = "GET", nil
		get.body = `<?xml version="1.0" encoding="UTF-8"?><ListAllMyBucketsResult/>`
		get.before = []exchange.Exchange{{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "HEAD", URL: url}, Response: wire.HTTPResponse{Status: status}}}
		t.Run("GET", get.run)
	}
	wantShown(t, s3StorageID, "s3storage")
}

func TestS3StorageIdentity(t *testing.T) {
	c := described(t, s3StorageID)
	wantInfo(t, &c, "warn", "connectivity s3 storage", "S3:Endpoint Storage:S3:Endpoint",
		"GET,HEAD {S3:Endpoint}  /", "check.integration.oci.registry check.storage.evidencelocker")
}

// FuzzS3Storage: no answer and no address breaks the contract.
func FuzzS3Storage(f *testing.F) {
	addFailures(f)
	f.Fuzz(func(t *testing.T, url string, status int, name, value, body, kind, detail, message string, unused bool) {
		a := readAddress(wire.Setting{Value: url, Key: keyS3Endpoint}, keyS3Endpoint, "")
		x := prepare(a, "HEAD", "/")
		if a.rule == "" {
			x.resp = fuzzed(status, name, value, body, kind, detail, message, unused)
		}
		wantValid(t, s3StorageID, s3StorageKeys, judgeS3Storage(a, x))
	})
}
