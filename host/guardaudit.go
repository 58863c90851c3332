package host

import (
	"path/filepath"
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

// guardLogs are the logs that a guard writes to. What it does for a run is a run
// of its own there, whose start names that one: whether the other is taken for
// ended already depends on who looks first.
type guardLogs map[string]*guardLog

type guardLog struct {
	log *audit.Log
	run *audit.Run
}

// of returns what writes the request that a debt comes to. On an error there must be
// no request.
func (g guardLogs) of(a *guardAudit) (*checkAudit, error) {
	if a == nil {
		return nil, nil
	}
	key := a.Path + "\n" + a.Run
	if g[key] == nil {
		log, err := audit.Open(a.Path, time.Now)
		if err != nil {
			return nil, err
		}
		run, err := log.Begin(audit.Start{Version: a.Version, For: a.Run, Plugins: []audit.Plugin{a.Plugin}, Checks: 1, AllowWrite: true})
		if err != nil {
			log.Close()
			return nil, err
		}
		g[key] = &guardLog{log, run}
	}
	return &checkAudit{auditing: &auditing{path: a.Path, run: g[key].run, end: func(error) {}}, plugin: a.Plugin, check: a.Check}, nil
}

// end ends what was begun. Nobody is there any more to hear of a failure.
func (g guardLogs) end() {
	for _, l := range g {
		_, _ = l.run.End(audit.End{})
		l.log.Close()
	}
}
