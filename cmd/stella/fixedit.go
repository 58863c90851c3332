package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/fix"
	"stella-ops.org/doctor/host/settings"
)

// maxEdited bounds a file that is edited, in bytes; programWait is how long the
// program that computes the new one may take.
const (
	maxEdited   = 4 << 20
	programWait = 20 * time.Second
)

// systemRoot is the root of the file system; tests have one of their own.
var systemRoot = "/"

// systemPath is where a file of a remedy is.
func systemPath(file string) string {
	if filepath.IsAbs(file) {
		return filepath.Join(systemRoot, file)
	}
	return file
}

// editing is a change of a file that is computed and not yet made.
type editing struct {
	path          string
	before, after []byte
}

// computeEdit works out what a change makes of the file. Nothing is written, and
// no shell is asked: of a command only its key and its value are used.
func computeEdit(ctx context.Context, s *streams, c *fix.FileChange) (*editing, error) {
	e := &editing{path: systemPath(c.File)}
	var err error
	if e.before, err = readKnown(ctx, s, e.path); err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	if c.Format == fix.EnvFile {
		e.after = c.Env(e.before)
		return e, nil
	}
	if e.after, err = filter(ctx, s, c.Program(), e.before); err != nil {
		return nil, fmt.Errorf("%s stays as it is: %w", c.File, err)
	}
	if _, err := settings.Parse(c.File, e.after); err != nil || len(bytes.TrimSpace(e.after)) == 0 {
		return nil, fmt.Errorf("%s stays as it is: what %s made of it cannot be read as settings", c.File, c.Program()[0])
	}
	return e, nil
}

// readKnown reads a file that is to be edited.
func readKnown(ctx context.Context, s *streams, path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, readCause(err)
	case !st.Mode().IsRegular():
		return nil, errors.New("this is no regular file")
	}
	data, err := readInput(ctx, s, path, maxEdited)
	if errors.Is(err, os.ErrPermission) || err != nil && strings.Contains(err.Error(), "permission denied") {
		return nil, errors.New("permission denied; call fix itself by way of sudo")
	}
	return data, err
}

// filter runs a program on a text.
func filter(ctx context.Context, s *streams, argv []string, text []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, programWait)
	defer cancel()
	if argv[0] == "yq" {
		// Another program of this name writes JSON, or takes other arguments.
		version, err := exec.CommandContext(ctx, "yq", "--version").CombinedOutput()
		if err != nil || !strings.Contains(string(version), "mikefarah") || !strings.Contains(string(version), "v4") {
			return nil, errors.New("it needs yq version 4 by mikefarah")
		}
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = bytes.NewReader(text), &limited{&out, 2 * maxEdited}, &limited{&complaint, 4 << 10}, s.environ
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		if said, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n"); said != "" {
			return nil, errors.New(said)
		}
		return nil, fmt.Errorf("%s: %w", argv[0], err)
	}
	return out.Bytes(), nil
}

// limited is a buffer that keeps the first bytes and lets the rest go.
type limited struct {
	b    *bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	l.b.Write(p[:min(len(p), max(0, l.most-l.b.Len()))])
	return len(p), nil
}

// install makes the change: the old file is kept as FILE.bak, and each of the two
// is put in place by a rename, so that a kill at any moment leaves the old file
// or the new one. It returns the place of the copy, empty when nothing changes.
func (e *editing) install(ctx context.Context, s *streams) (kept string, err error) {
	if bytes.Equal(e.before, e.after) {
		return "", nil
	}
	now, err := readKnown(ctx, s, e.path)
	if err == nil && !bytes.Equal(now, e.before) {
		err = errors.New("somebody else changed it just now")
	}
	if err != nil {
		return "", err
	}
	kept = e.path + ".bak"
	if err := replaceLike(e.path, kept, e.before); err != nil {
		return "", err
	}
	return kept, replaceLike(e.path, realPlace(e.path), e.after)
}

// replaceLike replaces target by data with the mode and the owner that the file
// at path has.
func replaceLike(path, target string, data []byte) (err error) {
	st, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w", target, cause(err))
	}
	f, err := createBeside(target, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", target, cause(err))
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("%s: %w", target, cause(err))
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = keepOwner(f, st); err != nil {
		return err
	}
	if err = f.Chmod(st.Mode().Perm()); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), target); err != nil {
		return err
	}
	syncDir(filepath.Dir(target))
	return nil
}

// fileDiff tells what changed in a known file, without secrets: the value of the
// keys that checks read, that which was written, and no other, which may be any
// program's secret. edited is nil where nobody knows what was written.
func fileDiff(h *host.Host, file string, before, after []byte, edited *fix.FileChange) []string {
	read := func(data []byte) ([]fix.Entry, error) {
		if file == fix.DotEnv {
			return fix.EnvEntries(string(data)), nil
		}
		entries, err := settings.Parse(file, data)
		out := make([]fix.Entry, len(entries))
		for i, e := range entries {
			out[i] = fix.Entry{Name: e.Key, Key: e.Key, Value: e.Value}
		}
		return out, err
	}
	was, err := read(before)
	is, err2 := read(after)
	if err != nil || err2 != nil {
		return []string{"the file cannot be read as settings, so nothing of it is shown"}
	}
	readKeys := make(map[string]bool)
	for _, key := range h.SettingKeys() {
		form, _, _ := settings.KeyForm(key)
		readKeys[form] = true
	}
	return fix.Diff(file, was, is, func(e fix.Entry) string {
		_, _, plain := settings.KeyForm(e.Key)
		switch {
		case h.Settings().IsSecret(e.Key):
			return settings.Mask
		case !readKeys[plain] && (edited == nil || !strings.EqualFold(e.Key, edited.Key) || e.Value != edited.Value):
			return "<not shown>"
		}
		return h.Settings().Visible(settings.Entry{Key: e.Key, Value: e.Value}, true)
	})
}

// previewer adds to a plan what its edits would change.
type previewer struct {
	s     *streams
	host  *host.Host
	known map[string][]string // by command
}

// maxPreviews bounds what a report can make a dry run do.
const maxPreviews = 50

func (p *previewer) show(ctx context.Context, plan *fix.Plan) fixPlan {
	out := newFixPlan(plan)
	for i := range out.Steps {
		if s := &out.Steps[i]; s.Decision == fix.Edit {
			s.Diff = p.diff(ctx, s)
		}
	}
	return out
}

func (p *previewer) diff(ctx context.Context, s *fixStep) []string {
	if p.known == nil {
		p.known = map[string][]string{}
	}
	if lines, ok := p.known[s.Command]; ok {
		return lines
	}
	if len(p.known) >= maxPreviews {
		return []string{"no diff: these are too many edits to look at"}
	}
	var lines []string
	if e, err := computeEdit(ctx, p.s, s.Change); err != nil {
		lines = []string{"no diff: " + err.Error()}
	} else if lines = fileDiff(p.host, s.Change.File, e.before, e.after, s.Change); len(lines) == 0 {
		lines = []string{s.Change.File + " has this value already"}
	}
	p.known[s.Command] = lines
	return lines
}
