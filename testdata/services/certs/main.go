// Command certs writes a private certificate authority, server certificates and a
// client's for tests into a directory: ca.pem, and for each certificate NAME.pem with
// NAME.key. Package pki tells what they are; -list prints it.
//
//	certs -dir DIR
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"stella-ops.org/doctor/testdata/services/pki"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("certs", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("dir", "", "`directory` to write to; created when it is missing")
	list := flags.Bool("list", false, "print what would be written and what it is good for")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *list {
		fmt.Fprintf(stdout, "%-14s %s\n", pki.CAFile, "the authority that signed all others")
		for _, c := range pki.Certificates() {
			fmt.Fprintf(stdout, "%-14s %s\n", c.Name, c.What)
		}
		return 0
	}
	if *dir == "" || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "certs: write -dir DIR and nothing else")
		return 2
	}
	if err := pki.Write(*dir, time.Now()); err != nil {
		fmt.Fprintf(stderr, "certs: %v\n", err)
		return 1
	}
	return 0
}
