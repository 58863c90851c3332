package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/artifact"
)

// attachedFile is a document beside a plugin file: x.wasm.sigstore.json, or with a
// name of its own x.wasm.NAME.sigstore.json.
type attachedFile struct {
	path string
	artifact.Attachment
}

// attachedName is what may stand between the name of a plugin file and the end that
// tells the kind. It holds no dot, so that the documents of x.wasm.old.wasm are not
// those of x.wasm.
var attachedName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// readArtifact reads a plugin file and the documents beside it. Nothing is verified.
func readArtifact(path string) (*artifact.Artifact, error) {
	data, err := host.ReadModule(path)
	if err != nil {
		return nil, err
	}
	files, err := readAttached(path)
	if err != nil {
		return nil, err
	}
	a := &artifact.Artifact{Plugin: data}
	for _, f := range files {
		a.Attached = append(a.Attached, f.Attachment)
	}
	a.Sort()
	return a, nil
}

// readAttached reads the documents beside a plugin file, sorted by name. One that
// cannot be read is an error: to leave a signature out would change what is said of
// the plugin.
func readAttached(path string) ([]attachedFile, error) {
	found, err := findAttached(path)
	if err != nil {
		return nil, err
	}
	if len(found) > artifact.MaxAttachments {
		return nil, usagef("", "plugin file %s: there are %d documents beside it, at most %d are read", path, len(found), artifact.MaxAttachments)
	}
	for i, f := range found {
		if found[i].Data, err = readRegular(f.path, int64(f.Kind.Max())); err != nil {
			return nil, usagef("", "%s file %s: %v", f.Kind, f.path, err)
		}
	}
	return found, nil
}

// readRegular reads a regular file of at most limit bytes. A link is none: what
// stands beside a plugin file goes out with it, and whoever handed the directory over
// could have pointed the link at any file of this machine.
func readRegular(path string, limit int64) ([]byte, error) {
	if st, err := os.Lstat(path); err == nil && st.Mode()&os.ModeSymlink != 0 {
		return nil, errors.New("this is a symbolic link; the documents beside a plugin are files")
	}
	f, err := openOwn(path)
	if err != nil {
		return nil, readCause(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, readCause(err)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("this is no regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, readCause(err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	return data, nil
}

// findAttached lists the documents beside a plugin file, or the signatures beside a
// list of revocations, and reads none.
func findAttached(path string) ([]attachedFile, error) {
	dir, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, usagef("", "file %s: its directory cannot be read: %v", path, cause(err))
	}
	var found []attachedFile
	for _, e := range entries {
		if kind, ok := attachedKind(base, e.Name()); ok {
			found = append(found, attachedFile{dir + e.Name(), artifact.Attachment{Kind: kind}})
		}
	}
	return found, nil
}

// attachedKind tells what the file name holds beside the plugin file base.
func attachedKind(base, name string) (artifact.Kind, bool) {
	rest, ok := strings.CutPrefix(name, base)
	if !ok {
		return "", false
	}
	for _, kind := range artifact.Kinds() {
		own, ok := strings.CutSuffix(rest, kind.Suffix())
		if ok && (own == "" || own[0] == '.' && attachedName.MatchString(own[1:])) {
			return kind, true
		}
	}
	return "", false
}

// attachedFiles gives the documents of an artifact the names that they have beside
// the file path: the first of a kind the plain one, each other a part of its digest.
func attachedFiles(path string, a *artifact.Artifact) []attachedFile {
	var files []attachedFile
	seen := map[artifact.Kind]bool{}
	for _, t := range a.Attached {
		name := path + t.Kind.Suffix()
		if seen[t.Kind] {
			name = path + "." + t.Digest()[len("sha256:"):][:16] + t.Kind.Suffix()
		}
		seen[t.Kind] = true
		files = append(files, attachedFile{name, t})
	}
	return files
}

// checkArtifact looks at the places of a plugin file and its documents before any
// work is done for them. A device takes the plugin alone.
func checkArtifact(path string) (alone bool, err error) {
	if ownStdout(path) == "" {
		return false, usagef("name a file with -o FILE", "a plugin and its documents are not written to standard output")
	}
	if err := checkPlace(path); err != nil {
		return false, err
	}
	st, err := os.Stat(path)
	return err == nil && !st.Mode().IsRegular(), nil
}

// writeArtifact writes a plugin file and its documents beside it, each whole or not
// at all, the plugin last: it is the one that others look for. It returns the
// documents' names, and those of documents that stood there and are not of this
// plugin.
func writeArtifact(path string, a *artifact.Artifact, alone bool) (written []attachedFile, strangers []string, err error) {
	if !alone {
		written = attachedFiles(path, a)
		there, err := findAttached(path)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range there {
			if !slices.ContainsFunc(written, func(w attachedFile) bool { return realPlace(w.path) == realPlace(f.path) }) {
				strangers = append(strangers, f.path)
			}
		}
	}
	for _, f := range written {
		if err := writeFile(f.path, f.Data, 0o644); err != nil {
			return nil, nil, err
		}
	}
	return written, strangers, writeFile(path, a.Plugin, 0o644)
}
