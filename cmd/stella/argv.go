package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
)

// reorder rewrites argv so that flags may stand anywhere: before or after
// arguments, before or after the verb. It walks argv with the declared flag
// tables, finds the command, and puts its flags before its arguments. "--" ends
// the flags. A flag that the command does not have is a usage error, never
// dropped.
func reorder(app *cli.App, argv []string) ([]string, error) {
	var (
		path  = []string{}
		cmds  = app.Commands
		cmd   *cli.Command
		flags []flagUse
		args  []string
	)
	table := allFlags(app)
	rest := argv[1:]
	for len(rest) > 0 {
		tok := rest[0]
		rest = rest[1:]
		if tok == "--" {
			args = append(args, rest...)
			break
		}
		if strings.HasPrefix(tok, "-") && tok != "-" {
			use := flagUse{text: []string{tok}}
			use.name, _, use.inline = strings.Cut(strings.TrimLeft(tok, "-"), "=")
			f, known := table[use.name]
			if !known {
				return nil, unknownFlag(app, append([]string{app.Name}, path...), cmd, tok)
			}
			// The library takes one spelling of a flag only.
			use.text[0] = dashed(f.Names()[0]) + strings.TrimPrefix(strings.TrimLeft(tok, "-"), use.name)
			if takesValue(f) && !use.inline {
				if len(rest) == 0 {
					return nil, usagef("", "flag %s needs a value", flagText(tok))
				}
				use.text = append(use.text, rest[0])
				rest = rest[1:]
			}
			// An unset variable of a script must not become a filter that takes nothing.
			if takesValue(f) && (use.text[len(use.text)-1] == "" || use.inline && strings.HasSuffix(tok, "=") && strings.Count(tok, "=") == 1) {
				return nil, usagef("is a variable of the script unset?", "the value of flag %s is empty", flagText(tok))
			}
			flags = append(flags, use)
			continue
		}
		if next := findCommand(cmds, tok); next != nil && len(args) == 0 {
			cmd, cmds = next, next.Subcommands
			path = append(path, tok)
			continue
		}
		args = append(args, tok)
	}
	out := append([]string{argv[0]}, path...)
	for n, use := range flags {
		f := flagOf(app, cmd, use.name)
		if f == nil {
			where := strings.Join(append([]string{app.Name}, path...), " ")
			return nil, usagef(where+" --help lists the flags", "flag %s does not apply to %s", flagText(use.text[0]), where)
		}
		if _, many := f.(cli.DocGenerationSliceFlag); takesValue(f) && !many && slices.ContainsFunc(flags[:n], func(u flagUse) bool { return slices.Contains(f.Names(), u.name) }) {
			return nil, usagef("it takes one value only", "flag %s stands there twice", flagText(use.text[0]))
		}
		out = append(out, use.text...)
	}
	if len(args) > 0 {
		out = append(append(out, "--"), args...)
	}
	return out, nil
}

// unknownFlag says what was meant, or where the flags are listed.
func unknownFlag(app *cli.App, path []string, cmd *cli.Command, tok string) error {
	flags := runFlags()
	if cmd != nil && len(cmd.Flags) > 0 {
		flags = cmd.Flags
	} else {
		path = []string{app.Name, "doctor", "run"}
	}
	var names []string
	for _, f := range flags {
		for _, name := range f.Names() {
			if len(name) > 1 {
				names = append(names, dashed(name))
			}
		}
	}
	if near := host.Nearest(flagText(tok), names); len(near) > 0 {
		return usagef("did you mean "+strings.Join(near, " or ")+"?", "unknown flag %s", flagText(tok))
	}
	return usagef(strings.Join(path, " ")+" --help lists the flags", "unknown flag %s", flagText(tok))
}

type flagUse struct {
	name   string
	text   []string // as typed, with its value
	inline bool     // --name=value
}

// flagText is a flag without its value, which may be a secret.
func flagText(tok string) string {
	name, _, _ := strings.Cut(tok, "=")
	return name
}

func findCommand(cmds []*cli.Command, name string) *cli.Command {
	i := slices.IndexFunc(cmds, func(c *cli.Command) bool { return c.HasName(name) })
	if i < 0 {
		return nil
	}
	return cmds[i]
}

func takesValue(f cli.Flag) bool {
	_, isBool := f.(*cli.BoolFlag)
	return !isBool
}

// allFlags maps the names of every flag of every command. One name takes a value
// everywhere or nowhere; a test holds that. How many values it takes is for the
// command to say.
func allFlags(app *cli.App) map[string]cli.Flag {
	table := map[string]cli.Flag{}
	var add func(flags []cli.Flag, cmds []*cli.Command)
	add = func(flags []cli.Flag, cmds []*cli.Command) {
		for _, f := range flags {
			for _, name := range f.Names() {
				table[name] = f
			}
		}
		for _, c := range cmds {
			add(c.Flags, c.Subcommands)
		}
	}
	add(append(slices.Clone(app.Flags), cli.HelpFlag), app.Commands)
	return table
}

// flagOf is the flag of a command; nil when it has none of that name.
func flagOf(app *cli.App, cmd *cli.Command, name string) cli.Flag {
	flags := app.Flags
	if cmd != nil {
		flags = cmd.Flags
	}
	for _, f := range append(slices.Clone(flags), cli.HelpFlag) {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}
