package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestLeftovers (N6): what killed writes left beside a file goes with the next one;
// what is young, or of another file, or no temporary file of ours, stays.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * leftAfter)
	for name, at := range map[string]time.Time{
		".b.tar.1a2b3c4d5e6f7.tmp": old, ".b.tar.2a2b3c4d5e6f7.tmp": time.Now(), ".c.tar.1a2b3c4d5e6f7.tmp": old,
		".b.tar.notes of mine.tmp": old, ".b.tar..tmp": old, ".b.tar.1a2b3c4d5e6f7.bak": old,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeFile(filepath.Join(dir, "b.tar"), []byte("whole"), 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{".b.tar..tmp", ".b.tar.1a2b3c4d5e6f7.bak", ".b.tar.2a2b3c4d5e6f7.tmp", ".b.tar.notes of mine.tmp", ".c.tar.1a2b3c4d5e6f7.tmp", "b.tar"}
	if !slices.Equal(names, want) {
		t.Errorf("got  %q\nwant %q", names, want)
	}
}
