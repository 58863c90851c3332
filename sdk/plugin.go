package sdk

import (
	"errors"

	"stella-ops.org/doctor/sdk/wire"
)

// Plugin is one plugin: who it is, and its checks. It is a constant in spirit:
// nothing changes it after [Register].
type Plugin struct {
	// ID is required: dotted lower-case segments of letters, digits and
	// hyphens, such as acme.doctor.web.
	ID string
	// Name is required; it is for people.
	Name string
	// Version is required: a SemVer version without a leading v.
	Version string
	// Category groups plugins; checks without a category take it over.
	Category string
	// Description is one sentence; it may be empty.
	Description string
	// Checks are at least one, in any order.
	Checks []Check
}

// Check is one check: what is known about it without running it, and the
// function that runs it.
type Check struct {
	// Info describes the check. Class may be empty, here and in every access
	// entry: [Plugin.Info] derives it from the methods.
	Info wire.CheckInfo
	// Run is required. It runs the check once, on a fresh instance, and returns
	// what it found. Version, Nonce and Check of the result are filled in
	// afterwards. It keeps nothing for a next run: there is none.
	Run func(*Env) wire.Result
	// Steps is optional. It fills in Info.Explain.Steps, the usual change per
	// runtime, from whatever Run makes the steps of its results with. It is
	// called when the plugin is described and never for a run.
	Steps func() []wire.Step
}

// Info returns the description of the plugin as it is sealed into the file: the
// contract version of this package, the checks sorted by id, every empty
// category taken over from the plugin and every empty class derived from the
// access methods, and the steps of [Check.Steps]. It shares nothing that it
// changes with p.
func (p Plugin) Info() wire.PluginInfo {
	info := wire.PluginInfo{
		ABI:         wire.Version,
		ID:          p.ID,
		Name:        p.Name,
		Version:     p.Version,
		Category:    p.Category,
		Description: p.Description,
		Checks:      make([]wire.CheckInfo, 0, len(p.Checks)),
	}
	for _, c := range p.Checks {
		info.Checks = insert(info.Checks, complete(c.describe(), p.Category))
	}
	return info
}

// describe returns the description with the steps in it. Steps of a check that
// has no explanation make one, which does not validate: they are not lost in
// silence.
func (c *Check) describe() wire.CheckInfo {
	info := c.Info
	if c.Steps == nil {
		return info
	}
	var explain wire.Explain
	if info.Explain != nil {
		explain = *info.Explain
	}
	explain.Steps = c.Steps()
	info.Explain = &explain
	return info
}

// insert puts c at its place in sorted checks, behind its equals. A plugin has
// a handful of checks; package slices would put 30 kB of sorting into it.
func insert(checks []wire.CheckInfo, c wire.CheckInfo) []wire.CheckInfo {
	checks = append(checks, c)
	i := len(checks) - 1
	for ; i > 0 && checks[i-1].ID > c.ID; i-- {
		checks[i] = checks[i-1]
	}
	checks[i] = c
	return checks
}

// complete fills in what an author may leave out of c.
func complete(c wire.CheckInfo, category string) wire.CheckInfo {
	if c.Category == "" {
		c.Category = category
	}
	class := wire.ClassRead
	c.Access = append([]wire.Access(nil), c.Access...)
	for i := range c.Access {
		a := &c.Access[i]
		derived := classOf(a.Methods)
		if a.Class == "" {
			a.Class = derived
		}
		if derived == wire.ClassWrite || a.Class == wire.ClassWrite {
			class = wire.ClassWrite
		}
	}
	if c.Class == "" {
		c.Class = class
	}
	return c
}

// classOf returns write if any of the methods writes (CONTRACT §1, CheckInfo).
func classOf(methods []string) string {
	for _, m := range methods {
		if wire.MethodClass(m) == wire.ClassWrite {
			return wire.ClassWrite
		}
	}
	return wire.ClassRead
}

// Validate tells whether the plugin can be built: its [Plugin.Info] passes
// [wire.PluginInfo.Validate], which also is what a host demands of a sealed
// file, and every check has a Run function. An author's test of it is one line;
// see package sdktest.
func (p Plugin) Validate() error {
	for _, c := range p.Checks {
		if c.Run == nil {
			return errors.New("plugin " + p.ID + ": check " + c.Info.ID + " has no run function")
		}
	}
	info := p.Info()
	return info.Validate()
}

// check returns the check with the given id.
func (p *Plugin) check(id string) (Check, bool) {
	for _, c := range p.Checks {
		if c.Info.ID == id {
			return c, true
		}
	}
	return Check{}, false
}
