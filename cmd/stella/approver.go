package main

import (
	"cmp"
	"os"
	"os/user"
	"strings"
	"time"
	"unicode"

	"stella-ops.org/doctor/host/store"
)

// who fills in the name, the end and the engine.
func (a *approving) who(approval *store.Approval) error {
	if name := a.c.String("by"); name != "" {
		approval.By = name
	} else if approval.By == "" {
		approval.By = userName(a.s)
	}
	if approval.By == "" {
		return usagef("add --by NAME", "nobody says who approves: neither USER nor this machine knows the name of the user")
	}
	if err := checkApprover(approval.By); err != nil {
		return err
	}
	if engine := a.c.String("engine"); engine != "" {
		if approval.Engine = engine; engine != store.Interpreter && engine != store.Compiler {
			return usagef("engines are interpreter and compiler", "--engine %q is no value for it", engine)
		}
	}
	return a.until(approval)
}

func checkApprover(name string) error {
	if len(name) > 200 || strings.IndexFunc(name, unicode.IsControl) >= 0 || strings.TrimSpace(name) == "" {
		return usagef("", "%q is no name of an approver: up to 200 characters in one line", name)
	}
	return nil
}

// until reads --expires. An approval that had an end gets none silently.
func (a *approving) until(approval *store.Approval) error {
	switch text := a.c.String("expires"); {
	case text == "never":
		approval.Expires = time.Time{}
	case text != "":
		t, err := readTime(a.c, "expires")
		if err != nil {
			return usagef("or write never", "%v", err)
		}
		approval.Expires = t
	case approval.Expires.IsZero() && a.upgrade && !a.given():
		approval.Expires = a.base.Expires
	case approval.Expires.IsZero() && a.base != nil && !a.base.Expires.IsZero():
		return usagef("say it with --expires DATE, or --expires never", "the approval that there is ends at %s, and nothing says when the new one does", rfc3339(a.base.Expires))
	}
	if !approval.Expires.IsZero() && !approval.Expires.After(a.now) {
		return usagef("", "the approval would end at %s, before it begins", rfc3339(approval.Expires))
	}
	return nil
}

// userName is user@machine; empty when neither the environment nor the system tells
// the user.
func userName(s *streams) string {
	name := cmp.Or(s.env("USER"), s.env("USERNAME"))
	if name == "" {
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	if name == "" {
		return ""
	}
	if machine, err := os.Hostname(); err == nil {
		return name + "@" + machine
	}
	return name
}
