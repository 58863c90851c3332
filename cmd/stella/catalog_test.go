package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// makePlugin writes a plugin file with the description of a JSON document:
// mkplugin INFO.json FILE. Its code answers nothing.
func makePlugin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mkplugin INFO.json FILE")
	}
	var info wire.PluginInfo
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &info))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), sealedModule(&info), 0o644))
}

// makeChecks writes a plugin file with a number of checks: mkchecks AREA COUNT
// FILE.
func makeChecks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mkchecks AREA COUNT FILE")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	info := generated(args[0], count)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), sealedModule(&info), 0o644))
}

// wantIDs compares the checks of the JSON document on the last standard output,
// be it a list, a plan or a report, with its arguments: ids [-count N | ID…].
func wantIDs(ts *testscript.TestScript, neg bool, args []string) {
	type check struct {
		Check string `json:"check"`
	}
	var list []check
	text := []byte(ts.ReadFile("stdout"))
	if err := json.Unmarshal(text, &list); err != nil {
		var doc struct {
			Checks  []check `json:"checks"`
			Results []check `json:"results"`
		}
		ts.Check(json.Unmarshal(text, &doc))
		list = append(doc.Checks, doc.Results...)
	}
	got := []string{}
	for _, c := range list {
		got = append(got, c.Check)
	}
	switch {
	case neg:
		ts.Fatalf("ids cannot be negated")
	case len(args) == 2 && args[0] == "-count":
		if args[1] != strconv.Itoa(len(got)) {
			ts.Fatalf("%d checks, want %s", len(got), args[1])
		}
	case !slices.Equal(got, args):
		ts.Fatalf("checks are %v, want %v", got, args)
	}
}

func sealedModule(info *wire.PluginInfo) []byte {
	return slices.Concat(wasmModule{}.bytes(), sealOf(info))
}

// generated describes a plugin of many checks, each with settings of its own,
// one of them secret. Every hundredth check is tagged quick.
func generated(area string, count int) wire.PluginInfo {
	info := wire.PluginInfo{ABI: wire.Version, ID: "acme." + area, Name: "Many", Version: "1.0.0", Category: "demo"}
	for i := range count {
		url, token := fmt.Sprintf("%s:U%d", area, i), fmt.Sprintf("%s:K%d", area, i)
		tags := []string{"generated"}
		if i%100 == 0 {
			tags = []string{"generated", "quick"}
		}
		info.Checks = append(info.Checks, wire.CheckInfo{
			ID: fmt.Sprintf("check.%s.n%05d", area, i), Name: fmt.Sprintf("Number %d", i), Description: "Does it work?",
			Class: wire.ClassRead, DefaultSeverity: wire.Warn, Tags: tags,
			Settings: []wire.SettingInfo{{Key: url, Type: wire.TypeURL, Lead: true}, {Key: token, Type: wire.TypeString, Secret: true}},
			Access:   []wire.Access{{Kind: wire.KindHTTP, Class: wire.ClassRead, Methods: []string{"GET"}, Target: "{" + url + "}", Secrets: []string{token}, Reason: "ask it"}},
		})
	}
	return info
}

// TestChecksOfOnePlugin finds how many checks one plugin can hold: its seal is
// bounded, and what does not fit is refused with the bound.
func TestChecksOfOnePlugin(t *testing.T) {
	for name, c := range map[string]struct {
		make     func(n int) wire.PluginInfo
		at, most int // the ceiling is between
	}{
		"smallest": {smallest, 2000, 3000},
		"usual":    {func(n int) wire.PluginInfo { return generated("a", n) }, 500, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			refused := func(n int) error {
				info := c.make(n)
				_, err := plugin.Open(sealedModule(&info))
				return err
			}
			low, high := 1, 20_000
			for low+1 < high {
				if n := (low + high) / 2; refused(n) == nil {
					low = n
				} else {
					high = n
				}
			}
			if err := refused(low); err != nil {
				t.Fatalf("%d checks: %v", low, err)
			}
			var r *plugin.Refusal
			if err := refused(low + 1); !errors.As(err, &r) || r.Rule != plugin.RuleSealSize || r.Detail == "" {
				t.Errorf("%d checks: %v", low+1, err)
			}
			if low < c.at || low > c.most {
				t.Errorf("a plugin holds %d checks, want %d to %d", low, c.at, c.most)
			}
			t.Logf("%d checks fit", low)
		})
	}
}

// smallest describes a plugin with n checks of as few bytes as are valid.
func smallest(n int) wire.PluginInfo {
	info := wire.PluginInfo{ABI: wire.Version, ID: "a", Name: "a", Version: "1.0.0", Category: "a"}
	for i := range n {
		info.Checks = append(info.Checks, wire.CheckInfo{ID: fmt.Sprintf("check.a.%05d", i), Name: "a", Description: "a",
			Class: wire.ClassRead, DefaultSeverity: wire.Info})
	}
	return info
}
