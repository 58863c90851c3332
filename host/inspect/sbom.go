package inspect

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf8"

	"stella-ops.org/doctor/host/report"
)

// SBOMOptions are what a software bill of materials says that is not in the file.
type SBOMOptions struct {
	// Generator is the version of this program; left out when empty.
	Generator string
	// Timestamp is in RFC 3339; left out when empty, so that the same file gives
	// the same bytes.
	Timestamp string
}

// SBOM returns the modules that the file claims to be built from as a CycloneDX 1.6
// document: the plugin with its digests, each module with its package URL and
// checksum, and the toolchain. It ends with a line feed. The plugin depends on all
// modules: which of them depends on which is not in the file.
//
// The serial number is derived from the rest of the document.
func SBOM(r *Report, o SBOMOptions) ([]byte, error) {
	doc := newBOM(r, o)
	bare, err := writeBOM(doc)
	if err != nil {
		return nil, err
	}
	doc.SerialNumber = serial(bare)
	return writeBOM(doc)
}

func writeBOM(doc bom) ([]byte, error) {
	var b bytes.Buffer
	err := report.WriteDocument(&b, doc)
	return b.Bytes(), err
}

// serial makes a UUID of version 8, which is for numbers that are derived.
func serial(text []byte) string {
	h := sha256.Sum256(text)
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// The part of the CycloneDX 1.6 object model that SBOM fills.
// https://cyclonedx.org/docs/1.6/json/
type bom struct {
	Schema       string          `json:"$schema"`
	Format       string          `json:"bomFormat"`
	SpecVersion  string          `json:"specVersion"`
	SerialNumber string          `json:"serialNumber,omitempty"`
	Version      int             `json:"version"`
	Metadata     bomMetadata     `json:"metadata"`
	Components   []bomComponent  `json:"components"`
	Dependencies []bomDependency `json:"dependencies"`
	Compositions []bomCompleted  `json:"compositions"`
}

type bomMetadata struct {
	Timestamp  string         `json:"timestamp,omitempty"`
	Lifecycles []bomLifecycle `json:"lifecycles"`
	Tools      bomTools       `json:"tools"`
	Component  bomComponent   `json:"component"`
}

type bomLifecycle struct {
	Phase string `json:"phase"`
}

type bomTools struct {
	Components []bomComponent `json:"components"`
}

type bomComponent struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref,omitempty"`
	Name       string        `json:"name"`
	Version    string        `json:"version,omitempty"`
	Text       string        `json:"description,omitempty"`
	Hashes     []bomHash     `json:"hashes,omitempty"`
	PURL       string        `json:"purl,omitempty"`
	Properties []bomProperty `json:"properties,omitempty"`
}

type bomHash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type bomDependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

type bomCompleted struct {
	Aggregate  string   `json:"aggregate"`
	Assemblies []string `json:"assemblies"`
}

func newBOM(r *Report, o SBOMOptions) bom {
	plugin := pluginComponent(r)
	doc := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata: bomMetadata{
			Timestamp: o.Timestamp, Lifecycles: []bomLifecycle{{"post-build"}}, Component: plugin,
			Tools: bomTools{[]bomComponent{{Type: "application", Name: "stella doctor", Version: o.Generator}}},
		},
		Components: []bomComponent{},
	}
	top := bomDependency{Ref: plugin.Ref, DependsOn: []string{}}
	var leaves []bomDependency
	for _, c := range components(r) {
		doc.Components = append(doc.Components, c)
		top.DependsOn = append(top.DependsOn, c.Ref)
		leaves = append(leaves, bomDependency{Ref: c.Ref, DependsOn: []string{}})
	}
	doc.Dependencies = append([]bomDependency{top}, leaves...)
	// The list is what the file claims, and a file may claim less than is true.
	doc.Compositions = []bomCompleted{{"unknown", []string{plugin.Ref}}}
	return doc
}

func pluginComponent(r *Report) bomComponent {
	hex := func(digest string) string { return digest[strings.IndexByte(digest, ':')+1:] }
	c := bomComponent{
		Type: "application", Ref: r.Digest, Name: valid(r.ID), Version: valid(r.Version), Text: valid(r.Description),
		Hashes: []bomHash{{"SHA-256", hex(r.Digest)}, {"SHA-512", hex(r.SHA512)}},
	}
	if c.Name == "" {
		c.Name = valid(r.File)
	}
	c.property("modules", claimedNote)
	for _, t := range r.Toolchain {
		c.property("toolchain:"+t.Field, strings.TrimSpace(t.Name+" "+t.Version))
	}
	for _, b := range r.GoBuilds {
		if b.Problem != "" {
			continue
		}
		c.property("go:package", b.Path)
		c.property("go:module", strings.TrimSpace(b.Main.Path+" "+b.Main.Version))
		for _, s := range b.Settings {
			c.property("go:build:"+s.Key, s.Value)
		}
	}
	return c
}

// property adds a property in a name space of our own.
func (c *bomComponent) property(name, value string) {
	c.Properties = append(c.Properties, bomProperty{"stella-ops:doctor:" + valid(name), valid(value)})
}

// components are the modules, and the standard library of a Go program, whose flaws
// are its own too.
func components(r *Report) []bomComponent {
	var out []bomComponent
	seen, refs := map[string]bool{}, map[string]int{}
	if version, ok := strings.CutPrefix(r.GoVersion(), "go"); ok && version != "" {
		c := bomComponent{Type: "library", Name: "std", Version: "go" + valid(version), PURL: "pkg:golang/std@" + escapePURL(version)}
		c.Ref = c.PURL
		c.property("claimed-by", "producers")
		refs[c.Ref]++
		out = append(out, c)
	}
	for _, d := range r.Dependencies {
		used := d.effective()
		if name := used.Ecosystem + " " + used.Path + "@" + used.Version; seen[name] {
			continue // two build informations that name it with other checksums: a finding says so
		} else {
			seen[name] = true
		}
		c := bomComponent{Type: "library", Name: valid(used.Path), Version: valid(used.Version), PURL: used.PURL()}
		c.Ref = c.PURL
		// Package URLs fold the case of Go's module paths, which are two modules.
		if refs[c.PURL]++; refs[c.PURL] > 1 {
			c.Ref = fmt.Sprintf("%s#%d", c.PURL, refs[c.PURL])
		}
		if d.Sum != "" {
			c.property("sum", d.Sum)
		}
		if d.ReplacedBy != "" {
			c.property("replaces", strings.TrimSpace(d.Path+" "+d.Version))
			c.property("replaced-by", d.ReplacedBy)
		}
		out = append(out, c)
	}
	return out
}

// effective is what stands in the place of a replaced module; a directory, which
// has no package URL, leaves the module.
func (d Dependency) effective() Dependency {
	path, version, ok := strings.Cut(d.ReplacedBy, " ")
	if !ok || version == "" {
		return d
	}
	return Dependency{Ecosystem: d.Ecosystem, Path: path, Version: version, Sum: d.Sum}
}

// valid is text as the strict readers of other tools take it.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
