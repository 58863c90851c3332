package artifact

import "testing"

func TestSort(t *testing.T) {
	a := Artifact{Plugin: []byte("p"), Attached: []Attachment{
		{Docs, []byte("d")}, {Signature, []byte("b")}, {Signature, []byte("a")}, {SBOM, []byte("s")}, {Signature, []byte("b")},
	}}
	a.Sort()
	var got string
	for _, t := range a.Attached {
		got += string(t.Data)
	}
	// SHA-256 of b begins with 3e, that of a with ca.
	if got != "basd" {
		t.Errorf("%q", got)
	}
	if n := len(a.Of(Signature)); n != 2 {
		t.Errorf("%d signatures", n)
	}
}

func TestKinds(t *testing.T) {
	for _, k := range Kinds() {
		if got, ok := KindOf(k.MediaType()); !ok || got != k || k.Suffix() == "" || k.Max() == 0 {
			t.Errorf("%s is not whole", k)
		}
	}
	if _, ok := KindOf("text/plain"); ok || Kind("x").Max() != 0 || Kind("x").MediaType()+Kind("x").Suffix() != "" {
		t.Error("an unknown kind is known")
	}
}
