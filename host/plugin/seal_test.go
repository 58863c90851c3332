package plugin

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/plugin/plugintest"
	"stella-ops.org/doctor/sdk/wire"
)

func TestSealRoundTrip(t *testing.T) {
	for name, module := range map[string][]byte{"small": validDraft().Bytes(), "go": goModule(t)} {
		kept := slices.Clone(module)
		file, err := Seal(module, sampleInfo())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(module, kept) || !bytes.HasPrefix(file, module) {
			t.Errorf("%s: sealing changed the module", name)
		}
		again, err := Seal(module, sampleInfo())
		if err != nil || !bytes.Equal(file, again) {
			t.Errorf("%s: sealing twice gives other bytes (%v)", name, err)
		}
		f, err := Open(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(f.Info, sampleInfo()) {
			t.Errorf("%s: info reads back as %+v", name, f.Info)
		}
		if f.Digest != Digest(file) || f.Digest == Digest(module) || f.Module.Size != len(file) {
			t.Errorf("%s: digest %s, size %d", name, f.Digest, f.Module.Size)
		}
		info, err := ReadInfo(file)
		if err != nil || !reflect.DeepEqual(info, f.Info) {
			t.Errorf("%s: ReadInfo gives %+v, %v", name, info, err)
		}
		if !slices.Equal(f.Capabilities(), f.Module.Capabilities()) {
			t.Errorf("%s: file and module differ in what they can do", name)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	good, err := Seal(validDraft().Bytes(), sampleInfo())
	if err != nil {
		t.Fatal(err)
	}
	nearlyFull := join(validDraft().Bytes(), bytes.Repeat(custom("x"), MaxCustomSections-2))
	info := func(change func(*wire.PluginInfo)) wire.PluginInfo {
		i := sampleInfo()
		change(&i)
		return i
	}
	for _, c := range []struct {
		name   string
		module []byte
		info   wire.PluginInfo
		rule   string
	}{
		{"sealed already", good, sampleInfo(), RuleSealPresent},
		{"broken seal in the middle", join(sealed([]byte("x")), custom("later")), sampleInfo(), RuleSealPresent},
		{"no module", []byte("hello"), sampleInfo(), RuleNotWasm},
		{"module without exports", file(), sampleInfo(), RuleExportMissing},
		{"description without an id", validDraft().Bytes(), info(func(i *wire.PluginInfo) { i.ID = "" }), RuleSealContent},
		{"newer contract", validDraft().Bytes(), info(func(i *wire.PluginInfo) { i.ABI = wire.Version + 1 }), RuleABINewer},
		{"empty description", validDraft().Bytes(), wire.PluginInfo{}, RuleSealContent},
		{"no room for one more section", nearlyFull, sampleInfo(), RuleCustom},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			out, err := Seal(c.module, c.info)
			if RuleOf(err) != c.rule || out != nil {
				t.Errorf("got %d bytes and %v, want rule %s", len(out), err, c.rule)
			}
		})
	}
}

func TestOpenUnsealed(t *testing.T) {
	if _, err := OpenUnsealed(validDraft().Bytes()); err != nil {
		t.Error(err)
	}
	_, err := OpenUnsealed(sealed([]byte("{}")))
	const want = "refused (seal-present): the module is sealed already"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A section whose name only resembles the seal's is not the seal.
func TestSealName(t *testing.T) {
	info := sampleInfo()
	for _, name := range []string{wire.SectionName + "s", strings.ToUpper(wire.SectionName), "Stellaops.doctor.plugin"} {
		_, err := Open(join(validDraft().Bytes(), custom(name, wire.Marshal(&info))))
		if RuleOf(err) != RuleSealMissing {
			t.Errorf("%s: got %v, want rule %s", name, err, RuleSealMissing)
		}
	}
}

// ReadInfo does not look at code, and applies every rule of the seal.
func TestReadInfoRules(t *testing.T) {
	for _, c := range slices.Concat(plugintest.BadSeals(), plugintest.BadHeaders()) {
		if _, err := ReadInfo(c.Data()); RuleOf(err) != c.Rule {
			t.Errorf("%s: got %v, want rule %s", c.ID, err, c.Rule)
		}
	}
	info := sampleInfo()
	broken := file(section(sectionCode, huge), custom(wire.SectionName, wire.Marshal(&info)))
	if got, err := ReadInfo(broken); err != nil || got.ID != info.ID {
		t.Errorf("got %q, %v", got.ID, err)
	}
	if _, err := Open(broken); err == nil {
		t.Error("Open accepts what ReadInfo does not look at")
	}
}

// A flipped bit anywhere in the file changes its digest.
func TestDigest(t *testing.T) {
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := Digest(nil); got != empty {
		t.Errorf("got %s, want %s", got, empty)
	}
	data := validDraft().Bytes()
	before := Digest(data)
	data[len(data)-1] ^= 1
	if Digest(data) == before {
		t.Error("the digest does not change with the bytes")
	}
}

func FuzzSeal(f *testing.F) {
	info := sampleInfo()
	f.Add(wire.Marshal(&info))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, content []byte) { examine(t, sealed(content)) })
}
