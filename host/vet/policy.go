package vet

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"stella-ops.org/doctor/host/glob"
	"stella-ops.org/doctor/sdk/wire"
)

// PolicySchema names the form of a policy file.
const PolicySchema = "stellaops.doctor.vet-policy/v1"

// Policy says what a site accepts. A field that is not there allows everything
// that the host allows.
type Policy struct {
	Name string
	// MaxBytes and MaxMemory are zero for the host's own limits.
	MaxBytes, MaxMemory int64
	ForbiddenImports    []glob.Pattern
	// AllowedHosts are the literal hosts that access may name; nil allows all, an
	// empty list none.
	AllowedHosts []glob.Pattern
	// AllowedMethods are nil for all.
	AllowedMethods []string
	AllowWrite     bool
	Signers        *Signers
	RequireSBOM    bool
	// RequireOrigin wants a list of what the file was built from.
	RequireOrigin bool
	Forbidden     []Forbidden
	// Toolchains are nil for all.
	Toolchains []glob.Pattern
	// Levels take the place of those of [Rules].
	Levels map[string]string

	text []byte
}

// Signers says who must have signed: at least Threshold of the names, each once.
type Signers struct {
	Names     []glob.Pattern
	Threshold int
}

// Forbidden are dependencies that nobody may bring along: paths that match, below
// a version if one is given.
type Forbidden struct {
	Text  string
	Path  glob.Pattern
	Below string // a version with a leading v; empty for all
}

//go:embed policy.yaml
var defaultPolicy []byte

// DefaultPolicyText is the policy that holds where none is named, as a file to
// begin with.
func DefaultPolicyText() []byte { return slices.Clone(defaultPolicy) }

// DefaultPolicy is that policy.
func DefaultPolicy() *Policy {
	p, err := ParsePolicy(defaultPolicy, "the built-in policy")
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// SHA256 is the digest of the file, in hex.
func (p *Policy) SHA256() string {
	sum := sha256.Sum256(p.text)
	return hex.EncodeToString(sum[:])
}

// core are the rules that no policy may switch off: what they find is no matter of
// taste.
var core = []string{RuleDescribe, RuleOutsideAccess, RuleStray, RuleSecretMisdirected, RuleSecretInRequest, RuleSecretInOutput, RuleSecretInLog, RuleCutShort, RuleEngine, RuleRevoked}

// Applied names the policy, with the rules that it lowers.
func (p *Policy) Applied() Applied {
	a := Applied{Name: p.Name, SHA256: p.SHA256(), Lowered: []Lowered{}}
	order := []string{Off, Note, Warning, Error}
	for _, r := range Rules {
		if to := LevelOf(r.Rule, p.Levels); slices.Index(order, to) < slices.Index(order, r.Level) {
			a.Lowered = append(a.Lowered, Lowered{r.Rule, r.Level, to})
		}
	}
	return a
}

// Judge holds a report against the policy and adds what breaks it to the findings.
func (p *Policy) Judge(r *Report, found *Findings) {
	add := func(rule, format string, args ...any) { found.Add(rule, "", fmt.Sprintf(format, args...), "") }
	facts := &r.Facts
	if p.MaxBytes > 0 && r.Subject.Bytes > p.MaxBytes {
		add(RuleSize, "the file has %d bytes, the policy allows %d", r.Subject.Bytes, p.MaxBytes)
	}
	if p.MaxMemory > 0 && facts.MemoryBytes > p.MaxMemory {
		add(RuleMemory, "the module may take %d bytes of memory, the policy allows %d", facts.MemoryBytes, p.MaxMemory)
	}
	for _, i := range facts.Imports {
		if matchesAny(p.ForbiddenImports, i) {
			add(RuleImport, "the module imports %s, which the policy forbids", i)
		}
	}
	for _, host := range facts.LiteralHosts {
		if p.AllowedHosts != nil && !matchesAny(p.AllowedHosts, host) {
			add(RuleLiteralHost, "the access names %s, which is not among the allowed hosts of the policy", host)
		}
	}
	for _, m := range facts.Methods {
		if p.AllowedMethods != nil && !slices.Contains(p.AllowedMethods, m) {
			add(RuleMethod, "the access names %s, which is not among the allowed methods of the policy", m)
		}
		if !p.AllowWrite && wire.MethodClass(m) == wire.ClassWrite {
			add(RuleWrite, "the access names %s, and the policy allows no check to write", m)
		}
	}
	p.judgeOrigin(facts, add)
}

func (p *Policy) judgeOrigin(facts *Facts, add func(rule, format string, args ...any)) {
	if facts.Revoked != "" {
		add(RuleRevoked, "%s", facts.Revoked)
	}
	if s := p.Signers; s != nil {
		n := 0
		for _, name := range facts.Signers {
			if len(s.Names) == 0 || matchesAny(s.Names, name) {
				n++
			}
		}
		if n < s.Threshold {
			text := fmt.Sprintf("%s of those whom the policy names signed, it wants %d", count(n), s.Threshold)
			if facts.Unsigned != "" {
				text += ": " + facts.Unsigned
			}
			add(RuleSigner, "%s", text)
		}
	}
	if p.RequireSBOM && !facts.SBOM {
		add(RuleSBOM, "no bill of materials came with the file that is about these bytes and names all its modules, and the policy wants one")
	}
	switch {
	case facts.ModulesTold: // what it tells is a claim; what it does not tell cannot be judged
	case p.RequireOrigin:
		add(RuleUnprovenOrigin, "the file does not tell what it was built from, and the policy wants to know")
	case len(p.Forbidden) > 0:
		add(RuleUnprovenOrigin, "the file does not tell which modules it was built from, and the policy forbids some")
	}
	for _, d := range facts.Dependencies {
		for _, f := range p.Forbidden {
			if f.matches(d) {
				add(RuleDependency, "the plugin was built from %s %s, and the policy forbids %s", d.Path, d.Version, f.Text)
			}
		}
	}
	if p.Toolchains == nil {
		return
	}
	if len(facts.Toolchain) == 0 {
		add(RuleToolchain, "the file does not tell its toolchain, and the policy allows only some")
	}
	for _, t := range facts.Toolchain {
		if !matchesAny(p.Toolchains, t) {
			add(RuleToolchain, "the file was made with %s, which is not among the allowed toolchains of the policy", t)
		}
	}
}

func count(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// matches compares versions as semantic ones; one that cannot be compared is below
// everything, so that nothing slips through.
func (f Forbidden) matches(d Dependency) bool {
	if !f.Path.Match(d.Path) {
		return false
	}
	version := "v" + strings.TrimPrefix(strings.TrimPrefix(d.Version, "go"), "v")
	return f.Below == "" || !semver.IsValid(version) || semver.Compare(version, f.Below) < 0
}

func matchesAny(patterns []glob.Pattern, text string) bool {
	return slices.ContainsFunc(patterns, func(p glob.Pattern) bool { return p.Match(text) })
}

// fileName is the last part of a path, for the name of a policy that has none.
func fileName(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }
