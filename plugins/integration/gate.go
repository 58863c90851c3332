package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// unconfigured is the result of a check whose lead key is unset (§3.0.1). The
// host skips such a check without starting a guest; this is the answer should
// it ever not.
func unconfigured(leads ...wire.SettingInfo) wire.Result {
	var tried []string
	for _, lead := range leads {
		for _, prefix := range overridePrefixes {
			tried = append(tried, prefix+lead.Key)
			for _, alias := range lead.Aliases {
				tried = append(tried, prefix+alias)
			}
		}
	}
	return wire.Result{
		Severity:   wire.Skip,
		SkipReason: wire.SkipUnconfigured,
		Evidence:   wire.Evidence{"skip_reason": wire.String(wire.SkipUnconfigured), "config_keys_tried": wire.Strings(tried)},
	}
}

// configured reads the address that a check asks. It reports false, with the
// result that ends the check, when there is none that the check can see.
func configured(env *sdk.Env, lead wire.SettingInfo, trim string) (*address, wire.Result, bool) {
	setting, ok := env.Setting(lead.Key)
	switch {
	case setting.Secret != "":
		return nil, hiddenAddress(setting.Key), false
	case !ok || strings.Trim(setting.Value, " \t\r\n") == "":
		return nil, unconfigured(lead), false
	}
	return readAddress(setting, lead.Key, trim), wire.Result{}, true
}

// hiddenAddress is the result of a check whose address is a secret: another
// plugin declared the key secret, so the address never enters a guest and no
// path can be appended to it.
func hiddenAddress(key string) wire.Result { return hidden("address in", key) }

// hiddenValue is the result of a check that cannot see a value which it has to
// put into an address or a request.
func hiddenValue(key string) wire.Result { return hidden("value of", key) }

func hidden(what, key string) wire.Result {
	return wire.Result{
		Severity:   wire.Skip,
		SkipReason: wire.SkipPrerequisite,
		Diagnosis:  "The " + what + " " + clean(key, 200) + " is declared secret by another plugin, so this check cannot see it and asked nothing.",
		Evidence:   wire.Evidence{"skip_reason": wire.String(wire.SkipPrerequisite)},
	}
}

// denied is the result when the host's access policy refused a request that the
// verdict needs. It names what to grant and says nothing about the service,
// because nothing was learnt of it (§3.0.1).
func (s *scene) denied(evidence wire.Evidence) wire.Result {
	return wire.Result{
		Unjudged: wire.UnjudgedDenied,
		Diagnosis: s.fill("The access policy of Doctor does not allow {method} to host {host} on port {port}{rule| by rule }{message|: }. " +
			"Nothing was sent, so nothing is known about the {service}; grant plugin " + pluginID + " {method} on {url} to let the check judge."),
		Evidence: evidence,
	}
}
