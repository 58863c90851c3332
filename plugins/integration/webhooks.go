package main

import (
	"strconv"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	webhooksID      = "check.integration.webhooks"
	keyWebhooks     = "Webhooks:Endpoints:*"
	outbound        = "outbound"
	inbound         = "inbound"
	causeRate       = "webhook.failure-rate"
	causeCounters   = "webhook.counters-inconsistent"
	causeDirection  = "config.unknown-direction"
	sortDegraded    = "degraded"
	sortTotal       = "total"
	sortSuccessful  = "successful"
	sortTooMany     = "too-many"
	maxCounterChars = 17 // 20 times the largest counter fits 64 bits
)

// webhookSettings are the fields of an endpoint. The address is secret: its path
// is what a sender proves itself with.
var webhookSettings = []wire.SettingInfo{
	{Key: keyWebhooks + ":Url", Type: wire.TypeURL, Secret: true, Required: true, Lead: true,
		Description: "Address of the endpoint; only its scheme and host are ever shown."},
	{Key: keyWebhooks + ":Name", Type: wire.TypeString, Description: "What the endpoint is called in reports."},
	{Key: keyWebhooks + ":Direction", Type: wire.TypeString, Description: "outbound (Stella Ops calls it) or inbound (others call Stella Ops); unset is outbound."},
	{Key: keyWebhooks + ":TotalDeliveries", Type: wire.TypeInt, Description: "How many deliveries there were."},
	{Key: keyWebhooks + ":SuccessfulDeliveries", Type: wire.TypeInt, Description: "How many of them succeeded."},
}

// webhooks asks the receivers of outbound webhooks for the head of their address
// and looks at the counters of deliveries of all (§3.10). Nothing is posted.
var webhooks = sdk.Check{
	Info: wire.CheckInfo{
		ID:              webhooksID,
		Name:            "Integration Webhook Health",
		Description:     "Can the receivers of webhooks be reached, and do deliveries succeed?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"integration", "webhooks", "notifications", "events"},
		Settings:        webhookSettings,
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
			Methods: []string{"HEAD"},
			Target:  "{" + keyWebhooks + ":Url}",
			Reason:  "Ask the receiver of an outbound webhook for the head of its address; nothing is posted.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.integration.slack", Reason: "Chat webhooks have a check of their own."},
			{ID: "check.integration.teams", Reason: "Chat webhooks have a check of their own."},
			{ID: "check.integration.git", Reason: "A forge sends inbound events."},
			{ID: "check.integration.ci.system", Reason: "CI systems send inbound events."},
		},
		Explain: &webhooksExplain,
	},
	Run:   runWebhooks,
	Steps: webhookSteps,
}

// endpoint is one webhook: what is configured, and what came of the request.
type endpoint struct {
	entry
	direction         string // empty when unset
	total, successful counter
}

func runWebhooks(env *sdk.Env) wire.Result {
	numbers := env.Items(listKeys(webhookSettings)...)
	if len(numbers) == 0 {
		return unconfigured(webhookSettings[0])
	}
	all := make([]endpoint, len(numbers))
	for i, n := range numbers {
		w := &all[i]
		setting, _ := env.Setting(itemKey(keyWebhooks, n) + ":Url")
		w.number, w.name = n, itemName(env, keyWebhooks+":Name", n)
		w.address = secretAddress(setting, itemKey(keyWebhooks, n)+":Url")
		w.direction = itemText(env, keyWebhooks+":Direction", n)
		w.total = readCounter(itemText(env, keyWebhooks+":TotalDeliveries", n))
		w.successful = readCounter(itemText(env, keyWebhooks+":SuccessfulDeliveries", n))
		if w.prepare(); w.asks() {
			w.resp = env.Head(wire.HTTPRequest{URL: setting.Secret})
		}
	}
	return judgeWebhooks(all)
}

// prepare describes the request. An inbound endpoint is asked nothing: it is
// local by definition, whatever its address is.
func (w *endpoint) prepare() {
	if lower(w.direction) == inbound {
		w.answer = &answer{key: w.configKey(), unasked: true}
		return
	}
	w.answer = prepare(w.address, "HEAD", "")
	if w.address.rule == "" {
		w.target = w.base // nothing but the origin is known of it
	}
}

func (w *endpoint) asks() bool { return w.address.rule == "" && !w.unasked }

// way is the direction for evidence: what is configured, or the default.
func (w *endpoint) way() string {
	switch way := lower(w.direction); way {
	case "":
		return outbound
	case inbound, outbound:
		return way
	}
	return clean(w.direction, 60)
}

// judgeWebhooks is the verdict table of §3.10.
func judgeWebhooks(all []endpoint) wire.Result {
	entries := make([]entry, len(all))
	unreachable := int64(0)
	for i := range all {
		w := &all[i]
		w.check, w.service = webhooksID, webhookService(w.number)
		w.judge()
		if w.show(); w.judged() && !w.reached() {
			unreachable++
		}
		entries[i] = w.entry
	}
	return webhookList.result(entries, wire.Evidence{
		"endpoint_count":    wire.Int(int64(len(all))),
		"unreachable_count": wire.Int(unreachable),
	})
}

