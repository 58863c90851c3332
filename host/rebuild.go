package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin"
)

// Rebuilt tells whether a plugin file is what its sources make.
type Rebuilt struct {
	// Digest is that of the file, Source the directory.
	Digest string `json:"digest"`
	Source string `json:"source"`
	// GoVersion is the toolchain, Package the main package, Flags those of go build,
	// as the file names them. Without FlagsRecorded it does not name those of the
	// linker, as no build with -trimpath does: they are told from what it holds, and a
	// module that differs may have been built with others.
	GoVersion     string   `json:"go_version"`
	Package       string   `json:"package"`
	Flags         []string `json:"flags"`
	FlagsRecorded bool     `json:"flags_recorded"`
	// Module is that of the file without its seal, Again what the sources make.
	Module ModuleSum `json:"module"`
	Again  ModuleSum `json:"rebuilt"`
	// Identical holds when the two are the same bytes. Then Seal says whether the
	// module describes itself as the seal of the file does: identical or different;
	// else nothing of the modules was executed, and it is not-compared.
	Identical bool   `json:"identical"`
	Seal      string `json:"seal"`
	// Sections and Build are what differs.
	Sections []SectionDifference `json:"sections"`
	Build    []BuildDifference   `json:"build"`
}

// Values of [Rebuilt.Seal].
const (
	SealIdentical   = "identical"
	SealDifferent   = "different"
	SealNotCompared = "not-compared"
)

// ModuleSum is digest and size of a module without its seal.
type ModuleSum struct {
	Digest string `json:"digest"`
	Bytes  int    `json:"bytes"`
}

// Same holds when file and sources agree, the seal included.
func (r *Rebuilt) Same() bool { return r.Identical && r.Seal == SealIdentical }

// RebuildGo builds the sources in dir as the plugin file says that it was built,
// and compares. What the file says is data: see goRecipe. No network is asked; the go command has
// to have the modules and the toolchain already. What the compiler says goes to
// diagnostics. cfg gives the worker's command.
//
// It returns a *plugin.Refusal for a file that no host loads, a *RecipeError for
// one that does not say how to build it, or not in a way that is repeated, and a
// *BuildError when there is no module to be had from dir.
func RebuildGo(ctx context.Context, cfg Config, file []byte, dir string, diagnostics io.Writer) (*Rebuilt, error) {
	report, err := inspect.Inspect(file, inspect.Options{})
	if err != nil {
		return nil, err
	}
	f, err := plugin.Open(file)
	if err != nil {
		return nil, err
	}
	recipe, err := recipeOf(report)
	if err != nil {
		return nil, err
	}
	again, err := recipe.build(ctx, cfg.Environ, dir, diagnostics)
	if err != nil {
		return nil, err
	}
	module := file[:sealStart(f.Module)]
	r := &Rebuilt{
		Digest: f.Digest, Source: dir, GoVersion: recipe.Version, Package: recipe.Package, Flags: recipe.flags, FlagsRecorded: recipe.recorded,
		Module: sumOf(module), Again: sumOf(again), Identical: bytes.Equal(module, again), Seal: SealNotCompared,
		Sections: []SectionDifference{}, Build: []BuildDifference{},
	}
	if !r.Identical {
		r.compare(module, again, report)
		return r, nil
	}
	return r, r.compareSeal(ctx, cfg, file, again)
}

// compareSeal asks the module to describe itself, as the one who sealed it did.
func (r *Rebuilt) compareSeal(ctx context.Context, cfg Config, file, again []byte) error {
	sealed, err := Seal(ctx, cfg, again)
	if err != nil {
		return err
	}
	r.Seal = SealDifferent
	if bytes.Equal(sealed, file) {
		r.Seal = SealIdentical
	}
	return nil
}

func sumOf(module []byte) ModuleSum {
	return ModuleSum{Digest: plugin.Digest(module), Bytes: len(module)}
}

// sealStart is where the seal begins, which plugin.Open has found to be the last
// section: where the section before it ends.
func sealStart(m *plugin.Module) int {
	const header = 8 // of a module
	if n := len(m.Sections); n > 1 {
		return m.Sections[n-2].Offset + m.Sections[n-2].Size
	}
	return header
}

