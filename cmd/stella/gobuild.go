package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"stella-ops.org/doctor/host"
)

// buildModule builds a Go package into an unsealed module with the Go toolchain
// in PATH: a reactor for wasip1, stripped and without paths of this machine.
func buildModule(ctx context.Context, s *streams, dir string) ([]byte, error) {
	if !isDir(dir) {
		return nil, usagef("name the directory of the plugin's main package", "plugin directory %s: not a directory", dir)
	}
	tmp, err := os.MkdirTemp("", "stella-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "plugin.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, ".")
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	var diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &diagnostics, &diagnostics
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if errors.Is(err, exec.ErrNotFound) {
			return nil, usagef("install Go 1.26 or later", "building %s: there is no go command in PATH", dir)
		}
		fmt.Fprint(s.stderr, diagnostics.String())
		return nil, usagef("the compiler's words stand above", "building %s: go build failed", dir)
	}
	return host.ReadModule(file)
}
