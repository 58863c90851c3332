package main

import (
	"go/build"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
)

func TestPlugin(t *testing.T) {
	sdktest.Validate(t, plugin)
	dirs, err := filepath.Glob("testdata/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, dir := range dirs {
		if filepath.Base(dir) == "fuzz" {
			continue // what fuzzing found
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			sdktest.Run(t, plugin, dir)
		})
	}
}

// pluginInfo describes the plugin once: sweeps and tables take thousands of runs.
var pluginInfo = sync.OnceValue(plugin.Info)

// described returns what is sealed of a check.
func described(t testing.TB, id string) wire.CheckInfo {
	t.Helper()
	for _, c := range pluginInfo().Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s", id)
	return wire.CheckInfo{}
}

// TestImports: the plugin imports nothing that makes a module large.
func TestImports(t *testing.T) {
	guest := build.Default
	guest.GOOS, guest.GOARCH, guest.CgoEnabled = "wasip1", "wasm", false
	p, err := guest.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"slices", "stella-ops.org/doctor/sdk", "stella-ops.org/doctor/sdk/wire", "strconv", "strings"}
	for _, path := range p.Imports {
		if !slices.Contains(allowed, path) {
			t.Errorf("the guest imports %s", path)
		}
	}
}

// TestPluginIdentity holds what operators and other files refer to.
func TestPluginIdentity(t *testing.T) {
	info := plugin.Info()
	if info.ID != "stellaops.doctor.integration" || info.Category != "integration" {
		t.Errorf("%s in %s", info.ID, info.Category)
	}
	c := described(t, "check.integration.oci.registry")
	if c.DefaultSeverity != "warn" || c.Class != "read" || c.EstimateMS != 5000 || len(c.DependsOn) != 0 || len(c.Related) != 5 {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.Tags, []string{"connectivity", "oci", "registry"}) {
		t.Errorf("tags %v", c.Tags)
	}
	a, s := c.Access[0], c.Settings[0]
	if len(c.Access) != 1 || a.Target != "{OCI:RegistryUrl}" || a.Trim != "/v2" || a.Path != "/v2/" || !slices.Equal(a.Methods, []string{"GET"}) || a.Redirects != "" || len(a.Secrets) != 0 {
		t.Errorf("access %+v", c.Access)
	}
	if len(c.Settings) != 1 || s.Key != "OCI:RegistryUrl" || !slices.Equal(s.Aliases, []string{"Registry:Url"}) || s.Type != "url" || !s.Required || !s.Lead {
		t.Errorf("settings %+v", c.Settings)
	}
}
