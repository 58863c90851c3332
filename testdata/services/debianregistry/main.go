// Command debianregistry runs the docker-registry that Debian packages, an older
// release of the distribution project:
//
//	debianregistry [-htpasswd FILE] [-seed REPOSITORY:TAG]... [-read-only]
//	               [-delete] [-dir DIR] [-program PROGRAM]
//
// Its flags are those of command registry. Package serve tells of the flags and
// the line that all servers share.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"

	"stella-ops.org/doctor/testdata/services/sample"
	"stella-ops.org/doctor/testdata/services/seed"
	"stella-ops.org/doctor/testdata/services/serve"
	"stella-ops.org/doctor/testdata/services/token"
)

func main() { program().Main() }

type options struct {
	htpasswd, dir, program string
	seeds                  []string
	isReadOnly, deletes    bool
}

func program() serve.Program {
	var o options
	return serve.Program{Name: "debianregistry", Flags: o.flags, Serve: o.serve}
}

func (o *options) flags(flags *flag.FlagSet) {
	flags.StringVar(&o.htpasswd, "htpasswd", "", "ask for a user of this htpasswd `file` (bcrypt)")
	flags.StringVar(&o.dir, "dir", "", "keep all in this `directory`, not in one that goes at the end")
	flags.StringVar(&o.program, "program", "docker-registry", "`program` to run")
	flags.BoolVar(&o.isReadOnly, "read-only", false, "refuse every method that writes")
	flags.BoolVar(&o.deletes, "delete", false, "allow deletions of manifests and blobs")
	flags.Func("seed", "hold the sample image as `REPOSITORY:TAG`, may be repeated", func(v string) error {
		o.seeds = append(o.seeds, v)
		_, _, err := sample.Split(v)
		return err
	})
}

func (o *options) serve(ctx context.Context, e *serve.Env) error {
	path, err := exec.LookPath(o.program)
	if err != nil {
		return err
	}
	dir, err := e.Dir()
	if err != nil {
		return err
	}
	if o.dir == "" {
		o.dir = filepath.Join(dir, "data")
	}
	store := filesystem.New(filesystem.DriverParameters{RootDirectory: o.dir, MaxThreads: 100})
	if err := seed.Write(ctx, store, o.seeds); err != nil {
		return err
	}
	scheme := "http"
	if e.TLSCert != "" {
		scheme = "https"
	}
	return e.Child(ctx, serve.Child{Scheme: scheme, Command: func(addr string) (*exec.Cmd, error) {
		config := filepath.Join(dir, "config.yml")
		cmd := exec.Command(path, "serve", config)
		cmd.Env = clean(os.Environ())
		return cmd, o.configure(config, addr, e)
	}})
}

// clean leaves out the variables that would change the configuration.
func clean(env []string) []string {
	var kept []string
	for _, v := range env {
		if !strings.HasPrefix(v, "REGISTRY_") && !strings.HasPrefix(v, "OTEL_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// configure writes the configuration. Every JSON document is a YAML document.
func (o *options) configure(path, addr string, e *serve.Env) error {
	type object = map[string]any
	http := object{"addr": addr, "secret": "one process needs no shared secret"}
	if e.TLSCert != "" {
		tls := object{"certificate": e.TLSCert, "key": e.TLSKey}
		if e.ClientCA != "" {
			tls["clientcas"] = []string{e.ClientCA}
		}
		http["tls"] = tls
	}
	config := object{
		"version": "0.1",
		"log":     object{"level": "error", "accesslog": object{"disabled": true}},
		"http":    http,
		"storage": object{
			"filesystem": object{"rootdirectory": o.dir},
			"delete":     object{"enabled": o.deletes},
			"maintenance": object{
				"uploadpurging": object{"enabled": false},
				"readonly":      object{"enabled": o.isReadOnly},
			},
		},
	}
	if o.htpasswd != "" {
		config["auth"] = object{"htpasswd": object{"realm": token.Service, "path": o.htpasswd}}
	}
	data, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
