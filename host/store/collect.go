package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Several locks may use one store: that of the state directory, and those beside the
// configurations of this machine. Each is written down in store/locks, with the files
// that it names, before it first names one, so that what another lock names is not
// collected. A lock that is away, such as on a medium that is not mounted, is taken at
// its last word.

// register writes down that our lock uses the store, and which files next names. What
// it named until now stays: a kill may leave that lock.
func (s *Store) register(next *Lock) error {
	path, err := filepath.Abs(s.path)
	if err != nil {
		return err
	}
	names := next.digests()
	maps.Copy(names, s.lock.digests())
	record := path + "\n"
	for _, digest := range slices.Sorted(maps.Keys(names)) {
		record += digest + "\n"
	}
	sum := sha256.Sum256([]byte(path))
	file := filepath.Join(s.dir, "locks", hex.EncodeToString(sum[:]))
	if known, err := os.ReadFile(file); err == nil && string(known) == record {
		return nil
	}
	return writeAtomic("locks", file, []byte(record), 0o600)
}

// namedBy are the files that a lock of this machine names, by what is written down of
// it; false when nobody can tell.
func namedBy(record []byte) (map[string]bool, bool) {
	path, rest, whole := strings.Cut(string(record), "\n")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		l, err := readLock(path)
		if err != nil {
			return nil, false
		}
		return l.digests(), true
	}
	names := map[string]bool{}
	for digest := range strings.Lines(rest) {
		names[strings.TrimSuffix(digest, "\n")] = true
	}
	return names, whole
}

// collect removes what no lock names: files of plugins that are gone, and what
// killed processes left. It fails in silence: what stays is collected next time.
// While one of the locks cannot be read nothing is removed.
func (s *Store) collect() {
	keep := s.lock.digests()
	locks, err := os.ReadDir(filepath.Join(s.dir, "locks"))
	if err != nil {
		return
	}
	for _, entry := range locks {
		record, err := os.ReadFile(filepath.Join(s.dir, "locks", entry.Name()))
		if err != nil || !isDigest("sha256:"+entry.Name()) {
			continue
		}
		names, known := namedBy(record)
		if !known {
			return
		}
		maps.Copy(keep, names)
	}
	for digest := range keep {
		for _, t := range s.attached(digest) {
			keep[t.Digest] = true
		}
	}
	blobs, indexes := filepath.Join(s.dir, "blobs", "sha256"), filepath.Join(s.dir, "attached")
	removeOthers(blobs, "", keep)
	removeOthers(indexes, ".json", keep)
	for _, dir := range []string{blobs, indexes, filepath.Join(s.dir, "locks"), filepath.Dir(s.path)} {
		collectTemps(dir)
	}
}

// removeOthers removes the files of a directory that are named by a digest which
// nobody keeps. Other names are none of ours.
func removeOthers(dir, suffix string, keep map[string]bool) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, n := range names {
		digits, ok := strings.CutSuffix(n.Name(), suffix)
		if digest := "sha256:" + digits; !ok || !isDigest(digest) || keep[digest] {
			continue
		}
		if step("collect") != nil {
			return
		}
		_ = os.Remove(filepath.Join(dir, n.Name()))
	}
}
