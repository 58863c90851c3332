package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	indexName = "index.json"
	keyName   = "key"
	keyBytes  = 32
	// maxIndexBytes and maxIndexFiles bound what is read before it is verified.
	maxIndexBytes = 64 << 10
	maxIndexFiles = 64
)

// index lists the files of an entry.
type index struct {
	Files []indexFile `json:"files"`
	// MAC is HMAC-SHA-256 over entry name and files under the cache's key.
	MAC []byte `json:"mac"`
}

type indexFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 []byte `json:"sha256"`
}

// mac authenticates the files of the entry called name, so that a valid entry
// cannot stand in for another. Lengths stand before texts, so that no two lists
// have one encoding.
func (x index) mac(key []byte, name string) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "sandbox cache index\n%d:%s\n%d\n", len(name), name, len(x.Files))
	for _, f := range x.Files {
		fmt.Fprintf(h, "%d:%s %d %x\n", len(f.Path), f.Path, f.Size, f.SHA256)
	}
	return h.Sum(nil)
}

// writeIndex lists what is in the directory entry, authenticates the list for
// the name that the entry will have, and syncs all of it.
func writeIndex(entry, name string, key []byte) error {
	var x index
	err := walkEntry(entry, func(path string, size int64) error {
		f, err := hashFile(filepath.Join(entry, path), size, true)
		f.Path = path
		x.Files = append(x.Files, f)
		return err
	})
	if err != nil {
		return err
	}
	if len(x.Files) == 0 {
		return errors.New("the engine compiled nothing")
	}
	x.MAC = x.mac(key, name)
	data, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(entry, indexName), data); err != nil {
		return err
	}
	return syncTree(entry)
}

// verifyEntry holds every byte in entry against its index. Nil means that the
// entry is exactly what writeIndex saw.
func verifyEntry(entry string, key []byte) error {
	if err := checkPrivateDir(entry); err != nil {
		return err
	}
	x, err := readIndex(entry)
	if err != nil {
		return err
	}
	if !hmac.Equal(x.MAC, x.mac(key, filepath.Base(entry))) {
		return errors.New("the index is not authentic")
	}
	listed := make(map[string]indexFile, len(x.Files))
	for _, f := range x.Files {
		listed[filepath.FromSlash(f.Path)] = f
	}
	err = walkEntry(entry, func(path string, size int64) error {
		want, ok := listed[path]
		if !ok {
			return errors.New("a file is not in the index")
		}
		delete(listed, path)
		if size != want.Size {
			return errors.New("a file has another size")
		}
		got, err := hashFile(filepath.Join(entry, path), size, false)
		if err == nil && !hmac.Equal(got.SHA256, want.SHA256) {
			err = errors.New("a file has other bytes")
		}
		return err
	})
	if err != nil {
		return withoutPath(err)
	}
	if len(listed) > 0 {
		return errors.New("a file is missing")
	}
	return nil
}

// readIndex reads the index without believing it.
func readIndex(entry string) (x index, err error) {
	// A pipe in its place would be waited for without the flag.
	f, err := os.OpenFile(filepath.Join(entry, indexName), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return x, fmt.Errorf("the index cannot be read: %w", withoutPath(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return x, errors.New("the index is not a plain file")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxIndexBytes+1))
	if err != nil {
		return x, fmt.Errorf("the index cannot be read: %w", withoutPath(err))
	}
	if len(data) > maxIndexBytes || json.Unmarshal(data, &x) != nil || len(x.Files) > maxIndexFiles {
		return x, errors.New("the index is malformed")
	}
	return x, nil
}

// walkEntry calls visit with each file of entry but the index. Whatever is
// neither a plain file nor a private directory is an error.
func walkEntry(entry string, visit func(path string, size int64) error) error {
	return filepath.WalkDir(entry, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(entry, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return checkPrivateDir(path)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return errors.New("something in it is not a plain file")
		}
		if err := checkOwner(info); err != nil {
			return err
		}
		if rel == indexName {
			return nil
		}
		return visit(rel, info.Size())
	})
}

// hashFile digests a file that is at most size bytes long, and syncs it first
// if it is to stay.
func hashFile(path string, size int64, sync bool) (f indexFile, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer file.Close()
	if sync {
		if err := file.Sync(); err != nil {
			return f, err
		}
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(file, size+1))
	if err == nil && n != size {
		err = errors.New("a file changes while it is read")
	}
	return indexFile{Size: n, SHA256: h.Sum(nil)}, err
}

// readCacheKey reads the key of the cache in dir.
func readCacheKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyName)
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("the key of the cache cannot be read: %w", withoutPath(err))
	}
	if !info.Mode().IsRegular() || info.Size() != keyBytes {
		return nil, errors.New("the key of the cache is malformed")
	}
	if err := checkOwner(info); err != nil {
		return nil, err
	}
	key, err := os.ReadFile(path)
	if err == nil && len(key) != keyBytes {
		err = errors.New("the key of the cache is malformed")
	}
	return key, withoutPath(err)
}

// makeCacheKey reads the key of the cache in dir, or makes one. A key that is
// odd is replaced, which turns every entry made under it into a miss.
func makeCacheKey(dir string) ([]byte, error) {
	if key, err := readCacheKey(dir); err == nil {
		return key, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		removeEntry(filepath.Join(dir, keyName))
	}
	key := make([]byte, keyBytes)
	rand.Read(key)
	temp, err := os.MkdirTemp(dir, warmPattern)
	if err != nil {
		return nil, fmt.Errorf("the cache cannot be written: %w", withoutPath(err))
	}
	defer removeEntry(temp)
	fresh := filepath.Join(temp, keyName)
	if err := writeSynced(fresh, key); err != nil {
		return nil, fmt.Errorf("the cache cannot be written: %w", withoutPath(err))
	}
	// A link does not replace what another program put there meanwhile.
	if err := os.Link(fresh, filepath.Join(dir, keyName)); err != nil && !errors.Is(err, os.ErrExist) {
		if err := os.Rename(fresh, filepath.Join(dir, keyName)); err != nil {
			return nil, fmt.Errorf("the cache cannot be written: %w", withoutPath(err))
		}
	}
	return readCacheKey(dir)
}

// writeSynced writes a new private file and syncs it.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncTree makes the names in dir and in the directories below it durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			syncDir(path)
		}
		return err
	})
}

// syncDir makes the names in dir durable where the file system can do that;
// where it cannot, the rename is still atomic.
func syncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}
