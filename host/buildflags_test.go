package host

import (
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/inspect"
)

// claim is a report of a file that says how it was built.
func claim(version, path string, settings ...string) *inspect.Report {
	r := &inspect.Report{Toolchain: []inspect.Tool{{Field: "language", Name: "Go", Version: version}}}
	b := inspect.GoBuild{Where: "data", Path: path}
	for _, s := range append([]string{"-buildmode=c-shared", "-compiler=gc", "CGO_ENABLED=0", "GOARCH=wasm", "GOOS=wasip1"}, settings...) {
		key, value, _ := strings.Cut(s, "=")
		b.Settings = append(b.Settings, inspect.BuildSetting{Key: key, Value: value})
	}
	r.GoBuilds = []inspect.GoBuild{b}
	return r
}

// TestHostileRecipes: what a file could name to have something run, read or
// written is refused, by the key or by the form of the value.
func TestHostileRecipes(t *testing.T) {
	const version, path = "go1.26.8", "example.com/acme/plugin"
	hostile := map[string]*inspect.Report{}
	for _, s := range []string{
		"-toolexec=/bin/sh", "-toolexec=", "toolexec=x", "--toolexec=x", "-exec=x", "-overlay=o.json", "-modfile=evil.mod", "-pkgdir=/tmp", "-mod=mod", "-modcacherw=true",
		"-pgo=/etc/passwd", "-a=true", "-x=true", "-work=true", "-C=/etc", "-o=/etc/passwd", "-n=true", "-installsuffix=x", "-race=true", "-cover=true", "-linkshared=true",
		"-gccgoflags=x", "-gcflags=-d=x", "-gcflags=", "-asmflags=-I/etc", "CC=/bin/sh", "CXX=x", "CGO_CFLAGS=-fplugin=x", "CGO_LDFLAGS=x", "AR=x", "PKG_CONFIG=x", "GOFLAGS=-toolexec=x", "GOROOT=/tmp",
		"GOEXPERIMENT=x", "GOAMD64=v3", "GODEBUG=x", "-trimpath=false", "-trimpath=true -toolexec=x",
		"-tags=a -toolexec=x", "-tags=-toolexec=x", "-tags=a,,b", "-tags=", "-tags=a\x00b", "-tags=a\nb", "-tags=../x",
		"GOWASM=satconv,evil", "GOWASM= satconv",
		"-ldflags=-extld=/bin/sh", "-ldflags=-s -w -extld /bin/sh", "-ldflags=-extldflags=-fplugin=x", "-ldflags=-linkmode=external", "-ldflags=-o=/etc/passwd", "-ldflags=-tmpdir=/x", "-ldflags=-cpuprofile=/x",
		"-ldflags=-importcfg=x", "-ldflags=-r=/x", "-ldflags=-I=x", "-ldflags=-B=0x00", "-ldflags=-X", "-ldflags=-X main.x", "-ldflags=-X -extld=x", "-ldflags=-X main.x=$(id)", "-ldflags=-X 'main.x=y z'", "-ldflags=",
		"-ldflags=-s  -w", "-ldflags=-buildid=a b", "-ldflags=-s\t-w", "-ldflags=all=-s",
		"-compiler=gc", "GOOS=linux", "vcsx=git",
	} {
		hostile["setting "+s] = claim(version, path, s)
	}
	for _, v := range []string{"", "local", "path", "auto", "go1.26.8+auto", "go1.26.8+path", "go1.26.8 X:nosuch", "devel go1.27-abc", "go1.26.8-custom", "../go", "go1", "go1.26.8\nGOFLAGS=-toolexec=x", "go1.26.8 ", "-go1.26.8"} {
		hostile["version "+v] = claim(v, path)
	}
	for _, p := range []string{"", ".", "..", "../x", "./x", "/etc", "-toolexec=x", "a/../b", "a//b", "a/", "a b", "a;b", "all", "command-line-arguments", "a@latest", "a/...", "...", "a\nb", "a/-b/.."} {
		if p == "all" {
			continue // a path of one word is no main module's, and go list finds none
		}
		hostile["package "+p] = claim(version, p)
	}
	none := claim(version, path)
	none.GoBuilds = nil
	hostile["no build information"] = none
	decoy := claim(version, path)
	decoy.GoBuilds = append(decoy.GoBuilds, decoy.GoBuilds[0])
	hostile["V03 two build informations"] = decoy
	section := claim(version, path)
	section.GoBuilds[0].Where = `custom "x"`
	hostile["build information in a section"] = section
	bad := claim(version, path)
	bad.GoBuilds[0].Problem = "no"
	hostile["unreadable"] = bad
	short := claim(version, path)
	short.GoBuilds[0].Settings = short.GoBuilds[0].Settings[1:]
	hostile["no build mode"] = short
	for name, r := range hostile {
		if g, err := recipeOf(r); err == nil {
			t.Errorf("%s: would be built with %q %q %q", name, g.Version, g.Package, g.flags)
		}
	}
}

// TestRecipes: what is repeated.
func TestRecipes(t *testing.T) {
	const standard = "-buildmode=c-shared -buildvcs=false -ldflags=-s -w -buildid="
	for _, c := range []struct{ setting, flags, environ string }{
		{"-trimpath=true", "-buildmode=c-shared -buildvcs=false -trimpath -ldflags=-s -w -buildid=", ""},
		{"-tags=a,b_1,go1.26", "-buildmode=c-shared -buildvcs=false -tags=a,b_1,go1.26 -ldflags=-s -w -buildid=", ""},
		{"-ldflags=-s -w", "-buildmode=c-shared -buildvcs=false -ldflags=-s -w", ""},
		{"-ldflags=-X example.com/a/b.Version=1.2.3 -buildid=x/y", "-buildmode=c-shared -buildvcs=false -ldflags=-X example.com/a/b.Version=1.2.3 -buildid=x/y", ""},
		{"GOWASM=satconv,signext", standard, "GOWASM=satconv,signext"},
		{"DefaultGODEBUG=x=1", standard, ""},
		{"vcs.revision=abc", standard, ""},
		{"vcs=git", standard, ""},
	} {
		g, err := recipeOf(claim("go1.26.8", "example.com/acme/plugin", c.setting))
		if err != nil {
			t.Errorf("%s: %v", c.setting, err)
			continue
		}
		if got := strings.Join(g.flags, " "); got != c.flags {
			t.Errorf("%s: flags %s", c.setting, got)
		}
		env := g.goEnviron([]string{"PATH=/bin", "GOFLAGS=-toolexec=x", "GOENV=x", "GOROOT=x", "GOPROXY=x", "GOTOOLCHAIN=x", "GOCACHEPROG=x", "GOAUTH=x", "GIT_SSH_COMMAND=x", "CC=x"}, []string{"GOCACHE=/c"})
		want := "GOFLAGS=-buildvcs=false GOENV=off GOWORK=off GOPROXY=off GOVCS=*:off GO111MODULE=on GOEXPERIMENT= GODEBUG= GOTOOLCHAIN=go1.26.8 PATH=/bin GOCACHE=/c GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0"
		if c.environ != "" {
			want += " " + c.environ
		}
		if got := strings.Join(env, " "); got != want {
			t.Errorf("%s: environment %s", c.setting, got)
		}
	}
	if slices.Contains(passedOn, "GOFLAGS") {
		t.Error("GOFLAGS is passed on")
	}
}
