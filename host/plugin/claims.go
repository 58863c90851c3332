package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
)

// What a file says of itself, and nobody can check: who wrote the file wrote this
// too. The readers here are bounded and strict, as the scanner is.

// Content returns what a custom section holds after its name; for another section,
// all that it holds. data must be the bytes that Scan read.
func (s Section) Content(data []byte) []byte {
	if s.Offset < 0 || s.Size < 0 || s.Offset+s.Size > len(data) {
		return nil
	}
	content := data[s.Offset : s.Offset+s.Size]
	if s.ID != sectionCustom {
		return content
	}
	r := &reader{data: content, end: len(content), where: "custom section"}
	r.text("the name")
	if r.err != nil {
		return nil
	}
	return content[r.pos:]
}

// IsCustom says that the section is a custom one: an engine does not read it, and
// the code cannot.
func (s Section) IsCustom() bool { return s.ID == sectionCustom }

// Producer is one line of a producers section.
type Producer struct {
	// Field is language, processed-by or sdk.
	Field, Name, Version string
}

// maxProducers bounds the lines of a producers section.
const maxProducers = 256

// Producers reads the content of a producers section. It returns a [Refusal] for
// one that is malformed, with the lines before.
// https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
func Producers(content []byte) ([]Producer, error) {
	r := &reader{data: content, end: len(content), where: "producers section"}
	var out []Producer
	fields := r.count(RuleCustom, "fields", 2, maxProducers)
	for i := 0; i < fields && r.err == nil; i++ {
		field := string(r.name("a field"))
		values := r.count(RuleCustom, "values", 2, maxProducers)
		for j := 0; j < values && r.err == nil; j++ {
			p := Producer{Field: field, Name: string(r.name("a name")), Version: string(r.name("a version"))}
			if len(out) == maxProducers {
				r.refuse(RuleCustom, "producers section has more than %d values", maxProducers)
			}
			if r.err == nil {
				out = append(out, p)
			}
		}
	}
	if r.err == nil && r.pos != r.end {
		r.refuse(RuleCustom, "producers section has %s after its last entry", plural(r.left(), "byte"))
	}
	if r.err != nil {
		return out, r.err
	}
	return out, nil
}

// ModuleName reads the name of the module from the content of a name section, which
// Scan has checked; empty when there is none.
func ModuleName(content []byte) string {
	r := &reader{data: content, end: len(content), where: "name section"}
	for r.err == nil && r.pos < r.end {
		id := r.byte("a subsection")
		size := r.u32("the size of a subsection")
		if id == namesModule && r.err == nil {
			return string(r.text("the name of the module"))
		}
		r.skip(int(size), "a subsection")
	}
	return ""
}

// The marks that the Go linker puts around the build information, which stays in
// the data when symbols and debug information are stripped.
var (
	goInfoStart = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	goInfoEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

const (
	// MaxGoBuilds is how many build informations are read; MaxGoBuild is the
	// longest text of one, in bytes, and MaxGoLines the most lines of one, each of
	// which is a module or a setting.
	MaxGoBuilds = 16
	MaxGoBuild  = 1 << 20
	MaxGoLines  = 5000
)

// GoBuild is one build information of Go as it was found.
type GoBuild struct {
	// Offset is where the text begins in the bytes that were searched.
	Offset int
	// Info is what the text says, nil when Err says why it cannot be read.
	Info *debug.BuildInfo
	Err  error
}

// GoBuilds finds all build informations of Go in b: one that stands first may be a
// decoy. It reads most of them, and more counts those beyond.
func GoBuilds(b []byte, most int) (builds []GoBuild, more int) {
	end := -1
	for at := 0; ; {
		i := bytes.Index(b[at:], goInfoStart)
		if i < 0 {
			return builds, more
		}
		at += i + len(goInfoStart)
		if end < at { // searched for once between two ends
			if end = bytes.Index(b[at:], goInfoEnd); end < 0 {
				return builds, more
			}
			end += at
		}
		if len(builds) >= most {
			more++
			continue
		}
		builds = append(builds, readGoBuild(b[at:end], at))
	}
}

func readGoBuild(text []byte, at int) GoBuild {
	if len(text) > MaxGoBuild {
		return GoBuild{Offset: at, Err: errors.New("the text is too long")}
	}
	if bytes.Count(text, []byte{'\n'}) > MaxGoLines {
		return GoBuild{Offset: at, Err: fmt.Errorf("it has more than %d lines", MaxGoLines)}
	}
	info, err := debug.ParseBuildInfo(string(text))
	if err != nil {
		return GoBuild{Offset: at, Err: errors.New(plain(err.Error()))}
	}
	return GoBuild{Offset: at, Info: info}
}
