package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/store"
)

// approvalFlags say what is approved where nobody is asked.
func approvalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "approve-all", Usage: "approve all that the plugin asks for, but for hosts that it names itself"},
		&cli.StringSliceFlag{Name: "approve-host", Usage: "approve the `HOST` that the plugin names itself; repeatable"},
		&cli.StringFlag{Name: "approval", Usage: "approve what stands in `FILE`; --print-approval of install, upgrade and approve writes one to begin with"},
		&cli.StringFlag{Name: "by", DefaultText: "user@machine", Usage: "approve in the name of `NAME`"},
		&cli.StringFlag{Name: "expires", DefaultText: "never", Usage: "let the approval end at `DATE`, a day or a time of RFC 3339, or never"},
		&cli.StringFlag{Name: "engine", DefaultText: store.Interpreter, Usage: "run the plugin with `ENGINE`: interpreter or compiler"},
	}
}

// printApprovalFlag prints an approval file.
func printApprovalFlag() cli.Flag {
	return &cli.BoolFlag{Name: "print-approval", Usage: "print an approval file with all that the plugin asks for, to take from, and do nothing else"}
}

// orPrintApproval is the action of a command that lets a plugin in, or with
// --print-approval prints what there is to approve. open opens the store that the
// command changes, ask looks at the plugin.
func orPrintApproval(s *streams, action cli.ActionFunc, open func(*streams, *cli.Context) (*store.Store, error),
	ask func(c *cli.Context, st *store.Store, o store.Options) (*store.Ask, error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		if !c.Bool("print-approval") {
			return action(c)
		}
		return oneForm(s, func(c *cli.Context) ([]byte, error) {
			st, err := open(s, c)
			if err != nil {
				return nil, err
			}
			o, err := storeOptions(s, c)
			if err != nil {
				return nil, err
			}
			o.AllowUnsigned = true // nothing is let in by it
			asked, err := ask(c, st, o)
			if err != nil {
				return nil, err
			}
			return asked.Template(), nil
		})(c)
	}
}

// askFile looks at the file that is the last of a command's arguments.
func askFile(s *streams, names ...string) func(c *cli.Context, st *store.Store, o store.Options) (*store.Ask, error) {
	return func(c *cli.Context, st *store.Store, o store.Options) (*store.Ask, error) {
		args, err := exactArgs(c, names...)
		if err != nil {
			return nil, err
		}
		a, err := fetchArtifact(s, c, args[len(args)-1])
		if err != nil {
			return nil, err
		}
		return st.Examine(a.Artifact, o)
	}
}

// approving is what a command line says of an approval.
type approving struct {
	s   *streams
	c   *cli.Context
	now time.Time
	ask *store.Ask
	// attached are the documents that came with the file.
	attached []artifact.Attachment
	// base is what was approved before and stays so.
	base *store.Approved
	// anew says that the approval itself is what is asked for, be there anything new
	// or not.
	anew bool
	// upgrade says that what is not said stays as it was approved.
	upgrade bool
	// others are hosts that plugins name which are approved by the same flags.
	others []string
	// file reads the file of --approval, for several plugins once; nil reads it anew.
	file func() (*store.Approval, error)
	// signed says that the approval file names the approver.
	signed bool
}

// given tells whether the command line says what is approved.
func (a *approving) given() bool {
	return a.c.Bool("approve-all") || a.c.IsSet("approve-host") || a.c.IsSet("approval")
}

// terms tells whether the command line says who approves, until when, or how the
// plugin runs.
func (a *approving) terms() bool {
	return a.c.IsSet("by") || a.c.IsSet("expires") || a.c.IsSet("engine")
}

// asks tells whether a person is asked: about a plugin that is new, or about another
// version that would wait otherwise. would is nil for the first.
func (a *approving) asks(would *store.Change) bool {
	if a.given() || a.c.Bool("dry-run") || !canAsk(a.s) {
		return false
	}
	return would == nil || would.Action == store.Waits && would.Before.Hold == ""
}

// decide makes the approval: from the file, from the flags, by asking, or not at
// all where nothing is asked for. A dry run that says nothing approves nothing.
func (a *approving) decide() (store.Approval, error) {
	approval, err := a.decideScope()
	if err != nil {
		return approval, err
	}
	if err := a.who(&approval); err != nil {
		return approval, err
	}
	return approval, nil
}

func (a *approving) decideScope() (approval store.Approval, err error) {
	if a.base != nil {
		approval.Scope = a.base.Scope
		if a.base.Digest == a.ask.Release.Digest { // the compiler is approved for one file
			approval.Engine = a.base.Engine
		}
	}
	switch {
	case a.c.IsSet("approval"):
		if a.c.Bool("approve-all") || a.c.IsSet("approve-host") {
			return approval, usagef("the file says all", "--approval goes with neither --approve-all nor --approve-host")
		}
		return a.readFile()
	case a.given():
		scope, err := a.flagScope()
		approval.Scope = approval.Scope.Join(scope)
		return approval, err
	case a.c.Bool("dry-run"):
		return approval, nil
	case approval.Scope.Widened(a.ask.Asked).Empty(), a.base != nil && a.ask.Wider.Empty() && a.terms():
		if a.anew && canAsk(a.s) {
			return approval, a.confirm()
		}
		return approval, nil // what was approved, anew
	case canAsk(a.s):
		scope, err := a.question()
		approval.Scope = approval.Scope.Join(scope)
		return approval, err
	}
	return approval, usagef("--approve-all approves all but hosts that the plugin names itself, --approve-host HOST each of those; or --approval FILE; --dry-run shows what it asks for",
		"nothing says what plugin %s may do, and there is no terminal to ask on", a.ask.Info.ID)
}

