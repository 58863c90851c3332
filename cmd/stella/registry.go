package main

import (
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/oci"
	"stella-ops.org/doctor/host/settings"
)

// registryFlags say how a registry of plugins is reached.
func registryFlags() []cli.Flag {
	return join([]cli.Flag{
		&cli.BoolFlag{Name: "plain-http", Usage: "speak http, not https, to a registry on another machine; credentials are sent in the clear"},
		&cli.StringFlag{Name: "ca-file", Usage: "trust the certificates in `FILE` beside those of the system; over the setting Doctor:Tls:CaFile"},
		&cli.DurationFlag{Name: "timeout", Value: oci.DefaultTimeout, Usage: "give up after `DURATION`"},
		&cli.BoolFlag{Name: "offline", Usage: "connect to nothing, so do nothing; same as STELLA_OFFLINE=true"},
	}, settingsFlags())
}

// offlineCommand says that a command needs the network while the program may not
// use it.
type offlineCommand struct{ what string }

func (e *offlineCommand) Error() string { return e.what + " needs the network and this is offline" }

// registryOptions reads the flags and the settings that say how a registry is
// reached. what needs it.
func registryOptions(s *streams, c *cli.Context, what string) (oci.Options, error) {
	o := oci.Options{PlainHTTP: c.Bool("plain-http"), DockerConfig: dockerConfig(s), Timeout: c.Duration("timeout")}
	offline := c.Bool("offline")
	if !c.IsSet("offline") {
		var err error
		if offline, err = offlineVariable(s); err != nil {
			return o, err
		}
	}
	if offline {
		return o, &offlineCommand{what}
	}
	if o.Timeout < time.Second || o.Timeout > time.Hour {
		return o, usagef("", "--timeout %s is out of range: 1s to 1h", o.Timeout)
	}
	store, err := settings.Load(settings.Options{
		Set: c.StringSlice("set"), SetFile: c.StringSlice("set-file"), Environ: s.environ, Files: c.StringSlice("config"),
	})
	if err != nil {
		return o, err
	}
	text := func(key string) string {
		e, _ := store.Lookup(key)
		return e.Value
	}
	loopback, err := settings.ParseBool(text("Doctor:Access:Loopback"))
	if err != nil {
		return o, usagef("", "setting Doctor:Access:Loopback: %v", err)
	}
	o.Network = oci.Network{
		CAFile: text("Doctor:Tls:CaFile"), Proxy: text("Doctor:Proxy"), AllowLoopback: loopback,
		UserAgent: "stella-doctor/" + version(), Environ: s.environ,
	}
	if file := c.String("ca-file"); file != "" {
		o.Network.CAFile = file
	}
	return o, nil
}

// dockerConfig is the configuration file of Docker; empty when there is no home.
func dockerConfig(s *streams) string {
	dir := s.env("DOCKER_CONFIG")
	if dir == "" {
		home := s.env("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		dir = filepath.Join(home, ".docker")
	}
	return filepath.Join(dir, "config.json")
}

// registryCode is the exit code of what kept a registry from doing its part.
func registryCode(kind oci.Kind) int {
	switch kind {
	case oci.KindNotFound:
		return exitUnknown
	case oci.KindUnreachable:
		return exitTransient
	}
	return exitUsage
}
