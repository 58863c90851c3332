package plugin

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"stella-ops.org/doctor/host/plugin/plugintest"
)

func TestScanValid(t *testing.T) {
	m, err := Scan(validDraft().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	got := []int{m.Types, m.Functions, m.Globals, len(m.Imports), len(m.Exports), len(m.Tables), m.Elements, m.ElementItems,
		m.DataSegments, m.MaxLocals, m.TotalLocals, m.MaxNesting, m.MaxComplexity, m.MaxBrTable, m.MemoryGrows, m.TableGrows}
	want := []int{3, 3, 3, 1, 4, 1, 2, 3, 2, 2, 2, 3, 8, 2, 1, 1}
	if !slices.Equal(got, want) {
		t.Errorf("numbers are\n%v, want\n%v", got, want)
	}
	if *m.Memory != (Memory{Min: 2, Max: 16, HasMax: true}) || m.Tables[0] != (Table{Type: FuncRef, Min: 2, Max: 8, HasMax: true}) {
		t.Errorf("memory %+v, tables %+v", *m.Memory, m.Tables)
	}
	features := []string{"bulk-memory", "multi-value", "reference-types", "saturating-conversion", "sign-extension", "simd"}
	if !slices.Equal(m.Features, features) {
		t.Errorf("features are %v", m.Features)
	}
	if last := m.Sections[len(m.Sections)-1]; last.Title() != `custom "producers"` || last.Offset+last.Size != m.Size {
		t.Errorf("last section is %+v of %d bytes", last, m.Size)
	}
	if s := m.Imports[0].Signature(); s != "(i64) -> i64" {
		t.Errorf("import has signature %s", s)
	}
	if s := m.Exports[0].Signature() + m.Exports[1].Signature(); s != "() -> ()" {
		t.Errorf("exports have signatures %s", s)
	}
}

// Every prefix of a sealed file is refused, and of the module inside all but
// those that end between two sections with nothing missing.
func TestW48Prefixes(t *testing.T) {
	data := sealed([]byte("{}"))
	m, err := Scan(data)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int]bool{headerSize: true}
	for _, s := range m.Sections {
		ends[s.Offset+s.Size] = true
	}
	for n := range data {
		if _, err := Scan(data[:n]); err == nil && !ends[n] {
			t.Errorf("the first %d of %d bytes are accepted", n, len(data))
		}
		if _, err := Open(data[:n]); err == nil {
			t.Errorf("the first %d of %d bytes open", n, len(data))
		}
	}
}

// No change of one byte makes the scanner panic, or answer with anything but
// a module or a refusal.
func TestMutations(t *testing.T) {
	data := sealed([]byte("{}"))
	for i := range data {
		kept := data[i]
		for _, v := range []byte{0, 1, 3, opEnd, 0x40, 0x60, 0x7f, 0x80, 0xfc, 0xfd, 0xff, kept + 1, kept - 1, kept ^ 0x40, kept ^ 0x80} {
			data[i] = v
			examine(t, data)
		}
		data[i] = kept
	}
}

func TestMutationsOfGoModule(t *testing.T) {
	data := slices.Clone(goModule(t))
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		i := random.IntN(len(data))
		kept := data[i]
		data[i] = byte(random.Uint32())
		examine(t, data)
		data[i] = kept
		examine(t, data[:i])
	}
}

// examine calls everything that takes bytes and holds the answers to what is
// promised of any input.
func examine(t *testing.T, data []byte) {
	t.Helper()
	m, err := Scan(data)
	if err != nil {
		isRefusal(t, err)
		if _, err := Open(data); err == nil {
			t.Fatalf("Open accepts what Scan refuses")
		}
	} else {
		at := headerSize
		for _, s := range m.Sections {
			if s.Offset <= at || s.Size < 0 || s.Offset-at > 6 {
				t.Fatalf("section %+v does not follow offset %d", s, at)
			}
			at = s.Offset + s.Size
		}
		if at != len(data) || m.Size != len(data) {
			t.Fatalf("sections end at %d of %d", at, len(data))
		}
		if err := m.Check(); err != nil {
			isRefusal(t, err)
		}
		for _, s := range m.Capabilities() {
			isPrintable(t, s)
		}
	}
	info, err := ReadInfo(data)
	if err != nil {
		isRefusal(t, err)
	}
	if f, err := Open(data); err == nil && f.Info.ID != info.ID {
		t.Fatalf("Open and ReadInfo disagree: %q, %q", f.Info.ID, info.ID)
	}
}

func isRefusal(t *testing.T, err error) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) || r.Rule == "" || r.Detail == "" {
		t.Fatalf("error %v is no refusal", err)
	}
	isPrintable(t, r.Detail+r.Hint)
}

func isPrintable(t *testing.T, text string) {
	t.Helper()
	for _, c := range text {
		if c < 0x20 || c > 0x7e {
			t.Fatalf("sentence %q holds %U", text, c)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add(validDraft().Bytes())
	f.Add(sealed([]byte("{}")))
	for _, c := range plugintest.Hostile() {
		if data := c.Data(); len(data) < 1<<12 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { examine(t, data) })
}
