package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/sdk/wire"
)

// allRuntimes is the value of --runtime that shows the steps of every runtime.
const allRuntimes = "all"

// runtimeInfo is a place where Stella Ops runs.
type runtimeInfo struct{ name, title string }

// runtimes stand in the order of a page. Steps for any runtime come last: they
// follow what the runtime needs.
var runtimes = []runtimeInfo{
	{wire.RuntimeCompose, "the usual change, with Docker Compose"},
	{wire.RuntimeSystemd, "the usual change, with systemd"},
	{wire.RuntimeKubernetes, "the usual change, with Kubernetes"},
	{wire.RuntimeAny, "the usual change, anywhere"},
}

// runtimeNames are the values of --runtime.
func runtimeNames() []string {
	return []string{wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes, allRuntimes}
}

// parseRuntime reads --runtime.
func parseRuntime(c *cli.Context) (string, error) {
	name := c.String("runtime")
	if !slices.Contains(runtimeNames(), name) {
		return "", usagef("values are "+strings.Join(runtimeNames(), ", "), "unknown runtime %q", name)
	}
	return name, nil
}

// steps are those of steps for this runtime, if chosen asks for it.
func (r runtimeInfo) steps(steps []wire.Step, chosen string) []wire.Step {
	if chosen != allRuntimes && r.name != chosen && r.name != wire.RuntimeAny {
		return nil
	}
	var own []wire.Step
	for _, s := range steps {
		if s.Runtime == r.name {
			own = append(own, s)
		}
	}
	return own
}

// stepTitle numbers a step and says what it does to the system.
func stepTitle(s wire.Step) string {
	marks := s.Effect
	if s.Manual {
		marks += ", by hand"
	}
	return strconv.Itoa(s.Order) + ". " + s.Description + " (" + marks + ")"
}

// stepNotes are what to mind about a step.
func stepNotes(s wire.Step) []fact {
	var notes []fact
	if s.Safety != "" {
		notes = append(notes, fact{"mind", s.Safety})
	}
	if s.Backup != "" {
		notes = append(notes, fact{"backup", s.Backup})
	}
	return notes
}
