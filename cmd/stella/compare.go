package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

func compareCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "tell what changed between two reports: what is new, fixed, worse, better or has another cause",
		ArgsUsage: "OLD.json NEW.json",
		Description: "Each of the two is a JSON report, and one of them may be -, standard input. The exit code is that of a run that found " +
			"the new, worse and newly unjudged problems alone; what was there before does not raise it.",
		Flags: join(outputFlags("text", "markdown", "json"), []cli.Flag{
			&cli.StringFlag{Name: "fail-on", Value: "fail", Usage: "with `warn`, new warnings fail the exit code too"},
		}),
		Action: document(s, []string{"text", "markdown"}, func(c *cli.Context) (page, error) { return compare(s, c) }),
	}
}

func compare(s *streams, c *cli.Context) (page, error) {
	args, err := exactArgs(c, "OLD.json", "NEW.json")
	if err != nil {
		return page{}, err
	}
	failOn := wire.Severity(c.String("fail-on"))
	if err := checkFailOn(failOn); err != nil {
		return page{}, err
	}
	if args[0] == "-" && args[1] == "-" {
		return page{}, usagef("name a file for one of them", "standard input cannot be both reports")
	}
	before, err := readReport(s, c, args[0])
	if err != nil {
		return page{}, err
	}
	after, err := readReport(s, c, args[1])
	if err != nil {
		return page{}, err
	}
	doc := report.Compare(before, after, failOn)
	return page{value: doc, code: doc.Summary.ExitCode, forms: map[string]writer{
		"text":     func(w io.Writer) error { return report.WriteComparisonText(w, doc) },
		"markdown": func(w io.Writer) error { return report.WriteComparisonMarkdown(w, doc) },
	}}, nil
}
