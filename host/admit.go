package host

import (
	"strings"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// admission is the decision on one selected check before anything of it runs:
// why it is skipped, or what it may know, reach and spend. Run and Plan both
// ask for it, so that what a plan says is what a run does.
type admission struct {
	// skip is the reason; empty when the check runs.
	skip, diagnosis string
	evidence        wire.Evidence
	// blockedBy are the failures of other checks on account of which this one is
	// skipped. Only a run can know them.
	blockedBy []string
	// until is when the run must be over; zero for never.
	until time.Time
	// auditing is nil for a run without an audit log.
	auditing *auditing

	// refused is why the check does not run although it could: its plugin, or what
	// it needs, is not approved here. Nil for no reason.
	refused *refused

	// The rest is filled in for skipped checks too.
	resolution settings.Resolution
	grants     []access.Grant
	declared   []access.Grant // if all that the check declares were approved; nil where it is
	requests   int            // host calls
	timeout    time.Duration
}

// admit decides on a check that was selected. The first gate that is shut wins
// (doctor-domain §3.0.1).
func (h *Host) admit(e checkEntry, opts RunOptions) admission {
	a := admission{}
	_ = e.plugin.gate() // every time: what it says stays with the plugin
	a.resolution, a.refused = h.resolve(e)
	items := listItems(e.info, a.resolution)
	a.timeout, a.requests = checkTimeout(e.info, opts.Timeout, items), requestBudget(items)
	a.grants, a.declared = h.grants(e, a.resolution)
	switch {
	case opts.Offline && len(e.info.Access) > 0:
		a.skip, a.diagnosis = wire.SkipOffline, "this run is offline"
	case writes(e.info) && !opts.AllowWrite:
		a.skip, a.diagnosis = wire.SkipWriteNotAllowed, "the check writes on its target; --allow-write permits it"
	case a.refused == nil && !a.resolution.Configured:
		a.skip, a.diagnosis = wire.SkipUnconfigured, "nothing was asked: set "+leads(e.info)+" to run it"
		a.evidence = wire.Evidence{"config_keys_tried": wire.Strings(a.resolution.Tried)}
	}
	return a
}

// hurry cuts the time budget to what the run has left, and tells whether that is
// anything.
func (a *admission) hurry(c clock) bool {
	if a.until.IsZero() {
		return true
	}
	left := c.left(a.until)
	if left < time.Millisecond {
		return false
	}
	a.timeout = min(a.timeout, left)
	return true
}

// over tells whether the run has come to its deadline.
func (a *admission) over(now time.Time) bool { return !a.until.IsZero() && !now.Before(a.until) }

// request is the document that an admitted check is handed.
func (a admission) request(e checkEntry, nonce string, now time.Time) *wire.Request {
	return &wire.Request{
		Version:    wire.Version,
		Nonce:      nonce,
		Check:      e.info.ID,
		Now:        now.UTC().Format(time.RFC3339),
		DeadlineMS: a.timeout.Milliseconds(),
		Settings:   a.resolution.Request(),
	}
}

// gateNamed refuses a run that names a check which could only be skipped:
// whoever names a check wants its answer.
func gateNamed(entries []checkEntry, opts RunOptions) error {
	named := opts.named()
	for _, e := range entries {
		if err := refusal(e, named, opts); err != nil {
			return err
		}
	}
	return nil
}

// named are the ids that the selection holds without a !. What is negated as
// well is selected by nothing and so named by nothing.
func (sel Selection) named() map[string]bool {
	ids := make(map[string]bool, len(sel.Checks))
	for _, text := range sel.Checks {
		ids[text] = true // patterns and negations are no ids of checks
	}
	return ids
}

// refusal is why a run may not name a check that it selects; nil for none.
func refusal(e checkEntry, named map[string]bool, opts RunOptions) error {
	switch {
	case !named[e.info.ID]:
		return nil
	case writes(e.info) && !opts.AllowWrite:
		return &WriteError{Check: e.info.ID}
	case opts.Offline && len(e.info.Access) > 0:
		return &OfflineError{Check: e.info.ID}
	}
	return nil
}

// leads names the settings of which a check needs one, for people.
func leads(info *wire.CheckInfo) string {
	var names []string
	for _, i := range settings.Gates(info.Settings) {
		names = append(append(names, info.Settings[i].Key), info.Settings[i].Aliases...)
	}
	return strings.Join(names, " or ")
}

// listItems is how many items the longest list of a check has.
func listItems(info *wire.CheckInfo, r settings.Resolution) int {
	items := 0
	for _, s := range info.Settings {
		if strings.Contains(s.Key, "*") {
			items = max(items, len(r.Items(s.Key)))
		}
	}
	return items
}

// itemsIncluded is how many items of a list the plain time budget covers.
const itemsIncluded = 3

// checkTimeout is the time budget of one run of a check (CONTRACT §3): what was
// asked for, or else the check's own, with more for long lists.
func checkTimeout(info *wire.CheckInfo, asked time.Duration, items int) time.Duration {
	const ceiling = wire.MaxCheckMS * time.Millisecond
	if asked > 0 {
		return min(asked, ceiling)
	}
	own := info.TimeoutMS
	if own <= 0 {
		own = wire.DefaultCheckMS
	}
	own += wire.ItemCheckMS * int64(max(0, items-itemsIncluded))
	return min(time.Duration(own)*time.Millisecond, ceiling)
}

// requestBudget is how many host calls one run of a check may make.
func requestBudget(items int) int {
	return min(wire.DefaultRequests+wire.ItemRequests*items, wire.MaxRequests)
}
