package host

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// PlanSchema names the form of the JSON document.
const PlanSchema = "stellaops.doctor.plan/v1"

// Plan is what a run would do, found without sending, resolving or compiling
// anything.
type Plan struct {
	Schema string          `json:"schema"`
	Host   report.HostInfo `json:"host"`
	// Refusal is the error with which the run would end before any check
	// started; nil when it would start. Refused is its sentence, or empty.
	Refusal error  `json:"-"`
	Refused string `json:"refused"`
	// Network holds for every request of the run.
	Network PlannedNetwork `json:"network"`
	// Notes are the remarks that the report of the run would begin with.
	Notes []report.Note `json:"notes"`
	// Checks are sorted by check id.
	Checks []PlannedCheck `json:"checks"`
}

// PlannedNetwork tells how requests would leave.
type PlannedNetwork struct {
	// Proxy is none, env, or an address without user name and password; empty
	// when the setting cannot be used.
	Proxy    string `json:"proxy"`
	CAFile   string `json:"ca_file"`
	Loopback bool   `json:"loopback"` // any name may resolve to this machine
	// PlainHTTP says that secrets go over plain HTTP to other machines too.
	PlainHTTP bool `json:"plain_http_credentials"`
	Insecure  bool `json:"insecure_skip_tls_verify"`
	Offline   bool `json:"offline"`
}

// Decisions of a plan on one check.
const (
	DecisionRun    = "run"
	DecisionSkip   = "skip"
	DecisionRefuse = "refuse" // the run as a whole is refused on its account
	DecisionDeny   = "deny"   // the check could not judge: its plugin, or what it needs, is not approved
)

// PlannedCheck is what a run would do about one check.
type PlannedCheck struct {
	Check    string           `json:"check"`
	Name     string           `json:"name"`
	Question string           `json:"question"`
	Class    string           `json:"class"`
	Plugin   report.PluginRef `json:"plugin"`
	Decision string           `json:"decision"`
	// SkipReason is null unless the check would be skipped; Why is a sentence
	// for skip, refuse and deny.
	SkipReason *string `json:"skip_reason"`
	Why        string  `json:"why"`
	// After are the checks of the run that the check waits for, sorted. Should one
	// of them fail, it is skipped.
	After []string `json:"after"`
	// KeysTried are the keys of which one must be set, in order; empty unless
	// none is.
	KeysTried []KeyTried `json:"keys_tried"`
	// Settings have a value, Missing are declared and have none.
	Settings []SettingValue   `json:"settings"`
	Missing  []MissingSetting `json:"missing"`
	// Requests is everything that the check could send: one entry for each
	// access entry and target.
	Requests []PlannedRequest `json:"requests"`
	// Withheld are declared settings that are not approved: the check gets none of
	// them.
	Withheld []string `json:"withheld,omitempty"`
	// TimeoutMS and RequestBudget bound the run of this check.
	TimeoutMS     int64 `json:"timeout_ms"`
	RequestBudget int   `json:"request_budget"`
}

// KeyTried is one key in both spellings.
type KeyTried struct {
	Key         string `json:"key"`
	Environment string `json:"environment"`
}

// MissingSetting is a declared setting without a value.
type MissingSetting struct {
	Key      string   `json:"key"`
	Aliases  []string `json:"aliases"`
	Required bool     `json:"required"`
	Secret   bool     `json:"secret"`
}

// PlannedRequest is one access entry of a check, bound to the settings.
type PlannedRequest struct {
	// Entry is the 1-based number of the access entry and Access its text; the
	// ledger of a run names it with the same text.
	Entry  int    `json:"entry"`
	Access string `json:"access"`
	Kind   string `json:"kind"`
	// Methods are those that the host offers.
	Methods []string `json:"methods"`
	// URL is the address; it and what is below it on a segment boundary may be
	// asked for. Empty when Problem is set. Of a secret address it is the origin.
	URL    string `json:"url"`
	Secret bool   `json:"secret"`
	// Setting is the key that supplied the address, empty for a literal one.
	Setting string `json:"setting"`
	// Proxy is the proxy that the request goes through; empty for none.
	Proxy     string `json:"proxy"`
	Redirects string `json:"redirects"`
	MaxBody   int64  `json:"max_body"`
	// Secrets are the keys of the secrets that may be sent there.
	Secrets []string `json:"secrets"`
	Reason  string   `json:"reason"`
	// Problem says why nothing can be sent under this entry; Rule is the rule of
	// the URL screen when that is why.
	Problem string `json:"problem"`
	Rule    string `json:"rule"`
}

