package main

import (
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/store"
)

func pluginApproveCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "approve",
		Usage:     "approve the version of a plugin that waits, or anew the one that runs",
		ArgsUsage: "ID",
		Description: "What was approved before stays approved; the flags add to it. An approval file says all of it, and so can take something away. " +
			"With --expires alone, what was approved counts on until then.",
		Flags: join(approvalFlags(), []cli.Flag{printApprovalFlag()}, storeFlags()),
		Action: orPrintApproval(s, changing(s, func(c *cli.Context, st *store.Store, id string, o store.Options) (*store.Change, error) {
			ask, err := st.AskAgain(id, o)
			if err != nil {
				return nil, err
			}
			by := &approving{s: s, c: c, now: o.Now, ask: ask, base: &ask.Installed.Approved, anew: true}
			if e := ask.Installed; e.Pending != nil && e.Hold != "" { // refused, and not asked about first
				return st.Approve(id, store.Approval{}, o)
			}
			if a, err := st.Plugin(ask.Release.Digest); err == nil {
				by.attached = a.Attached
			}
			approval, err := by.decide()
			if err != nil {
				return nil, err
			}
			return st.Approve(id, approval, o)
		}), openStore, func(c *cli.Context, st *store.Store, o store.Options) (*store.Ask, error) {
			args, err := exactArgs(c, "ID")
			if err != nil {
				return nil, err
			}
			return st.AskAgain(args[0], o)
		}),
	}
}

func pluginHoldCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "hold",
		Usage:     "keep a plugin at its version, or let it go again",
		ArgsUsage: "ID",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "reason", DefaultText: "held by user@machine", Usage: "say why: `TEXT`"},
			&cli.BoolFlag{Name: "off", Usage: "end the hold; a version that waits and asks for nothing new takes over"},
		}, storeFlags()),
		Action: changing(s, func(c *cli.Context, st *store.Store, id string, o store.Options) (*store.Change, error) {
			reason := strings.TrimSpace(c.String("reason"))
			switch {
			case c.Bool("off") && reason != "":
				return nil, usagef("", "--reason goes with a hold, not with its end")
			case c.Bool("off"):
				return st.Hold(id, "", o)
			case reason == "":
				if reason = "held by " + userName(s); userName(s) == "" {
					return nil, usagef("add --reason TEXT", "nothing says why plugin %s is held, nor who holds it: neither USER nor this machine knows the name of the user", id)
				}
			}
			if len(reason) > 500 || strings.IndexFunc(reason, unicode.IsControl) >= 0 {
				return nil, usagef("", "a reason has up to 500 characters in one line")
			}
			return st.Hold(id, reason, o)
		}),
	}
}

func pluginRollbackCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "rollback",
		Usage:     "bring the previous version of a plugin back, with what was approved for it",
		ArgsUsage: "ID",
		Flags:     storeFlags(),
		Action: changing(s, func(_ *cli.Context, st *store.Store, id string, o store.Options) (*store.Change, error) {
			ch, err := st.Rollback(id, o)
			if err == nil && ch.After.Expired(o.Now) {
				warn(s, "its approval expired at "+rfc3339(ch.After.Expires)+": `stella doctor plugin approve "+id+" --expires DATE` lets it run")
			}
			return ch, err
		}),
	}
}

func pluginRemoveCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "take a plugin out",
		ArgsUsage: "ID",
		Flags:     storeFlags(),
		Action: changing(s, func(_ *cli.Context, st *store.Store, id string, o store.Options) (*store.Change, error) {
			return st.Remove(id, o)
		}),
	}
}

// changing is the action of a command that changes one installed plugin.
func changing(s *streams, do func(c *cli.Context, st *store.Store, id string, o store.Options) (*store.Change, error)) cli.ActionFunc {
	return document(s, textOnly, func(c *cli.Context) (page, error) {
		args, err := exactArgs(c, "ID")
		if err != nil {
			return page{}, err
		}
		st, err := openStore(s, c)
		if err != nil {
			return page{}, err
		}
		o, err := storeOptions(s, c)
		if err != nil {
			return page{}, err
		}
		ch, err := do(c, st, args[0], o)
		if err != nil {
			return page{}, err
		}
		return changePage(s, c, ch, st), nil
	})
}
