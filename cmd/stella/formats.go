package main

import (
	"io"

	"stella-ops.org/doctor/host/report"
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
