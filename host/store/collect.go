package store

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// Several locks may use one store: that of the state directory, and those beside
// the configurations of this machine. Each is written down in store/locks before
// it first names a file, so that what another lock names is not collected.

// register writes down that our lock uses the store.
func (s *Store) register() error {
	path, err := filepath.Abs(s.path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(path))
	file := filepath.Join(s.dir, "locks", hex.EncodeToString(sum[:]))
	if known, err := os.ReadFile(file); err == nil && string(known) == path {
		return nil
	}
	return writeAtomic("locks", file, []byte(path), 0o600)
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
		path, err := os.ReadFile(filepath.Join(s.dir, "locks", entry.Name()))
		if err != nil || !isDigest("sha256:"+entry.Name()) {
			continue
		}
		l, err := readLock(string(path))
		if err != nil {
			return
		}
		for digest := range l.digests() {
			keep[digest] = true
		}
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
