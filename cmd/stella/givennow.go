package main

import (
	"time"

	"github.com/urfave/cli/v2"
)

// nowFlag takes the time that a document bears, or by which something is decided.
func nowFlag(defaultText, usage string) cli.Flag {
	return &cli.StringFlag{Name: "now", DefaultText: defaultText, Usage: usage}
}

// givenNow is the time of --now; zero when it is not given.
func givenNow(c *cli.Context) (time.Time, error) {
	if !c.IsSet("now") {
		return time.Time{}, nil
	}
	return readTime(c, "now")
}

// readNow is the time of --now, else that of the clock.
func readNow(c *cli.Context) (time.Time, error) {
	if t, err := givenNow(c); err != nil || !t.IsZero() {
		return t, err
	}
	return time.Now().UTC(), nil
}

// changeNow is readNow for a command that changes what is believed or may run. It
// judges as of the time that it is given, which could be one at which a key was not
// yet revoked, so that it never does so in silence.
func changeNow(s *streams, c *cli.Context) (time.Time, error) {
	now, err := readNow(c)
	if err == nil && c.IsSet("now") && !c.Bool("dry-run") {
		warn(s, "the clock was overridden: --now has this judged and dated as of "+rfc3339(now)+"; it is "+rfc3339(time.Now()))
	}
	return now, err
}

// readTime reads a flag that is a day, which begins at 00:00 UTC, or a time of
// RFC 3339, as trust files and locks have them.
func readTime(c *cli.Context, name string) (time.Time, error) {
	text := c.String(name)
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t, err = time.Parse(time.RFC3339, text)
	}
	if t = t.UTC(); err != nil || t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, usagef("", "--%s %q is no date like 2026-12-31 and no time like 2026-12-31T18:00:00Z", name, text)
	}
	return t, nil
}
