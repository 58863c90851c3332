package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// callGuest runs one check on a fresh instance of its plugin. When the worker
// was killed on account of a sibling, a check that only reads is run once more
// in a fresh worker; one that writes never is, and what it has left is taken back
// before callGuest returns.
//
// It returns a *ConfigError when the settings make too large a request, and a
// *RefusedError when the plugin may not run.
func (h *Host) callGuest(ctx context.Context, e checkEntry, req *wire.Request, calls *hostCalls, timeout time.Duration) (sandbox.Result, error) {
	defer calls.takeBack()
	input := wire.Marshal(req)
	if err := tooLarge(e, input); err != nil {
		return sandbox.Result{}, err
	}
	for attempt := 0; ; attempt++ {
		out, err := h.callOnce(ctx, e, input, calls, timeout)
		if err != nil || out.Fault == nil || out.Fault.Kind != sandbox.FaultInterrupted {
			return out, err
		}
		if attempt > 0 || writes(e.info) {
			return out, nil
		}
		h.log.Debug("check repeated in a fresh worker", "plugin", e.plugin.info.ID, "check", e.info.ID)
		calls.again()
	}
}

// tooLarge says that a request is larger than a guest takes.
func tooLarge(e checkEntry, input []byte) error {
	if len(input) <= wire.MaxInputBytes {
		return nil
	}
	return &ConfigError{Err: fmt.Errorf("the settings of check %s come to %d bytes, a check takes %d", e.info.ID, len(input), wire.MaxInputBytes)}
}

func (h *Host) callOnce(ctx context.Context, e checkEntry, input []byte, calls *hostCalls, timeout time.Duration) (sandbox.Result, error) {
	callCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	m, done, err := e.plugin.acquire(callCtx, writes(e.info))
	if err != nil {
		return loadFault(ctx, callCtx, e, err)
	}
	out := m.Call(callCtx, sandbox.Call{Export: wire.ExportRun, Input: input, Host: calls.answer})
	done(out.Fault)
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	return out, nil
}

// loadFault tells a module that cannot be loaded, which is an outcome of the
// check, from a machine that could not start a process, which is an error.
func loadFault(ctx, callCtx context.Context, e checkEntry, err error) (sandbox.Result, error) {
	if ctx.Err() != nil {
		return sandbox.Result{}, context.Cause(ctx)
	}
	var fault *sandbox.Fault
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		return sandbox.Result{}, refused
	case errors.As(err, &fault):
		return sandbox.Result{Fault: fault}, nil
	case callCtx.Err() != nil:
		return sandbox.Result{Fault: &sandbox.Fault{Kind: sandbox.FaultTimeout, Detail: "loading the module took the whole time budget"}}, nil
	}
	return sandbox.Result{}, &TransientError{Err: fmt.Errorf("plugin %s: starting its sandbox: %w", e.plugin.info.ID, err)}
}

// resolveGrants binds the access that a check declares to the operator's
// settings. What was declared is granted: the plugin is part of the program or
// was approved with its file.
func resolveGrants(info *wire.CheckInfo, r settings.Resolution) []access.Grant {
	return access.Resolve(info.Access, lookupIn(r), r.Items)
}

// lookupIn answers with what a check finds configured.
func lookupIn(r settings.Resolution) access.Lookup {
	return func(key string) (value, winning string, ok bool) {
		v, ok := r.Lookup(key)
		return v.Value, v.From.Key, ok
	}
}

// sourceIn answers with the key or alias that supplied a setting.
func sourceIn(r settings.Resolution) access.Source {
	return func(key string) string {
		v, _ := r.Lookup(key)
		return v.Source
	}
}

// nonceLength is the length of a nonce in hex digits.
const nonceLength = 32

func newNonce() (string, error) {
	var b [nonceLength / 2]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("drawing a nonce: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// logGuest passes on what the guest logged. The text is the guest's own; the
// logger escapes it.
func (h *Host) logGuest(e checkEntry, out sandbox.Result) {
	log := h.log.ResetNamed("plugin." + e.plugin.info.ID)
	for _, l := range out.Logs {
		log.Log(hclog.LevelFromString(l.Level), report.Escape(l.Text), "check", e.info.ID)
	}
	if out.LogsDropped > 0 {
		log.Warn("log messages over the limit were dropped", "check", e.info.ID, "dropped", out.LogsDropped)
	}
	if len(out.Stderr) > 0 {
		log.Debug("standard error", "check", e.info.ID, "text", report.Escape(string(out.Stderr)))
	}
}
