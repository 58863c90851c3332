package host

import (
	"path/filepath"
	"slices"
	"time"

	"stella-ops.org/doctor/host/audit"
)

// guardAudit is what a guard needs to write its requests into the audit log of the
// run that was killed.
type guardAudit struct {
	Path, Run, Version, Check string
	Plugin                    audit.Plugin
}

// forGuard tells a guard of the log; nil when there is none.
func (a *checkAudit) forGuard() *guardAudit {
	if a == nil {
		return nil
	}
	path, err := filepath.Abs(a.path)
	if err != nil {
		path = a.path
	}
	return &guardAudit{Path: path, Run: a.run.ID(), Version: a.version, Check: a.check, Plugin: a.plugin}
}

// guardLogs are the logs that a guard writes to, by log and run. What it does for a run
// is a run of its own there, whose start names that one: whether the other is taken
// for ended already depends on who looks first.
type guardLogs map[string]*guardLog

type guardLog struct {
	start audit.Start
	log   *audit.Log // nil until the first request
	run   *audit.Run
}

func (a *guardAudit) key() string { return a.Path + "\n" + a.Run }

// newGuardLogs gathers what the starts of the runs have to name. A check counts once,
// however much it owes.
func newGuardLogs(debts map[int]*guardDebt) guardLogs {
	g, counted := guardLogs{}, map[string]bool{}
	for _, debt := range debts {
		a := debt.Audit
		if a == nil {
			continue
		}
		l := g[a.key()]
		if l == nil {
			l = &guardLog{start: audit.Start{Version: a.Version, For: a.Run, AllowWrite: true}}
			g[a.key()] = l
		}
		if !slices.Contains(l.start.Plugins, a.Plugin) {
			l.start.Plugins = append(l.start.Plugins, a.Plugin)
			sortPlugins(l.start.Plugins)
		}
		if check := a.key() + "\n" + a.Plugin.ID + "\n" + a.Check; !counted[check] {
			counted[check] = true
			l.start.Checks++
		}
	}
	return g
}

// of returns what writes the request that a debt comes to. On an error there must be
// no request.
func (g guardLogs) of(a *guardAudit) (*checkAudit, error) {
	if a == nil {
		return nil, nil
	}
	l := g[a.key()]
	if l.run == nil {
		if err := l.begin(a.Path); err != nil {
			return nil, err
		}
	}
	return &checkAudit{auditing: &auditing{path: a.Path, run: l.run, end: func(error) {}}, plugin: a.Plugin, check: a.Check}, nil
}

func (l *guardLog) begin(path string) error {
	log, err := audit.Open(path, time.Now)
	if err != nil {
		return err
	}
	run, err := log.Begin(l.start)
	if err != nil {
		log.Close()
		return err
	}
	l.log, l.run = log, run
	return nil
}

// end ends what was begun. Nobody is there any more to hear of a failure.
func (g guardLogs) end() {
	for _, l := range g {
		if l.run != nil {
			_, _ = l.run.End(audit.End{Error: "no check was run: it took back what run " + l.start.For + " had left"})
			l.log.Close()
		}
	}
}
