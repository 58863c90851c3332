package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// reportFormats are the formats of a report, the default first.
var reportFormats = []string{"text", "table", "json", "ndjson", "markdown", "junit", "sarif", "openmetrics", "nagios", "html"}

// reportWriters are the renderers of one report.
func reportWriters(rep *report.Report, view report.View) map[string]writer {
	people := func(write func(io.Writer, *report.Report, report.View) error) writer {
		return func(w io.Writer) error { return write(w, rep, view) }
	}
	machines := func(write func(io.Writer, *report.Report) error) writer {
		return func(w io.Writer) error { return write(w, rep) }
	}
	return map[string]writer{
		"text":        people(report.WriteText),
		"table":       people(report.WriteTable),
		"json":        machines(report.WriteJSON),
		"ndjson":      machines(report.WriteNDJSON),
		"markdown":    people(report.WriteMarkdown),
		"junit":       machines(report.WriteJUnit),
		"sarif":       machines(report.WriteSARIF),
		"openmetrics": machines(report.WriteOpenMetrics),
		"nagios":      machines(report.WriteNagios),
		"html":        people(report.WriteHTML),
	}
}

// viewFlags say how a report is shown to people.
func viewFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "severity", Aliases: []string{"s"}, Usage: "show only results of these severities, a comma `LIST`; the exit code ignores it"},
		&cli.BoolFlag{Name: "no-remediation", Usage: "leave the remediation out"},
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "show all evidence and requests"},
		runtimeFlag(),
		colorFlag(),
	}
}

func colorFlag() cli.Flag {
	return &cli.StringFlag{Name: "color", Value: "auto", Usage: "colour the text: `WHEN` is auto, always or never"}
}

// shown is how one command shows a report.
type shown struct {
	out        *output
	severities []wire.Severity
	noRemedy   bool
	term       terminal
	view       report.View // of files; standard output adds what its terminal can do
	stream     *live       // what was written as the run went; nil for nothing
}

// newShown reads the flags before any work is done.
func newShown(s *streams, c *cli.Context) (*shown, error) {
	out, err := newOutput(s, c, reportFormats)
	if err != nil {
		return nil, err
	}
	sh := &shown{out: out, noRemedy: c.Bool("no-remediation"), view: report.View{Verbose: c.Bool("verbose")}}
	if sh.severities, err = parseSeverities(c.String("severity")); err != nil {
		return nil, err
	}
	if sh.term, err = newTerminal(s, c, s.stdout); err != nil {
		return nil, err
	}
	sh.view.Runtime, sh.view.RuntimeSource, err = chosenRuntime(s, c)
	return sh, err
}

// write delivers a report in every format that was asked for, and returns the
// exit code that it comes to as an error.
func (sh *shown) write(rep *report.Report) error { return sh.writeWith(rep, nil) }

// writeWith is write with other renderers for some formats: change is given
// those of rep as it is shown.
func (sh *shown) writeWith(rep *report.Report, change func(writers map[string]writer)) error {
	selected := sh.selected(rep)
	err := sh.out.write(func(onStdout bool) map[string]writer {
		view := sh.view
		if onStdout {
			view.Width, view.Color, view.ASCII = sh.term.width(), sh.term.color, sh.term.ascii
		}
		writers := reportWriters(selected, view)
		if change != nil {
			change(writers)
		}
		return writers
	})
	if ended := sh.stream.end(rep); err == nil {
		err = ended
	}
	if err != nil {
		return err
	}
	if rep.Summary.ExitCode != exitOK {
		return &codeError{code: rep.Summary.ExitCode}
	}
	return nil
}

// selected is the part of a report that is shown.
func (sh *shown) selected(rep *report.Report) *report.Report {
	return rep.Select(sh.severities, sh.noRemedy)
}
