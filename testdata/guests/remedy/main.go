//go:build wasip1

// Command remedy is a plugin whose checks fail until a setting says that they are
// well, and give the steps that another setting holds: a plugin of a stranger, as
// a fix meets it.
//
//	Remedy:A:State   well, or anything else
//	Remedy:A:Steps   steps, divided by " ;; ": EFFECT|PLACEHOLDERS|COMMAND, a
//	                 placeholder list with commas, a manual step with a ! before
//	                 its effect
package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

func init() {
	sdk.Register(sdk.Plugin{
		ID: "test.doctor.remedy", Name: "Remedy", Version: "1.0.0", Category: "integration",
		Description: "Gives the steps that it is told.",
		Checks:      []sdk.Check{check("A"), check("B")},
	})
}

func main() {}

func check(name string) sdk.Check {
	id := "check.remedy." + strings.ToLower(name)
	return sdk.Check{
		Info: wire.CheckInfo{
			ID: id, Name: name, Description: "Is it well?",
			Class: wire.ClassRead, DefaultSeverity: wire.Fail,
			Settings: []wire.SettingInfo{
				{Key: "Remedy:" + name + ":State", Type: wire.TypeString},
				{Key: "Remedy:" + name + ":Steps", Type: wire.TypeString},
				{Key: "Remedy:Password", Type: wire.TypeString, Secret: true},
			},
		},
		Run: func(e *sdk.Env) wire.Result { return run(e, name) },
	}
}

func run(e *sdk.Env, name string) wire.Result {
	if state, _ := e.Setting("Remedy:" + name + ":State"); state.Value == "well" {
		return wire.Result{Severity: wire.Pass, Diagnosis: "It is well."}
	}
	steps, _ := e.Setting("Remedy:" + name + ":Steps")
	r := wire.Result{
		Severity: wire.Fail, Cause: "remedy.sick", Diagnosis: "It is sick.", LikelyCauses: []string{"A setting says so."},
		Remediation: &wire.Remediation{Summary: "Do as you are told."},
	}
	for i, text := range strings.Split(steps.Value, " ;; ") {
		part := strings.SplitN(text, "|", 3)
		s := wire.Step{Order: i + 1, Runtime: wire.RuntimeAny, Description: "Do it.", Manual: strings.HasPrefix(part[0], "!"), Effect: strings.TrimPrefix(part[0], "!")}
		if len(part) == 3 {
			s.Command = part[2]
			if part[1] != "" {
				s.Placeholders = strings.Split(part[1], ",")
			}
		}
		r.Remediation.Steps = append(r.Remediation.Steps, s)
	}
	return r
}
