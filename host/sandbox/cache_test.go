package sandbox

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// warmDir is a cache with one valid entry for wasm.
func warmDir(t testing.TB, wasm []byte) Config {
	t.Helper()
	if !canCompile() || runtime.GOOS == "windows" {
		t.Skip("no compiler or no cache on this system")
	}
	cfg := testConfig()
	cfg.CacheDir = filepath.Join(t.TempDir(), "cache")
	if err := Warm(t.Context(), wasm, cfg); err != nil {
		t.Fatal(err)
	}
	if warm, why := CacheState(wasm, cfg); !warm {
		t.Fatalf("not warm after Warm: %s", why)
	}
	return cfg
}

// openCached opens a module in process and says whether it runs cached code.
func openCached(t testing.TB, wasm []byte, cfg Config) (m *inProcess, compiled bool) {
	t.Helper()
	m = mustOpen(t, "in process", wasm, cfg).(*inProcess)
	return m, m.current.cache != nil
}

// TestCompiledEqualsInterpreted runs the Go guest cold, warm and in a worker;
// nothing that it answers may differ.
func TestCompiledEqualsInterpreted(t *testing.T) {
	wasm := mustGoGuest(t)
	cold, compiled := openCached(t, wasm, testConfig())
	if compiled {
		t.Fatal("compiled without a cache")
	}
	warm, compiled := openCached(t, wasm, warmDir(t, wasm))
	if !compiled {
		t.Fatal("interpreted in spite of a warm cache")
	}
	worker := mustOpen(t, "worker", wasm, testConfig())
	for _, export := range []string{"echo", "relay", "world", "boom", "exit0late", "exit3", "logs", "gripe", "sleep"} {
		var answers []string
		for _, m := range []Module{cold, warm, worker, warm} {
			res := callWithin(t, m, patience, Call{Export: export, Input: []byte("same"), Host: func(_ context.Context, _ string, in []byte) []byte { return in }})
			answer, err := json.Marshal(res)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, string(answer))
		}
		for _, answer := range answers[1:] {
			if answer != answers[0] {
				t.Errorf("%s: %s, then %s", export, answers[0], answer)
			}
		}
	}
}

// TestHostileGuestsCompiled runs the rows that can be survived in process on
// compiled code too.
func TestHostileGuestsCompiled(t *testing.T) {
	wasm := zoo()
	m, compiled := openCached(t, wasm, warmDir(t, wasm))
	if !compiled {
		t.Fatal("interpreted")
	}
	for _, row := range hostileRows {
		if row.unsafe {
			continue
		}
		if row.deadline == 0 {
			row.deadline = patience
		}
		t.Run(row.export, func(t *testing.T) {
			checkFault(t, callWithin(t, m, row.deadline, Call{Export: row.export, Input: []byte("in")}), row.kind, row.detail)
			mustEcho(t, m)
		})
	}
}

