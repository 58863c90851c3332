package main

import (
	"embed"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The scripts that `completion` prints. They know nothing of the program: they
// hand the words of a command line to [completeCommand], and show what it
// answers.
//
//go:embed shell/stella.bash shell/stella.zsh shell/stella.fish
var completionScripts embed.FS

// shells are those that completion has a script for.
var shells = []string{"bash", "zsh", "fish"}

func completionCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a script that lets a shell complete commands, flags and ids",
		ArgsUsage: strings.Join(shells, "|"),
		Description: "The script asks the program itself, so it need not be printed anew when plugins change.\n" +
			"bash: put `source <(stella doctor completion bash)` into ~/.bashrc.\n" +
			"zsh: write it into a directory of $fpath as _stella, or put `source <(stella doctor completion zsh)` into ~/.zshrc, after compinit.\n" +
			"fish: write it to ~/.config/fish/completions/stella.fish.",
		Action: func(c *cli.Context) error {
			args, err := exactArgs(c, strings.Join(shells, "|"))
			if err != nil {
				return err
			}
			if !slices.Contains(shells, args[0]) {
				return usagef("shells are "+strings.Join(shells, ", "), "unknown shell %q", args[0])
			}
			script, err := completionScripts.ReadFile("shell/stella." + args[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(s.stdout, string(script))
			return stdoutError(err)
		},
	}
}
