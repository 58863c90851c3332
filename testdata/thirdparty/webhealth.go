package main

import (
	"strconv"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// The setting of the check, and the causes that it can name.
const (
	keyURL = "Acme:Url"

	causeUnhealthy  = "acme.unhealthy"
	causeUnreached  = "acme.unreachable"
	causeInvalidURL = "config.invalid-url"
)

var webHealth = sdk.Check{
	Info: wire.CheckInfo{
		ID:              "check.acme.web.health",
		Name:            "Acme Web Health",
		Description:     "Does the web server say that it is healthy?",
		DefaultSeverity: wire.Fail,
		Tags:            []string{"quick"},
		Settings: []wire.SettingInfo{{
			Key: keyURL, Type: wire.TypeURL, Required: true, Lead: true,
			Description: "Address of the web server.",
		}},
		Access: []wire.Access{{
			Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{" + keyURL + "}", Path: "/healthz",
			MaxBody: 4096, Reason: "asks the web server for its health",
		}},
		EstimateMS: 200,
		RunbookURL: "https://docs.example.com/acme/web-health",
		Explain: &wire.Explain{
			What: "Asks the web server for /healthz and looks at the status.",
			Why:  "Nothing else of Acme works without the web server.",
			Verdicts: []wire.VerdictInfo{
				{When: "status 200", Severity: wire.Pass},
				{When: "any other status", Severity: wire.Warn, Cause: causeUnhealthy},
				{When: "the address cannot be used", Severity: wire.Fail, Cause: causeInvalidURL},
				{When: "no answer", Severity: wire.Fail, Cause: causeUnreached},
			},
			Causes: []wire.CauseInfo{
				{ID: causeUnhealthy, Text: "The web server answers, but not with status 200."},
				{ID: causeUnreached, Text: "No answer comes from the web server."},
				{ID: causeInvalidURL, Text: "The configured address is not one that can be asked."},
			},
			Fixes: []string{"Start the web server, or correct " + keyURL + "."},
		},
	},
	Run: runWebHealth,
}

func runWebHealth(e *sdk.Env) wire.Result {
	address := joinPath(e.Text(keyURL), "/healthz")
	resp := e.Get(wire.HTTPRequest{URL: address})
	evidence := wire.Evidence{
		"web_url":     wire.String(address),
		"http_status": wire.Null(),
		"error_kind":  wire.Null(),
		"duration_ms": wire.Int(resp.DurationMS),
	}
	if resp.Status != 0 {
		evidence["http_status"] = wire.Int(int64(resp.Status))
	}
	if resp.Error != nil {
		evidence["error_kind"] = wire.String(resp.Error.Kind)
	}
	switch {
	case resp.Error != nil && resp.Error.Kind == wire.KindDenied:
		return wire.Result{
			Unjudged:  wire.UnjudgedDenied,
			Diagnosis: "The access policy does not let this check ask " + address + ".",
			Evidence:  evidence,
		}
	case resp.Error != nil && resp.Error.Kind == wire.KindInvalidURL:
		// There may be a password in it: no report repeats an address like this.
		evidence["web_url"] = wire.Null()
		return wire.Result{
			Severity: wire.Fail, Cause: causeInvalidURL,
			Diagnosis:    "The address in " + keyURL + " cannot be used (rule " + resp.Error.Detail + ").",
			Evidence:     evidence,
			LikelyCauses: []string{"The address has a typing mistake, no scheme, or a user name in it."},
			Remediation: &wire.Remediation{Summary: "Correct " + keyURL + ".", Steps: []wire.Step{{
				Order: 1, Runtime: wire.RuntimeAny, Effect: wire.EffectWrite, Manual: true,
				Description: "Set " + keyURL + " to an http or https address such as https://web.example.com, then run the check again.",
				Command:     "stella doctor run --check check.acme.web.health",
			}}},
		}
	case resp.Status == 200:
		return wire.Result{
			Severity:  wire.Pass,
			Diagnosis: "The web server says that it is healthy.",
			Evidence:  evidence,
		}
	case resp.Status != 0:
		return wire.Result{
			Severity: wire.Warn, Cause: causeUnhealthy,
			Diagnosis:    "The web server answers with status " + strconv.Itoa(resp.Status) + " instead of 200.",
			Evidence:     evidence,
			LikelyCauses: []string{"The web server is starting or has lost its database.", "The address belongs to another program."},
			Remediation:  remedy("Find out what the web server lacks.", address),
		}
	default:
		return wire.Result{
			Severity: wire.Fail, Cause: causeUnreached,
			Diagnosis:    "No answer came from the web server.",
			Evidence:     evidence,
			LikelyCauses: []string{"The web server is not running.", "The address or the port is wrong."},
			Remediation:  remedy("Start the web server, or correct "+keyURL+".", address),
		}
	}
}

// remedy tells how to look at the web server by hand and how to restart it.
func remedy(summary, address string) *wire.Remediation {
	probe := wire.Step{
		Order: 1, Runtime: wire.RuntimeAny, Effect: wire.EffectRead,
		Description: "Ask the web server by hand.",
		Command:     "curl -sS -i --max-time 10 " + quote(address),
	}
	return &wire.Remediation{
		Summary: summary,
		Steps: []wire.Step{probe, {
			Order: 1, Runtime: wire.RuntimeSystemd, Effect: wire.EffectWrite,
			Description: "Restart the web server.",
			Command:     "sudo systemctl restart acme-web",
		}, {
			Order: 1, Runtime: wire.RuntimeCompose, Effect: wire.EffectWrite,
			Description: "Restart the web server.",
			Command:     "docker compose restart acme-web",
		}, {
			Order: 1, Runtime: wire.RuntimeKubernetes, Effect: wire.EffectWrite,
			Description: "Restart the web server.",
			Command:     "kubectl rollout restart deployment/acme-web",
		}},
	}
}

// joinPath joins an address and a path with one slash.
func joinPath(address, path string) string {
	for len(address) > 0 && address[len(address)-1] == '/' {
		address = address[:len(address)-1]
	}
	return address + path
}

// quote quotes a word for a POSIX shell.
func quote(word string) string {
	quoted := "'"
	for i := range len(word) {
		if word[i] == '\'' {
			quoted += `'\''`
		} else {
			quoted += word[i : i+1]
		}
	}
	return quoted + "'"
}
