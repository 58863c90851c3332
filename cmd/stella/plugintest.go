package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

func pluginTestCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "test",
		Usage:     "run test cases of a plugin inside real WebAssembly",
		ArgsUsage: "FILE CASE…",
		Action: func(c *cli.Context) error {
			args := c.Args().Slice()
			if len(args) < 2 {
				return usagef("usage: stella doctor plugin test FILE.wasm CASE.txtar…", "a plugin file and at least one case are needed")
			}
			return testCases(s, c, args[0], args[1:])
		},
	}
}

// testCases plays each case and prints a line for it; a case that differs makes
// the exit code that of a failed run.
func testCases(s *streams, c *cli.Context, file string, cases []string) error {
	cfg := host.Config{Version: version(), PluginFiles: []string{file}, Environ: s.environ}
	if err := judgeFiles(s, c, &cfg); err != nil {
		return err
	}
	h, err := host.Open(cfg)
	if err != nil {
		return err
	}
	defer h.Close()
	failed := 0
	for _, path := range cases {
		problem, err := testCase(c, h, file, path)
		if err != nil {
			return err
		}
		if problem == "" {
			fmt.Fprintf(s.stdout, "ok    %s\n", path)
			continue
		}
		failed++
		fmt.Fprintf(s.stdout, "FAIL  %s\n%s\n", path, problem)
	}
	if failed > 0 {
		return &codeError{code: exitFail}
	}
	return nil
}

// judgeFiles gives a host of plugin files what says that one of them may not run:
// the list of revocations, and the lock where the trust file wants an entry in it.
func judgeFiles(s *streams, c *cli.Context, cfg *host.Config) error {
	ring, err := readRing(s, c)
	if err != nil {
		return err
	}
	if ring.RequireLock() {
		return addInstalled(s, c, cfg)
	}
	cfg.Ring = ring
	return nil
}

// testCase returns what is wrong with one case of a plugin file, or nothing.
func testCase(c *cli.Context, h *host.Host, file, path string) (string, error) {
	data, err := readCase(path)
	if err != nil {
		return "", usagef("name files, such as testdata/*.txtar", "case %s: %v", path, cause(err))
	}
	test, err := exchange.ParseCase(data)
	if err != nil {
		return "", usagef("", "case %s: %v", path, err)
	}
	if check, err := h.Check(test.Request.Check); err == nil && check.Plugin.Path != file {
		return report.Escape("no such check in the plugin: " + check.Info.ID), nil
	}
	played, err := h.Play(c.Context, test)
	if err != nil {
		if c.Context.Err() != nil {
			return "", err
		}
		return report.Escape(err.Error()), nil
	}
	var problem bytes.Buffer
	for _, u := range played.Unexpected {
		fmt.Fprintf(&problem, "  unexpected host call: %s\n", u)
	}
	for _, e := range played.Unplayed {
		method, address := e.Asked()
		fmt.Fprintf(&problem, "  not requested: %s %s\n", method, address)
	}
	got := canonical(wire.Marshal(&played.Result))
	if want := canonical(test.Want); !bytes.Equal(got, want) {
		fmt.Fprintf(&problem, "  got  %s\n  want %s\n", got, want)
	}
	return escapeLines(problem.String()), nil
}

// maxCaseBytes bounds a case file.
const maxCaseBytes = 4 << 20

func readCase(path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case st.IsDir():
		return nil, errors.New("is a directory")
	case !st.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case st.Size() > maxCaseBytes:
		return nil, fmt.Errorf("has %d bytes, a case has at most %d", st.Size(), maxCaseBytes)
	}
	return os.ReadFile(path)
}

// escapeLines makes text that holds a guest's words safe line by line.
func escapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = report.Escape(l)
	}
	return strings.Join(lines, "\n")
}

// canonical is a result document without what only addresses it to a request,
// its keys sorted.
func canonical(doc []byte) []byte {
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if dec.Decode(&m) != nil {
		return doc
	}
	for _, key := range []string{"version", "nonce", "check"} {
		delete(m, key)
	}
	out, err := json.Marshal(m)
	if err != nil {
		return doc
	}
	return out
}
