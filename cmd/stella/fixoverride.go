package main

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/settings"
)

// madeEdit is an edit that a fix made for a check.
type madeEdit struct {
	check  string
	change *fix.FileChange
}

// noteOverrides tells of the settings that the fix was started with and that have
// another value than what was written: the next run has the old one again. It
// looks at the settings as they are before [fixer.overlay].
func (f *fixer) noteOverrides() {
	f.doc.Notes = []string{}
	last := map[string]madeEdit{}
	for _, e := range f.edits {
		last[e.change.Key] = e
	}
	for _, e := range f.edits {
		if last[e.change.Key] != e {
			continue
		}
		if has, ok := f.host.Settings().Lookup(e.change.Key); ok && has.Value != e.change.Value {
			f.doc.Notes = append(f.doc.Notes, f.overrideText(e, has))
		}
	}
}

func (f *fixer) overrideText(e madeEdit, has settings.Entry) string {
	c := e.change
	text := settingPlace(c.Key, has.Origin) + " still overrides what was written to " + c.File
	if c.File != fix.SettingsFile {
		text += ", which Doctor does not read"
	}
	set := c.Key + "=" + c.Value
	if !slices.Contains(f.written, set) {
		text += "; the check was asked with the old value, because the plan was not done as a whole"
	}
	if c.File == fix.SettingsFile {
		text += "; leave it out, or give it the new value"
	} else {
		text += "; give it the new value"
	}
	now := settings.Entry{Key: c.Key, Value: c.Value}
	if f.host.Settings().IsSecret(c.Key) || f.host.Settings().Visible(now, true) != c.Value {
		return text
	}
	return text + ": " + host.Command("stella", "doctor", "run", "--check", e.check, "--set", set)
}

// settingPlace names the place of a setting as an operator would look for it.
func settingPlace(key, origin string) string {
	if strings.HasPrefix(origin, "--") {
		return origin + " " + key
	}
	if strings.HasPrefix(origin, "file ") {
		return key + " of " + origin
	}
	return origin
}
