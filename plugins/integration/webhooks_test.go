package main

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var (
	webhooksKeys   = []string{"endpoint_count", "endpoints", "unreachable_count"}
	webhooksFields = []string{"direction", "url_host", "is_reachable", "total_deliveries", "successful_deliveries", "failure_rate"}
)

// webhookItem are the settings of one endpoint.
func webhookItem(number string, fields ...string) map[string]wire.Setting {
	key := "Webhooks:Endpoints:" + number + ":Url"
	all := map[string]wire.Setting{key: {Secret: "secret:" + key, Key: key,
		URL: &wire.SecretURL{Valid: true, Scheme: "https", Host: "hooks.example.com", Port: 443}}}
	for i := 0; i < len(fields); i += 2 {
		key := "Webhooks:Endpoints:" + number + ":" + fields[i]
		all[key] = wire.Setting{Value: fields[i+1], Key: key}
	}
	return all
}

func webhookHead(number string) wire.HTTPRequest {
	return wire.HTTPRequest{Method: "HEAD", URL: "secret:Webhooks:Endpoints:" + number + ":Url"}
}

// TestWebhooks holds the verdict table of §3.10 for the request.
func TestWebhooks(t *testing.T) {
	s := sweep{
		check: webhooksID, keys: webhooksKeys, method: "HEAD", url: "secret:Webhooks:Endpoints:0:Url", failed: wire.Fail,
		settings: webhookItem("0"),
		want: func(status int, kind string) (wire.Severity, string) {
			if status >= 500 {
				return wire.Fail, "http.5xx"
			}
			return wire.Pass, ""
		},
	}
	s.run(t)
	bad := s
	bad.settings = webhookItem("0", "TotalDeliveries", "100", "SuccessfulDeliveries", "79")
	bad.want = func(status int, kind string) (wire.Severity, string) {
		if status >= 500 {
			return wire.Fail, "http.5xx"
		}
		return wire.Fail, "webhook.failure-rate"
	}
	t.Run("failing deliveries", bad.statuses)
	wantShown(t, webhooksID, "webhooks")
	wantNoSecrets(t, "webhooks")
	for _, r := range casesOf(t, "webhooks") {
		wantItems(t, &r, "endpoints", webhooksFields...)
	}
}

// TestWebhooksRate holds the limits of the failure rate, for both directions.
func TestWebhooksRate(t *testing.T) {
	twenty, five := big.NewRat(20, 100), big.NewRat(5, 100)
	for _, direction := range []string{"outbound", "inbound"} {
		for total := int64(0); total <= 100; total += 1 + total/20 {
			for successful := int64(0); successful <= total+1; successful++ {
				severity, cause := wire.Pass, ""
				if successful > total {
					severity, cause = wire.Warn, "webhook.counters-inconsistent"
				} else if total > 0 {
					switch rate := big.NewRat(total-successful, total); {
					case rate.Cmp(twenty) > 0:
						severity, cause = wire.Fail, "webhook.failure-rate"
					case rate.Cmp(five) >= 0:
						severity, cause = wire.Warn, "webhook.failure-rate"
					}
				}
				c := &exchange.Case{Request: wire.Request{Settings: webhookItem("0", "Direction", direction,
					"TotalDeliveries", strconv.FormatInt(total, 10), "SuccessfulDeliveries", strconv.FormatInt(successful, 10))}}
				if direction == "outbound" {
					c.Exchanges = []exchange.Exchange{{Function: wire.FuncHTTPRead, Request: webhookHead("0"), Response: wire.HTTPResponse{Status: 200}}}
				}
				r := sdktest.Play(t, plugin, webhooksID, c)
				if r.Severity != severity || r.Cause != cause {
					t.Fatalf("%s, %d of %d: %s %q, want %s %q", direction, successful, total, r.Severity, r.Cause, severity, cause)
				}
				wantWhole(t, webhooksID, webhooksKeys, &r)
				items, _ := r.Evidence["endpoints"].AsItems()
				for _, f := range items[0] {
					if f.Name != "failure_rate" {
						continue
					}
					rate, ok := f.Value.AsFloat()
					if ok != (total > 0 && successful <= total) || ok && (rate < 0 || rate > 1) {
						t.Errorf("%d of %d: rate %v, %v", successful, total, rate, ok)
					}
				}
			}
		}
	}
}

