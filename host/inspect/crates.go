package inspect

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"

	"stella-ops.org/doctor/sdk/wire"
)

const (
	// maxCrates bounds the text in a .dep-v0 section, in bytes once unpacked, and
	// maxCrateCount the packages that it names.
	maxCrates     = 4 << 20
	maxCrateCount = 5000
)

// crates reads what cargo-auditable writes: the packages of a Rust program as JSON
// in zlib. https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md
func (x *inspector) crates(content []byte) {
	list, err := readCrates(content)
	if err != nil {
		x.find(RuleCustomBad, "section \".dep-v0\" is malformed: %v", err)
		return
	}
	x.Dependencies = append(x.Dependencies, list...)
}

func readCrates(content []byte) ([]Dependency, error) {
	unpacked, err := unpack(content)
	if err != nil {
		return nil, err
	}
	doc, problem := wire.ParseJSON(unpacked)
	if problem != "" {
		return nil, errors.New(problem)
	}
	packages := doc.Field("packages")
	if packages.Kind() != wire.JSONList {
		return nil, errors.New("it has no list of packages")
	}
	var out []Dependency
	for p := range packages.Elements {
		if len(out) == maxCrateCount {
			return nil, fmt.Errorf("it names more than %d packages", maxCrateCount)
		}
		name, ok := p.Field("name").Text()
		version, ok2 := p.Field("version").Text()
		if !ok || !ok2 || name == "" {
			return nil, errors.New("a package has no name and version")
		}
		if max(len(name), len(version)) > maxWords {
			return nil, fmt.Errorf("a package has a name or version of more than %d bytes", maxWords)
		}
		if kind, _ := p.Field("kind").Text(); kind == "build" {
			continue // it ran on the machine that built the file
		}
		if root, _ := p.Field("root").Bool(); root {
			continue // the plugin itself
		}
		out = append(out, Dependency{Ecosystem: EcosystemCargo, Path: name, Version: version})
	}
	return out, nil
}

func unpack(content []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, errors.New("it is not zlib data")
	}
	unpacked, err := io.ReadAll(io.LimitReader(z, maxCrates+1))
	switch {
	case err != nil:
		return nil, errors.New("its zlib data is damaged")
	case len(unpacked) > maxCrates:
		return nil, fmt.Errorf("it unpacks to more than %d bytes", maxCrates)
	}
	return unpacked, nil
}
