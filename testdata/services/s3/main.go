// Command s3 runs versitygw, an S3-compatible store, on a folder of its own:
//
//	s3 [-program PROGRAM]
//
// The access key is doctor-access and its secret doctor-secret-key. The program
// is s3core, a module of its own below external. Package serve tells of the flags
// and the line that all servers share.
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
			flags.StringVar(&name, "program", "s3core", "`program` to run")
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
			scheme := "http"
			args := []string{"-dir", dir}
			if e.TLSCert != "" {
				scheme, args = "https", append(args, "-tls-cert", e.TLSCert, "-tls-key", e.TLSKey)
			}
			return e.Child(ctx, serve.Child{Scheme: scheme, NoClientCA: true, Command: func(addr string) (*exec.Cmd, error) {
				// A second try finds nothing of the first.
				for _, sub := range []string{"objects", "facts"} {
					if err := os.RemoveAll(filepath.Join(dir, sub)); err != nil {
						return nil, err
					}
				}
				cmd := exec.Command(path, append(args, "-listen", addr)...)
				cmd.Env = []string{"DOCTOR_S3_ACCESS=" + accessKey, "DOCTOR_S3_SECRET=" + secretKey}
				return cmd, nil
			}})
		},
	}
}
