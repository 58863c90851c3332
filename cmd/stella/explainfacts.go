package main

import (
	"strconv"
	"strings"
	"time"

	"stella-ops.org/doctor/sdk/wire"
)

// fact is a name and what is to be said of it.
type fact struct{ name, text string }

// facts are what can be said of a check in a word or two. They leave out what
// does not apply.
func (e *explanation) facts() []fact {
	class := "read: it changes nothing on its target"
	if e.Class == wire.ClassWrite {
		class = "write: it changes something on its target, and runs only with --allow-write"
	}
	budget := milliseconds(e.TimeoutMS)
	if e.TimeoutMS == 0 {
		budget = milliseconds(wire.DefaultCheckMS)
	}
	budget += " at most"
	if e.EstimateMS > 0 {
		budget += ", " + milliseconds(e.EstimateMS) + " as a rule"
	}
	all := []fact{
		{"plugin", e.Plugin + " " + e.PluginVersion},
		{"category", e.Category},
		{"tags", strings.Join(e.Tags, ", ")},
		{"class", class},
		{"default severity", string(e.DefaultSeverity)},
		{"time", budget},
		{"runbook", e.RunbookURL},
	}
	var there []fact
	for _, f := range all {
		if f.text != "" {
			there = append(there, f)
		}
	}
	return there
}

func milliseconds(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

// deprecation says why the check will go and what takes its place.
func (e *explanation) deprecation() string {
	if e.Deprecated == "" {
		return ""
	}
	text := e.Deprecated
	for i, id := range e.ReplacementIDs {
		if i == 0 {
			text += "; in its place: "
		} else {
			text += ", "
		}
		text += id + e.presence(id)
	}
	return text
}

// settingNames are the spellings of a setting, in the order in which they are
// tried.
func settingNames(s *wire.SettingInfo) []string { return append([]string{s.Key}, s.Aliases...) }

// settingKind says of a setting what a value must be and what hangs on it.
func settingKind(s *wire.SettingInfo) string {
	words := []string{s.Type}
	if s.Secret {
		words = append(words, "secret")
	}
	if s.Required {
		words = append(words, "required")
	}
	if s.Lead && s.Group == "" {
		words = append(words, "without it the check is skipped")
	}
	if s.Group != "" {
		words = append(words, "from the same section as the rest of group "+s.Group)
	}
	if s.Default != "" {
		words = append(words, "default "+s.Default)
	}
	return strings.Join(words, ", ")
}

// accessTarget is what an access entry asks to reach.
func accessTarget(a *wire.Access) string {
	if a.Kind == wire.KindTCP {
		var ports []string
		if a.Port != "" {
			ports = append(ports, a.Port)
		}
		for _, p := range a.DefaultPort {
			ports = append(ports, strconv.Itoa(p))
		}
		text := "tcp " + a.Target
		if len(ports) > 0 {
			text += " port " + strings.Join(ports, " or ")
		}
		return text
	}
	return strings.Join(a.Methods, ",") + " " + a.Target + a.Path
}

// accessLimits are the conditions of an access entry that are not the usual ones.
func accessLimits(a *wire.Access) []string {
	var out []string
	if a.Class == wire.ClassWrite {
		out = append(out, "writes on its target")
	}
	if a.Trim != "" {
		out = append(out, "drops "+a.Trim+" from the end of the setting first")
	}
	if a.Redirects == wire.RedirectSameOrigin {
		out = append(out, "follows redirects within the target")
	}
	if a.MaxBody > 0 {
		out = append(out, "reads up to "+strconv.FormatInt(a.MaxBody, 10)+" bytes of an answer")
	}
	if len(a.Secrets) > 0 {
		out = append(out, "sends the secret "+strings.Join(a.Secrets, ", "))
	}
	return out
}
