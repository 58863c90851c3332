package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/plugin"
)

func pluginCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:   "plugin",
		Usage:  "build plugins, know them, sign them, install them and carry them",
		Action: noSuchCommand,
		Subcommands: []*cli.Command{
			pluginBuildCommand(s),
			pluginSealCommand(s),
			pluginInspectCommand(s),
			pluginVetCommand(s),
			pluginTestCommand(s),
			pluginSignCommand(s),
			pluginVerifyCommand(s),
			pluginDiffCommand(s),
			pluginRebuildCommand(s),
			pluginInstallCommand(s),
			pluginApproveCommand(s),
			pluginListCommand(s),
			pluginUpgradeCommand(s),
			pluginHoldCommand(s),
			pluginRollbackCommand(s),
			pluginRemoveCommand(s),
			pluginWarmCommand(s),
			pluginPushCommand(s),
			pluginPullCommand(s),
			pluginExportCommand(s),
			pluginImportCommand(s),
		},
	}
}

func outFlag() cli.Flag {
	return &cli.StringFlag{Name: "o", Usage: "write the sealed plugin to `FILE`"}
}

func pluginBuildCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "build",
		Usage:     "build a Go plugin from DIR and seal it",
		ArgsUsage: "DIR",
		Flags:     []cli.Flag{outFlag()},
		Action: func(c *cli.Context) error {
			args, err := exactArgs(c, "DIR")
			if err != nil {
				return err
			}
			dir := args[0]
			out := c.String("o")
			if out == "" {
				abs, err := filepath.Abs(dir)
				if err != nil {
					return err
				}
				out = filepath.Base(abs) + ".wasm"
			}
			if err := checkSealed(out); err != nil {
				return err
			}
			said := compilerWords(s.stderr)
			module, err := host.BuildGo(c.Context, dir, said)
			said.flush()
			if err != nil {
				return err
			}
			return sealTo(c, s, module, out)
		},
	}
}

func pluginSealCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "seal",
		Usage:     "seal a module that was built by other tools",
		ArgsUsage: "FILE",
		Flags:     []cli.Flag{outFlag()},
		Action: func(c *cli.Context) error {
			args, err := exactArgs(c, "FILE")
			if err != nil {
				return err
			}
			out := c.String("o")
			if out == "" {
				out = args[0]
			} else if err := checkSealed(out); err != nil {
				return err
			}
			module, err := host.ReadModule(args[0])
			if err != nil {
				return err
			}
			if err := sealTo(c, s, module, out); err != nil {
				return fmt.Errorf("plugin file %s: %w", args[0], err)
			}
			return nil
		},
	}
}

// checkSealed looks at the place of a sealed plugin before any work is done for it. It
// may take the place of a module, or of a file that holds nothing; not that of a key.
func checkSealed(out string) error {
	st, err := os.Stat(out)
	if err != nil || !st.Mode().IsRegular() || st.Size() == 0 {
		return nil
	}
	f, err := os.Open(out)
	if err != nil {
		return usagef("write to another file with -o FILE", "output file %s: %v", out, cause(err))
	}
	defer f.Close()
	head := make([]byte, 16)
	if n, err := io.ReadFull(f, head); plugin.IsModule(head[:n]) || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return usagef("write to another file with -o FILE, or remove this one first", "output file %s is no WebAssembly module, and would be replaced by one", out)
}

// sealTo seals a module and writes it whole or not at all.
func sealTo(c *cli.Context, s *streams, module []byte, out string) error {
	sealed, err := host.Seal(c.Context, host.Config{Version: version()}, module)
	if err != nil {
		return err
	}
	if err := writeFile(out, sealed, 0o644); err != nil {
		return err
	}
	f, err := plugin.Open(sealed)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "%s  %s %s, %s, %d bytes\n%s\n", out, f.Info.ID, f.Info.Version, plural(len(f.Info.Checks), "check"), len(sealed), f.Digest)
	return nil
}

func pluginWarmCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:  "warm",
		Usage: "compile plugins into the cache: the embedded ones, and where the lock says compiler",
		Flags: []cli.Flag{besideFlag()},
		Action: func(c *cli.Context) error {
			if _, err := exactArgs(c); err != nil {
				return err
			}
			cfg := host.Config{Version: version(), Embedded: embeddedPlugins(), CacheDir: cacheDir(s)}
			if err := addInstalled(s, c, &cfg); err != nil {
				return err
			}
			h, err := host.Open(cfg)
			if err != nil {
				return err
			}
			defer h.Close()
			ids, err := h.Warm(c.Context)
			for _, id := range ids {
				fmt.Fprintf(s.stdout, "%s is warm\n", id)
			}
			if err != nil {
				return usagef("runs work without the cache, only slower", "warming the cache: %v", err)
			}
			if len(ids) == 0 {
				notice(s, noPluginHint)
			}
			return nil
		},
	}
}
