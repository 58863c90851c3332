package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/owned"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/turn"
)

// trustFlags say which keys are believed, and at what time.
func trustFlags() []cli.Flag {
	return []cli.Flag{trustFlag(), nowFlag("the clock", "judge as of `TIME` (RFC 3339, or a day)")}
}

// besideFlag names the configuration beside which the lock and the trust file are,
// for commands that read no settings: they look where run --config looks.
func besideFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "config", Usage: "take the lock and the trust file beside the first `FILE`, where there are such; repeatable"}
}

func trustFlag() cli.Flag {
	return &cli.StringFlag{Name: "trust", DefaultText: "trust.yaml of the state directory", Usage: "believe the keys in the trust file `FILE`"}
}

func dryRunFlag() cli.Flag {
	return &cli.BoolFlag{Name: "dry-run", Usage: "say what would be done, and write nothing"}
}

// trustFileName is what a trust file is called in the state directory, and beside
// a configuration file, where it wins.
const trustFileName = "trust.yaml"

// trustPath is where the trust file is, or would be: that of --trust, that beside
// the first --config, or that of the state directory; empty when there is no home.
// named says that it is the operator who wants it.
func trustPath(s *streams, c *cli.Context) (path string, named bool) {
	if path := c.String("trust"); path != "" {
		return path, true
	}
	if configs := c.StringSlice("config"); len(configs) > 0 {
		beside := filepath.Join(filepath.Dir(configs[0]), trustFileName)
		if _, err := os.Lstat(beside); err == nil {
			return beside, true
		}
	}
	if dir := stateDir(s); dir != "" {
		return filepath.Join(dir, trustFileName), false
	}
	return "", false
}

// readRing reads the trust file and the revocation list that it wants. The ring is
// nil, which believes nobody, when there is no trust file and none was named. What
// the site has refused holds for a trust file beside a configuration too.
func readRing(s *streams, c *cli.Context) (*trust.Ring, error) {
	path, named := trustPath(s, c)
	if path == "" {
		return nil, nil
	}
	ring, err := readRingFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("make it with: stella doctor trust key add NAME --public-key FILE --plugins PATTERN", "trust file %s: no such file", path)
	case err != nil:
		return nil, err
	}
	above := siteTrust(s, c, path)
	if above == "" {
		return ring, nil
	}
	site, err := readRingFile(above)
	if errors.Is(err, fs.ErrNotExist) {
		return ring, nil
	}
	return ring.Below(site), err
}

// siteTrust is the trust file of the state directory where another one, beside a
// configuration, is read in its place; empty where there is none.
func siteTrust(s *streams, c *cli.Context, path string) string {
	dir := stateDir(s)
	if dir == "" || c.String("trust") != "" {
		return ""
	}
	site := filepath.Join(dir, trustFileName)
	if realPlace(site) == realPlace(path) {
		return ""
	}
	return site
}

// readRingFile reads a trust file. The error is fs.ErrNotExist where there is none.
func readRingFile(path string) (*trust.Ring, error) {
	data, err := readTrusted(path, "trust file", trust.MaxFile)
	if err != nil {
		return nil, err
	}
	return parseRing(data, path)
}

// parseRing reads a trust file with the list that it wants beside it. A list that
// is not there leaves a ring that believes nobody and says so.
func parseRing(data []byte, path string) (*trust.Ring, error) {
	ring, err := trust.Parse(data, path)
	if err != nil || ring.RevocationsFile() == "" {
		return ring, err
	}
	place := filepath.Join(filepath.Dir(path), ring.RevocationsFile())
	data, err = readTrusted(place, "revocation list", trust.MaxRevocations)
	if errors.Is(err, fs.ErrNotExist) {
		return ring, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := trust.ParseRevocations(data, place)
	if err != nil {
		return nil, err
	}
	full, err := ring.WithRevocations(list)
	if err != nil {
		return nil, fmt.Errorf("revocation list %s: %w", place, err)
	}
	return full, nil
}

// trustedFiles are the files on which trust hangs, by what they are called: what could
// be done by whoever changes one, and how the rules begin that refuse it then.
var trustedFiles = map[string]struct{ risk, rules string }{
	"trust file":      {"add keys to it", "trust-file-"},
	"revocation list": {"take out of it what is revoked", "revocations-"},
}

// readTrusted reads one of the trustedFiles: a regular one that nobody but
// its owner can change or put another in the place of. The error is
// fs.ErrNotExist where there is none.
func readTrusted(path, what string, limit int64) ([]byte, error) {
	kind := trustedFiles[what]
	f, err := owned.Kind{What: what, Risk: kind.risk}.Open(path)
	var refusal *owned.Refusal
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fs.ErrNotExist
	case errors.As(err, &refusal):
		return nil, &trust.Refusal{Rule: kind.rules + refusal.Rule, Text: refusal.Text, Hint: refusal.Hint}
	case errors.Is(err, owned.ErrIrregular):
		return nil, usagef("", "%s %s: this is no file", what, path)
	case err != nil:
		return nil, usagef("", "%s %s: %v", what, path, readCause(err))
	}
	defer f.Close()
	data, err := readAll(f, limit)
	if err != nil {
		return nil, usagef("", "%s %s: %v", what, path, err)
	}
	return data, nil
}

