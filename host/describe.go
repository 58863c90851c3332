package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/sdk/wire"
)

// describeTimeout bounds what a module may take to describe itself.
const describeTimeout = wire.DefaultCheckMS * time.Millisecond

// Seal makes a plugin of an unsealed module: it asks the module to describe
// itself, once, in a worker process without any host function to answer it, and
// appends the description. cfg gives the worker's command.
//
// It returns a *plugin.Refusal for a module that may not become a plugin, and a
// *TransientError when this machine could not start the worker.
func Seal(ctx context.Context, cfg Config, module []byte) ([]byte, error) {
	if _, err := plugin.OpenUnsealed(module); err != nil {
		return nil, err
	}
	if err := sandbox.WorkerReady(cfg.Worker); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	m, err := openModule(ctx, &cfg, module, false, "")
	if err != nil {
		var fault *sandbox.Fault
		switch {
		case context.Cause(ctx) != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, context.Cause(ctx)
		case errors.As(err, &fault):
			return nil, &plugin.Refusal{Rule: "engine", Detail: oneLine(fault.Detail)}
		}
		return nil, &TransientError{Err: fmt.Errorf("starting the sandbox: %w", err)}
	}
	defer m.Close()
	out := m.Call(ctx, sandbox.Call{Export: wire.ExportDescribe})
	if out.Fault != nil {
		return nil, &plugin.Refusal{Rule: "describe", Detail: wire.ExportDescribe + " failed: " + oneLine(out.Fault.Error()),
			Hint: "the export must write a plugin info document and return 0"}
	}
	var info wire.PluginInfo
	if err := wire.Unmarshal(out.Output, &info); err != nil {
		return nil, &plugin.Refusal{Rule: "describe", Detail: wire.ExportDescribe + " wrote no plugin info: " + oneLine(err.Error())}
	}
	return plugin.Seal(module, info)
}

// Warm compiles the embedded plugins, and the installed ones that the lock lets
// compile, into the cache directory, so that later runs neither interpret nor
// compile. It returns the ids of the plugins whose code is there now.
func (h *Host) Warm(ctx context.Context) ([]string, error) {
	if h.cfg.CacheDir == "" {
		return nil, fmt.Errorf("there is no cache directory: neither XDG_CACHE_HOME nor HOME is set")
	}
	var ids []string
	for _, p := range h.catalog.plugins {
		if !p.compiled() {
			continue
		}
		if err := p.ready(h.cfg.Now()); err != nil {
			return ids, err
		}
		sc := sandboxConfig()
		sc.CacheDir = h.cfg.CacheDir
		if err := sandbox.Warm(ctx, p.data, sc); err != nil {
			return ids, fmt.Errorf("plugin %s: %w", p.info.ID, err)
		}
		ids = append(ids, p.info.ID)
	}
	return ids, nil
}

// CacheState says for people whether the compiled code of a plugin is in the
// cache: "warm", or "cold" with the reason.
func (h *Host) CacheState(id string) string {
	i := slices.IndexFunc(h.catalog.plugins, func(p *loaded) bool { return p.info.ID == id })
	switch {
	case i < 0:
		return "cold (no such plugin)"
	case h.catalog.plugins[i].path != "":
		return "off (plugin files are interpreted)"
	case !h.catalog.plugins[i].compiled():
		return "off (the lock says interpreter)"
	case h.cfg.CacheDir == "":
		return "off (no cache directory)"
	}
	sc := sandboxConfig()
	sc.CacheDir = h.cfg.CacheDir
	warm, why := sandbox.CacheState(h.catalog.plugins[i].data, sc)
	if warm {
		return "warm"
	}
	return "cold (" + why + ")"
}

// Engine names the engine and its version.
func Engine() string { return sandbox.Engine() }

// Confinement says, line by line, how worker processes are confined on this
// system.
func Confinement() []string { return sandbox.Confinement() }
