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

// readTime reads a flag that is a time of RFC 3339.
func readTime(c *cli.Context, name string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, c.String(name))
	if err != nil || t.IsZero() {
		return t, usagef("a time is written like 2026-01-02T03:04:05Z", "--%s %q is no time of RFC 3339", name, c.String(name))
	}
	return t.UTC(), nil
}
