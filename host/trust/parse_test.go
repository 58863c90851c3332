package trust_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/trust"
)

var update = flag.Bool("update", false, "rewrite the expectations")

// TestParseBad reads every file of testdata/bad, whose first line holds the
// error, and wants that error.
func TestParseBad(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, rest, _ := bytes.Cut(data, []byte("\n"))
			ring, got := trust.Parse(data, "t")
			var e *trust.Error
			if ring != nil || !errors.As(got, &e) {
				t.Fatalf("%v", got)
			}
			if *update {
				if err := os.WriteFile(file, fmt.Appendf(nil, "# %v\n%s", got, rest), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if "# "+got.Error() != string(first) {
				t.Errorf("%v, want %s", got, first)
			}
		})
	}
}

// TestParseBytes holds what no file with a comment can show.
func TestParseBytes(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("k%d", i) }
	var keys strings.Builder
	for i := range trust.MaxKeys + 1 {
		keys.WriteString(entry(name(i), newKey(name(i))))
	}
	head := "schema: " + trust.Schema + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"", "trust file t: it is empty"},
		"UTF-16":    {"\xff\xfew\x00", "trust file t: the text is UTF-16; save it as UTF-8"},
		"not UTF-8": {head + "# \xff", "trust file t: line 2: a byte that is not UTF-8 text"},
		"large":     {strings.Repeat("#", trust.MaxFile+1), "trust file t: it is larger than 1 MiB"},
		"keys":      {head + "keys:\n" + keys.String(), "there are more than 256 keys"},
		"least":     {head, ""},
		"byte mark": {"\xef\xbb\xbf" + head, ""},
		"CRLF":      {strings.ReplaceAll(head+"keys:\n"+entry("acme", newKey("acme")), "\n", "\r\n"), ""},
	} {
		_, err := trust.Parse([]byte(c.text), "t")
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInfo(t *testing.T) {
	root := (*authority)(nil).issue("ca root", nil)
	r := ring(t, "require_lock: true\nthreshold: 2\nrevocations: {file: r.json, number: 3}\nrules:\n  - {plugins: [a.b], threshold: 1, predicates: [signature]}\n"+
		anchored(root, "subjects: [x]"),
		entry("acme", newKey("acme"), "publisher: ACME", "not_before: 2026-01-01", "not_after: 2027-01-01"),
		entry("lost", newKey("lost"), "revoked: {reason: it  was lost}"),
		entry("old", newKey("old"), "not_after: 2026-01-01"),
		entry("listed", newKey("listed")))
	if info := r.Info(now); info.Revocations.State != trust.StateMissing || !r.RequireLock() || r.RevocationsFile() != "r.json" {
		t.Errorf("%+v", info)
	}
	listed := must(trust.NewPublicKey(newKey("listed").Public(), nil)).Digest()
	r = must(r.WithRevocations(list(t, 3, day(-1), day(1), `{"key":"`+listed+`","reason":"sold"}`, "")))
	info := r.Info(now)
	if info.Threshold != 2 || len(info.Rules) != 1 || info.Rules[0].Predicates[0] != trust.BareSignature || info.Authorities[0].Certificates[0].State != trust.StateValid {
		t.Errorf("%+v", info)
	}
	var states []string
	for _, k := range info.Keys {
		states = append(states, k.Name+" "+k.State+" "+k.Reason)
	}
	if got := strings.Join(states, ","); got != "acme valid ,lost revoked it was lost,old expired ,listed revoked sold" {
		t.Errorf("states: %s", got)
	}
	if l := info.Revocations; l.Number != 3 || l.State != trust.StateValid || l.Keys != 1 || l.Digests != 0 {
		t.Errorf("%+v", l)
	}
	if state := r.Info(now.AddDate(1, 0, 0)).Revocations.State; state != trust.StateExpired {
		t.Errorf("state %s", state)
	}
	if nothing := (*trust.Ring)(nil); nothing.RequireLock() || nothing.RevocationsFile() != "" || len(nothing.Info(now).Keys) != 0 {
		t.Error("no ring says something")
	}
}

func day(n int) string { return now.AddDate(0, 0, n).Format(time.RFC3339) }

// list is a revocation list with JSON items of keys and digests.
func list(t testing.TB, number int, issued, next, keys, digests string) *trust.Revocations {
	t.Helper()
	l, err := trust.ParseRevocations(listText(number, issued, next, keys, digests), "r.json")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func listText(number int, issued, next, keys, digests string) []byte {
	return fmt.Appendf(nil, `{"schema":"%s","number":%d,"issued":"%s","next_update":"%s","keys":[%s],"digests":[%s]}`, trust.RevocationsSchema, number, issued, next, keys, digests)
}

// TestRevocations holds what a list does to a verification, its absence and its
// age too.
func TestRevocations(t *testing.T) {
	acme := newKey("acme")
	wants := ring(t, "revocations: {file: r.json, number: 3}\n", entry("acme", acme))
	digest := must(trust.NewPublicKey(acme.Public(), nil)).Digest()
	root := (*authority)(nil).issue("ca root", nil)
	leaf := root.issue("signer", nil)
	certificates := ring(t, "revocations: {file: r.json}\n"+anchored(root))
	rootKey := sha256.Sum256(root.cert.RawSubjectPublicKeyInfo)
	for name, c := range map[string]struct {
		ring   *trust.Ring
		list   *trust.Revocations
		bundle []byte
		rule   string
	}{
		"none":                  {wants, nil, sign(t, acme), trust.RuleRevocationsMissing},
		"current":               {wants, list(t, 3, day(-1), day(1), "", ""), sign(t, acme), ""},
		"old":                   {wants, list(t, 3, day(-2), day(0), "", ""), sign(t, acme), trust.RuleRevocationsStale},
		"to come":               {wants, list(t, 3, day(1), day(2), "", ""), sign(t, acme), trust.RuleRevocationsFuture},
		"key":                   {wants, list(t, 3, day(-1), day(1), `{"key":"`+digest+`","reason":"lost"}`, ""), sign(t, acme), trust.RuleRevoked},
		"key since tomorrow":    {wants, list(t, 3, day(-1), day(1), `{"key":"`+digest+`","since":"`+day(1)+`","reason":"sold"}`, ""), sign(t, acme), ""},
		"file":                  {wants, list(t, 3, day(-1), day(1), "", `{"digest":"sha256:`+subject.SHA256+`","reason":"backdoor"}`), sign(t, acme), trust.RuleRevokedFile},
		"key of the authority":  {certificates, list(t, 1, day(-1), day(1), `{"key":"sha256:`+hex.EncodeToString(rootKey[:])+`","reason":"x"}`, ""), certified(t, leaf), trust.RuleRevoked},
		"key of a certificate":  {certificates, list(t, 1, day(-1), day(1), `{"key":"`+must(trust.KeyOf(certified(t, leaf)))+`","reason":"x"}`, ""), certified(t, leaf), trust.RuleRevoked},
		"certificates, current": {certificates, list(t, 1, day(-1), day(1), "", ""), certified(t, leaf), ""},
	} {
		r := c.ring
		if c.list != nil {
			r = must(r.WithRevocations(c.list))
		}
		if _, err := r.Verify(subject, one(c.bundle), now); trust.RuleOf(err) != c.rule || (err == nil) != (c.rule == "") {
			t.Errorf("%s: %v, want %q", name, err, c.rule)
		}
	}
	if _, err := wants.WithRevocations(list(t, 2, day(-1), day(1), "", "")); trust.RuleOf(err) != trust.RuleRevocationsOlder {
		t.Errorf("T35 an older list than the trust file has seen: %v", err)
	}
}

// TestT35 takes new lists, signed and not.
func TestT35(t *testing.T) {
	officer, acme := newKey("officer"), newKey("acme")
	trusting := must(ring(t, "revocations: {file: r.json, number: 3}\n", entry("acme", acme)).WithRevocations(list(t, 5, day(-1), day(1), "", "")))
	strict := ring(t, "", entry("acme", acme), entry("officer", officer, "revocations: true"))
	retired := ring(t, "", entry("officer", officer, "revocations: true", "revoked: {reason: left}"))
	text := func(number int) []byte { return listText(number, day(-1), day(1), "", "") }
	signed := func(key interface{}, number int) [][]byte {
		if key == nil {
			return nil
		}
		return one(must(trust.SignBare(newKey(key.(string)), text(number))))
	}
	statement := one(sign(t, officer))
	for name, c := range map[string]struct {
		ring    *trust.Ring
		text    []byte
		bundles [][]byte
		rule    string
		signer  string
	}{
		"newer, on somebody's word":   {trusting, text(6), nil, "", ""},
		"the same again":              {trusting, listText(5, day(-1), day(1), "", ""), nil, "", ""},
		"another of the same number":  {trusting, listText(5, day(-1), day(2), "", ""), nil, trust.RuleRevocationsOlder, ""},
		"older than the one in place": {trusting, text(4), nil, trust.RuleRevocationsOlder, ""},
		"older than the trust file":   {trusting, text(2), nil, trust.RuleRevocationsOlder, ""},
		"not current any more":        {trusting, listText(6, day(-2), day(-1), "", ""), nil, trust.RuleRevocationsStale, ""},
		"signed":                      {strict, text(1), signed("officer", 1), "", "officer"},
		"not signed":                  {strict, text(1), nil, trust.RuleRevocationsSigner, ""},
		"signed for another list":     {strict, text(1), signed("officer", 2), trust.RuleRevocationsSigner, ""},
		"signed by a publisher":       {strict, text(1), signed("acme", 1), trust.RuleRevocationsSigner, ""},
		"signed by a stranger":        {strict, text(1), signed("stranger", 1), trust.RuleRevocationsSigner, ""},
		"signed by a revoked key":     {retired, text(1), signed("officer", 1), trust.RuleRevocationsSigner, ""},
		"a statement":                 {strict, text(1), statement, trust.RuleRevocationsSigner, ""},
		"garbage and a signature":     {strict, text(1), append([][]byte{nil}, signed("officer", 1)...), "", "officer"},
	} {
		l, signer, err := c.ring.TakeRevocations(c.text, "new.json", c.bundles, now)
		if trust.RuleOf(err) != c.rule || (err == nil) != (c.rule == "") || (l == nil) != (err != nil) || signer != c.signer {
			t.Errorf("%s: %v, signed by %q, want %q", name, err, signer, c.rule)
		}
	}
}

func TestParseRevocationsBad(t *testing.T) {
	good := string(listText(1, day(-1), day(1), "", ""))
	digest := "sha256:" + strings.Repeat("0", 64)
	item := `{"key":"` + digest + `","reason":"x"}`
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "the list: offset 0: the text ends too early"},
		"schema":          {strings.Replace(good, "/v1", "/v2", 1), "its schema is not " + trust.RevocationsSchema},
		"number":          {strings.Replace(good, `"number":1`, `"number":0`, 1), "its number is no whole number from 1 to 9007199254740992"},
		"fraction":        {strings.Replace(good, `"number":1`, `"number":1.5`, 1), "its number is no whole number from 1 to 9007199254740992"},
		"text number":     {strings.Replace(good, `"number":1`, `"number":"1"`, 1), "its number is no whole number from 1 to 9007199254740992"},
		"huge number":     {strings.Replace(good, `"number":1`, `"number":9007199254740993`, 1), "its number is no whole number from 1 to 9007199254740992"},
		"no number":       {strings.Replace(good, `"number":1,`, ``, 1), "its number is no whole number from 1 to 9007199254740992"},
		"unknown field":   {strings.Replace(good, `"number"`, `"Number":1,"number"`, 1), `the list has the unknown field "Number"`},
		"repeated":        {strings.Replace(good, `"number"`, `"number":1,"number"`, 1), "the list: offset 158: key number stands twice in one object"},
		"no next update":  {strings.Replace(good, `"next_update"`, `"next"`, 1), `the list has the unknown field "next"`},
		"never current":   {string(listText(1, day(1), day(1), "", "")), "its next_update is not after issued"},
		"key that is not": {string(listText(1, day(-1), day(1), `{"key":"acme","reason":"x"}`, "")), `key "acme" is not sha256: and 64 lower-case hex digits`},
		"no reason":       {string(listText(1, day(-1), day(1), `{"key":"`+digest+`"}`, "")), "an item of keys has no reason"},
		"blank reason":    {string(listText(1, day(-1), day(1), "", `{"digest":"`+digest+`","reason":" "}`)), "the reason for " + digest + " is empty or longer than 400 bytes"},
		"key twice":       {string(listText(1, day(-1), day(1), item+","+item, "")), "key " + digest + " stands there twice"},
		"many":            {string(listText(1, day(-1), day(1), strings.Repeat(item+",", 10_000)+item, "")), "it has more than 10000 keys"},
		"large":           {strings.Repeat(" ", trust.MaxRevocations+1), "it is larger than 4 MiB"},
	} {
		l, err := trust.ParseRevocations([]byte(c.text), "r")
		if l != nil || err == nil || err.Error() != "revocation list r: "+c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: nothing panics, every error names the file and says something, and
// what is taken can be described.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("schema: " + trust.Schema + "\nkeys:\n" + entry("acme", newKey("acme"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := trust.Parse(data, "t")
		if err != nil {
			var e *trust.Error
			if r != nil || !errors.As(err, &e) || e.File != "t" || e.Problem == "" || e.Line < 0 {
				t.Fatalf("%#v", err)
			}
			return
		}
		info := r.Info(now)
		if info.Threshold < 1 {
			t.Fatalf("threshold %d", info.Threshold)
		}
		for _, k := range info.Keys {
			if k.Name == "" || len(k.Key) != 71 || len(k.Plugins) == 0 && !k.Revocations {
				t.Fatalf("%+v", k)
			}
		}
		if _, err := r.Verify(subject, nil, now); err == nil {
			t.Fatal("no signature was believed")
		}
	})
}

