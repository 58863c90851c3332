//go:build !wasip1

package sdktest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// fakeEnv turns this test binary into a stella program that does as told.
const fakeEnv = "SDKTEST_FAKE_STELLA"

func TestMain(m *testing.M) {
	if mode := os.Getenv(fakeEnv); mode != "" {
		os.Exit(fakeStella(mode, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fakeStella builds a file of one word and fails the tests of it in mode fail.
func fakeStella(mode string, args []string) int {
	fmt.Println("fake:", args)
	switch {
	case len(args) == 6 && strings.Join(args[:5], " ") == "doctor plugin build . -o":
		if os.WriteFile(args[5], []byte("module"), 0o600) != nil {
			return 2
		}
		return 0
	case len(args) > 4 && strings.Join(args[:3], " ") == "doctor plugin test":
		if b, err := os.ReadFile(args[3]); err != nil || string(b) != "module" || mode == "fail" {
			return 1
		}
		return 0
	}
	return 2
}

func TestRunWasm(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, program, mode, want string
		failed                    bool
	}{
		{"equal", self, "pass", "", false},
		{"again, from the same build", self, "pass", "", false},
		{"different", self, "fail", "one.txtar two.txtar]", true},
		{"no program", self + ".missing", "pass", "STELLA: ", true},
		{"unset", "", "pass", "NOT TESTED IN WEBASSEMBLY", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(programEnv, c.program)
			t.Setenv(fakeEnv, c.mode)
			log, failed := record(t, func(tb testing.TB) { runWasm(tb, []string{"one.txtar", "two.txtar"}) })
			if failed != c.failed || !strings.Contains(log, c.want) {
				t.Errorf("failed %v, log:\n%s\nwant in it %q", failed, log, c.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	r := wire.Result{Version: 1, Nonce: "n", Check: "c", Severity: wire.Pass, Diagnosis: "It plays."}
	for name, c := range map[string]struct{ want, problem string }{
		"same":          {`{"diagnosis":"It plays.","severity":"pass"}`, ""},
		"other text":    {`{"severity":"pass","diagnosis":"It works."}`, "-   \"diagnosis\": \"It works.\"\n+   \"diagnosis\": \"It plays.\"\n"},
		"more evidence": {`{"severity":"pass","diagnosis":"It plays.","evidence":{"a":1}}`, "-     \"a\": 1\n"},
		"no result":     {"", "there is no result.json; go test -update writes it"},
		"no document":   {"[]", "result"},
	} {
		test := &exchange.Case{Want: []byte(c.want)}
		if c.want == "" {
			test.Want = nil
		}
		problem := compare(test, &r)
		if (problem == "") != (c.problem == "") || !strings.Contains(problem, c.problem) {
			t.Errorf("%s: %q, want %q in it", name, problem, c.problem)
		}
	}
}

func TestReplaceResult(t *testing.T) {
	const head = "Comment.\n\n-- request.json --\n{}\n"
	for name, c := range map[string]struct{ data, want string }{
		"none":           {head, head + "-- result.json --\nNEW\n"},
		"no end of line": {head + "x", head + "x\n-- result.json --\nNEW\n"},
		"last":           {head + "-- result.json --\nold\nold\n", head + "-- result.json --\nNEW\n"},
		"between":        {head + "-- result.json --\nold\n-- http/1 --\nGET\n", head + "-- result.json --\nNEW\n-- http/1 --\nGET\n"},
		"empty":          {head + "-- result.json --\n-- http/1 --\n", head + "-- result.json --\nNEW\n-- http/1 --\n"},
		"no marker":      {"-- result.json\n--  --\n", "-- result.json\n--  --\n-- result.json --\nNEW\n"},
	} {
		if got := string(replaceResult([]byte(c.data), "NEW\n")); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, key string
		want         bool
	}{
		{"A:B", "A:B", true},
		{"A:B", "a:B", false},
		{"A:*:B", "A:0:B", true},
		{"A:*:B", "A:12:B", true},
		{"A:*:B", "A::B", false},
		{"A:*:B", "A:x:B", false},
		{"A:*:B", "A:0:B:C", false},
		{"A:0:B", "A:1:B", false},
	} {
		if got := matches(c.pattern, c.key); got != c.want {
			t.Errorf("matches(%q, %q) is %v", c.pattern, c.key, got)
		}
	}
}
