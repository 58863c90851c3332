package main

import (
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// stateDir is where plugins, the lock and the trust file are kept: $STELLA_HOME,
// else below the data directory of the user. Empty when there is no home; then
// nothing can be installed, and what is embedded runs all the same.
func stateDir(s *streams) string {
	if home := s.env("STELLA_HOME"); home != "" {
		if !filepath.IsAbs(home) { // see checkHome
			return ""
		}
		return filepath.Clean(home)
	}
	base := s.env("XDG_DATA_HOME")
	if !filepath.IsAbs(base) {
		home := s.env("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "stella", "doctor")
}

// checkHome refuses a STELLA_HOME that means another place in every directory.
// Whoever sets it wants its plugins and its trust file, and no others.
func checkHome(s *streams) error {
	if home := s.env("STELLA_HOME"); home != "" && !filepath.IsAbs(home) {
		return usagef("write the whole path, such as STELLA_HOME=$PWD/"+filepath.ToSlash(filepath.Clean(home)), "STELLA_HOME is %q, which is no whole path", home)
	}
	return nil
}

// atHome lets commands begin only where STELLA_HOME can be used; their help needs no
// home.
func atHome(s *streams, cmds []*cli.Command) {
	for _, c := range cmds {
		if do := c.Action; do != nil {
			c.Action = func(c *cli.Context) error {
				if err := checkHome(s); err != nil {
					return err
				}
				return do(c)
			}
		}
		atHome(s, c.Subcommands)
	}
}
