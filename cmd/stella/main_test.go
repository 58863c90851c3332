package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
)

var update = flag.Bool("update", false, "rewrite the expectations of the scripts")

// envEmbedded names the file that the program under test takes for its embedded
// plugin. Only this test binary knows it.
const envEmbedded = "STELLA_TEST_EMBEDDED"

// envRoot names the directory that the program under test takes for the root of
// the file system, as far as the files go that a fix edits.
const envRoot = "STELLA_TEST_ROOT"

// envServices names the directory of the real servers that `make services`
// builds.
const envServices = "STELLA_SERVICES"

func TestMain(m *testing.M) {
	host.WorkerMain()
	testscript.Main(m, map[string]func(){
		"stella": func() {
			if path := os.Getenv(envEmbedded); path != "" {
				data, err := os.ReadFile(path)
				if err != nil {
					panic(err)
				}
				embeddedPlugins = func() [][]byte { return [][]byte{data} }
			} else {
				embeddedPlugins = func() [][]byte { return nil }
			}
			if root := os.Getenv(envRoot); root != "" {
				systemRoot = root
			}
			os.Exit(realMain())
		},
		"serve":   serveMain,
		"jsonget": jsongetMain,
	})
}

func TestScripts(t *testing.T) {
	root := hosttest.Root(t)
	sealed := hosttest.SealedFile(t, "plugins/integration")
	hostile := hosttest.SealedFile(t, "testdata/guests/hostile")
	uploads := hosttest.SealedFile(t, "testdata/guests/uploads")
	chain := hosttest.SealedFile(t, "testdata/guests/chain")
	asking := hosttest.SealedFile(t, "sdk/testdata/asking")
	upgraded := hosttest.SealedFile(t, "sdk/testdata/upgraded")
	dir, files := filepath.Join(root, "testdata", "script"), []string(nil)
	if hosttest.UnderRace {
		dir, files = "", concurrentScripts(dir)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Files:               files,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy", "STELLA_OFFLINE", "DOTNET_ENVIRONMENT", "NO_COLOR", "KUBERNETES_SERVICE_HOST", "LC_ALL", "LC_CTYPE"} {
				env.Setenv(name, "")
			}
			env.Setenv(envEmbedded, sealed)
			env.Setenv("INTEGRATION", sealed)
			env.Setenv("HOSTILE", hostile)
			env.Setenv("UPLOADS", uploads)
			env.Setenv("CHAIN", chain)
			env.Setenv("ASKING", asking)
			env.Setenv("UPGRADED", upgraded)
			env.Setenv("ROOT", root)
			env.Setenv("UNSHARE", "unshare "+strings.Join(unshareFlags(), " "))
			env.Setenv(envServices, os.Getenv(envServices))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("GOCACHE", goEnv("GOCACHE"))
			env.Setenv("GOMODCACHE", goEnv("GOMODCACHE"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "services":
				return os.Getenv(envServices) != "", nil
			case "root":
				return os.Geteuid() == 0, nil
			case "tty":
				_, err := exec.LookPath("script")
				return runtime.GOOS == "linux" && err == nil, nil
			case "netns":
				return canUnshare(), nil
			case "debian":
				_, err := exec.LookPath("docker-registry")
				return err == nil, nil
			}
			if name, ok := strings.CutPrefix(cond, "service:"); ok {
				return haveService(name), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"waitfile":  waitFile,
			"exits":     exits,
			"freeport":  freePort,
			"mkmodule":  makeModule,
			"mkconfig":  makeConfig,
			"mkplugin":  makePlugin,
			"mkbundles": makeBundles,
			"mkchecks":  makeChecks,
			"ids":       wantIDs,
			"services":  services,
			"mkguest": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 2 {
					ts.Fatalf("usage: mkguest NAME FILE")
				}
				data, err := hosttest.BuildSealed("testdata/guests/" + args[0])
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
			},
		},
	})
}

// concurrentScripts are the scripts in which the program does several things at
// once. The race detector makes every run many times slower and finds nothing in
// the others that it does not find in these.
func concurrentScripts(dir string) []string {
	var files []string
	for _, name := range []string{"formats-live", "hostile", "interrupt", "interrupt-upload", "record", "run-pass-and-fail", "terminal", "wait-for"} {
		files = append(files, filepath.Join(dir, name+".txtar"))
	}
	return files
}