// engineFiles are the files of the one entry in dir that the engine wrote.
func engineFiles(t *testing.T, entry string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(entry, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != indexName {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	return files
}

// must fails the test on any of several errors.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func rewrite(t *testing.T, path string, edit func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, edit(data), 0o600))
}

// TestCacheAttacks changes a valid cache as somebody who can write it would.
// Each must be a miss, the call must still be right, and what was odd must be
// gone, unless the directory itself is not ours to touch.
func TestCacheAttacks(t *testing.T) {
	wasm := zoo()
	flip := func(data []byte) []byte { data[len(data)/2] ^= 0x10; return data }
	for _, row := range []struct {
		name   string
		attack func(t *testing.T, dir, entry string)
		keeps  bool
		root   bool
	}{
		{name: "flipped byte", attack: func(t *testing.T, _, entry string) { rewrite(t, engineFiles(t, entry)[0], flip) }},
		{name: "flipped byte in another file", attack: func(t *testing.T, _, entry string) {
			files := engineFiles(t, entry)
			rewrite(t, files[len(files)-1], flip)
		}},
		{name: "truncated", attack: func(t *testing.T, _, entry string) {
			rewrite(t, engineFiles(t, entry)[0], func(data []byte) []byte { return data[:len(data)-1] })
		}},
		{name: "empty", attack: func(t *testing.T, _, entry string) { must(t, os.Truncate(engineFiles(t, entry)[0], 0)) }},
		{name: "missing", attack: func(t *testing.T, _, entry string) { must(t, os.Remove(engineFiles(t, entry)[0])) }},
		{name: "extra file", attack: func(t *testing.T, _, entry string) {
			must(t, os.WriteFile(filepath.Join(filepath.Dir(engineFiles(t, entry)[0]), strings.Repeat("0", 64)), []byte("x"), 0o600))
		}},
		{name: "symbolic link", attack: func(t *testing.T, dir, entry string) {
			file, away := engineFiles(t, entry)[0], filepath.Join(dir, "away")
			must(t, os.Rename(file, away), os.Symlink(away, file))
		}},
		{name: "entry is a link", attack: func(t *testing.T, dir, entry string) {
			away := filepath.Join(dir, "away")
			must(t, os.Rename(entry, away), os.Symlink(away, entry))
		}},
		{name: "another entry's files", attack: func(t *testing.T, dir, entry string) {
			cfg := testConfig()
			cfg.CacheDir = dir
			other := lone(func(*wat) {})
			must(t, Warm(t.Context(), other, cfg))
			must(t, os.Rename(engineFiles(t, filepath.Join(dir, entryName(other)))[0], engineFiles(t, entry)[0]))
		}},
		{name: "no index", attack: func(t *testing.T, _, entry string) { must(t, os.Remove(filepath.Join(entry, indexName))) }},
		{name: "index of another entry", attack: func(t *testing.T, dir, entry string) {
			key, err := readCacheKey(dir)
			must(t, err, os.Remove(filepath.Join(entry, indexName)), writeIndex(entry, "another", key))
		}},
		{name: "index is a pipe", attack: func(t *testing.T, _, entry string) {
			index := filepath.Join(entry, indexName)
			must(t, os.Remove(index), makePipe(index))
		}},
		{name: "index is no index", attack: func(t *testing.T, _, entry string) {
			must(t, os.WriteFile(filepath.Join(entry, indexName), []byte("[]"), 0o600))
		}},
		{name: "huge index", attack: func(t *testing.T, _, entry string) {
			must(t, os.WriteFile(filepath.Join(entry, indexName), []byte(strings.Repeat(" ", 1<<20)), 0o600))
		}},
		{name: "index of the attacker", attack: func(t *testing.T, _, entry string) {
			rewrite(t, engineFiles(t, entry)[0], flip)
			must(t, os.Remove(filepath.Join(entry, indexName)), writeIndex(entry, filepath.Base(entry), make([]byte, keyBytes)))
		}},
		{name: "index without a file", attack: func(t *testing.T, _, entry string) {
			rewrite(t, filepath.Join(entry, indexName), func(data []byte) []byte {
				var x index
				must(t, json.Unmarshal(data, &x))
				x.Files = x.Files[1:]
				data, err := json.Marshal(x)
				must(t, err)
				return data
			})
		}},
		{name: "key replaced", attack: func(t *testing.T, dir, _ string) {
			must(t, os.WriteFile(filepath.Join(dir, keyName), make([]byte, keyBytes), 0o600))
		}},
		{name: "key short", attack: func(t *testing.T, dir, _ string) { must(t, os.Truncate(filepath.Join(dir, keyName), 0)) }},
		{name: "no key", attack: func(t *testing.T, dir, _ string) { must(t, os.Remove(filepath.Join(dir, keyName))) }},
		{name: "readable key", attack: func(t *testing.T, dir, _ string) { must(t, os.Chmod(filepath.Join(dir, keyName), 0o644)) }},
		{name: "open file", attack: func(t *testing.T, _, entry string) { must(t, os.Chmod(engineFiles(t, entry)[0], 0o622)) }},
		{name: "open entry", attack: func(t *testing.T, _, entry string) { must(t, os.Chmod(entry, 0o777)) }},
		{name: "other owner", root: true, attack: func(t *testing.T, _, entry string) { must(t, os.Chown(engineFiles(t, entry)[0], 12345, -1)) }},
		// With the key an attacker can make an index; then the engine is the
		// last to notice, and its complaint must not end the run.
		{name: "index with the key", attack: func(t *testing.T, dir, entry string) {
			for _, file := range engineFiles(t, entry) {
				rewrite(t, file, func(data []byte) []byte { return data[:len(data)/2] })
			}
			key, err := readCacheKey(dir)
			must(t, err, os.Remove(filepath.Join(entry, indexName)), writeIndex(entry, filepath.Base(entry), key))
		}},
		{name: "open directory", keeps: true, attack: func(t *testing.T, dir, _ string) { must(t, os.Chmod(dir, 0o777)) }},
		{name: "directory is a link", keeps: true, attack: func(t *testing.T, dir, _ string) {
			must(t, os.Rename(dir, dir+".away"), os.Symlink(dir+".away", dir))
		}},
		{name: "directory of another owner", keeps: true, root: true, attack: func(t *testing.T, dir, _ string) { must(t, os.Chown(dir, 12345, -1)) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.root && os.Geteuid() != 0 {
				t.Skip("needs root")
			}
			cfg := warmDir(t, wasm)
			entry := filepath.Join(cfg.CacheDir, entryName(wasm))
			row.attack(t, cfg.CacheDir, entry)
			if row.name != "index with the key" {
				if warm, why := CacheState(wasm, cfg); warm || why == "" || strings.Contains(why, cfg.CacheDir) {
					t.Errorf("state %v %q", warm, why)
				}
			}
			m, compiled := openCached(t, wasm, cfg)
			if compiled {
				t.Error("the code of the attacker was loaded")
			}
			mustEcho(t, m)
			if _, err := os.Lstat(entry); (err == nil) != row.keeps {
				t.Errorf("the entry after the attack: %v", err)
			}
			if row.keeps {
				return
			}
			must(t, Warm(t.Context(), wasm, cfg))
			m, compiled = openCached(t, wasm, cfg)
			if !compiled {
				t.Error("not compiled after warming again")
			}
			mustEcho(t, m)
		})
	}
}

// TestBrokenCodeIsReplaced: an engine that panics on cached code while it makes
// an instance gets a second try without the cache.
func TestBrokenCodeIsReplaced(t *testing.T) {
	wasm := zoo()
	m, compiled := openCached(t, wasm, warmDir(t, wasm))
	if !compiled {
		t.Fatal("interpreted")
	}
	entry := m.entry
	// An engine without a plugin panics where one with broken code would.
	whole := m.current
	m.current = &engine{cache: whole.cache}
	t.Cleanup(whole.close)
	mustEcho(t, m)
	if m.current.cache != nil || m.current.plugin == nil {
		t.Error("the broken engine stays")
	}
	m.retired = nil
	if _, err := os.Stat(entry); err == nil {
		t.Error("the entry stays")
	}
}

// TestWarmTogether lets several goroutines warm one directory.
func TestWarmTogether(t *testing.T) {
	wasm := zoo()
	cfg := warmDir(t, lone(func(*wat) {}))
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if err := Warm(t.Context(), wasm, cfg); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if warm, why := CacheState(wasm, cfg); !warm {
		t.Error(why)
	}
	names, err := filepath.Glob(filepath.Join(cfg.CacheDir, warmPattern+"*"))
	if err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

// TestWarmSweeps removes what killed programs left, and nothing else.
func TestWarmSweeps(t *testing.T) {
	cfg := warmDir(t, zoo())
	old, young, foreign := filepath.Join(cfg.CacheDir, warmPattern+"old"), filepath.Join(cfg.CacheDir, warmPattern+"young"), filepath.Join(cfg.CacheDir, "old")
	past := time.Now().Add(-2 * time.Hour)
	for _, dir := range []string{old, young, foreign} {
		must(t, os.MkdirAll(filepath.Join(dir, "below"), 0o700))
	}
	must(t, os.Chtimes(old, past, past), os.Chtimes(foreign, past, past))
	must(t, Warm(t.Context(), zoo(), cfg))
	for dir, stays := range map[string]bool{old: false, young: true, foreign: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: %v", filepath.Base(dir), err)
		}
	}
}

// TestWarmFails names the reason and leaves calls interpreted.
func TestWarmFails(t *testing.T) {
	wasm := zoo()
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	open := filepath.Join(t.TempDir(), "open")
	must(t, os.Mkdir(open, 0o700), os.Chmod(open, 0o755))
	locked := filepath.Join(t.TempDir(), "locked")
	must(t, os.Mkdir(locked, 0o500))
	for name, row := range map[string]struct {
		dir, want string
		wasm      []byte
	}{
		"no directory":      {"", "the cache is off", wasm},
		"below a file":      {filepath.Join(file, "cache"), "not a directory", wasm},
		"open to others":    {open, "open to other users", wasm},
		"not a module":      {filepath.Join(t.TempDir(), "new"), "cannot be compiled", []byte("text")},
		"cannot be written": {locked, "cannot be written: permission denied", wasm},
	} {
		t.Run(name, func(t *testing.T) {
			if row.dir == locked && os.Geteuid() == 0 {
				t.Skip("root may write anywhere")
			}
			cfg := testConfig()
			cfg.CacheDir = row.dir
			err := Warm(t.Context(), row.wasm, cfg)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("error %v, want %q", err, row.want)
			}
			if warm, why := CacheState(row.wasm, cfg); warm || why == "" {
				t.Errorf("state %v %q", warm, why)
			}
			m, compiled := openCached(t, wasm, cfg)
			if compiled {
				t.Error("compiled")
			}
			mustEcho(t, m)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := testConfig()
	cfg.CacheDir = filepath.Join(t.TempDir(), "new")
	if err := Warm(ctx, wasm, cfg); err == nil {
		t.Error("Warm ignores the end of its context")
	}
}

// TestOpenWritesNothing: only Warm makes the cache directory.
func TestOpenWritesNothing(t *testing.T) {
	cfg := testConfig()
	cfg.CacheDir = filepath.Join(t.TempDir(), "none")
	m, _ := openCached(t, zoo(), cfg)
	mustEcho(t, m)
	if _, err := os.Stat(cfg.CacheDir); err == nil {
		t.Error("the directory was made")
	}
}