func (a *approving) readFile() (store.Approval, error) {
	read := a.file
	if read == nil {
		read = approvalFile(a.s, a.c)
	}
	approval, err := read()
	if err != nil {
		return store.Approval{}, err
	}
	if err := a.ask.Accepts(approval); err != nil {
		return store.Approval{}, fmt.Errorf("approval file %s: %w", inputName(a.c.String("approval")), err)
	}
	a.signed = approval.By != ""
	return *approval, nil
}

// approvalFile reads the file of --approval when it is wanted, and once.
func approvalFile(s *streams, c *cli.Context) func() (*store.Approval, error) {
	return sync.OnceValues(func() (*store.Approval, error) {
		path := c.String("approval")
		data, err := readInput(c.Context, s, path, store.MaxLock)
		if err != nil {
			if c.Context.Err() != nil {
				return nil, err
			}
			return nil, usagef("", "approval file %s: %v", inputName(path), err)
		}
		return store.ParseApproval(data, inputName(path))
	})
}

// flagScope is what --approve-all and --approve-host approve.
func (a *approving) flagScope() (access.Scope, error) {
	all, hosts := a.c.Bool("approve-all"), a.c.StringSlice("approve-host")
	known := append(literalHosts(a.ask.Asked), a.others...)
	for _, host := range hosts {
		if !slices.Contains(known, strings.ToLower(host)) {
			hint := "it names none"
			if len(known) > 0 {
				hint = "it names " + strings.Join(known, ", ")
			}
			return access.Scope{}, usagef(hint, "--approve-host %s: plugin %s does not name that host", host, a.ask.Info.ID)
		}
	}
	return approvedPart(a.ask.Asked, all, func(host string) bool {
		return slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) })
	}), nil
}

// approvedPart is the part of a scope that is approved: the settings and what is
// bound to them, and each host of the plugin's own by itself.
func approvedPart(asked access.Scope, all bool, host func(string) bool) access.Scope {
	var part access.Scope
	if all {
		part.Settings, part.Secrets = asked.Settings, asked.Secrets
	}
	for _, e := range asked.Access {
		own, literal := access.LiteralHost(e)
		if literal && host(own) || !literal && all {
			part.Access = append(part.Access, e)
		}
	}
	return part
}

// literalHosts are the hosts that a plugin names itself, sorted.
func literalHosts(s access.Scope) []string {
	var hosts []string
	for _, e := range s.Access {
		if host, ok := access.LiteralHost(e); ok {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// same holds what the command line says against what is approved of a file that is
// installed already: its terms are not changed by installing it again.
func (a *approving) same(e *store.Entry) error {
	if !a.given() && !a.terms() {
		return nil
	}
	approval := store.Approval{Scope: e.Scope, Engine: e.Engine}
	if a.given() {
		var err error
		if approval, err = a.decideScope(); err != nil {
			return err
		}
	}
	if err := a.who(&approval); err != nil {
		return err
	}
	scope := a.ask.Asked.Meet(approval.Scope)
	var other []string
	for what, differs := range map[string]bool{
		"access":   !scope.Widened(e.Scope).Empty() || !e.Scope.Widened(scope).Empty(),
		"engine":   (a.c.IsSet("engine") || a.c.IsSet("approval")) && approval.Engine != e.Engine,
		"approver": (a.c.IsSet("by") || a.signed) && approval.By != e.By,
		"end":      (a.c.IsSet("expires") || a.c.IsSet("approval")) && !approval.Expires.Equal(e.Expires),
	} {
		if differs {
			other = append(other, what)
		}
	}
	if len(other) == 0 {
		return nil
	}
	slices.Sort(other)
	return &store.Refusal{Rule: store.RuleInstalled, Hint: "stella doctor plugin approve " + e.ID + " with the same flags changes what is approved",
		Text: fmt.Sprintf("plugin %s %s is installed already, and approved by %s with other terms (%s)", e.ID, e.Version, e.By, strings.Join(other, ", "))}
}

// forUpgrade decides about another version of an installed plugin; nil lets it wait
// where it asks for more. would is what becomes of it then.
func (a *approving) forUpgrade(would *store.Change) (*store.Approval, error) {
	waits := would.Action == store.Waits
	switch {
	case would.Action == store.Unchanged, would.Action == store.Renewed:
		a.base = nil
		return nil, a.same(would.Before)
	case a.given():
	case waits && !a.asks(would), !waits && !a.terms():
		return nil, nil
	}
	approval, err := a.decide()
	return &approval, err
}
