package main

import (
	"io"

	"stella-ops.org/doctor/host/report"
)

// reportFormats are the formats of a report, the default first.
var reportFormats = []string{"text", "json"}

// reportWriters are the renderers of one report.
func reportWriters(rep *report.Report, view report.View) map[string]writer {
	return map[string]writer{
		"text": func(w io.Writer) error { return report.WriteText(w, rep, view) },
		"json": func(w io.Writer) error { return report.WriteJSON(w, rep) },
	}
}
