package report

import (
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// ComparisonSchema names the form of the JSON document.
const ComparisonSchema = "stellaops.doctor.comparison/v1"

// Comparison tells what changed between two reports. Details of a run that
// change with every run are left out: times, durations, error messages.
type Comparison struct {
	Schema  string            `json:"schema"`
	Old     ComparedRun       `json:"old"`
	New     ComparedRun       `json:"new"`
	Summary ComparisonSummary `json:"summary"`
	// Notes tell what weakens the comparison. Codes: old_incomplete,
	// new_incomplete.
	Notes []Note `json:"notes"`
	// Plugins are those of another version or other bytes, sorted by id.
	Plugins []PluginChange `json:"plugins"`
	// Changes are sorted by check id. Checks that are well and the same in both
	// reports are not among them.
	Changes []Change `json:"changes"`
}

// ComparedRun names one of the two reports.
type ComparedRun struct {
	StartedAt string   `json:"started_at"`
	Host      HostInfo `json:"host"`
	Checks    int      `json:"checks"`
	ExitCode  int      `json:"exit_code"`
}

// ComparisonSummary counts changes by kind.
type ComparisonSummary struct {
	New      int `json:"new"`
	Worse    int `json:"worse"`
	Unjudged int `json:"unjudged"`
	Cause    int `json:"cause"`
	Still    int `json:"still"`
	Waived   int `json:"waived"`
	Better   int `json:"better"`
	Fixed    int `json:"fixed"`
	Skipped  int `json:"skipped"`
	Removed  int `json:"removed"`
	Added    int `json:"added"`
	Changed  int `json:"changed"`
	Evidence int `json:"evidence"`
	// Same counts the checks that are well and the same in both reports.
	Same int `json:"same"`
	// ExitCode is what the program exits with.
	ExitCode int `json:"exit_code"`
}

// PluginChange is a plugin of which the two reports had different files.
type PluginChange struct {
	ID  string    `json:"id"`
	Old PluginRef `json:"old"`
	New PluginRef `json:"new"`
}

// Kinds of changes. A problem is a fail, a warning, or a check that could not be
// judged, unless a waiver covers it.
const (
	ChangeNew      = "new"      // a failure or warning where none was known
	ChangeWorse    = "worse"    // a warning that is a failure now
	ChangeUnjudged = "unjudged" // could not be judged, and could before
	ChangeCause    = "cause"    // the same verdict for another cause
	ChangeStill    = "still"    // the same problem
	ChangeWaived   = "waived"   // a problem that a waiver covers now
	ChangeBetter   = "better"   // a failure that is a warning now
	ChangeFixed    = "fixed"    // a problem that is none any longer
	ChangeSkipped  = "skipped"  // was asked before and is not now
	ChangeRemoved  = "removed"  // not in the new report
	ChangeAdded    = "added"    // not in the old report, and no problem
	ChangeChanged  = "changed"  // another verdict, and no problem in either
	ChangeEvidence = "evidence" // the same verdict on other facts
)

// Change is what became of one check.
type Change struct {
	Check string `json:"check"`
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	// Old and New are null where the check is not in that report.
	Old *State `json:"old"`
	New *State `json:"new"`
	// Evidence lists the facts that differ, volatile ones aside, sorted by key.
	Evidence []Drift `json:"evidence"`
}

// State is the part of a result that is compared.
type State struct {
	Outcome    string         `json:"outcome"`
	Severity   *wire.Severity `json:"severity"`
	Cause      *string        `json:"cause"`
	Diagnosis  string         `json:"diagnosis"`
	SkipReason *string        `json:"skip_reason"`
	Waiver     *Waiver        `json:"waiver"`
}

// Compare tells what changed from old to new, and computes the exit code: that
// of a run whose results are the problems that are new, worse or newly unjudged
// alone. So 20 stands for a failure that is new or was a warning, 22 for a check
// that could be judged before, 21 for a new warning when failOn is wire.Warn, and
// 0 for everything else, problems that are still there included.
func Compare(old, new *Report, failOn wire.Severity) *Comparison {
	c := &Comparison{
		Schema:  ComparisonSchema,
		Old:     comparedRun(old),
		New:     comparedRun(new),
		Notes:   append(incomplete("old", old), incomplete("new", new)...),
		Plugins: comparePlugins(old, new),
		Changes: []Change{},
	}
	was, is := byCheck(old), byCheck(new)
	var raising []Result
	for _, id := range checkIDs(was, is) {
		change := compareResults(was[id], is[id])
		c.Summary.count(change.Kind)
		switch change.Kind {
		case "":
			continue
		case ChangeNew, ChangeWorse, ChangeUnjudged:
			raising = append(raising, *is[id])
		}
		c.Changes = append(c.Changes, change)
	}
	c.Summary.ExitCode = Summarize(raising, failOn).ExitCode
	return c
}

func comparedRun(r *Report) ComparedRun {
	return ComparedRun{StartedAt: r.StartedAt, Host: r.Host, Checks: len(r.Results), ExitCode: r.Summary.ExitCode}
}

func incomplete(which string, r *Report) []Note {
	if r.Complete() {
		return []Note{}
	}
	return []Note{{Code: which + "_incomplete", Text: fmt.Sprintf(
		"the %s report holds %d of the %d results of its run (--severity): what it leaves out cannot be compared", which, len(r.Results), r.Summary.Total())}}
}

func byCheck(r *Report) map[string]*Result {
	m := make(map[string]*Result, len(r.Results))
	for i := range r.Results {
		m[r.Results[i].Check] = &r.Results[i]
	}
	return m
}

func checkIDs(maps ...map[string]*Result) []string {
	var ids []string
	for _, m := range maps {
		for id := range m {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func comparePlugins(old, new *Report) []PluginChange {
	was := map[string]PluginRef{}
	for _, r := range slices.Backward(old.Results) {
		was[r.Plugin.ID] = r.Plugin
	}
	changes := []PluginChange{}
	for _, r := range new.Results {
		before, ok := was[r.Plugin.ID]
		if ok && before != r.Plugin {
			changes = append(changes, PluginChange{ID: r.Plugin.ID, Old: before, New: r.Plugin})
		}
		delete(was, r.Plugin.ID)
	}
	slices.SortFunc(changes, func(a, b PluginChange) int { return strings.Compare(a.ID, b.ID) })
	return changes
}

// compareResults judges one check, of which at least one result is there. The
// kind is empty when there is nothing to tell.
func compareResults(old, new *Result) Change {
	c := Change{Old: stateOf(old), New: stateOf(new), Evidence: []Drift{}}
	for _, r := range []*Result{old, new} {
		if r != nil {
			c.Check, c.Name = r.Check, r.Name
		}
	}
	if old != nil && new != nil && old.asked() && new.asked() {
		c.Evidence = drifts(old.Evidence, new.Evidence)
	}
	c.Kind = changeKind(old, new)
	if c.Kind == "" && len(c.Evidence) > 0 {
		c.Kind = ChangeEvidence
	}
	return c
}

func stateOf(r *Result) *State {
	if r == nil {
		return nil
	}
	return &State{r.Outcome, r.Severity, r.Cause, r.Diagnosis, r.SkipReason, r.Waiver}
}

// changeKind names what became of a check, its evidence aside.
func changeKind(old, new *Result) string {
	was, is := old.standing(), new.standing()
	switch {
	case is == standsAbsent:
		return ChangeRemoved
	case is == standsWaived:
		return ChangeWaived
	case is == standsUnjudged && was != standsUnjudged:
		return ChangeUnjudged
	case is == standsFailing && was == standsWarning:
		return ChangeWorse
	case is == standsWarning && was == standsFailing:
		return ChangeBetter
	case is.problem() && is != was:
		return ChangeNew
	case is.problem() && reason(old) != reason(new):
		return ChangeCause
	case is.problem():
		return ChangeStill
	case was == standsAbsent:
		return ChangeAdded
	case is == standsSkipped && was != standsSkipped:
		return ChangeSkipped
	case was.problem(), was == standsWaived && is == standsWell:
		return ChangeFixed
	case was != is, reason(old) != reason(new), old.severity() != new.severity():
		return ChangeChanged
	}
	return ""
}

// standing is where a result stands for the exit code.
type standing uint8

const (
	standsAbsent standing = iota
	standsSkipped
	standsWell // pass and info
	standsWaived
	standsWarning
	standsUnjudged
	standsFailing
)

func (s standing) problem() bool { return s >= standsWarning }

// standing takes nil for a check that is not there.
func (r *Result) standing() standing {
	switch {
	case r == nil:
		return standsAbsent
	case r.Severity == nil:
		return standsUnjudged
	case r.Waiver != nil:
		return standsWaived
	}
	switch *r.Severity {
	case wire.Fail:
		return standsFailing
	case wire.Warn:
		return standsWarning
	case wire.Skip:
		return standsSkipped
	}
	return standsWell
}

// asked reports whether the check put its question and got a verdict.
func (r *Result) asked() bool { return r.Severity != nil && *r.Severity != wire.Skip }

// severity is empty for a result without one.
func (r *Result) severity() wire.Severity {
	if r.Severity == nil {
		return ""
	}
	return *r.Severity
}

func (s *ComparisonSummary) count(kind string) { *s.counter(kind)++ }

func (s *ComparisonSummary) counter(kind string) *int {
	switch kind {
	case ChangeNew:
		return &s.New
	case ChangeWorse:
		return &s.Worse
	case ChangeUnjudged:
		return &s.Unjudged
	case ChangeCause:
		return &s.Cause
	case ChangeStill:
		return &s.Still
	case ChangeWaived:
		return &s.Waived
	case ChangeBetter:
		return &s.Better
	case ChangeFixed:
		return &s.Fixed
	case ChangeSkipped:
		return &s.Skipped
	case ChangeRemoved:
		return &s.Removed
	case ChangeAdded:
		return &s.Added
	case ChangeChanged:
		return &s.Changed
	case ChangeEvidence:
		return &s.Evidence
	}
	return &s.Same
}
