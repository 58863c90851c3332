package main

import (
	"strconv"

	"stella-ops.org/doctor/sdk/wire"
)

// runners are what a CI system runs its jobs on.
type runners struct {
	total, available int64
	// known is false when the system has no such question, or did not answer it.
	known bool
}

// countRunners asks a Jenkins or a GitLab that accepted the token. An answer that
// is refused, malformed or not whole has no effect on the verdict.
func countRunners(api string, ask func(path, query string) *answer) runners {
	switch api {
	case typeJenkins:
		return jenkinsRunners(readBody(ask(jenkinsAgents, "")).Field("computer"))
	case typeGitLab:
		return countGitLab(ask)
	}
	return runners{}
}

// readBody reads the JSON of a complete answer; anything else gives no value.
func readBody(x *answer) wire.JSON {
	if x.kind() != "" || !x.isSuccess() {
		return wire.JSON{}
	}
	body, _ := x.json()
	return body
}

// jenkinsRunners counts the computers of a Jenkins. One that does not say that it
// is there is not.
func jenkinsRunners(computers wire.JSON) (r runners) {
	for computer := range computers.Elements {
		r.total++
		if offline, ok := computer.Field("offline").Bool(); ok && !offline {
			r.available++
		}
	}
	r.known = computers.Kind() == wire.JSONList
	return r
}

// countGitLab counts the runners that are online and not paused, and, only if
// none is online, all that there are. While there are pages that were not read,
// none is no number.
func countGitLab(ask func(path, query string) *answer) (r runners) {
	x := ask(gitLabRunners, "status=online")
	online := readBody(x)
	for runner := range online.Elements {
		r.total++
		if paused, _ := runner.Field("paused").Bool(); !paused {
			r.available++
		}
	}
	switch {
	case online.Kind() != wire.JSONList, r.available == 0 && hasNextPage(x):
		return runners{}
	case r.total > 0:
		r.known = true
		return r
	}
	registered := readBody(ask(gitLabRunners, "per_page=100"))
	for range registered.Elements {
		r.total++
	}
	r.known = registered.Kind() == wire.JSONList
	return r
}

// hasNextPage tells whether GitLab has more than it sent.
func hasNextPage(x *answer) bool {
	for _, value := range x.resp.Header["x-next-page"] {
		if value != "" {
			return true
		}
	}
	return false
}

// text says how many are available; empty when that is not known.
func (r *runners) text() string {
	if !r.known || r.total == 0 {
		return ""
	}
	return strconv.FormatInt(r.available, 10) + " of " + count(r.total, "runner", "runners") + " available"
}

// count is a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}
