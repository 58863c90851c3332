package main

import (
	"strconv"

	"stella-ops.org/doctor/sdk/wire"
)

// unconfigured is the result of a check whose lead key is unset (§3.0.1). The
// host skips such a check without starting a guest; this is the answer should
// it ever not.
func unconfigured(lead wire.SettingInfo) wire.Result {
	keys := append([]string{lead.Key}, lead.Aliases...)
	var tried []wire.Value
	for _, key := range keys {
		tried = append(tried, wire.String("Doctor:Plugins:"+area+":"+key))
	}
	for _, key := range keys {
		tried = append(tried, wire.String(key))
	}
	return wire.Result{
		Severity:   wire.Skip,
		SkipReason: wire.SkipUnconfigured,
		Evidence:   wire.Evidence{"skip_reason": wire.String(wire.SkipUnconfigured), "config_keys_tried": wire.List(tried...)},
	}
}

// hiddenAddress is the result of a check whose address is a secret: another
// plugin declared the key secret, so the address never enters a guest and no
// path can be appended to it.
func hiddenAddress(key string) wire.Result {
	return wire.Result{
		Severity:   wire.Skip,
		SkipReason: wire.SkipPrerequisite,
		Diagnosis:  "The address in " + clean(key, 200) + " is declared secret by another plugin, so this check cannot see it and asked nothing.",
		Evidence:   wire.Evidence{"skip_reason": wire.String(wire.SkipPrerequisite)},
	}
}

// denied is the result when the host's access policy refused a request that the
// verdict needs. It names what to grant and says nothing about the service,
// because nothing was learnt of it (§3.0.1).
func denied(x exchange, evidence wire.Evidence) wire.Result {
	what := "The access policy of Doctor does not allow " + x.method + " to host " + x.target.Host + " on port " + strconv.Itoa(x.target.Port)
	if rule := clean(x.rule(), 60); rule != "" {
		what += " (rule " + rule + ")"
	}
	return wire.Result{
		Unjudged: wire.UnjudgedDenied,
		Diagnosis: what + ", so the request was not made and nothing is known about the service. Grant plugin " + pluginID + " " +
			x.method + " on " + x.url() + " to let the check judge.",
		Evidence: evidence,
	}
}
