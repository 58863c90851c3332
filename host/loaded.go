package host

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/sdk/wire"
)

// loaded is one plugin of the catalog: its bytes, and its module once a check
// of it has run. Reading the catalog opens no module.
type loaded struct {
	cfg       *Config
	info      wire.PluginInfo
	data      []byte
	path      string // as given; empty for an embedded plugin
	inProcess bool   // only for bytes that are part of the program
	// line is the entry of the lock by which the plugin runs; nil where it needs
	// none.
	line *store.Entry
	// refused is why no check of it runs; nil for none. It is complete after ready.
	refused atomic.Pointer[RefusedError]
	readyMu sync.Mutex
	looked  time.Time     // when the file was looked at last
	unfit   *RefusedError // what came of it
	scanned bool          // and the scanner let it through

	digestOnce sync.Once
	digest     string

	mu     sync.Mutex
	module sandbox.Module // nil until the first check runs, and after a discard
}

func (p *loaded) describe() Plugin {
	return Plugin{Info: p.info, Path: p.path, p: p}
}

// source says where the plugin comes from, for people.
func (p *loaded) source() string {
	switch {
	case p.path != "":
		return "file " + p.path
	case p.inProcess:
		return "the embedded plugin " + p.info.ID
	}
	return "the installed plugin " + p.info.ID
}

func (p *loaded) sum() string {
	p.digestOnce.Do(func() { p.digest = plugin.Digest(p.data) })
	return p.digest
}

// open returns the plugin's module and loads it first when there is none. The
// checks of one plugin share a module. It returns a *RefusedError for a plugin that
// may not run now, whoever asks.
func (p *loaded) open(ctx context.Context) (sandbox.Module, error) {
	if err := p.gate(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.module != nil {
		return p.module, nil
	}
	m, err := p.openModule(ctx)
	if err != nil {
		return nil, err
	}
	p.module = m
	return m, nil
}

// acquire returns a module for one call and what to do after it. A check that
// writes on its target has a worker of its own, so that no sibling's fault ends
// it half-way; all others share one. It returns the errors of open.
func (p *loaded) acquire(ctx context.Context, alone bool) (sandbox.Module, func(*sandbox.Fault), error) {
	if alone && !p.inProcess {
		if err := p.gate(); err != nil {
			return nil, nil, err
		}
		m, err := p.openModule(ctx)
		return m, func(*sandbox.Fault) { m.Close() }, err
	}
	m, err := p.open(ctx)
	return m, func(f *sandbox.Fault) {
		if f != nil && f.Kind == sandbox.FaultInterrupted {
			p.discard(m)
		}
	}, err
}

// gate is ready now. It stands where code is about to run, so that nobody can forget
// to ask.
func (p *loaded) gate() error {
	if p.line == nil {
		return nil
	}
	return p.ready(p.cfg.Now())
}

// discard forgets m after it died, so that the next open loads a fresh one.
func (p *loaded) discard(m sandbox.Module) {
	p.mu.Lock()
	if p.module == m {
		p.module = nil
	}
	p.mu.Unlock()
	m.Close()
}

func (p *loaded) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.module == nil {
		return nil
	}
	err := p.module.Close()
	p.module = nil
	return err
}

// compiled tells whether code of the plugin may be compiled and kept.
func (p *loaded) compiled() bool {
	return p.inProcess || p.path == "" && p.line != nil && p.line.Engine == store.Compiler
}

func (p *loaded) openModule(ctx context.Context) (sandbox.Module, error) {
	cacheDir := ""
	if p.compiled() {
		cacheDir = p.cfg.CacheDir
	}
	return openModule(ctx, p.cfg, p.data, p.inProcess, cacheDir)
}

// openModule is the one place where bytes reach an engine. They have been
// through plugin.Open, or are part of the program.
func openModule(ctx context.Context, cfg *Config, data []byte, inProcess bool, cacheDir string) (sandbox.Module, error) {
	sc := sandboxConfig()
	sc.CacheDir = cacheDir
	if inProcess {
		sc.Inspect = inspectMemory
		return sandbox.OpenInProcess(ctx, data, sc)
	}
	sc.Compile = cfg.compileWorkers
	return sandbox.OpenWorker(ctx, data, sc, cfg.Worker)
}

// inspectMemory sees the memories of the guests that run in this process; only
// tests set it.
var inspectMemory func([]byte)

func sandboxConfig() sandbox.Config {
	c := sandbox.Config{
		ImportModule: wire.ImportModule,
		Limits: sandbox.Limits{
			MemoryBytes: wire.MaxMemoryBytes,
			InputBytes:  wire.MaxInputBytes,
			OutputBytes: wire.MaxOutputBytes,
			CallBytes:   wire.MaxCallBytes,
			LogBytes:    wire.MaxLogBytes,
			StderrBytes: wire.MaxStderrBytes,
		},
	}
	for _, f := range hostFunctions {
		c.Functions = append(c.Functions, f.name)
	}
	return c
}
