package store

import (
	"strings"
	"testing"
)

// TestApprovalOfAnother: an approval that names a plugin or a file counts for no
// other, whoever hands it over.
func TestApprovalOfAnother(t *testing.T) {
	p := newPlace(t)
	a, next := build(t, "com.acme.a", "1.0.0", "GET {Acme:Url}"), build(t, "com.acme.a", "2.0.0", "GET,HEAD {Acme:Url}")
	word := all(a)
	word.Plugin = "com.acme.b"
	_, err := p.open().Install(a, word, options())
	wantRule(t, err, RuleOtherWord)
	word.Plugin, word.Digest = "com.acme.a", next.Digest()
	_, err = p.open().Install(a, word, options())
	wantRule(t, err, RuleOtherWord)
	_, err = p.open().Import([]Arrival{{Artifact: a, Approval: &word}}, options())
	wantRule(t, err, RuleOtherWord)
	word.Digest = a.Digest()
	if _, err = p.open().Install(a, word, options()); err != nil {
		t.Fatal(err)
	}
	_, err = p.open().Upgrade("com.acme.a", next, &word, options())
	wantRule(t, err, RuleOtherWord)
	word.Digest = next.Digest()
	_, err = p.open().Approve("com.acme.a", word, options())
	wantRule(t, err, RuleOtherWord)
	word.Digest = ""
	if _, err = p.open().Upgrade("com.acme.a", next, &word, options()); err != nil {
		t.Error(err)
	}
}

// TestTemplateIsOfItsFile: what is printed to begin with names what it is about.
func TestTemplateIsOfItsFile(t *testing.T) {
	a := build(t, "com.acme.a", "1.0.0", "GET {Acme:Url}")
	ask, err := newPlace(t).open().Examine(a, options())
	if err != nil {
		t.Fatal(err)
	}
	word, err := ParseApproval(ask.Template(), "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if word.Plugin != "com.acme.a" || word.Digest != a.Digest() {
		t.Errorf("it is about %q, %q", word.Plugin, word.Digest)
	}
	again, err := ParseApproval(word.Marshal(), "a.yaml")
	if err != nil || again.Plugin != word.Plugin || again.Digest != word.Digest {
		t.Errorf("%+v, %v", again, err)
	}
	for text, want := range map[string]string{
		"plugin: Acme\n":   "plugin: ",
		"plugin: ''\n":     "plugin is empty",
		"digest: sha256\n": "digest: ",
	} {
		if _, err := ParseApproval([]byte(text), "a.yaml"); err == nil || !strings.HasPrefix(err.Error(), "approval file a.yaml: line 1: "+want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
