package cassette

import (
	"fmt"
	"slices"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// check holds the parts of a recorded run against each other.
func (c *Cassette) check() error {
	if c.FailOn != wire.Fail && c.FailOn != wire.Warn {
		return problem(headerFile, "fail_on is %q, neither fail nor warn", short(string(c.FailOn)))
	}
	if !ascending(c.Plugins, func(p Plugin) string { return p.ID }) {
		return problem(headerFile, "the plugins are not in order")
	}
	if !ascending(c.ByHost, func(id string) string { return id }) {
		return problem(headerFile, "by_host is not in order")
	}
	if !ascending(c.Report.Results, func(r report.Result) string { return r.Check }) {
		return problem(reportFile, "the results are not in order")
	}
	for i := range c.Report.Results {
		if err := c.checkResult(&c.Report.Results[i]); err != nil {
			return err
		}
	}
	for _, k := range c.Checks {
		if c.Result(k.Request.Check) == nil {
			return problem(reportFile, "check %s was recorded and has no result", k.Request.Check)
		}
	}
	for _, id := range c.ByHost {
		if r := c.Result(id); r == nil || r.Severity != nil || c.Check(id) == nil {
			return problem(headerFile, "by_host names %s, which is no check with a guest and without a verdict", short(id))
		}
	}
	return nil
}

// checkResult wants a recorded request for everything but a skip, which the host
// can make before any guest starts.
func (c *Cassette) checkResult(r *report.Result) error {
	skipped := r.Severity != nil && *r.Severity == wire.Skip
	if c.Check(r.Check) == nil && !skipped {
		return problem("", "the request of check %s is missing", short(r.Check))
	}
	ref := func(p Plugin) bool {
		return r.Plugin == report.PluginRef{ID: p.ID, Version: p.Version, Digest: p.Digest}
	}
	if !slices.ContainsFunc(c.Plugins, ref) {
		return problem(headerFile, "the plugin of check %s is missing", short(r.Check))
	}
	return nil
}

// ascending tells whether the keys are sorted and none is there twice.
func ascending[T any](list []T, key func(T) string) bool {
	for i := 1; i < len(list); i++ {
		if key(list[i-1]) >= key(list[i]) {
			return false
		}
	}
	return true
}

func problem(file, format string, args ...any) error {
	return &Error{File: file, Problem: fmt.Sprintf(format, args...)}
}