// judge gives one endpoint its verdict.
func (w *endpoint) judge() {
	rated := w.rated()
	switch {
	case !w.unasked && w.failedExchange():
	case w.resp.Status >= 500:
		w.cause, w.severity = cause5xx, wire.Fail
	case rated && w.failsOften():
		w.cause, w.severity = causeRate, wire.Fail
	case rated && w.failsSometimes():
		w.cause, w.severity, w.sort = causeRate, wire.Warn, sortDegraded
	case w.countersFault() != "":
		w.cause, w.severity, w.sort = causeCounters, wire.Warn, w.countersFault()
	case w.way() != inbound && w.way() != outbound:
		w.cause, w.severity = causeDirection, wire.Warn
	default:
		w.severity = wire.Pass
		if w.unasked {
			w.sort = inbound
		}
	}
}

// reached tells whether the receiver can be reached. An inbound endpoint is local
// by definition.
func (w *endpoint) reached() bool { return !w.answer.failed() && w.resp.Status < 500 }

// judged is false where the policy refused: then nobody knows.
func (w *endpoint) judged() bool { return w.severity != "" }

// show fills in words and evidence. Nothing of the address but scheme and host
// may be seen: a server that redirects often says the path again.
func (w *endpoint) show() {
	key := w.address.key
	w.more = []word{
		{"direction", w.way()},
		{"directionkey", sibling(key, "Direction")},
		{"totalkey", sibling(key, "TotalDeliveries")},
		{"successfulkey", sibling(key, "SuccessfulDeliveries")},
		{"total", w.total.text},
		{"successful", w.successful.text},
		{"rate", w.percentage()},
		{"deliveries", w.deliveries()},
	}
	w.subjects = webhookSubjects(key, w.number, w.countersFault())
	rate := wire.Null()
	if w.rated() {
		rate = wire.Float(float64(w.total.n-w.successful.n) / float64(w.total.n))
	}
	w.facts = wire.Item{
		textField("direction", w.way()), textField("url_host", w.base.Host), boolField("is_reachable", w.reached(), w.judged()),
		intField("total_deliveries", w.total.n, w.total.set && !w.total.bad),
		intField("successful_deliveries", w.successful.n, w.successful.set && !w.successful.bad),
		{Name: "failure_rate", Value: rate},
	}
	if where := w.location(); where != "" {
		w.resp.Header = withLocation(w.resp.Header, originOf(where))
	}
}

// withLocation is a header with another location.
func withLocation(header map[string][]string, where string) map[string][]string {
	changed := make(map[string][]string, len(header))
	for name, values := range header {
		changed[name] = values
	}
	delete(changed, "location")
	if where != "" {
		changed["location"] = []string{where}
	}
	return changed
}

// originOf is the origin of an address, empty when it is none.
func originOf(text string) string {
	u, rule := wire.ScreenURL(text)
	if rule != "" {
		return ""
	}
	return u.Origin()
}

// counter is a number of deliveries.
type counter struct {
	text     string
	n        int64
	set, bad bool
}

// readCounter reads a decimal number. Anything else is bad, a sign included.
func readCounter(text string) counter {
	c := counter{text: clean(text, 40), set: text != ""}
	if c.bad = c.set && (!isNumber(text) || len(text) > maxCounterChars); !c.bad {
		c.n, _ = strconv.ParseInt(text, 10, 64) // unset is 0
	}
	return c
}

// rated tells whether the counters give a rate.
func (w *endpoint) rated() bool {
	return w.total.set && w.successful.set && w.countersFault() == "" && w.total.n > 0
}

func (w *endpoint) failsOften() bool     { return (w.total.n-w.successful.n)*5 > w.total.n }
func (w *endpoint) failsSometimes() bool { return (w.total.n-w.successful.n)*20 >= w.total.n }

// countersFault says what is wrong with the counters; empty when nothing is.
func (w *endpoint) countersFault() string {
	switch {
	case w.total.bad:
		return sortTotal
	case w.successful.bad:
		return sortSuccessful
	case w.total.set && w.successful.n > w.total.n:
		return sortTooMany
	}
	return ""
}

// percentage is the failure rate in tenths of a percent, empty when there is none.
func (w *endpoint) percentage() string {
	if !w.rated() {
		return ""
	}
	tenths := strconv.FormatFloat(100*float64(w.total.n-w.successful.n)/float64(w.total.n), 'f', 1, 64)
	return tenths + " %"
}

// deliveries says how many failed, empty when that is not known.
func (w *endpoint) deliveries() string {
	if !w.rated() {
		return ""
	}
	return strconv.FormatInt(w.total.n-w.successful.n, 10) + " of " + strconv.FormatInt(w.total.n, 10) + " deliveries failed (" + w.percentage() + ")"
}
