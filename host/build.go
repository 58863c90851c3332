package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// BuildGo builds the Go package in dir into an unsealed module with the go
// command in PATH: a reactor for wasip1, stripped and without paths of this
// machine. What the compiler says goes to diagnostics.
//
// It returns a *BuildError when there is no module to be had from dir.
func BuildGo(ctx context.Context, dir string, diagnostics io.Writer) ([]byte, error) {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, &BuildError{Dir: dir, Err: errors.New("not a directory"), Hint: "name the directory of the plugin's main package"}
	}
	tmp, err := os.MkdirTemp("", "stella-build-")
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "plugin.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags="+linkerFlags, "-o", file, ".")
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	cmd.WaitDelay = 2 * time.Second // the compilers that go starts hold its output open
	cmd.Stdout, cmd.Stderr = diagnostics, diagnostics
	if err := cmd.Run(); err != nil {
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, exec.ErrNotFound):
			return nil, &BuildError{Dir: dir, Err: errors.New("there is no go command in PATH"), Hint: "install Go 1.26 or later"}
		}
		return nil, &BuildError{Dir: dir, Err: errors.New("go build failed"), Hint: "the compiler's words stand above"}
	}
	data, err := ReadModule(file)
	if err != nil {
		return nil, &BuildError{Dir: dir, Err: errors.New("go build made no module"), Hint: "the directory must hold a main package"}
	}
	return data, nil
}

// BuildError says why a plugin could not be built from its sources.
type BuildError struct {
	Dir  string
	Err  error
	Hint string
}

func (e *BuildError) Error() string { return fmt.Sprintf("building %s: %v", e.Dir, e.Err) }

// Unwrap returns the cause.
func (e *BuildError) Unwrap() error { return e.Err }
