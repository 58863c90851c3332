package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// The help that the library prints repeats every flag with its placeholders and
// sorts nothing; this one is printed in its place.
func init() { cli.HelpPrinter = printHelp }

// printHelp prints the help of the program or of a command. Lines are at most
// helpWidth wide.
func printHelp(w io.Writer, _ string, data any) {
	switch d := data.(type) {
	case *cli.App:
		programHelp(w, d)
	case *cli.Command:
		commandHelp(w, d)
	}
}

const helpWidth = 80

func programHelp(w io.Writer, app *cli.App) {
	fmt.Fprintf(w, "%s: %s\n\nusage:\n", app.Name, app.Usage)
	for _, c := range app.Commands {
		for line := range strings.SplitSeq(usageText(c, app.Name+" "+c.Name), "\n") {
			fmt.Fprintf(w, "  %s\n", line)
		}
		fmt.Fprintf(w, "\n%s %s --help lists the commands.\n", app.Name, c.Name)
	}
}

func commandHelp(w io.Writer, c *cli.Command) {
	fmt.Fprintf(w, "%s: %s\n\nusage:\n", c.HelpName, c.Usage)
	for line := range strings.SplitSeq(usageText(c, c.HelpName), "\n") {
		fmt.Fprintf(w, "  %s\n", line)
	}
	if c.Description != "" {
		fmt.Fprintln(w)
		for paragraph := range strings.SplitSeq(c.Description, "\n") {
			for _, line := range fold(paragraph, helpWidth) {
				fmt.Fprintln(w, line)
			}
		}
	}
	if len(c.Subcommands) > 0 {
		commandsHelp(w, c)
		return
	}
	width := 0
	for _, f := range append(c.Flags, cli.HelpFlag) {
		width = max(width, len(flagSpelling(f)))
	}
	for _, g := range groupFlags(c.Flags) {
		fmt.Fprintf(w, "\n%s:\n", g.title)
		var rows []fact
		for _, f := range g.flags {
			rows = append(rows, fact{flagSpelling(f), flagSentence(f)})
		}
		writeRows(w, width, rows)
	}
	if c.Name == "run" {
		fmt.Fprintln(w, "\nexit codes:")
		var rows []fact
		for _, e := range exitCodes {
			rows = append(rows, fact{fmt.Sprintf("%3d", e.code), strings.ReplaceAll(e.meaning, "`", "")})
		}
		writeRows(w, 3, rows)
	}
}

// commandsHelp lists the commands below c by what they are about. The flags of
// a command that also has commands are those of its default command.
func commandsHelp(w io.Writer, c *cli.Command) {
	width := 0
	for _, sub := range c.Subcommands {
		width = max(width, len(sub.Name))
	}
	for _, g := range groupCommands(c.Subcommands) {
		fmt.Fprintf(w, "\n%s:\n", g.title)
		var rows []fact
		for _, sub := range g.commands {
			rows = append(rows, fact{sub.Name, sub.Usage})
		}
		writeRows(w, width, rows)
	}
	fmt.Fprintln(w)
	if len(c.Flags) > 0 && findCommand(c.Subcommands, "run") != nil {
		fmt.Fprintf(w, "Without a command the checks run: %s run --help lists the flags.\n", c.HelpName)
	}
	fmt.Fprintf(w, "%s <command> --help tells more of a command.\n", c.HelpName)
}

// usageText is how a command is called.
func usageText(c *cli.Command, path string) string {
	if c.UsageText != "" {
		return c.UsageText
	}
	text := path
	if len(c.Subcommands) > 0 {
		text += " <command>"
	}
	if len(ownFlags(c)) > 0 || len(c.Subcommands) > 0 {
		text += " [flags]"
	}
	if len(c.Subcommands) > 0 {
		text += " [arguments]"
	}
	return strings.TrimSpace(text + " " + c.ArgsUsage)
}

// ownFlags are the flags that a command declares: the library adds --help.
func ownFlags(c *cli.Command) []cli.Flag {
	return slices.DeleteFunc(slices.Clone(c.Flags), func(f cli.Flag) bool { return f == cli.HelpFlag })
}

// flagGroup is a part of a command's flags.
type flagGroup struct {
	title string
	flags []cli.Flag
}

// groupFlags sorts flags by the function that declares them, those of this
// command alone between selection and settings, --help last.
func groupFlags(flags []cli.Flag) []flagGroup {
	groups := []flagGroup{{title: "which checks"}, {title: "how"}, {title: "settings"}, {title: "output"}, {title: "more"}}
	declared := []struct {
		group int
		flags []cli.Flag
	}{{0, filterFlags()}, {2, settingsFlags()}, {3, outputFlags("text")}, {3, []cli.Flag{runtimeFlag()}}, {4, logFlags()}, {4, []cli.Flag{cli.HelpFlag}}}
	for _, f := range flags {
		into := 1
		for _, d := range declared {
			if slices.ContainsFunc(d.flags, func(g cli.Flag) bool { return g.Names()[0] == f.Names()[0] }) {
				into = d.group
			}
		}
		groups[into].flags = append(groups[into].flags, f)
	}
	if !slices.Contains(flags, cli.Flag(cli.HelpFlag)) {
		groups[4].flags = append(groups[4].flags, cli.HelpFlag)
	}
	groups = slices.DeleteFunc(groups, func(g flagGroup) bool { return len(g.flags) == 0 })
	if len(groups) <= 2 { // too few for headings to help
		var all []cli.Flag
		for _, g := range groups {
			all = append(all, g.flags...)
		}
		groups = []flagGroup{{"flags", all}}
	}
	return groups
}

// commandGroup is a part of a command's commands.
type commandGroup struct {
	title    string
	commands []*cli.Command
}

// aboutProgram and aboutPlugins are the commands that are not about checks.
var (
	aboutProgram = []string{"limits", "version", "completion", "man"}
	aboutPlugins = []string{"plugin", "trust"}
)

func groupCommands(cmds []*cli.Command) []commandGroup {
	groups := []commandGroup{{title: "commands"}, {title: "plugins"}, {title: "this program"}}
	for _, c := range cmds {
		switch {
		case slices.Contains(aboutPlugins, c.Name):
			groups[1].commands = append(groups[1].commands, c)
		case slices.Contains(aboutProgram, c.Name):
			groups[2].commands = append(groups[2].commands, c)
		case !c.Hidden:
			groups[0].commands = append(groups[0].commands, c)
		}
	}
	return slices.DeleteFunc(groups, func(g commandGroup) bool { return len(g.commands) == 0 })
}

// writeRows writes names, at most width wide, and what is to be said of them, in
// two columns.
func writeRows(w io.Writer, width int, rows []fact) {
	for _, r := range rows {
		name := r.name
		for _, line := range fold(r.text, helpWidth-width-4) {
			fmt.Fprintf(w, "  %-*s  %s\n", width, name, line)
			name = ""
		}
	}
}

// fold breaks text into lines of at most width characters, at blanks.
func fold(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
