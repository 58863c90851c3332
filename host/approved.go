package host

import (
	"errors"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

// What an installed plugin may do is what it declares as far as the lock approves
// it: settings that are not approved have no value for it, secrets that are not
// have no handle, and calls outside are denied.

// refused is why a check does not run, with what to do about it.
type refused struct {
	plugin    error  // the refusal of the whole plugin; nil where only this check is refused
	why, hint string // a clause that goes on after "could not judge: "
}

// conclude makes a result of it: an outcome, for nobody looked at the target.
func (r *refused) conclude(res *report.Result) {
	res.Outcome, res.Severity, res.Cause = report.Denied, nil, nil
	res.Diagnosis, res.Hint = "could not judge: "+oneLine(r.why), r.hint
}

// readable are the settings of a check as its plugin may read them, and the keys
// that it may not.
func (p *loaded) readable(declared []wire.SettingInfo) (infos []wire.SettingInfo, withheld []string) {
	if p.line == nil {
		return declared, nil
	}
	for _, s := range declared {
		value, handle := p.line.MayRead(s.Key)
		if !handle {
			withheld = append(withheld, s.Key)
			continue
		}
		s.Secret = s.Secret || !value
		aliases := s.Aliases
		s.Aliases = nil
		for _, alias := range aliases {
			ownValue, ownHandle := p.line.MayRead(alias)
			if !ownHandle {
				withheld = append(withheld, alias)
				continue
			}
			s.Secret = s.Secret || !ownValue
			s.Aliases = append(s.Aliases, alias)
		}
		infos = append(infos, s)
	}
	return infos, withheld
}

// resolve finds what of the settings of a check its plugin is given, and whether
// it is refused on account of what it is not given.
func (h *Host) resolve(e checkEntry) (settings.Resolution, *refused) {
	infos, withheld := e.plugin.readable(e.info.Settings)
	r := h.settings.Resolve(e.plugin.info.ID, infos)
	if err := e.plugin.refusal(); err != nil {
		return r, pluginRefused(err)
	}
	if len(withheld) == 0 {
		return r, nil
	}
	whole := h.settings.Resolve(e.plugin.info.ID, e.info.Settings)
	if keys := withheldLeads(e.info.Settings, whole, withheld); whole.Configured && len(keys) > 0 && !hasLead(infos, r) {
		return r, &refused{nil, "reading " + strings.Join(keys, ", ") + " is not approved", approveCommand(e.plugin.info.ID)}
	}
	r.Configured, r.Tried = whole.Configured, whole.Tried
	return r, nil
}

// pluginRefused is why a check of a refused plugin does not run.
func pluginRefused(err error) *refused {
	return &refused{err, "its plugin is refused: " + refusalText(err), hintOf(err)}
}

// withheldLeads are the keys by which a check is configured and which its plugin
// may not read.
func withheldLeads(declared []wire.SettingInfo, whole settings.Resolution, withheld []string) []string {
	var keys []string
	for _, i := range settings.Gates(declared) {
		for _, v := range whole.Values {
			if v.Info.Key != declared[i].Key {
				continue
			}
			for _, key := range append([]string{declared[i].Key}, declared[i].Aliases...) {
				if slices.Contains(withheld, key) && !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
		}
	}
	return keys
}

// hasLead tells whether a lead has a value among the settings that may be read.
func hasLead(infos []wire.SettingInfo, r settings.Resolution) bool {
	return slices.ContainsFunc(settings.Gates(infos), func(i int) bool {
		return slices.ContainsFunc(r.Values, func(v settings.Resolved) bool { return v.Info.Key == infos[i].Key })
	})
}

// grants binds what a check may reach to the settings. declared is what it could
// reach if all that it declares were approved; nil where that is the same.
func (h *Host) grants(e checkEntry, r settings.Resolution) (granted, declared []access.Grant) {
	if e.plugin.line == nil {
		return resolveGrants(e.info, r), nil
	}
	granted = access.ResolveWithin(e.info.Access, e.plugin.line.Access, lookupIn(r), sourceIn(r), r.Items)
	return granted, orEmpty(resolveGrants(e.info, h.settings.Resolve(e.plugin.info.ID, e.info.Settings)))
}

// unapproved says of a call that was refused that the check declares it, where it
// does: then it is for the operator to approve it, and not the author's mistake.
func (c *hostCalls) unapproved(k call, f hostFunction, denial *wire.CallError) *wire.CallError {
	if c.declared == nil || denial.Kind != wire.KindDenied {
		return denial
	}
	g, _, no := k.judge(c.declared, f)
	if no != nil {
		return denial
	}
	return deny(ruleNotApproved, g.Text+" is declared and was not approved")
}

// refusalText is the sentence of a refusal without the name of the plugin.
func refusalText(err error) string {
	var r *RefusedError
	if errors.As(err, &r) {
		return plainReason(r.Err)
	}
	return plainReason(err)
}

// hintOf is what to do about a refusal.
func hintOf(err error) string {
	var (
		own       *store.Refusal
		signature *trust.Refusal
		file      *plugin.Refusal
	)
	switch {
	case errors.As(err, &own):
		return own.Hint
	case errors.As(err, &signature):
		return signature.Hint
	case errors.As(err, &file):
		return file.Hint
	}
	return ""
}
