// Package store keeps the plugins that an operator let in, and the lock that says
// which of them may run and what each may do.
//
// # What is where
//
//	doctor.lock                   the lock: the one commit point
//	store/blobs/sha256/<hex>      plugin files and what is attached to them
//	store/attached/<hex>.json     which attachments a plugin file has
//	store/locks/<hex>             the locks that use this store
//	store/lock                    held while something is changed
//	.doctor.lock.lock             beside the lock: held while it is changed, by whatever store
//
// Bytes are written first, under the name of their digest; then the lock is
// replaced. So a kill at any moment leaves the old lock or the new one, with all
// that it names. What no lock names is collected by a later change.
//
// # What is believed
//
// Nothing but the lock. A file is hashed every time it is read, and these bytes
// are what runs; an attachment is verified by whoever uses it, every time.
//
// # Order of versions
//
// A version whose access is covered by what was approved takes the place of the
// one before. One that asks for more waits, and the old one keeps running until
// the wider access is approved or a version comes that is covered again.
package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/owned"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// Store is a directory of plugin files with its lock, as it was when it was
// opened.
type Store struct {
	dir, path string
	lock      *Lock
}

// Open reads the lock at lockPath, whose plugin files are in dir. Neither need
// exist, and nothing is written. It returns an *Error for a lock that cannot be
// used.
func Open(dir, lockPath string) (*Store, error) {
	l, err := readLock(lockPath)
	if err != nil {
		return nil, err
	}
	return &Store{dir: dir, path: lockPath, lock: l}, nil
}

// Lock returns the lock as it was read.
func (s *Store) Lock() *Lock { return s.lock }

// Path is where the lock is kept.
func (s *Store) Path() string { return s.path }

// Again reads the lock once more, and tells whether it has changed.
func (s *Store) Again() (*Store, bool, error) {
	now, err := Open(s.dir, s.path)
	if err != nil {
		return nil, false, err
	}
	return now, string(now.lock.Marshal()) != string(s.lock.Marshal()), nil
}

// lockKind is what a lock is to whoever could change it.
var lockKind = owned.Kind{What: "lock", Risk: "approve plugins"}

// readLock reads a lock; an empty one where there is none. It returns an *Error for
// one that cannot be used, and a *Refusal for one that others can change: all that a
// plugin may do hangs on it.
func readLock(path string) (*Lock, error) {
	f, err := lockKind.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Lock{}, nil
	}
	if err != nil {
		return nil, lockError(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxLock+1))
	if err != nil {
		return nil, lockError(path, err)
	}
	return ParseLock(data, path)
}

// lockError brings the reason why a lock is not read into its form.
func lockError(path string, err error) error {
	var refusal *owned.Refusal
	if errors.As(err, &refusal) {
		return refuse("lock-"+refusal.Rule, refusal.Hint, "%s", refusal.Text)
	}
	return &Error{File: path, Problem: withoutPath(err).Error()}
}

// File returns the bytes of a plugin file. It returns a *Refusal when they are
// not there or not those of the digest.
func (s *Store) File(digest string) ([]byte, error) {
	data, err := s.blob(digest, wire.MaxModuleBytes)
	var r *Refusal
	switch {
	case errors.As(err, &r):
		return nil, r
	case err != nil:
		return nil, refuse(RuleMissing, "install it again, or look at the rights of the store", "its file cannot be read: %v", withoutPath(err))
	}
	return data, nil
}

// Plugin returns a plugin file with its attachments. Those that are missing or
// damaged are left out: nothing is decided by them.
func (s *Store) Plugin(digest string) (*artifact.Artifact, error) {
	data, err := s.File(digest)
	if err != nil {
		return nil, err
	}
	a := &artifact.Artifact{Plugin: data, Attached: s.attachments(digest)}
	a.Sort()
	return a, nil
}

// attachments reads what is attached to a file.
func (s *Store) attachments(digest string) []artifact.Attachment {
	var all []artifact.Attachment
	for _, t := range s.attached(digest) {
		if content, err := s.blob(t.Digest, int64(t.Kind.Max())); err == nil {
			all = append(all, artifact.Attachment{Kind: t.Kind, Data: content})
		}
	}
	return all
}

// blob reads what has a digest, and holds it to that.
func (s *Store) blob(digest string, most int64) ([]byte, error) {
	if !isDigest(digest) {
		return nil, refuse(RuleMissing, "", "%q is no digest", digest)
	}
	f, err := openSoon(s.blobPath(digest))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(RuleMissing, "install it again", "its file %s is not in the store", digest)
	case err != nil:
		return nil, err
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && !st.Mode().IsRegular() {
		return nil, refuse(RuleChanged, "install it again", "its file in the store is no regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); "sha256:"+hex.EncodeToString(sum[:]) != digest {
		return nil, refuse(RuleChanged, "somebody changed it on disk: install it again from where it came",
			"its file in the store is not the one that was approved (%s)", digest)
	}
	return data, nil
}

// openSoon opens for reading without waiting for the other end of a named pipe.
func openSoon(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

func (s *Store) blobPath(digest string) string {
	return filepath.Join(s.dir, "blobs", "sha256", digest[len("sha256:"):])
}

// Info reads the file of a release of a plugin, and what it is sealed with. It returns
// the errors of [Store.File] and [plugin.ReadInfo], and a *Refusal for the file of
// another plugin or version than the lock says.
func (s *Store) Info(id string, r *Release) (*wire.PluginInfo, []byte, error) {
	data, err := s.File(r.Digest)
	if err != nil {
		return nil, nil, err
	}
	info, err := plugin.ReadInfo(data)
	if err != nil {
		return nil, nil, err
	}
	if info.ID != id || info.Version != r.Version {
		return nil, nil, refuse(RuleSeal, "the lock was edited by hand: install the plugin again",
			"its file says that it is %s %s, the lock says %s %s", info.ID, info.Version, id, r.Version)
	}
	return &info, data, nil
}
