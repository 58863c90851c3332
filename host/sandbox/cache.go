package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/cpu"
)

// The compile cache.
//
// Compiled code is run as it is found: whoever can write a file of the cache
// runs what they like in this process. So the directory belongs to this user
// alone, and nothing in an entry is used before every byte of it was held
// against an index that only the holder of the cache's key can have written.
//
//	<CacheDir>/key                  32 random bytes
//	<CacheDir>/<entry>/index.json   the files of the entry, with a MAC
//	<CacheDir>/<entry>/…            the engine's own files
//	<CacheDir>/.warm-<random>/      an entry in the making
//
// An entry is named by everything that decides about the code in it, so two
// engines never meet in one entry. What is odd is deleted, never repaired, and
// counts as a miss.

const (
	// cacheFormat changes whenever the layout or the flags of load change.
	cacheFormat = "1 close-on-done no-debug"
	warmPattern = ".warm-"
	// staleAfter is the age at which an entry in the making belongs to nobody.
	staleAfter = time.Hour
)

// entryName is the name of the cache entry of wasm on this machine.
func entryName(wasm []byte) string {
	module := sha256.Sum256(wasm)
	h := sha256.New()
	for _, part := range []string{hex.EncodeToString(module[:]), Engine(), runtime.GOOS, runtime.GOARCH, cpuFeatures(), cacheFormat} {
		fmt.Fprintf(h, "%d:%s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// cpuFeatures names the features by which the engine chooses instructions.
func cpuFeatures() string {
	return fmt.Sprint(cpu.X86.HasSSE41, cpu.X86.HasBMI1, cpu.X86.HasBMI2, cpu.X86.HasPOPCNT, cpu.ARM64.HasATOMICS)
}

// CanCompile says whether the engine has a compiler for this machine.
func CanCompile() bool { return canCompile() }

func canCompile() bool {
	switch runtime.GOARCH {
	case "amd64", "arm64":
	default:
		return false
	}
	switch runtime.GOOS {
	case "linux", "darwin", "freebsd", "netbsd", "windows":
		return true
	}
	return false
}

// CacheState says whether a call of wasm would run compiled, and if not, why.
// It changes nothing.
func CacheState(wasm []byte, cfg Config) (warm bool, why string) {
	if _, err := checkCache(wasm, cfg); err != nil {
		return false, err.Error()
	}
	return true, ""
}

// verifiedEntry returns the directory of the verified entry of wasm, empty for
// a miss. An entry that is there but odd is deleted.
func verifiedEntry(wasm []byte, cfg Config) string {
	entry, err := checkCache(wasm, cfg)
	if errors.Is(err, errOddEntry) {
		removeEntry(entry)
	}
	if err != nil {
		return ""
	}
	return entry
}

var (
	errCacheOff = errors.New("the cache is off")
	errCold     = errors.New("the module was not compiled yet")
	errOddEntry = errors.New("the cached code is not as it was written")
)

// checkCache verifies the entry of wasm. With errOddEntry the entry may be
// deleted; with any other error the directory is not ours to touch, or there is
// no entry.
func checkCache(wasm []byte, cfg Config) (entry string, err error) {
	if cfg.CacheDir == "" {
		return "", errCacheOff
	}
	if !canCompile() {
		return "", fmt.Errorf("the engine has no compiler for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if err := checkPrivateDir(cfg.CacheDir); errors.Is(err, os.ErrNotExist) {
		return "", errCold
	} else if err != nil {
		return "", err
	}
	entry = filepath.Join(cfg.CacheDir, entryName(wasm))
	if _, err := os.Lstat(entry); errors.Is(err, os.ErrNotExist) {
		return "", errCold
	} else if err != nil {
		return "", fmt.Errorf("the cache entry cannot be read: %w", withoutPath(err))
	}
	key, err := readCacheKey(cfg.CacheDir)
	if err != nil {
		return entry, fmt.Errorf("%w: %w", errOddEntry, err)
	}
	if err := verifyEntry(entry, key); err != nil {
		return entry, fmt.Errorf("%w: %w", errOddEntry, err)
	}
	return entry, nil
}

// removeEntry deletes an entry. A symbolic link is removed, not followed.
func removeEntry(entry string) {
	if entry != "" {
		// What cannot be deleted is found odd again next time.
		_ = os.RemoveAll(entry)
	}
}

// Warm compiles wasm into cfg.CacheDir so that later calls of OpenInProcess run
// compiled. It returns nil when a valid entry is there already. The entry
// appears whole or not at all, whatever happens meanwhile, and several programs
// may warm one directory at the same time.
//
// Warm fails when the directory is not private to this user or cannot be
// written, when the engine refuses the module, and when ctx ends. Compilation
// itself is not interruptible and its time is not bounded by the size of the
// module: the caller has examined the bytes.
func Warm(ctx context.Context, wasm []byte, cfg Config) error {
	if cfg.CacheDir == "" {
		return errCacheOff
	}
	if err := os.MkdirAll(cfg.CacheDir, 0o700); err != nil {
		return fmt.Errorf("the cache directory cannot be made: %w", withoutPath(err))
	}
	if err := checkPrivateDir(cfg.CacheDir); err != nil {
		return err
	}
	sweepStale(cfg.CacheDir)
	if verifiedEntry(wasm, cfg) != "" {
		return nil
	}
	if !canCompile() {
		return fmt.Errorf("the engine has no compiler for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	key, err := makeCacheKey(cfg.CacheDir)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp(cfg.CacheDir, warmPattern)
	if err != nil {
		return fmt.Errorf("the cache cannot be written: %w", withoutPath(err))
	}
	defer removeEntry(temp)
	if err := compileInto(ctx, wasm, cfg, temp); err != nil {
		return err
	}
	if err := writeIndex(temp, entryName(wasm), key); err != nil {
		return fmt.Errorf("the cache cannot be written: %w", withoutPath(err))
	}
	return placeEntry(temp, wasm, cfg)
}

// compileInto lets the engine fill dir. Files appear there only when the engine
// compiled; the check that they did belongs to the index.
func compileInto(ctx context.Context, wasm []byte, cfg Config, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e, err := load(ctx, wasm, cfg, dir)
	if err != nil {
		return errors.New("the module cannot be compiled: " + oneLine(strings.ReplaceAll(err.Error(), dir, "the cache")))
	}
	e.close()
	return ctx.Err()
}

// placeEntry moves a finished entry to its name. When another program was
// faster, its entry stays if it is valid.
func placeEntry(temp string, wasm []byte, cfg Config) error {
	final := filepath.Join(cfg.CacheDir, entryName(wasm))
	for try := 0; ; try++ {
		err := os.Rename(temp, final)
		switch {
		case err == nil:
			syncDir(cfg.CacheDir)
			return nil
		case verifiedEntry(wasm, cfg) != "":
			return nil
		case try == 2:
			return fmt.Errorf("the cache cannot be written: %w", withoutPath(err))
		}
	}
}

// sweepStale removes what killed programs left behind in dir.
func sweepStale(dir string) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range names {
		if !strings.HasPrefix(entry.Name(), warmPattern) {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > staleAfter {
			removeEntry(filepath.Join(dir, entry.Name()))
		}
	}
}

// withoutPath is the cause of a file error without the path that it names.
func withoutPath(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
