package main

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

// storeIn and lockIn are where a state directory keeps plugin files and the lock;
// empty when there is no state directory.
func storeIn(state string) string { return below(state, "store") }

func lockIn(state string) string { return below(state, store.LockName) }

func below(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// lockPath is the lock that counts: that beside the first --config, or else that of
// the state directory.
func lockPath(s *streams, c *cli.Context) string {
	if beside := lockBeside(c); beside != "" {
		if _, err := os.Lstat(beside); err == nil {
			return beside
		}
	}
	return lockIn(stateDir(s))
}

// lockBeside is where the lock beside the first --config is, or would be; empty
// without one.
func lockBeside(c *cli.Context) string {
	configs := c.StringSlice("config")
	if len(configs) == 0 {
		return ""
	}
	return filepath.Join(filepath.Dir(configs[0]), store.LockName)
}

// addInstalled gives a host the installed plugins, and who vouches for them. The
// trust file is read only when something hangs on it.
func addInstalled(s *streams, c *cli.Context, cfg *host.Config) error {
	lock, dir := lockPath(s, c), storeIn(stateDir(s))
	entries := 0
	if lock != "" {
		st, err := store.Open(dir, lock)
		if err != nil {
			return err
		}
		if entries = len(st.Lock().Entries); entries > 0 && dir == "" {
			return usagef("set STELLA_HOME", "lock %s names plugins, and there is no place where they are kept: neither STELLA_HOME, XDG_DATA_HOME nor HOME is set", lock)
		}
		if dir != "" {
			cfg.Store = st
		}
	}
	if entries == 0 && len(cfg.PluginFiles) == 0 {
		return nil
	}
	var err error
	if cfg.Ring, err = readRing(s, c); err != nil {
		cfg.Ring = unreadableRing(s, err)
	}
	return nil
}

// unreadableRing stands for a trust file that cannot be read: plugins of others are
// refused for it, which every report and list tells.
func unreadableRing(s *streams, err error) *trust.Ring {
	warn(s, err.Error()+": no plugin but those of this program runs")
	return trust.Unreadable()
}

// warnRefused tells of installed plugins of which not even the checks are known. A
// report tells of them too, where it is about all checks.
func warnRefused(s *streams, h *host.Host) {
	for _, r := range h.Refused() {
		text := r.Error()
		if _, hint := judge(r); hint != "" {
			text += " (" + hint + ")"
		}
		warn(s, text)
	}
}

// warnIdle tells of plugins whose checks are listed and do not run.
func warnIdle(s *streams, h *host.Host) {
	for _, p := range h.Plugins() {
		if err := p.Refused(); err != nil {
			warn(s, err.Error())
		}
	}
}

// storeFlags say which lock is changed, under which keys and at what time.
func storeFlags() []cli.Flag {
	return join([]cli.Flag{besideFlag()}, changeFlags())
}

// changeFlags are storeFlags for a command that has --config already.
func changeFlags() []cli.Flag {
	return join([]cli.Flag{dryRunFlag()}, trustFlags(), outputFlags("text", "json"))
}

// openStore opens the store for a command that changes what is installed: in the lock
// that counts.
func openStore(s *streams, c *cli.Context) (*store.Store, error) {
	return openStoreAt(s, lockPath(s, c))
}

// openStoreBeside opens the store for a command that lets a plugin in: into the lock
// beside the first --config, be it there already or not. One that begins takes the
// place of that of the state directory, and the operator is told what that hides.
func openStoreBeside(s *streams, c *cli.Context) (*store.Store, error) {
	beside := lockBeside(c)
	if beside == "" {
		return openStore(s, c)
	}
	counts := lockPath(s, c)
	st, err := openStoreAt(s, beside)
	if err != nil || counts == beside || counts == "" {
		return st, err
	}
	hidden, err := openStoreAt(s, counts)
	if err != nil {
		return nil, err
	}
	if ids := hidden.Lock().IDs(); len(ids) > 0 {
		notice(s, "a lock beside the configuration takes the place of "+counts+": runs with this configuration do not have what is installed there: "+joinWords(ids))
	}
	return st, nil
}

func openStoreAt(s *streams, lock string) (*store.Store, error) {
	dir := storeIn(stateDir(s))
	if dir == "" {
		return nil, usagef("set STELLA_HOME to a directory of your own", "there is no place for plugins: neither STELLA_HOME, XDG_DATA_HOME nor HOME is set")
	}
	return store.Open(dir, lock)
}

// storeOptions are the rules of one change.
func storeOptions(s *streams, c *cli.Context) (o store.Options, err error) {
	if o.Now, err = changeNow(s, c); err != nil {
		return o, err
	}
	if o.Ring, err = readRing(s, c); err != nil {
		return o, err
	}
	o.AllowUnsigned, o.AllowDowngrade, o.DryRun = c.Bool("allow-unsigned"), c.Bool("allow-downgrade"), c.Bool("dry-run")
	if o.By = cmp.Or(c.String("by"), userName(s)); o.By != "" {
		if err := checkApprover(o.By); err != nil {
			return o, err
		}
	}
	o.Turn = takeTurn(s, c, "installed plugins")
	o.Embedded, err = embeddedInfos()
	return o, err
}

func embeddedInfos() ([]wire.PluginInfo, error) {
	var infos []wire.PluginInfo
	for _, data := range embeddedPlugins() {
		info, err := plugin.ReadInfo(data)
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}
