package main

import "path/filepath"

// stateDir is where plugins, the lock and the trust file are kept: $STELLA_HOME,
// else below the data directory of the user. Empty when there is no home; then
// nothing can be installed, and what is embedded runs all the same.
func stateDir(s *streams) string {
	if home := s.env("STELLA_HOME"); filepath.IsAbs(home) {
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
