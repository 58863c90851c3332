package trust_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/trust"
)

// TestCosign verifies what cosign v2.6.5 wrote. The module testdata/cosign holds
// both programs against each other live.
func TestCosign(t *testing.T) {
	read := func(name string) []byte {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("testdata", "cosign", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	rules := "rules:\n  - {plugins: [\"**\"], predicates: [\"https://example.com/scan/v1\"]}\n"
	for _, key := range []string{"p256", "p384"} {
		text := "schema: " + trust.Schema + "\nkeys:\n  - name: " + key + "\n    plugins: [\"**\"]\n    key: |\n      " + strings.ReplaceAll(string(read(key+".pub")), "\n", "\n      ") + "\n"
		plain := must(trust.Parse([]byte(text), "t"))
		scans := must(trust.Parse([]byte(text+rules), "t"))
		for _, c := range []struct {
			ring         *trust.Ring
			bundle, rule string
		}{
			{plain, ".bare", ""}, {plain, ".ours", ""}, {plain, ".scan", trust.RulePredicateType},
			{scans, ".bare", trust.RulePredicateType}, {scans, ".scan", ""},
		} {
			bundle := read(key + c.bundle + ".sigstore.json")
			if v, err := c.ring.Verify(subject, one(bundle), now); trust.RuleOf(err) != c.rule || err == nil && v.Signers[0].Name != key {
				t.Errorf("%s%s: %v, want %q", key, c.bundle, err, c.rule)
			}
			other := trust.SubjectOf([]byte("another file"), pluginInfo)
			if _, err := c.ring.Verify(other, one(bundle), now); err == nil {
				t.Errorf("%s%s: believed for another file", key, c.bundle)
			}
		}
	}
}
