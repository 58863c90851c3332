package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/trust"
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
		return nil, errors.New("this is no regular file")
	}
	return readAll(f, limit)
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
			name = namedByDigest(path, t)
		}
		seen[t.Kind] = true
		files = append(files, attachedFile{name, t})
	}
	return files
}

func namedByDigest(path string, t artifact.Attachment) string {
	return path + "." + t.Digest()[len("sha256:"):][:16] + t.Kind.Suffix()
}

// filesBeside is attachedFiles for a place where a signature may stand already. One
// of another key is never written over: it may be the second that a rule wants. So the
// plain name is for one of the same key, and no other.
func filesBeside(path string, a *artifact.Artifact) []attachedFile {
	files := attachedFiles(path, a)
	plain := path + artifact.Signature.Suffix()
	if _, err := os.Lstat(plain); errors.Is(err, fs.ErrNotExist) {
		return files
	}
	old, err := readRegular(plain, int64(artifact.Signature.Max()))
	free := err == nil
	for i, f := range files {
		switch {
		case f.Kind != artifact.Signature:
		case free && sameSigner(old, f.Data):
			files[i].path, free = plain, false
		default:
			files[i].path = namedByDigest(path, f.Attachment)
		}
	}
	return files
}

// sameSigner tells whether two signatures are of one key, or are one and the same.
func sameSigner(a, b []byte) bool {
	key, err := trust.KeyOf(a)
	other, err2 := trust.KeyOf(b)
	return bytes.Equal(a, b) || err == nil && err2 == nil && key == other
}

// checkArtifact looks at the places of a plugin file and its documents before any
// work is done for them. A device takes the plugin alone.
func checkArtifact(path string) (alone bool, err error) {
	if err := notStdout(path, "-o", "a plugin and its documents are"); err != nil {
		return false, err
	}
	if err := checkPlace(path); err != nil {
		return false, err
	}
	st, err := os.Stat(path)
	return err == nil && !st.Mode().IsRegular(), nil
}

// writtenArtifact is what writing an artifact did to files that stood there.
type writtenArtifact struct {
	strangers []string // documents that stay and are not of this plugin
	replaced  []string // held something else
}

// writeArtifact writes a plugin file and its documents beside it, each whole or not
// at all, the plugin last: it is the one that others look for.
func writeArtifact(path string, a *artifact.Artifact, alone bool) (done writtenArtifact, err error) {
	files := []attachedFile{{path, artifact.Attachment{Data: a.Plugin}}}
	if !alone {
		there, err := findAttached(path)
		if err != nil {
			return done, err
		}
		files = append(filesBeside(path, a), files...)
		for _, f := range there {
			if !slices.ContainsFunc(files, func(w attachedFile) bool { return realPlace(w.path) == realPlace(f.path) }) {
				done.strangers = append(done.strangers, f.path)
			}
		}
	}
	for _, f := range files {
		replaced := replaces(f.path, f.Data)
		if err := writeFile(f.path, f.Data, 0o644); err != nil {
			return done, err
		}
		if replaced {
			done.replaced = append(done.replaced, f.path)
		}
	}
	return done, nil
}