// Plan tells what Run would do with the same options. It asks the same gates
// as Run and sends, resolves and compiles nothing.
//
// It returns the errors of Checks. What would make Run refuse is in the plan.
func (h *Host) Plan(opts RunOptions) (*Plan, error) {
	entries, err := h.catalog.selectChecks(opts.Selection)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		Schema: PlanSchema,
		Host:   report.HostInfo{Version: h.cfg.Version},
		Notes:  orEmpty(append(h.standingNotes(), h.trustNote()...)),
		Checks: make([]PlannedCheck, 0, len(entries)),
		Network: PlannedNetwork{
			Insecure: h.cfg.InsecureSkipVerify, Offline: opts.Offline,
		},
	}
	if e, ok := h.settings.Lookup(keyCAFile); ok {
		p.Network.CAFile = h.settings.Visible(e, false)
	}
	p.Network.Loopback, _ = settings.ParseBool(h.text(keyLoopback)) // the client says what is wrong with it
	p.Network.PlainHTTP = h.plainHTTP()
	client, _, err := h.openEgress()
	if err == nil {
		defer client.Close()
		p.Network.Proxy = client.Proxy()
	} else if h.cfg.Network == nil { // else no run opens it
		p.refuse(err)
	}
	if err := gateNamed(entries, opts); err != nil {
		p.refuse(err)
	}
	if err := h.gateInstalled(entries, opts.Selection); err != nil {
		p.refuse(err)
	}
	p.Notes = append(p.Notes, h.installedNotes(entries, opts.Selection)...)
	named, order := opts.named(), newOrder(entries, h.catalog.checks, opts.NoDeps)
	p.Notes = append(p.Notes, order.notes()...)
	for i, e := range entries {
		p.Checks = append(p.Checks, h.planCheck(e, named, opts, client, p))
		p.Checks[i].After = order.ids(i)
	}
	return p, nil
}

// refuse keeps the first reason.
func (p *Plan) refuse(err error) {
	if p.Refusal == nil {
		p.Refusal, p.Refused = err, err.Error()
	}
}

func (h *Host) planCheck(e checkEntry, named map[string]bool, opts RunOptions, client *egress.Client, p *Plan) PlannedCheck {
	a := h.admit(e, opts)
	c := PlannedCheck{
		Check: e.info.ID, Name: e.info.Name, Question: e.info.Description, Class: e.info.Class,
		Plugin:   report.PluginRef{ID: e.plugin.info.ID, Version: e.plugin.info.Version, Digest: e.plugin.sum()},
		Decision: DecisionRun, KeysTried: []KeyTried{},
		Settings:  settingValues(a.resolution),
		Requests:  plannedRequests(e, a, client, p.Network.PlainHTTP),
		TimeoutMS: a.timeout.Milliseconds(), RequestBudget: a.requests,
	}
	_, c.Withheld = e.plugin.readable(e.info.Settings)
	c.Missing = h.missing(e.info, a.resolution, c.Withheld)
	if a.refused != nil {
		c.Decision, c.Why = DecisionDeny, a.refused.why
	}
	if a.skip != "" {
		c.Decision, c.SkipReason, c.Why = DecisionSkip, &a.skip, a.diagnosis
	}
	if !a.resolution.Configured {
		for _, key := range a.resolution.Tried {
			c.KeysTried = append(c.KeysTried, KeyTried{key, settings.EnvironmentName(key)})
		}
	}
	err := refusal(e, named, opts)
	if err == nil && a.refused != nil && a.refused.plugin != nil && p.Refusal == a.refused.plugin {
		err = p.Refusal // it is the one that was named
	}
	if err == nil && a.skip == "" && a.refused == nil {
		placeholder := strings.Repeat("0", nonceLength)
		if err = tooLarge(e, wire.Marshal(a.request(e, placeholder, h.cfg.Now()))); err != nil {
			p.refuse(err)
		}
	}
	if err != nil {
		c.Decision, c.SkipReason, c.Why = DecisionRefuse, nil, err.Error()
	}
	return c
}

// missing lists the declared settings without a value. What is withheld may have
// one.
func (h *Host) missing(info *wire.CheckInfo, r settings.Resolution, withheld []string) []MissingSetting {
	out := []MissingSetting{}
	for _, s := range info.Settings {
		_, set := r.Lookup(s.Key)
		if !set && !slices.Contains(withheld, s.Key) && len(r.Items(s.Key)) == 0 && !hasItems(s, r) {
			out = append(out, MissingSetting{s.Key, orEmpty(s.Aliases), s.Required, s.Secret || h.settings.IsSecret(s.Key)})
		}
	}
	return out
}

// hasItems reports whether a setting of type list has plain values.
func hasItems(s wire.SettingInfo, r settings.Resolution) bool {
	return s.Type == wire.TypeList && len(r.Items(s.Key+":*")) > 0
}
