package sandbox

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	extism "github.com/extism/go-sdk"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// The versions of the engine that this package was written against; they stand
// in for the build information where a program carries none, as tests do.
const (
	extismPath, extismVersion = "github.com/extism/go-sdk", "v1.7.1"
	wazeroPath, wazeroVersion = "github.com/tetratelabs/wazero", "v1.12.0"
)

// Engine names the engine and its versions, as linked into this program.
func Engine() string {
	sdk, engine := extismVersion, wazeroVersion
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Replace != nil {
				dep = &debug.Module{Path: dep.Path, Version: dep.Version + "=" + dep.Replace.Path + "@" + dep.Replace.Version}
			}
			switch dep.Path {
			case extismPath:
				sdk = dep.Version
			case wazeroPath:
				engine = dep.Version
			}
		}
	}
	return "extism go-sdk " + sdk + ", wazero " + engine
}

// engine is a module ready to be instantiated, with what has to be closed
// after it. Each has a runtime of its own: wazero 1.12.0 mixes up types when a
// compiled module or a cache in memory is shared between runtimes.
type engine struct {
	plugin *extism.CompiledPlugin
	cache  wazero.CompilationCache
}

// close releases the engine, cached code last because instances run in it.
func (e *engine) close() {
	_ = e.plugin.Close(context.Background())
	if e.cache != nil {
		_ = e.cache.Close(context.Background())
	}
}

// load readies wasm: interpreted when cacheDir is empty, unless cfg has it compiled,
// else compiled with the code in cacheDir. An error is a refusal of the module by the
// engine, or of the cache; a panic of the engine is returned as an error too.
func load(ctx context.Context, wasm []byte, cfg Config, cacheDir string) (e *engine, err error) {
	defer func() {
		if v := recover(); v != nil {
			e, err = nil, fmt.Errorf("the engine failed: %v", v)
		}
	}()
	e = &engine{}
	rc := wazero.NewRuntimeConfigInterpreter()
	if cacheDir != "" || cfg.Compile && canCompile() {
		rc = wazero.NewRuntimeConfigCompiler()
		ctx = experimental.WithCompilationWorkers(ctx, min(4, runtime.GOMAXPROCS(0)))
	}
	if cacheDir != "" {
		if e.cache, err = wazero.NewCompilationCacheWithDir(cacheDir); err != nil {
			return nil, err
		}
		rc = rc.WithCompilationCache(e.cache)
	}
	rc = rc.WithCoreFeatures(api.CoreFeaturesV2).
		WithDebugInfoEnabled(false).
		WithCustomSections(false).
		WithCloseOnContextDone(true)
	// One module only: a second one could import itself and overflow our stack.
	manifest := extism.Manifest{
		Wasm: []extism.Wasm{extism.WasmData{Data: wasm, Name: "main"}},
		Memory: &extism.ManifestMemory{
			MaxPages:             cfg.Limits.withDefaults().pages(),
			MaxHttpResponseBytes: 0,
			MaxVarBytes:          0,
		},
	}
	// The level is global to the process. At trace, Extism writes messages of
	// its own to the standard logger during instantiation; so debug is the most
	// verbose that a guest may use.
	extism.SetLogLevel(extism.LogLevelDebug)
	e.plugin, err = extism.NewCompiledPlugin(ctx, manifest, extism.PluginConfig{RuntimeConfig: rc, EnableWasi: true}, hostFunctions(cfg))
	if err != nil {
		if e.cache != nil {
			_ = e.cache.Close(context.Background())
		}
		return nil, err
	}
	return e, nil
}
