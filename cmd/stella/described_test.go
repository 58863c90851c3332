package main

import "stella-ops.org/doctor/sdk/wire"

// describedInfo describes two checks by everything that a seal can say. Its
// words are as hostile as [wire.PluginInfo.Validate] lets them be.
func describedInfo() wire.PluginInfo {
	return wire.PluginInfo{
		ABI: wire.Version, ID: "acme.described", Name: "Described", Version: "2.1.0", Category: "demo $(touch pwned) <b>",
		Checks: []wire.CheckInfo{
			{
				ID: "check.demo.full", Name: "`Full` | <script>alert(1)</script>", Description: "Is *all* [said](javascript:alert(1))?",
				Class: wire.ClassWrite, DefaultSeverity: wire.Fail, Tags: []string{"slow", "all"},
				Settings: []wire.SettingInfo{
					{Key: "Demo:Hosts:*:Url", Aliases: []string{"Demo:Servers:*:Url"}, Type: wire.TypeURL, Required: true, Lead: true, Description: "Where | they `are`."},
					{Key: "Demo:User", Aliases: []string{"Old:User"}, Type: wire.TypeString, Group: "login", Lead: true},
					{Key: "Demo:Password", Aliases: []string{"Old:Password"}, Type: wire.TypeString, Secret: true, Group: "login"},
					{Key: "Demo:Port", Type: wire.TypeInt, Default: "25"},
				},
				Access: []wire.Access{
					{Kind: wire.KindHTTP, Class: wire.ClassWrite, Methods: []string{"GET", "POST"}, Target: "{Demo:Hosts:*:Url}", Path: "/api/",
						Redirects: wire.RedirectSameOrigin, MaxBody: 4096, Reason: "1. posts # a <probe>"},
					{Kind: wire.KindTCP, Class: wire.ClassRead, Target: "{Demo:User}", Port: "{Demo:Port}", DefaultPort: []int{25, 587}, Reason: "connects"},
				},
				TimeoutMS: 90000, EstimateMS: 1500,
				DependsOn: []string{"check.demo.old", "check.demo.gone"},
				Related:   []wire.Related{{ID: "check.demo.old", Reason: "it is older"}, {ID: "check.demo.none", Reason: "it is nowhere"}},
				Explain: &wire.Explain{
					What: "- does ``` all of it\\", Why: "=== because",
					Verdicts: []wire.VerdictInfo{
						{When: "2xx | or so", Severity: wire.Pass},
						{When: "a long reason that makes the row wide", Severity: wire.Warn, Cause: "demo.odd"},
						{When: "nothing answers", Severity: wire.Fail, Cause: "tcp.refused"},
					},
					Causes: []wire.CauseInfo{{ID: "demo.odd", Text: "It is <odd>."}, {ID: "tcp.refused", Text: "The demo does not listen."}},
					Fixes:  []string{"* Start the _demo_."},
					Steps: []wire.Step{
						{Order: 1, Runtime: wire.RuntimeCompose, Description: "Look | at it.", Command: "docker compose ps ```", Effect: wire.EffectRead},
						{Order: 1, Runtime: wire.RuntimeSystemd, Description: "Restart.", Command: "systemctl restart demo", Effect: wire.EffectWrite, Safety: "It stops."},
						{Order: 1, Runtime: wire.RuntimeAny, Description: "Ask <someone>.", Effect: wire.EffectWrite, Manual: true, Backup: "none is needed"},
					},
				},
			},
			{
				ID: "check.demo.old", Name: "Old", Description: "Was it said?", Class: wire.ClassRead, DefaultSeverity: wire.Info,
				RunbookURL: "https://docs.example.com/old", Deprecated: "It asks too little", ReplacementIDs: []string{"check.demo.full", "check.demo.none"},
				Explain: &wire.Explain{What: "Asks.", Why: "To know.", Verdicts: []wire.VerdictInfo{}, Causes: []wire.CauseInfo{{ID: "tcp.refused", Text: "The old one does not listen."}}},
			},
		},
	}
}
