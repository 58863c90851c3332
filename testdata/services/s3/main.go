// Command s3 runs versitygw, an S3-compatible store, on a folder of its own:
//
//	s3 [-program PROGRAM]
//
// The access key is doctor-access and its secret doctor-secret-key. The program
// is a module of its own below external. Package serve tells of the flags and the
// line that all servers share.
package main

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"

	"stella-ops.org/doctor/testdata/services/serve"
)

// The one account.
const (
	accessKey = "doctor-access"
	secretKey = "doctor-secret-key"
)

func main() { program().Main() }

func program() serve.Program {
	var name string
	return serve.Program{
		Name: "s3",
		Flags: func(flags *flag.FlagSet) {
			flags.StringVar(&name, "program", "versitygw", "`program` to run")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			path, err := serve.Find(name)
			if err != nil {
				return err
			}
			dir, err := e.Dir()
			if err != nil {
				return err
			}
			// What is known of the objects lies beside them: not every file
			// system keeps extended attributes.
			objects, facts := filepath.Join(dir, "objects"), filepath.Join(dir, "facts")
			for _, sub := range []string{objects, facts} {
				if err := os.Mkdir(sub, 0o700); err != nil {
					return err
				}
			}
			scheme := "http"
			args := []string{"--quiet", "--access", accessKey, "--secret", secretKey}
			if e.TLSCert != "" {
				scheme, args = "https", append(args, "--cert", e.TLSCert, "--key", e.TLSKey)
			}
			return e.Child(ctx, serve.Child{Scheme: scheme, NoClientCA: true, Command: func(addr string) (*exec.Cmd, error) {
				cmd := exec.Command(path, append(args, "--port", addr, "posix", "--sidecar", facts, objects)...)
				cmd.Env = []string{} // its variables stand for flags
				return cmd, nil
			}})
		},
	}
}
