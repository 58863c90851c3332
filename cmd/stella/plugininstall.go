package main

import (
	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/store"
)

func admissionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "allow-unsigned", Usage: "let a file in that nobody vouches for; the lock and every report say so"},
		&cli.BoolFlag{Name: "allow-downgrade", Usage: "let an older version in"},
	}
}

func pluginInstallCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "install",
		Usage:     "let a plugin in, with what is approved of its access",
		ArgsUsage: "FILE|REF",
		Description: "Takes FILE with the signatures and documents beside it, verifies it by the trust file, shows what it asks for, and asks on a terminal what of that is approved. " +
			"In a script the flags or an approval file say it. The approval stands in doctor.lock, for review; with --config that is kept beside the first FILE.",
		Flags: join(approvalFlags(), []cli.Flag{printApprovalFlag()}, admissionFlags(), registryFlags(), changeFlags()),
		Action: orPrintApproval(s, document(s, textOnly, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "FILE")
			if err != nil {
				return page{}, err
			}
			return installPlugin(s, c, args[0])
		}), openStoreBeside, askFile(s, "FILE")),
	}
}

func installPlugin(s *streams, c *cli.Context, ref string) (page, error) {
	st, err := openStoreBeside(s, c)
	if err != nil {
		return page{}, err
	}
	o, err := storeOptions(s, c)
	if err != nil {
		return page{}, err
	}
	a, err := fetchArtifact(s, c, ref)
	if err != nil {
		return page{}, err
	}
	ask, err := st.Examine(a.Artifact, o)
	if err != nil {
		return page{}, err
	}
	approval := store.Approval{By: "nobody"}
	by := &approving{s: s, c: c, now: o.Now, ask: ask, attached: a.Attached}
	switch {
	case ask.Installed == nil:
		approval, err = by.decide()
	case ask.Installed.Digest == ask.Release.Digest: // nothing is approved by it
		err = by.same(ask.Installed)
	}
	if err != nil {
		return page{}, err
	}
	ch, err := st.Install(a.Artifact, approval, o)
	if err != nil {
		return page{}, err
	}
	return changePage(s, c, ch, st), nil
}

func pluginUpgradeCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "upgrade",
		Usage:     "bring another version of an installed plugin",
		ArgsUsage: "ID FILE|REF",
		Description: "A version that asks for nothing new takes the place of the old one. One that asks for more is asked about on a terminal; else it waits, the old one keeps running, and the exit code is 3; " +
			"plugin approve lets it through, as do the flags that approve it here.",
		Flags: join(approvalFlags(), []cli.Flag{printApprovalFlag()}, admissionFlags(), registryFlags(), changeFlags()),
		Action: orPrintApproval(s, document(s, textOnly, func(c *cli.Context) (page, error) {
			args, err := exactArgs(c, "ID", "FILE")
			if err != nil {
				return page{}, err
			}
			return upgradePlugin(s, c, args[0], args[1])
		}), openStore, askFile(s, "ID", "FILE")),
	}
}

func upgradePlugin(s *streams, c *cli.Context, id, ref string) (page, error) {
	st, err := openStore(s, c)
	if err != nil {
		return page{}, err
	}
	o, err := storeOptions(s, c)
	if err != nil {
		return page{}, err
	}
	if st.Lock().Find(id) == nil {
		_, err := st.AskAgain(id, o) // the error that says so
		return page{}, err
	}
	a, err := fetchArtifact(s, c, ref)
	if err != nil {
		return page{}, err
	}
	ask, err := st.Examine(a.Artifact, o)
	if err != nil {
		return page{}, err
	}
	dry := o
	dry.DryRun = true
	would, err := st.Upgrade(id, a.Artifact, nil, dry)
	if err != nil {
		return page{}, err
	}
	by := &approving{s: s, c: c, now: o.Now, ask: ask, attached: a.Attached, base: &would.Before.Approved, upgrade: true}
	approval, err := by.forUpgrade(would)
	if err != nil {
		return page{}, err
	}
	ch, err := st.Upgrade(id, a.Artifact, approval, o)
	if err != nil {
		return page{}, err
	}
	p := changePage(s, c, ch, st)
	if ch.Action == store.Waits {
		p.code = exitDenied
		tellWaits(s, ch)
	}
	return p, nil
}

// tellWaits says why another version waits, and what lets it through.
func tellWaits(s *streams, ch *store.Change) {
	id, next := ch.ID, ch.After.Pending.Version
	if ch.After.Hold != "" {
		notice(s, "plugin "+id+" is on hold, so "+next+" waits: `stella doctor plugin hold "+id+" --off` ends that")
		return
	}
	notice(s, "plugin "+id+" "+next+" asks for more than was approved, so it waits: `stella doctor plugin approve "+id+"` lets it through")
}

// changePage is the document of a change. A plugin that may be compiled is
// compiled at once, so that no run waits for it.
func changePage(s *streams, c *cli.Context, ch *store.Change, st *store.Store) page {
	dry := c.Bool("dry-run")
	d := describeChange(ch, st, dry)
	if !dry && ch.After != nil && ch.After.Engine == store.Compiler && ch.Action != store.Unchanged && ch.Action != store.Renewed {
		warmInstalled(s, c)
	}
	return textPage(d, d.text)
}

// warmInstalled fills the cache. Without it the plugin runs all the same, only
// slower.
func warmInstalled(s *streams, c *cli.Context) {
	cfg := host.Config{Version: version(), CacheDir: cacheDir(s)}
	err := addInstalled(s, c, &cfg)
	if err == nil {
		var h *host.Host
		if h, err = host.Open(cfg); err == nil {
			defer h.Close()
			_, err = h.Warm(c.Context)
		}
	}
	if err != nil {
		warn(s, "the plugin was not compiled, and is interpreted until it is: "+err.Error())
	}
}
