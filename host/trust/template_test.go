package trust_test

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
)

// TestTemplate: the template can be read as it stands, and so can what its comments
// hold, once keys and certificates stand where it says so.
func TestTemplate(t *testing.T) {
	if _, err := trust.Parse([]byte(trust.Template), "t"); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(trust.Template) {
		line = strings.TrimSuffix(line, "\n")
		if plain, ok := strings.CutPrefix(line, "# "); ok && (strings.HasPrefix(plain, " ") || strings.HasSuffix(plain, ":") && !strings.Contains(plain, " ") || strings.HasPrefix(plain, "revocations: {")) {
			line = plain
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, "\n") + "\n"
	indent := func(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", "\n      ") }
	root := (*authority)(nil).issue("ca root", nil)
	text = replacedBlock(t, text, "PUBLIC KEY", indent(public(newKey("acme"))))
	text = replacedBlock(t, text, "CERTIFICATE", indent(pemText("CERTIFICATE", root.cert.Raw)))
	text = replacedBlock(t, text, "X509 CRL", indent(root.list(1, nil)))
	r, err := trust.Parse([]byte(text), "t")
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	info := r.Info(now)
	if len(info.Keys) != 1 || len(info.Authorities) != 1 || info.Authorities[0].CRLs != 1 || len(info.Rules) != 1 || info.Revocations == nil {
		t.Errorf("%+v", info)
	}
}

// replacedBlock puts a PEM block in the place of the one that stands for it.
func replacedBlock(t *testing.T, text, kind, pem string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, "-----BEGIN "+kind+"-----")
	_, after, ok2 := strings.Cut(rest, "-----END "+kind+"-----")
	if !ok || !ok2 {
		t.Fatalf("the template has no %s", kind)
	}
	return before + pem + after
}
