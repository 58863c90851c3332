//go:build unix

package owned_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"stella-ops.org/doctor/host/owned"
)

var lock = owned.Kind{What: "lock", Risk: "approve plugins"}

// TestOpen: T27, what others can change or point elsewhere is not opened.
func TestOpen(t *testing.T) {
	for name, tt := range map[string]struct {
		file, dir os.FileMode
		make      func(path string) error
		rule      string
		err       error
	}{
		"own":                  {0o644, 0o755, nil, "", nil},
		"group":                {0o664, 0o755, nil, owned.RuleOwner, nil},
		"others":               {0o646, 0o755, nil, owned.RuleOwner, nil},
		"directory of a group": {0o644, 0o775, nil, owned.RuleOwner, nil},
		"directory of all":     {0o644, 0o777 | os.ModeSticky, nil, owned.RuleOwner, nil},
		"link":                 {0o644, 0o755, func(path string) error { return os.Symlink(path+".real", path) }, owned.RuleLink, nil},
		"pipe":                 {0o644, 0o755, func(path string) error { return syscall.Mkfifo(path, 0o644) }, "", owned.ErrIrregular},
		"directory":            {0o644, 0o755, func(path string) error { return os.Mkdir(path, 0o755) }, "", owned.ErrIrregular},
		"none":                 {0o644, 0o755, func(string) error { return nil }, "", fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "doctor.lock")
			real := path
			if tt.make != nil {
				if err := tt.make(path); err != nil {
					t.Fatal(err)
				}
				real += ".real"
			}
			if err := os.WriteFile(real, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Chmod(real, tt.file), os.Chmod(dir, tt.dir)); err != nil {
				t.Fatal(err)
			}
			f, err := lock.Open(path)
			if err == nil {
				f.Close()
			}
			var refusal *owned.Refusal
			switch {
			case tt.rule != "":
				if !errors.As(err, &refusal) || refusal.Rule != tt.rule || refusal.Hint == "" {
					t.Errorf("%v", err)
				}
			case !errors.Is(err, tt.err):
				t.Errorf("%v, want %v", err, tt.err)
			}
		})
	}
}