// FuzzVerify: no bundle but the good one is believed, nothing panics, and every
// refusal has a rule and a sentence in ASCII.
func FuzzVerify(f *testing.F) {
	acme := newKey("acme")
	root := (*authority)(nil).issue("ca root", nil)
	r := ring(f, anchored(root), entry("acme", acme))
	for _, a := range attacks(f) {
		for _, b := range a.bundles {
			if len(b) < 64<<10 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := r.Verify(subject, one(data), now)
		if err == nil {
			if len(v.Signers) != 1 || v.Signers[0].Name != "acme" && !strings.HasPrefix(v.Signers[0].Name, "site/") {
				t.Fatalf("%+v", v)
			}
			return
		}
		var refusal *trust.Refusal
		if v != nil || !errors.As(err, &refusal) || refusal.Rule == "" || refusal.Text == "" {
			t.Fatalf("%#v", err)
		}
		for _, c := range refusal.Text {
			if c < ' ' || c > '~' {
				t.Fatalf("%q", refusal.Text)
			}
		}
	})
}

// FuzzRevocations: nothing panics, and what is taken is complete.
func FuzzRevocations(f *testing.F) {
	f.Add(listText(1, day(-1), day(1), `{"key":"sha256:`+strings.Repeat("0", 64)+`","reason":"x"}`, `{"digest":"sha256:`+strings.Repeat("0", 64)+`","reason":"x"}`))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := trust.ParseRevocations(data, "r")
		if err == nil && (l.Number < 1 || !l.Issued.Before(l.NextUpdate)) || err != nil && l != nil {
			t.Fatalf("%+v, %v", l, err)
		}
	})
}

// TestParsePattern: a pattern that no id can match as it was meant is refused.
func TestParsePattern(t *testing.T) {
	for text, good := range map[string]bool{
		"com.acme.**": true, "**": true, "**.acme": true, "com.**.doctor": true, "com.acme.*": true, "com.acme-*": true, "{com.acme.**,com.beta}": true, "com.{**,a}": true,
		"acme.**x": false, "acme**": false, "com.acme.x**.y": false, "{a,b**}": false, "com.***x": false,
	} {
		if _, err := trust.ParsePattern(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
