package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/sdk/wire"
)

// runtimeAll is the value of --runtime that shows the steps of every runtime.
const runtimeAll = "all"

// runtimeNames are the values of --runtime.
func runtimeNames() []string {
	return []string{wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes, runtimeAll}
}

// runtimeFlag says for which runtime steps are shown to people. A document for
// machines holds them all.
func runtimeFlag() cli.Flag {
	return &cli.StringFlag{Name: "runtime", DefaultText: "the one found here, else all",
		Usage: "show the steps for `RUNTIME`: " + strings.Join(runtimeNames(), ", ")}
}

// chosenRuntime is the runtime whose steps are shown, and how it was found;
// empty shows all of them.
func chosenRuntime(s *streams, c *cli.Context) (name, source string, err error) {
	switch name = c.String("runtime"); name {
	case "":
		name, source = detectRuntime(s, systemRoot)
		return name, source, nil
	case runtimeAll:
		return "", "", nil
	case wire.RuntimeCompose, wire.RuntimeSystemd, wire.RuntimeKubernetes:
		return name, "", nil
	}
	return "", "", usagef("runtimes are "+strings.Join(runtimeNames(), ", "), "unknown runtime %q", name)
}

// composeFiles are the names under which Docker Compose looks for its file.
var composeFiles = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

// detectRuntime looks for the traces of the runtime that Stella Ops runs on,
// the most telling first: inside a pod, in the folder of a compose file, on a
// host with the configuration of the systemd units. That this is a container
// says nothing: jobs of a CI run in one wherever Stella Ops runs. root is the
// root of the file system.
func detectRuntime(s *streams, root string) (name, source string) {
	exists := func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	}
	if s.env("KUBERNETES_SERVICE_HOST") != "" {
		return wire.RuntimeKubernetes, "this is a pod"
	}
	for _, f := range composeFiles {
		if exists(f) {
			return wire.RuntimeCompose, f + " is here"
		}
	}
	for _, f := range []string{"appsettings.Production.json", "appsettings.json"} {
		path := filepath.Join(root, "etc", "stellaops", f)
		if exists(path) && exists(filepath.Join(root, "run", "systemd", "system")) {
			return wire.RuntimeSystemd, "/etc/stellaops/" + f + " is here"
		}
	}
	return "", ""
}
