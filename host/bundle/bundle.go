// Package bundle writes and reads what carries plugins across an air gap: one tar
// file that holds an OCI image layout with plugin files, their signatures, bills of
// materials, vet reports and documentation, the public keys of the site that wrote
// it and its list of revocations. Other tools read it as a layout. It reads and
// writes streams, keeps no file and cannot dial.
//
// # One form
//
// The same contents make the same bytes: entries are sorted, times are zero, owners
// and modes fixed, and every manifest is a function of what it names. [Read] accepts
// these bytes and no others. A tar file can say a thing in several ways that programs
// understand differently (links, sparse files, extended headers, names in other
// letters); here each of them is a refusal with a sentence of its own, and what
// passes them all is written again and compared.
//
// # What a bundle proves
//
// That its parts belong together, and nothing of who made it. Signatures are
// verified by whoever imports, with the trust file of the receiving site. The keys
// in a bundle are for people to compare, and are never trusted by themselves.
//
// [Read] holds a bundle in memory, at most [MaxBytes] of it, and returns nothing of
// one that is refused.
package bundle

import (
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

// The bounds of a bundle.
const (
	// MaxBytes is the largest bundle, in bytes.
	MaxBytes = 256 << 20
	// MaxEntries bounds the entries of the tar file.
	MaxEntries = 8192
	// MaxPlugins bounds the plugins.
	MaxPlugins = 256
	// MaxKeys and MaxRevocations are the largest trust file and list of revocations,
	// in bytes.
	MaxKeys        = 1 << 20
	MaxRevocations = 4 << 20
	// MaxListSignatures bounds the signatures of the list of revocations.
	MaxListSignatures = 16
	// maxReadme is the largest README, in bytes.
	maxReadme = 1 << 20
)

// The media types of what a bundle holds beside images.
const (
	TypeBundle      = "application/vnd.stellaops.doctor.bundle.v1+json"
	TypeKeys        = "application/vnd.stellaops.doctor.trust.v1+yaml"
	TypeRevocations = "application/vnd.stellaops.doctor.revocations.v1+json"
	typeReadme      = "text/markdown"
)

// Refusal is why a bundle is not accepted. The error of a plugin file in it is a
// *plugin.Refusal.
type Refusal = image.Refusal

// Content is what a bundle holds.
type Content struct {
	// Plugins are in any order, each id once.
	Plugins []*artifact.Artifact
	// Keys is the trust file of the site that wrote the bundle: public keys and
	// what they may sign. Empty for none.
	Keys []byte
	// Revocations is its list of revocations; empty for none.
	Revocations []byte
	// ListSignatures are Sigstore bundles over the list of revocations.
	ListSignatures [][]byte
	// Readme is the text for people; empty writes one.
	Readme []byte
}

// Bundle is what [Read] returns.
type Bundle struct {
	Content
	// Files are the plugins, read without executing them, in the order of Plugins:
	// sorted by id.
	Files []*plugin.File
	// Digest is sha256:<hex> of the bundle as a file, Bytes its size.
	Digest string
	Bytes  int64
}

// The rules. Those of package image come beside them.
const (
	RuleEmpty       = "empty"
	RuleCompressed  = "compressed"
	RuleNoTar       = "no-tar"
	RuleChecksum    = "checksum"
	RuleTruncated   = "truncated"
	RuleTrailing    = "trailing-data"
	RuleLink        = "link"
	RuleDevice      = "device"
	RuleDirectory   = "directory"
	RuleExtended    = "extended-header"
	RuleSparse      = "sparse"
	RuleEntryType   = "entry-type"
	RuleTraversal   = "traversal"
	RuleAbsolute    = "absolute-name"
	RuleName        = "entry-name"
	RuleCase        = "case-collision"
	RuleDuplicate   = "duplicate-entry"
	RuleOrder       = "entry-order"
	RuleEntrySize   = "entry-size"
	RuleTotalSize   = "total-size"
	RuleEntries     = "entry-count"
	RuleHeader      = "entry-header"
	RuleLayout      = "layout"
	RuleIndex       = "index"
	RuleNested      = "nested-index"
	RuleDigest      = "digest"
	RuleMissing     = "missing-blob"
	RuleExtra       = "extra-blob"
	RuleManifest    = "manifest"
	RulePluginTwice = "plugin-twice"
	RuleCount       = "count"
	RuleReadme      = "readme"
	RuleForm        = "form"
)
