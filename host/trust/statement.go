package trust

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PredicateType is what our signatures say: this file is that version of that
// plugin, released by whoever holds the key.
const PredicateType = "https://stella-ops.org/doctor/plugin/v1"

// BareSignature stands among the predicates of a rule for a signature over the
// file itself, without a statement.
const BareSignature = "signature"

// statementTypes are the versions of an in-toto statement; they differ in nothing
// that is read here. The newer is written.
var statementTypes = []string{"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"}

// pae is the text that a DSSE signature is over:
// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md. The lengths
// keep the type and the payload from flowing into each other.
func pae(kind string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
}

// statement is what was signed, once the signature holds.
type statement struct {
	predicateType string
	predicate     json.RawMessage
	digests       []map[string]string // by algorithm, of each subject
}

// judge reads the statement of a bundle and holds it against the subject.
func (b *bundle) judge(s Subject, predicates []string) *Refusal {
	if b.bare {
		return allowed(BareSignature, predicates)
	}
	st, r := parseStatement(b.payload)
	if r != nil {
		return r
	}
	if r := st.matches(s); r != nil {
		return r
	}
	if r := allowed(st.predicateType, predicates); r != nil {
		return r
	}
	if st.predicateType == PredicateType {
		return st.names(s)
	}
	return nil
}

// judgeBare holds what a bare signature claims to be about against the subject, so
// that the bundle of another file is told from a forged one.
func (b *bundle) judgeBare(s Subject) *Refusal {
	if claimed := hex.EncodeToString(b.digest); b.digest != nil && claimed != s.SHA256 {
		return wrongDigest(claimed, s)
	}
	if s.file == nil {
		return refuse(stageForm, RuleBadSignature, "", "a bare signature is over the bytes of the file, which are not at hand")
	}
	return nil
}

func parseStatement(payload []byte) (*statement, *Refusal) {
	bad := func(problem string) (*statement, *Refusal) {
		return nil, refuse(stageStatement, RuleStatementMalformed, "", "the signed statement is malformed: %s", problem)
	}
	top, problem := parseObject(payload, "the statement", "_type", "subject", "predicateType", "predicate")
	if problem != "" {
		return bad(problem)
	}
	kind, problem := top.text("_type", true)
	if problem == "" && !slices.Contains(statementTypes, kind) {
		problem = "it is of type " + quote(kind)
	}
	if problem != "" {
		return bad(problem)
	}
	st := &statement{predicate: top.fields["predicate"]}
	if st.predicateType, problem = top.text("predicateType", true); problem != "" {
		return bad(problem)
	}
	subjects, problem := top.list("subject")
	switch {
	case problem != "":
		return bad(problem)
	case len(subjects) == 0:
		return bad("it is about no file")
	case len(subjects) > MaxSubjects:
		return nil, refuse(stageStatement, RuleSubjectCount, "", "the signed statement is about %d files, the limit is %d", len(subjects), MaxSubjects)
	}
	for _, raw := range subjects {
		digests, problem := readSubject(raw)
		if problem != "" {
			return bad(problem)
		}
		st.digests = append(st.digests, digests)
	}
	return st, nil
}

// readSubject returns the digests of one subject. Its name is for people: a file
// is known by its bytes.
func readSubject(raw json.RawMessage) (map[string]string, string) {
	o, problem := readObject(raw, "a subject", "name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations")
	if problem != "" {
		return nil, problem
	}
	if _, problem = o.text("name", false); problem != "" {
		return nil, problem
	}
	d, problem := o.child("digest", "the digest of a subject")
	if problem != "" {
		return nil, problem
	}
	digests := map[string]string{}
	for _, name := range sortedNames(d.fields) {
		if digests[name], problem = d.text(name, true); problem != "" {
			return nil, problem
		}
		if known := strings.ToLower(name); known != name && (known == "sha256" || known == "sha512") {
			return nil, "a digest is called " + quote(name)
		}
	}
	return digests, ""
}

// matches wants one subject with the digests of the file: SHA-256 must be there,
// and every digest of a kind that is known must be right.
func (st *statement) matches(s Subject) *Refusal {
	weak := false
	other := ""
	for _, d := range st.digests {
		switch short, ok := d["sha256"]; {
		case !ok:
			weak = true
		case short != s.SHA256:
			other = short
		default:
			if long, ok := d["sha512"]; ok && long != s.SHA512 {
				return refuse(stageStatement, RuleWrongDigest, "", "the signed statement names the SHA-256 of this file with the SHA-512 of another")
			}
			return nil
		}
	}
	if weak && other == "" {
		return refuse(stageStatement, RuleWeakDigest, "", "the signed statement names no SHA-256 of its file")
	}
	return wrongDigest(other, s)
}

func wrongDigest(other string, s Subject) *Refusal {
	return refuse(stageStatement, RuleWrongDigest, "the file was changed, or the bundle belongs to another: get both anew from the publisher",
		"the signature is for another file: it was made for sha256:%s, this is sha256:%s", plain(other), s.SHA256)
}

// allowed wants a kind of statement that counts for this plugin.
func allowed(kind string, predicates []string) *Refusal {
	if slices.Contains(predicates, kind) {
		return nil
	}
	if kind == BareSignature {
		return refuse(stageStatement, RulePredicateType, "add "+BareSignature+" to the predicates of the rule for this plugin, if it is enough",
			"a bare signature is not enough for this plugin: statements of %s count", strings.Join(predicates, ", "))
	}
	return refuse(stageStatement, RulePredicateType, "list it in the predicates of a rule for this plugin, if it is to count",
		"the signed statement is a %s, which says nothing about a release", quote(kind))
}

// names wants the id and the version of the seal in a predicate of ours.
func (st *statement) names(s Subject) *Refusal {
	bad := func(problem string) *Refusal {
		return refuse(stageStatement, RuleStatementMalformed, "", "the signed statement is malformed: %s", problem)
	}
	p, problem := readObject(st.predicate, "its predicate", "id", "version")
	if problem != "" {
		return bad(problem)
	}
	id, problem := p.text("id", true)
	if problem != "" {
		return bad(problem)
	}
	version, problem := p.text("version", true)
	if problem != "" {
		return bad(problem)
	}
	if id != s.ID || version != s.Version {
		return refuse(stageStatement, RuleOtherPlugin, "", "the signed statement is about %s %s, the seal of the file says %s %s", plain(id), plain(version), s.ID, s.Version)
	}
	return nil
}

// marshalStatement writes what Sign signs. The order of its fields is fixed, and
// the same subject gives the same bytes.
func marshalStatement(s Subject) ([]byte, error) {
	type digest struct {
		SHA256 string `json:"sha256"`
		SHA512 string `json:"sha512"`
	}
	type subject struct {
		Name   string `json:"name"`
		Digest digest `json:"digest"`
	}
	type predicate struct {
		ID      string `json:"id"`
		Version string `json:"version"`
	}
	return marshal(struct {
		Type          string    `json:"_type"`
		Subject       []subject `json:"subject"`
		PredicateType string    `json:"predicateType"`
		Predicate     predicate `json:"predicate"`
	}{statementTypes[0], []subject{{s.ID, digest{s.SHA256, s.SHA512}}}, PredicateType, predicate{s.ID, s.Version}})
}

// marshal writes JSON without the escapes that are for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// count writes a number and what it counts.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
