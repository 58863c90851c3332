package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// formatFlag is --format of a command, which knows the command's formats.
type formatFlag struct {
	*cli.StringSliceFlag
	formats []string
}

// dashed is a flag as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// docOf is what a flag says of itself; every flag of the library says it.
func docOf(f cli.Flag) cli.DocGenerationFlag {
	d, _ := f.(cli.DocGenerationFlag)
	return d
}

// flagUsage is the sentence of a flag.
func flagUsage(f cli.Flag) string {
	if f == cli.HelpFlag {
		return "show this help"
	}
	return strings.ReplaceAll(docOf(f).GetUsage(), "`", "")
}

// flagValue is the noun for the value of a flag, empty when it takes none.
func flagValue(f cli.Flag) string {
	if !takesValue(f) {
		return ""
	}
	if _, rest, ok := strings.Cut(docOf(f).GetUsage(), "`"); ok {
		if noun, _, ok := strings.Cut(rest, "`"); ok {
			return noun
		}
	}
	return "VALUE"
}

// flagDefault is the value that a flag has when it is not given; empty where
// that says nothing.
func flagDefault(f cli.Flag) string {
	if !takesValue(f) {
		return ""
	}
	return strings.Trim(docOf(f).GetDefaultText(), `"`)
}

// flagSpelling is a flag in all its spellings, short ones first, with the noun
// for its value.
func flagSpelling(f cli.Flag) string {
	var short, long []string
	for _, name := range f.Names() {
		if len(name) == 1 {
			short = append(short, dashed(name))
		} else {
			long = append(long, dashed(name))
		}
	}
	text := strings.Join(append(short, long...), ", ")
	if len(short) == 0 {
		text = "    " + text // below the long ones of the others
	}
	if noun := flagValue(f); noun != "" {
		text += " " + noun
	}
	return text
}

// flagSentence is what a flag does, and what holds without it.
func flagSentence(f cli.Flag) string {
	text := flagUsage(f)
	if d := flagDefault(f); d != "" {
		text += " (default " + d + ")"
	}
	return text
}