// build runs the go command in dir.
func (g *goRecipe) build(ctx context.Context, environ []string, dir string, diagnostics io.Writer) ([]byte, error) {
	fail := func(what, hint string) error { return &BuildError{Dir: dir, Err: errors.New(what), Hint: hint} }
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, fail("not a directory", "name the directory of the plugin's sources")
	}
	places, err := goPlaces(ctx, dir, environ)
	if err != nil {
		return nil, err
	}
	env := g.goEnviron(environ, places)
	if err := g.checkToolchain(ctx, dir, env); err != nil {
		return nil, err
	}
	if err := g.checkSource(ctx, dir, env); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "stella-rebuild-")
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "plugin.wasm")
	args := append(append([]string{"build"}, g.flags...), "-o", out, "--", g.Package)
	if err := runGo(ctx, dir, env, diagnostics, args...); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fail("go build failed", "the compiler's words stand above; modules that are missing are fetched with: go mod download")
	}
	data, err := ReadModule(out)
	if err != nil {
		return nil, fail("go build made no module", "the directory must hold the main package "+g.Package)
	}
	return data, nil
}

// checkSource wants the main package to be one of the sources in dir. A module there may
// also require it, and then go would build what somebody has published.
func (g *goRecipe) checkSource(ctx context.Context, dir string, env []string) error {
	var out, said bytes.Buffer
	err := runGoTo(ctx, dir, env, &out, &said, "list", "-find", "-buildvcs=false", "-f", "{{with .Module}}{{.Main}}{{end}} {{.Dir}}", "--", g.Package)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	isMain, at, _ := strings.Cut(strings.TrimSpace(out.String()), " ")
	if err == nil && isMain == "true" && isWithin(dir, at) {
		return nil
	}
	what := fmt.Sprintf("it does not hold the package %s, from which the file was built", g.Package)
	if line := oneLine(said.String()); line != "" {
		what += " (" + line + ")"
	}
	return &BuildError{Dir: dir, Err: errors.New(what), Hint: "name the directory of that package, or the root of its module"}
}

// isWithin tells whether a directory is root or below it.
func isWithin(root, dir string) bool {
	real := func(path string) string {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		if to, err := filepath.EvalSymlinks(path); err == nil {
			path = to
		}
		return path
	}
	rel, err := filepath.Rel(real(root), real(dir))
	return err == nil && (rel == "." || filepath.IsLocal(rel))
}

// checkToolchain wants the go command to be the version of the file, or to have
// it at hand.
func (g *goRecipe) checkToolchain(ctx context.Context, dir string, env []string) error {
	var out, said bytes.Buffer
	err := runGoTo(ctx, dir, env, &out, &said, "env", "GOVERSION")
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil && strings.TrimSpace(out.String()) == g.Version:
		return nil
	case err == nil:
		said = out
	}
	what := fmt.Sprintf("the toolchain %s, with which the file was built, is not on this machine", g.Version)
	if line := oneLine(said.String()); line != "" {
		what += " (" + line + ")"
	}
	return &BuildError{Dir: dir, Err: errors.New(what), Hint: "install it, so that the go command finds it without a network: GOTOOLCHAIN=" + g.Version + " go version"}
}

// goPlaces asks the go command, with the caller's own settings, where its caches
// are.
func goPlaces(ctx context.Context, dir string, environ []string) ([]string, error) {
	names := []string{"GOCACHE", "GOMODCACHE", "GOPATH"}
	var out, said bytes.Buffer
	env := append(environOr(environ), "GOTOOLCHAIN=local", noVersionControl, "GOEXPERIMENT=", "GODEBUG=")
	err := runGoTo(ctx, os.TempDir(), env, &out, &said, append([]string{"env"}, names...)...)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, &BuildError{Dir: dir, Err: errors.New("there is no go command in PATH"), Hint: "install Go 1.26 or later"}
	case err != nil:
		return nil, &BuildError{Dir: dir, Err: errors.New("go env failed: " + oneLine(said.String()))}
	}
	values := strings.Split(strings.TrimRight(strings.ReplaceAll(out.String(), "\r\n", "\n"), "\n"), "\n")
	var places []string
	for i, name := range names {
		if i < len(values) && values[i] != "" {
			places = append(places, name+"="+values[i])
		}
	}
	return places, nil
}

func environOr(environ []string) []string {
	if environ == nil {
		return os.Environ()
	}
	return append([]string{}, environ...)
}

func runGo(ctx context.Context, dir string, env []string, diagnostics io.Writer, args ...string) error {
	return runGoTo(ctx, dir, env, diagnostics, diagnostics, args...)
}

func runGoTo(ctx context.Context, dir string, env []string, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.WaitDelay = 2 * time.Second // the compilers that go starts hold its output open
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd.Run()
}
