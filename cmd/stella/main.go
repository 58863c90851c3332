// Command stella runs health checks for operators of Stella Ops:
//
//	stella doctor run --check check.integration.oci.registry
//
// The user interface keeps these rules. Standard output carries the chosen
// format and nothing else; progress, notes and logs go to standard error.
// Errors of the tool itself are one line "stella: error: <what>: <cause>",
// lower case and without a full stop, followed by "stella: hint: <what to do>"
// where something can be done. The exit code is a contract (exit.go) and the
// same for every format.
package main

import (
	"os"

	"stella-ops.org/doctor/host"
)

func main() {
	host.WorkerMain()
	os.Exit(realMain())
}

// realMain runs the program on the streams of the process. The engine prints to
// os.Stdout on some failures, so the real standard output is kept in a private
// writer and os.Stdout points at standard error before the engine opens.
func realMain() int {
	lateCollection()
	stdout := os.Stdout
	os.Stdout = os.Stderr
	return run(&streams{stdin: os.Stdin, stdout: stdout, stderr: os.Stderr, environ: os.Environ()}, os.Args)
}