// TestWebhooksMany: however many endpoints there are and whatever their receivers
// send, the result fits.
func TestWebhooksMany(t *testing.T) {
	settings := func(number string) map[string]wire.Setting {
		return webhookItem(number, "Name", strings.Repeat("<\u4e2d>", 40), "Direction", strings.Repeat("&", 100), "TotalDeliveries", strings.Repeat("<", 100))
	}
	for _, n := range []int{1, 100, 600} {
		for _, status := range []int{0, 302} {
			r := itemsOf(t, webhooksID, n, settings, webhookHead, hostileAnswer(status))
			wantWhole(t, webhooksID, webhooksKeys, &r)
			wantItems(t, &r, "endpoints", webhooksFields...)
		}
	}
	// One that is down is shown even if it is the last of many that are well.
	r := itemsOf(t, webhooksID, 400, func(number string) map[string]wire.Setting {
		if number == "399" {
			return webhookItem(number, "TotalDeliveries", "x")
		}
		return webhookItem(number)
	}, webhookHead, wire.HTTPResponse{Status: 200})
	items, _ := r.Evidence["endpoints"].AsItems()
	if n, _ := items[len(items)-1][0].Value.AsInt(); n != 399 || r.Severity != wire.Warn {
		t.Errorf("%s; the last of %d items is %d", r.Severity, len(items), n)
	}
}

func TestWebhooksIdentity(t *testing.T) {
	c := described(t, webhooksID)
	wantListInfo(t, &c, "warn", "integration webhooks notifications events", []string{
		"Webhooks:Endpoints:*:Url", "Webhooks:Endpoints:*:Name", "Webhooks:Endpoints:*:Direction",
		"Webhooks:Endpoints:*:TotalDeliveries", "Webhooks:Endpoints:*:SuccessfulDeliveries",
	}, []string{"HEAD {Webhooks:Endpoints:*:Url}"},
		"check.integration.slack check.integration.teams check.integration.git check.integration.ci.system")
	if !c.Settings[0].Secret {
		t.Error("the address is not secret")
	}
}

// FuzzWebhooks: no answer and no settings break the contract.
func FuzzWebhooks(f *testing.F) {
	f.Add("hooks.example.com", 443, true, "0", "chat", "inbound", "10", "9", 200, "https://x.example.com/hunter2", "reset", "", "broken")
	f.Add("", -1, false, "99", "{key}\x00", "\u202e", "-1", "1e3", 302, "//@\x1b[31m", "", "", "")
	f.Fuzz(func(t *testing.T, host string, port int, valid bool, number, name, direction, total, successful string, status int, location, kind, detail, message string) {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			n = 7
		}
		if _, rule := wire.ScreenURL("https://" + host); rule != "" || port < 1 || port > 65535 {
			valid = false // a host tells of no other address
		}
		key := itemKey(keyWebhooks, n) + ":Url"
		all := make([]endpoint, 2)
		for i := range all {
			w := &all[i]
			w.number, w.name, w.direction = n+i, clean(name, 60), direction
			w.address = secretAddress(wire.Setting{Secret: "secret:" + key, Key: key, URL: &wire.SecretURL{Valid: valid, Scheme: "https", Host: host, Port: port}}, key)
			w.total, w.successful = readCounter(total), readCounter(successful)
			if w.prepare(); w.asks() {
				w.resp = fuzzed(status, "location", location, "", kind, detail, message, i == 0)
			}
		}
		wantValidList(t, webhooksID, webhooksKeys, judgeWebhooks(all))
	})
}
