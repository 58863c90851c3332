package host_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
)

// sourceTree copies what the plugins are built from to another directory.
func sourceTree(t testing.TB) string {
	t.Helper()
	root, dir := hosttest.Root(t), filepath.Join(t.TempDir(), "elsewhere")
	for _, part := range []string{"go.mod", "go.sum", "sdk", "plugins", "testdata/guests"} {
		err := filepath.WalkDir(filepath.Join(root, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil || strings.HasSuffix(path, ".wasm") || strings.HasSuffix(path, ".txtar") {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.MkdirAll(filepath.Join(dir, filepath.Dir(rel)), 0o755)
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, rel), data, 0o644)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func rebuild(t testing.TB, file []byte, dir string, environ ...string) (*host.Rebuilt, error) {
	t.Helper()
	var said bytes.Buffer
	r, err := host.RebuildGo(t.Context(), host.Config{Environ: append(os.Environ(), environ...)}, file, dir, &said)
	if err != nil {
		t.Logf("the compiler said: %s", said.String())
	}
	return r, err
}

// TestRebuildOwn: what we ship is what our sources make, byte for byte, here and in
// another directory, named by itself or by the root of its module.
func TestRebuildOwn(t *testing.T) {
	root, elsewhere := hosttest.Root(t), sourceTree(t)
	for _, c := range []struct{ plugin, source string }{
		{"plugins/integration", filepath.Join(root, "plugins", "integration")},
		{"plugins/integration", elsewhere},
		{"testdata/guests/uploads", filepath.Join(elsewhere, "testdata", "guests", "uploads")},
	} {
		file := hosttest.Sealed(t, c.plugin)
		r, err := rebuild(t, file, c.source)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Same() || r.Module != r.Again || r.Digest != plugin.Digest(file) || r.Package != "stella-ops.org/doctor/"+c.plugin || len(r.Sections)+len(r.Build) != 0 {
			t.Errorf("%s from %s: %+v", c.plugin, c.source, r)
		}
	}
}

// TestRebuildChanged: other sources make another module, and it is said where the
// two differ.
func TestRebuildChanged(t *testing.T) {
	dir := sourceTree(t)
	main := filepath.Join(dir, "testdata", "guests", "uploads", "main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte("?\""), []byte(" or not?\""), 1)
	if bytes.Equal(changed, text) {
		t.Fatal("the source has no question to change")
	}
	if err := os.WriteFile(main, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := rebuild(t, hosttest.Sealed(t, "testdata/guests/uploads"), dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Same() || r.Identical || r.Seal != host.SealNotCompared || len(r.Build) != 0 {
		t.Errorf("%+v", r)
	}
	found := false
	for _, s := range r.Sections {
		found = found || s.Title == "data" && s.First > 0
	}
	if !found {
		t.Errorf("the data does not differ: %+v", r.Sections)
	}
}

// TestRebuildLinkerFlags: a build with -trimpath does not record the flags of the
// linker. Those that leave a trace in the file are told from it; of one that leaves
// none it is said that it may be there.
func TestRebuildLinkerFlags(t *testing.T) {
	source := filepath.Join(hosttest.Root(t), "testdata", "guests", "uploads")
	for name, c := range map[string]struct {
		flags          []string
		same, recorded bool
	}{
		"-s -w":             {[]string{"-trimpath", "-ldflags=-s -w"}, true, false},
		"-s -w -buildid=":   {[]string{"-trimpath", "-ldflags=-s -w -buildid="}, true, false},
		"-buildid=":         {[]string{"-trimpath", "-ldflags=-buildid="}, true, false},
		"none":              {[]string{"-trimpath"}, true, false},
		"recorded":          {[]string{"-ldflags=-s"}, true, true},
		"none, not trimmed": {nil, true, true},
		"a variable":        {[]string{"-trimpath", "-ldflags=-X runtime.buildVersion=other"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "x.wasm")
			cmd := exec.Command("go", append(append([]string{"build", "-buildmode=c-shared", "-buildvcs=false"}, c.flags...), "-o", out, ".")...)
			cmd.Dir, cmd.Env = source, append(os.Environ(), "GOFLAGS=", "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			module, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			file, err := host.Seal(t.Context(), host.Config{}, module)
			if err != nil {
				t.Fatal(err)
			}
			r, err := rebuild(t, file, source)
			if err != nil {
				t.Fatal(err)
			}
			if r.Same() != c.same || r.FlagsRecorded != c.recorded {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestRebuildOtherSeal: the module is what the sources make, and the seal says
// something else of it.
func TestRebuildOtherSeal(t *testing.T) {
	file := hosttest.Sealed(t, "testdata/guests/uploads")
	info, err := plugin.ReadInfo(file)
	if err != nil {
		t.Fatal(err)
	}
	module := file[:bytes.LastIndex(file, []byte("stellaops.doctor.plugin"))]
	module = module[:bytes.LastIndexByte(module, 0)] // the section begins with its id, 0
	info.Version = "9.9.9"
	other, err := plugin.Seal(module, info)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rebuild(t, other, filepath.Join(hosttest.Root(t), "testdata", "guests", "uploads"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Same() || !r.Identical || r.Seal != host.SealDifferent {
		t.Errorf("%+v", r)
	}
}

// TestRebuildForged: what a file says of its making never runs anything. The same
// words are put into a real file.
func TestRebuildForged(t *testing.T) {
	file := hosttest.Sealed(t, "testdata/guests/uploads")
	source := filepath.Join(hosttest.Root(t), "testdata", "guests", "uploads")
	for name, c := range map[string]struct{ old, new, want string }{
		"toolexec":  {"-compiler=gc", "-toolexec=./", `cannot be rebuilt: it was built with "-toolexec" set to "./", which is not repeated`},
		"overlay":   {"-compiler=gc", "-overlay=abc", `cannot be rebuilt: it was built with "-overlay" set to "abc", which is not repeated`},
		"compiler":  {"-compiler=gc", "-compiler=ex", `cannot be rebuilt: it was built with -compiler="ex", and a plugin takes gc`},
		"cgo":       {"CGO_ENABLED=0", "CGO_ENABLED=1", `cannot be rebuilt: it was built with CGO_ENABLED="1", and a plugin takes 0`},
		"twice":     {"-compiler=gc", "-trimpath=ok", `cannot be rebuilt: it was built with "-trimpath" set to "ok", which is not repeated`},
		"unknown":   {"GOOS=wasip1", "GOXX=wasip1", `cannot be rebuilt: it was built with "GOXX" set to "wasip1", which is not repeated`},
		"package":   {"path\tstella-ops.org", "path\t-oabc-op.sorg/", `cannot be rebuilt: it says that it was built from "-oabc-op.sorg//doctor/testdata/guests/uploads", which is no path of a package`},
		"traversal": {"path\tstella-ops.org", "path\t../../../../xx", `cannot be rebuilt: it says that it was built from "../../../../xx/doctor/testdata/guests/uploads", which is no path of a package`},
	} {
		t.Run(name, func(t *testing.T) {
			forged := bytes.ReplaceAll(file, []byte(c.old), []byte(c.new))
			if len(c.old) != len(c.new) || bytes.Equal(forged, file) {
				t.Fatal("nothing was forged")
			}
			_, err := rebuild(t, forged, source)
			var refused *host.RecipeError
			if !errors.As(err, &refused) || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestRebuildEnvironment: the environment of the caller, the settings of the go
// command and a workspace around the sources have no say in what is built, and run nothing.
func TestRebuildEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the canary is a script of a shell")
	}
	dir := sourceTree(t)
	canary := filepath.Join(t.TempDir(), "canary")
	script := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n: >'"+canary+"'\nexec \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(settings, []byte("GOFLAGS=-toolexec="+script+"\nGOTOOLCHAIN=go1.99.9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "..", "go.work"), []byte("go 1.99\nuse ./nowhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := hosttest.Sealed(t, "testdata/guests/uploads")
	for name, environ := range map[string][]string{
		"flags and target":     {"GOFLAGS=-toolexec=" + script, "GOOS=plan9", "GOARCH=386", "GOWASM=satconv"},
		"tags and experiments": {"GOFLAGS=-tags=other -ldflags=-X=main.x=y", "GOROOT=" + t.TempDir(), "GODEBUG=gocacheverify=1", "GOEXPERIMENT=nosuch"},
		"settings and work":    {"GOENV=" + settings, "GOWORK=" + filepath.Join(dir, "..", "go.work")},
	} {
		r, err := rebuild(t, file, dir, environ...)
		if err != nil || !r.Same() {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("the tool of the environment was run")
	}
	// The canary sings where it is let.
	song := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/song\ngo 1.26\n", "song.go": "package song\n\nconst Path = `" + song + "`\n"} {
		if err := os.WriteFile(filepath.Join(song, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-toolexec="+script, ".")
	cmd.Dir, cmd.Env = song, append(os.Environ(), "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(canary); err != nil {
		t.Error("the tool of the environment is not one that runs")
	}
}

// TestRebuildImpossible: what stands in the way is said.
func TestRebuildImpossible(t *testing.T) {
	file := hosttest.Sealed(t, "testdata/guests/uploads")
	root := hosttest.Root(t)
	source := filepath.Join(root, "testdata", "guests", "uploads")
	version := strings.TrimSpace(string(goEnv(t, "GOVERSION")))
	missing := "go1.99.9"
	for len(missing) < len(version) {
		missing += "9"
	}
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "go.mod"), []byte("module example.com/other\ngo 1.26\nrequire stella-ops.org/doctor v0.0.0\nreplace stella-ops.org/doctor => "+root+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file   []byte
		source string
		want   string
	}{
		"toolchain":    {bytes.ReplaceAll(file, []byte(version), []byte(missing)), source, "the toolchain " + missing + ", with which the file was built, is not on this machine"},
		"no directory": {file, filepath.Join(root, "no-such"), "not a directory"},
		"other source": {file, filepath.Join(root, "plugins", "integration"), "it does not hold the package stella-ops.org/doctor/testdata/guests/uploads, from which the file was built"},
		"no module":    {file, t.TempDir(), "it does not hold the package stella-ops.org/doctor/testdata/guests/uploads, from which the file was built"},
		// A module that requires the package would have go build it from elsewhere.
		"dependency": {file, elsewhere, "it does not hold the package stella-ops.org/doctor/testdata/guests/uploads, from which the file was built"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rebuild(t, c.file, c.source)
			var failed *host.BuildError
			if !errors.As(err, &failed) || failed.Hint == "" || !strings.HasPrefix(err.Error(), "building "+c.source+": "+c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	var refusal *plugin.Refusal
	if _, err := host.RebuildGo(t.Context(), host.Config{}, []byte("no module"), source, io.Discard); !errors.As(err, &refusal) {
		t.Errorf("no module: %v", err)
	}
}

func goEnv(t testing.TB, name string) []byte {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRebuildVersionControl: no program of a version control is started in sources
// that somebody else handed over. Their configuration, which lies in them, names
// programs of its own: core.fsmonitor of .git/config, hooks of .hg/hgrc.
func TestRebuildVersionControl(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the canaries are scripts of a shell")
	}
	programs, canary := t.TempDir(), filepath.Join(t.TempDir(), "canary")
	for _, name := range []string{"git", "hg", "svn", "bzr", "fossil"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte("#!/bin/sh\necho \"$0 $*\" >>'"+canary+"'\nexit 1\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := programs + string(os.PathListSeparator) + os.Getenv("PATH")
	t.Setenv("PATH", path)
	dir, file := sourceTree(t), hosttest.Sealed(t, "testdata/guests/uploads")
	for _, mark := range []string{".git", ".hg", ".svn", ".bzr", ".fslckout"} {
		at := filepath.Join(dir, mark)
		if err := os.Mkdir(at, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{dir, filepath.Join(dir, "testdata", "guests", "uploads")} {
			if r, err := rebuild(t, file, source); err != nil || !r.Same() {
				t.Errorf("%s: %v, %+v", mark, err, r)
			}
		}
		if _, err := host.BuildGo(t.Context(), filepath.Join(dir, "testdata", "guests", "uploads"), io.Discard); err != nil {
			t.Errorf("%s: %v", mark, err)
		}
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := os.ReadFile(canary); err == nil {
		t.Errorf("programs were started:\n%s", said)
	}
	// The canaries sing where they are let.
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-find", "-buildvcs=true", "./testdata/guests/uploads")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOOS=wasip1", "GOARCH=wasm")
	out, _ := cmd.CombinedOutput()
	if _, err := os.Stat(canary); err != nil {
		t.Errorf("git is not started by go list: %s", out)
	}
}
