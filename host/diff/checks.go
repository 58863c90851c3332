package diff

import (
	"fmt"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// compareChecks compares what the seals declare of each check, but for its access.
func (d *Diff) compareChecks(old, new *wire.PluginInfo) {
	list := func(info *wire.PluginInfo) map[string]*wire.CheckInfo {
		all := map[string]*wire.CheckInfo{}
		for i := range info.Checks {
			all[info.Checks[i].ID] = &info.Checks[i]
		}
		return all
	}
	before, now := list(old), list(new)
	for _, id := range names(before, now) {
		a, b := before[id], now[id]
		if a == nil || b == nil {
			d.Checks = add(d.Checks, Change{What: id, Old: summary(a), New: summary(b)})
		} else {
			d.compareCheck(a, b)
		}
		if b != nil && b.Class == wire.ClassWrite && (a == nil || a.Class != wire.ClassWrite) {
			d.reason("its check %s may write", id)
			for i := range d.Checks {
				if d.Checks[i].What == id || d.Checks[i].What == id+": class" {
					d.Checks[i].Wider = true
				}
			}
		}
	}
}

// summary is a check in one line; empty for none.
func summary(c *wire.CheckInfo) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%s, %s: %s", c.Class, c.DefaultSeverity, c.Description)
}

func (d *Diff) compareCheck(a, b *wire.CheckInfo) {
	for _, f := range []struct{ name, old, new string }{
		{"class", a.Class, b.Class},
		{"severity", string(a.DefaultSeverity), string(b.DefaultSeverity)},
		{"name", a.Name, b.Name},
		{"question", a.Description, b.Description},
		{"category", a.Category, b.Category},
		{"tags", strings.Join(a.Tags, ", "), strings.Join(b.Tags, ", ")},
		{"time budget", milliseconds(a.TimeoutMS), milliseconds(b.TimeoutMS)},
		{"depends on", strings.Join(a.DependsOn, ", "), strings.Join(b.DependsOn, ", ")},
		{"runbook", a.RunbookURL, b.RunbookURL},
		{"deprecated", a.Deprecated, b.Deprecated},
	} {
		d.Checks = add(d.Checks, Change{What: a.ID + ": " + f.name, Old: f.old, New: f.new})
	}
	before, now := settingTexts(a), settingTexts(b)
	for _, key := range names(before, now) {
		d.Checks = add(d.Checks, Change{What: a.ID + ": setting " + key, Old: before[key], New: now[key]})
	}
	causes, causesNow := causeIDs(a), causeIDs(b)
	for _, id := range names(causes, causesNow) {
		d.Checks = add(d.Checks, Change{What: a.ID + ": cause " + id, Old: causes[id], New: causesNow[id]})
	}
}

func milliseconds(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d ms", n)
}

// settingTexts describe the settings of a check, but for words for people.
func settingTexts(c *wire.CheckInfo) map[string]string {
	all := map[string]string{}
	for _, s := range c.Settings {
		text := s.Type
		if s.Secret {
			text += ", secret"
		}
		if s.Required {
			text += ", required"
		}
		if s.Lead {
			text += ", leads"
		}
		if s.Group != "" {
			text += ", group " + s.Group
		}
		if s.Default != "" {
			text += ", default " + s.Default
		}
		if len(s.Aliases) > 0 {
			text += ", also " + strings.Join(s.Aliases, ", ")
		}
		all[s.Key] = text
	}
	return all
}

// causeIDs are the causes that a check may report.
func causeIDs(c *wire.CheckInfo) map[string]string {
	all := map[string]string{}
	if c.Explain != nil {
		for _, cause := range c.Explain.Causes {
			all[cause.ID] = "declared"
		}
	}
	return all
}
