package readers

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"stella-ops.org/doctor/host/report"
)

// parseMetrics reads a document by one of the grammars of Prometheus' own reader.
func parseMetrics(doc []byte, format expfmt.FormatType) (map[string]*dto.MetricFamily, error) {
	dec := expfmt.NewDecoder(bytes.NewReader(doc), expfmt.NewFormat(format))
	families := map[string]*dto.MetricFamily{}
	for {
		var f dto.MetricFamily
		if err := dec.Decode(&f); errors.Is(err, io.EOF) {
			return families, nil
		} else if err != nil {
			return nil, err
		}
		families[f.GetName()] = &f
	}
}

func TestOpenMetrics(t *testing.T) {
	for name, r := range samples(t) {
		doc := render(t, r, report.WriteOpenMetrics)
		old, err := parseMetrics(doc, expfmt.TypeTextPlain)
		if err != nil {
			t.Errorf("%s: as the textfile collector reads it: %v", name, err)
		}
		for _, res := range r.Results {
			checkMetrics(t, name, old, res)
		}
		if strings.HasPrefix(name, "nasty") || name == "many" {
			continue // the reader by the grammar takes seconds; it has the medley of them
		}
		families, err := parseMetrics(doc, expfmt.TypeOpenMetrics)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, doc)
			continue
		}
		if !bytes.HasSuffix(doc, []byte("\n# EOF\n")) || bytes.Count(doc, []byte("# EOF\n")) != 1 {
			t.Errorf("%s: the end is not where it belongs", name)
		}
		if got := gauge(families, "stella_doctor_exit_code", nil); got != float64(r.Summary.ExitCode) {
			t.Errorf("%s: exit code %v, want %d", name, got, r.Summary.ExitCode)
		}
		if got := gauge(families, "stella_doctor_run_start_timestamp_seconds", nil); got != 1767323045 {
			t.Errorf("%s: started at %v", name, got)
		}
		if got := gauge(families, "stella_doctor_checks", map[string]string{"verdict": "fail"}); got != float64(r.Summary.Fail) {
			t.Errorf("%s: %v failed, want %d", name, got, r.Summary.Fail)
		}
		for _, res := range r.Results {
			checkMetrics(t, name, families, res)
		}
	}
}

// checkMetrics holds the samples of one check against its result.
func checkMetrics(t *testing.T, name string, families map[string]*dto.MetricFamily, res report.Result) {
	t.Helper()
	verdict := "unjudged"
	if res.Severity != nil {
		verdict = string(*res.Severity)
	}
	for _, state := range []string{"pass", "info", "warn", "fail", "skip", "unjudged"} {
		want := 0.0
		if state == verdict {
			want = 1
		}
		if got := gauge(families, "stella_doctor_check_verdict", map[string]string{"check": res.Check, "verdict": state}); got != want {
			t.Errorf("%s: %s is %s: %v, want %v", name, res.Check, state, got, want)
		}
	}
	if got := gauge(families, "stella_doctor_check_duration_seconds", map[string]string{"check": res.Check}); got != float64(res.DurationMS)/1000 {
		t.Errorf("%s: %s took %v s", name, res.Check, got)
	}
	if got := gauge(families, "stella_doctor_check_waived", map[string]string{"check": res.Check}); (got == 1) != (res.Waiver != nil) {
		t.Errorf("%s: %s waived: %v", name, res.Check, got)
	}
	info := sample(families, "stella_doctor_check_info", map[string]string{"check": res.Check})
	if info == nil {
		t.Errorf("%s: %s has no info", name, res.Check)
		return
	}
	if got, want := label(info, "version"), strings.TrimSpace(report.Escape(res.Plugin.Version)); got != want {
		t.Errorf("%s: %s is of version %q, want %q", name, res.Check, got, want)
	}
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// sample finds the one sample with these labels; nil if there is none or more.
func sample(families map[string]*dto.MetricFamily, name string, labels map[string]string) *dto.Metric {
	var found *dto.Metric
	for _, m := range families[name].GetMetric() {
		ok := true
		for l, value := range labels {
			ok = ok && label(m, l) == value
		}
		if ok && found != nil {
			return nil
		} else if ok {
			found = m
		}
	}
	return found
}

// gauge is the value of the one sample with these labels, -1 if there is none.
func gauge(families map[string]*dto.MetricFamily, name string, labels map[string]string) float64 {
	m := sample(families, name, labels)
	if m == nil || m.GetGauge() == nil {
		return -1
	}
	return m.GetGauge().GetValue()
}

// TestOpenMetricsReader holds that the reader refuses what is none.
func TestOpenMetricsReader(t *testing.T) {
	good := render(t, everything(t), report.WriteOpenMetrics)
	for what, doc := range map[string][]byte{
		"no end":       bytes.TrimSuffix(good, []byte("# EOF\n")),
		"a raw quote":  bytes.Replace(good, []byte(`check="check.acme.fail"`), []byte(`check="a"b"`), 1),
		"a bad value":  bytes.Replace(good, []byte("stella_doctor_exit_code 20"), []byte("stella_doctor_exit_code twenty"), 1),
		"another unit": bytes.Replace(good, []byte("# UNIT stella_doctor_run_duration_seconds seconds"), []byte("# UNIT stella_doctor_run_duration_seconds ms"), 1),
	} {
		if _, err := parseMetrics(doc, expfmt.TypeOpenMetrics); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}