// newTrustFile is where a trust file begins.
const newTrustFile = `# Who may sign plugins for this site: the keys that are believed, and for which
# plugins. Written by stella doctor trust key …, and by hand.
schema: ` + trust.Schema + "\n"

// trustChange is what a change of a trust file did.
type trustChange struct {
	said string
	// files are written before the trust file, and only once it is known to be
	// good: a kill between leaves files that the old one can live with.
	files []writtenFile
}

// writtenFile is a file that is to be written.
type writtenFile struct {
	path string
	data []byte
}

// editTrust changes the trust file under a lock between processes and writes it
// whole; comments stay. change says what it did, and writes nothing itself. What it
// made must be read as a trust file again.
func editTrust(s *streams, c *cli.Context, mayMake bool, change func(e *strictyaml.Edit, ring *trust.Ring, path string) (trustChange, error)) (page, error) {
	path, _ := trustPath(s, c)
	if path == "" {
		return page{}, usagef("set HOME or STELLA_HOME, or name it with --trust FILE", "there is no place for a trust file")
	}
	dry := c.Bool("dry-run")
	if !dry {
		unlock, err := lockTrust(s, c, path, mayMake)
		if err != nil {
			return page{}, err
		}
		defer unlock()
	}
	data, err := readTrusted(path, "trust file", trust.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		if !mayMake {
			return page{}, usagef("", "trust file %s: no such file", path)
		}
		data, err = []byte(newTrustFile), nil
	}
	if err != nil {
		return page{}, err
	}
	ring, err := trust.Parse(data, path)
	if err != nil {
		return page{}, err
	}
	// A list that cannot be used does not keep the file from being put right.
	if full, err := parseRing(data, path); err == nil {
		ring = full
	}
	edit, failed := strictyaml.NewEdit(data, "a trust file", trust.MaxFile)
	if failed != nil {
		return page{}, &trust.Error{File: path, What: "trust file", Line: failed.Line, Problem: failed.Problem}
	}
	done, err := change(edit, ring, path)
	if err != nil {
		return page{}, err
	}
	out, failed := edit.Bytes()
	if failed != nil {
		return page{}, &trust.Error{File: path, What: "trust file", Line: failed.Line, Problem: failed.Problem}
	}
	if _, err := trust.Parse(out, path); err != nil {
		return page{}, usagef("the file stays as it was", "%v", err)
	}
	files := append(done.files, writtenFile{path, out})
	doc := &trustChanged{Schema: trustChangedSchema, File: path, Done: done.said, DryRun: dry, Files: []string{}}
	for _, f := range files {
		if doc.Files = append(doc.Files, f.path); dry {
			continue
		}
		if err := writeFile(f.path, f.data, 0o644); err != nil {
			return page{}, err
		}
	}
	return textPage(doc, doc.text), nil
}

// trustChanged is what a command prints that changes the trust file.
type trustChanged struct {
	Schema string `json:"schema"`
	File   string `json:"file"`
	Done   string `json:"done"`
	DryRun bool   `json:"dry_run"`
	// Files are those that were written, or would be.
	Files []string `json:"files"`
}

const trustChangedSchema = "stellaops.doctor.trust-change/v1"

func (d *trustChanged) text(w io.Writer) error {
	format := "%s\n%s\n"
	if d.DryRun {
		format = "would: %s\nnot written: %s\n"
	}
	_, err := fmt.Fprintf(w, format, report.Escape(d.Done), report.Escape(d.File))
	return err
}

// lockTrust makes the directory and locks the trust file against other processes.
func lockTrust(s *streams, c *cli.Context, path string, mayMake bool) (func(), error) {
	dir := filepath.Dir(path)
	if mayMake {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, &outputError{path: path, err: cause(err)}
		}
	} else if _, err := os.Stat(dir); err != nil {
		return nil, usagef("", "trust file %s: no such file", path)
	}
	return turnBeside(s, c, "trust file "+path, path)
}

// turnBeside waits until no other process changes a file, which what names. The file
// that they wait for stands beside it.
func turnBeside(s *streams, c *cli.Context, what, path string) (func(), error) {
	return takeTurn(s, c, what)(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"))
}

// takeTurn waits until no other process changes something, and says so.
func takeTurn(s *streams, c *cli.Context, what string) func(path string) (func(), error) {
	return func(path string) (func(), error) {
		end, err := turn.Take(c.Context, path, turn.Patience, func() {
			notice(s, "waiting for another process that changes the "+what)
		})
		var system *fs.PathError
		if errors.As(err, &system) {
			return nil, &outputError{path: path, err: cause(system)}
		}
		return end, err
	}
}
