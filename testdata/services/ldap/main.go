// Command ldap runs OpenLDAP's slapd, which Debian packages, with an empty
// directory in a folder of its own:
//
//	ldap [-slapd PROGRAM]
//
// With -tls-cert it speaks ldaps. The suffix is dc=example,dc=com; its entry,
// and the administrator cn=admin,dc=example,dc=com with the password
// directory-password, are there. Package serve tells of the flags and the line
// that all servers share.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"stella-ops.org/doctor/testdata/services/serve"
)

// Who may bind.
const (
	suffix   = "dc=example,dc=com"
	admin    = "cn=admin," + suffix
	password = "directory-password"
)

// entries is the directory at the start.
const entries = `dn: ` + suffix + `
objectClass: organization
objectClass: dcObject
o: Example
dc: example
`

func main() { program().Main() }

func program() serve.Program {
	var slapd string
	return serve.Program{
		Name: "ldap",
		Flags: func(flags *flag.FlagSet) {
			flags.StringVar(&slapd, "slapd", "", "`program` to run (default slapd, where the system or Debian has it)")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			path, err := find(slapd)
			if err != nil {
				return err
			}
			dir, err := e.Dir()
			if err != nil {
				return err
			}
			conf := filepath.Join(dir, "slapd.conf")
			if err := prepare(path, conf, dir, e); err != nil {
				return err
			}
			scheme := "ldap"
			if e.TLSCert != "" {
				scheme = "ldaps"
			}
			return e.Child(ctx, serve.Child{Scheme: scheme, Command: func(addr string) (*exec.Cmd, error) {
				// With -d slapd stays in the foreground, at any level.
				return exec.Command(path, "-f", conf, "-h", scheme+"://"+addr+"/", "-d", "0"), nil
			}})
		},
	}
}

// find looks where Debian puts slapd too: users who are not root seldom have it
// in their path.
func find(name string) (string, error) {
	if name != "" {
		return exec.LookPath(name)
	}
	path, err := exec.LookPath("slapd")
	if errors.Is(err, exec.ErrNotFound) {
		return exec.LookPath("/usr/sbin/slapd")
	}
	return path, err
}

// prepare writes the configuration and the first entries.
func prepare(slapd, conf, dir string, e *serve.Env) error {
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	text, err := configuration(dir, data, e)
	if err != nil {
		return err
	}
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return err
	}
	add := exec.Command(slapd, "-T", "add", "-f", conf)
	add.Stdin = strings.NewReader(entries)
	if out, err := add.CombinedOutput(); err != nil {
		return fmt.Errorf("writing the first entries: %w: %s", err, out)
	}
	return nil
}

// configuration needs no module of slapd beyond what is built in.
func configuration(dir, data string, e *serve.Env) (string, error) {
	lines := []string{
		"include /etc/ldap/schema/core.schema",
		"pidfile " + filepath.Join(dir, "slapd.pid"),
		"argsfile " + filepath.Join(dir, "slapd.args"),
	}
	for _, c := range []struct{ name, path string }{
		{"TLSCertificateFile", e.TLSCert},
		{"TLSCertificateKeyFile", e.TLSKey},
		{"TLSCACertificateFile", e.ClientCA},
	} {
		if c.path == "" {
			continue
		}
		path, err := filepath.Abs(c.path)
		if err != nil {
			return "", err
		}
		lines = append(lines, c.name+" "+path)
	}
	if e.ClientCA != "" {
		lines = append(lines, "TLSVerifyClient demand")
	}
	lines = append(lines,
		"database ldif",
		"suffix "+suffix,
		"rootdn "+admin,
		"rootpw "+password,
		"directory "+data,
	)
	return strings.Join(lines, "\n") + "\n", nil
}
