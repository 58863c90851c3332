package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"stella-ops.org/doctor/sdk/wire"
)

// File is a sealed plugin that passed [Open].
type File struct {
	// Info is the sealed description.
	Info wire.PluginInfo
	// Digest is the digest of all bytes of the file, as [Digest] writes it.
	Digest string
	Module *Module
}

// Digest returns "sha256:" and the hex digits of the SHA-256 of data.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Open reads a sealed plugin: [Scan], [Module.Check], and the seal, which must
// stand once, be the last section, decode and validate. It returns a [Refusal]
// otherwise. Open keeps no reference to data.
func Open(data []byte) (*File, error) {
	m, err := Scan(data)
	if err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	info, err := ReadInfo(data)
	if err != nil {
		return nil, err
	}
	return &File{Info: info, Digest: Digest(data), Module: m}, nil
}

// OpenUnsealed reads a module that is about to be sealed: [Scan] and
// [Module.Check], and no seal.
func OpenUnsealed(data []byte) (*Module, error) {
	m, err := Scan(data)
	if err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	for _, s := range m.Sections {
		if s.ID == sectionCustom && s.Name == wire.SectionName {
			return nil, refuse(RuleSealPresent, "seal the module that the compiler wrote", "the module is sealed already")
		}
	}
	return m, nil
}

// ReadInfo reads the sealed description and nothing else: it walks the section
// headers and does not look at code. It is meant for lists, and for bytes that
// are part of the program; what is to be executed goes through [Open]. The
// rules for the seal are the same, and it returns a [Refusal] likewise.
func ReadInfo(data []byte) (wire.PluginInfo, error) {
	if r := checkHeader(data); r != nil {
		return wire.PluginInfo{}, r
	}
	sealed, r := findSeal(data)
	if r != nil {
		return wire.PluginInfo{}, r
	}
	info, r := decodeSeal(sealed)
	if r != nil {
		return wire.PluginInfo{}, r
	}
	return info, nil
}

// findSeal returns the content of the one seal.
func findSeal(data []byte) ([]byte, *Refusal) {
	var sealed []byte
	found, last := false, false
	r := headers(data, func(id byte, start, end int) *Refusal {
		last = false
		if id != sectionCustom {
			return nil
		}
		r := &reader{data: data, pos: start, end: end, where: "custom section"}
		name := r.name("the name")
		if r.err != nil || string(name) != wire.SectionName {
			return r.err
		}
		if found {
			return refuse(RuleSealSecond, "", "the file has a second section %s", wire.SectionName)
		}
		found, last = true, true
		sealed = data[r.pos:end]
		return nil
	})
	switch {
	case r != nil:
		return nil, r
	case !found:
		return nil, refuse(RuleSealMissing, "seal it with: stella doctor plugin seal FILE", "the file has no section %s: it is not sealed", wire.SectionName)
	case !last:
		return nil, refuse(RuleSealPosition, "", "section %s is not the last one: the file was changed after it was sealed", wire.SectionName)
	}
	return sealed, nil
}

func decodeSeal(sealed []byte) (wire.PluginInfo, *Refusal) {
	if len(sealed) > MaxSeal {
		return wire.PluginInfo{}, refuse(RuleSealSize, "spread its checks over several plugins", "section %s has %d bytes, the limit is %d", wire.SectionName, len(sealed), MaxSeal)
	}
	var info wire.PluginInfo
	if err := wire.Unmarshal(sealed, &info); err != nil {
		return wire.PluginInfo{}, refuse(RuleSealDocument, "", "section %s does not decode: %s", wire.SectionName, plain(err.Error()))
	}
	if r := validate(&info); r != nil {
		return wire.PluginInfo{}, r
	}
	return info, nil
}

func validate(info *wire.PluginInfo) *Refusal {
	err := info.Validate()
	if err == nil {
		return nil
	}
	var newer *wire.ABIError
	if errors.As(err, &newer) {
		return refuse(RuleABINewer, "use a newer version of this program, or an older one of the plugin",
			"the plugin was built for contract version %d, this program speaks %d", newer.Have, newer.Max)
	}
	return refuse(RuleSealContent, "", "the description of the plugin is not valid: %s", plain(err.Error()))
}

// Seal appends the description to a module and returns the file. The same
// arguments give the same bytes. It returns a [Refusal] when the module is
// sealed already, would not pass [OpenUnsealed], or when the description does
// not validate or does not fit.
func Seal(module []byte, info wire.PluginInfo) ([]byte, error) {
	if _, err := OpenUnsealed(module); err != nil {
		return nil, err
	}
	if r := validate(&info); r != nil {
		return nil, r
	}
	file := appendCustom(module, wire.SectionName, wire.Marshal(&info))
	// What was written must be accepted: a limit may only now be exceeded.
	if _, err := Open(file); err != nil {
		return nil, err
	}
	return file, nil
}

// appendCustom returns the module with one more custom section at its end.
func appendCustom(module []byte, name string, content []byte) []byte {
	head := append(appendU32(nil, uint32(len(name))), name...)
	file := make([]byte, 0, len(module)+len(head)+len(content)+6)
	file = append(file, module...)
	file = append(file, sectionCustom)
	file = appendU32(file, uint32(len(head)+len(content)))
	file = append(file, head...)
	return append(file, content...)
}
