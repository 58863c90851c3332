package trust_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/trust"
)

// attack is one row of the table of attacks on trust: bundles for the subject, a
// ring, and the rule that refuses them; none where they are to be believed.
type attack struct {
	id, name string
	ring     *trust.Ring
	bundles  [][]byte
	rule     string
	at       time.Time // zero for now
}

// attacks is the table. Its rows are named by the list of attacks on trust; those
// without a number belong to it as well.
func attacks(t testing.TB) []attack {
	tableOnce.Do(func() { table = makeAttacks(t) })
	return table
}

var (
	tableOnce sync.Once
	table     []attack
)

func makeAttacks(t testing.TB) []attack {
	var all []attack
	for _, part := range []func(testing.TB) []attack{formAttacks, signatureAttacks, statementAttacks, signerAttacks, certificateAttacks} {
		all = append(all, part(t)...)
	}
	return all
}

func one(bundle []byte) [][]byte { return [][]byte{bundle} }

func formAttacks(t testing.TB) []attack {
	acme := newKey("acme")
	r := ring(t, "", entry("acme", acme))
	good := sign(t, acme)
	row := func(id, name, rule string, bundles ...[]byte) attack {
		return attack{id, name, r, bundles, rule, time.Time{}}
	}
	changed := func(old, new string) []byte { return replaced(good, old, new) }
	payload := func(change func(text string) string) []byte {
		spaced := forge{key: acme, payload: statement("") + strings.Repeat(" ", 2-(len(statement(""))+1)%3)}.bundle() // ends in ==
		_, rest, _ := strings.Cut(string(spaced), `"payload":"`)
		text, _, _ := strings.Cut(rest, `"`)
		return replaced(spaced, text, change(text))
	}
	many := slices.Repeat([][]byte{good}, trust.MaxBundles+1)
	return []attack{
		row("T00", "the good bundle", "", good),
		{"T00", "no trust file", nil, one(good), trust.RuleNoTrustFile, time.Time{}},
		row("T01", "no bundle", trust.RuleUnsigned),
		row("T02", "empty bundle", trust.RuleBundleEmpty, []byte{}),
		row("T02", "blank bundle", trust.RuleBundleMalformed, []byte(" \n")),
		row("T02", "empty object", trust.RuleBundleType, []byte("{}")),
		row("T02", "null", trust.RuleBundleMalformed, []byte("null")),
		row("T05", "bit of the payload", trust.RuleBadSignature, flipped(t, good, "payload")),
		row("T05", "bit of the signature", trust.RuleBadSignature, flipped(t, good, "sig")),
		row("T05", "another type of payload", trust.RulePayloadType, changed("vnd.in-toto+json", "vnd.in-toto+jsom")),
		row("T06", "type signed as another", trust.RuleBadSignature, forge{key: acme, payloadType: "application/vnd.other", saidType: inToto}.bundle()),
		row("T06", "type and payload flow into each other", trust.RuleBadSignature, forge{key: acme, saidType: inToto, payloadType: inToto + " 1"}.bundle()),
		row("T08", "repeated key", trust.RuleBundleMalformed, changed(`"mediaType":`, `"mediaType":"x","mediaType":`)),
		row("T08", "repeated key within", trust.RuleBundleMalformed, changed(`"payloadType":`, `"payloadType":"x","payloadType":`)),
		row("T08", "key escaped and repeated", trust.RuleBundleMalformed, changed(`"payload":`, `"paylo\u0061d":"AA==","payload":`)),
		row("T08", "case variant beside", trust.RuleBundleMalformed, changed(`"payload":`, `"Payload":"AA==","payload":`)),
		row("T08", "case variant instead", trust.RuleBundleMalformed, changed(`"payload":`, `"Payload":`)),
		row("T08", "spelling of another decoder", trust.RuleBundleMalformed, changed(`"dsseEnvelope":`, `"dsse_envelope":`)),
		row("T09", "second document", trust.RuleBundleMalformed, append(slices.Clone(good), good...)),
		row("T09", "trailing byte", trust.RuleBundleMalformed, append(slices.Clone(good), 'x')),
		row("T09", "byte order mark", trust.RuleBundleMalformed, append([]byte("\xef\xbb\xbf"), good...)),
		row("T10", "unpadded base64", trust.RuleBundleMalformed, payload(func(text string) string { return strings.TrimRight(text, "=") })),
		row("T10", "line break in base64", trust.RuleBundleMalformed, changed(`"payload":"`, `"payload":"\n`)),
		row("T10", "space in base64", trust.RuleBundleMalformed, changed(`"payload":"`, `"payload":" `)),
		row("T10", "stray bits in base64", trust.RuleBundleMalformed, payload(func(text string) string {
			last := len(text) - len("x==") // one of A Q g w: its next bit decodes to nothing
			return text[:last] + string(text[last]+1) + "=="
		})),
		row("T10", "the same payload, as it should be", "", payload(func(text string) string { return text })),
		row("T10", "base64 of URLs", trust.RuleBundleMalformed, payload(func(string) string { return base64.URLEncoding.EncodeToString([]byte{0xff, 0xff, 0xfe}) })),
		row("T14", "alg none", trust.RuleBundleMalformed, changed(`"sig":`, `"alg":"none","sig":`)),
		row("T20", "too large", trust.RuleBundleSize, append(slices.Clone(good), slices.Repeat([]byte(" "), trust.MaxBundle)...)),
		row("T20", "too many bundles", trust.RuleBundleCount, many...),
		row("T20", "deep", trust.RuleBundleMalformed, []byte(strings.Repeat(`{"a":`, 5000))),
		row("T20", "no signature", trust.RuleBundleMalformed, changed(`[{"sig":`, `[],"x":[{"sig":`)),
		row("T07", "two signatures in one envelope", trust.RuleBundleMalformed, changed(`[{"sig":`, `[{"sig":"AA=="},{"sig":`)),
		row("", "another version of bundle", trust.RuleBundleType, changed("v0.3", "v0.2")),
		row("", "statement and bare signature", trust.RuleBundleMalformed, changed(`"dsseEnvelope":`, `"messageSignature":{"signature":"AA=="},"dsseEnvelope":`)),
		row("", "key and certificate", trust.RuleBundleMalformed, changed(`"publicKey":`, `"certificate":{"rawBytes":"AA=="},"publicKey":`)),
		row("", "no key", trust.RuleBundleMalformed, changed(`"publicKey":{"hint":"`+hintOf(acme)+`"}`, `"tlogEntries":[]`)),
		row("", "a list of numbers", trust.RuleBundleMalformed, []byte("[1,2,3]")),
		row("", "an envelope without its bundle", trust.RuleBundleType, []byte(`{"payload":"AA==","payloadType":"x","signatures":[]}`)),
		row("T29", "entry of a log", trust.RuleTransparencyLog, changed(`"verificationMaterial":{`, `"verificationMaterial":{"tlogEntries":[{"logIndex":"1"}],`)),
		row("T29", "empty log", "", changed(`"verificationMaterial":{`, `"verificationMaterial":{"tlogEntries":[],`)),
		row("T29", "time stamp", trust.RuleTimestamp, changed(`"verificationMaterial":{`, `"verificationMaterial":{"timestampVerificationData":{"rfc3161Timestamps":[{"signedTimestamp":"AA=="}]},`)),
		row("", "no time stamps", "", changed(`"verificationMaterial":{`, `"verificationMaterial":{"timestampVerificationData":{"rfc3161Timestamps":[]},`)),
		row("", "white space and other order", "", reordered(good)),
	}
}

// reordered is the bundle with its keys sorted and white space between.
func reordered(bundle []byte) []byte {
	var v any
	if err := json.Unmarshal(bundle, &v); err != nil {
		panic(err)
	}
	return must(json.MarshalIndent(v, "\t", "  "))
}

func signatureAttacks(t testing.TB) []attack {
	acme, stranger := newKey("acme"), newKey("stranger")
	r := ring(t, "", entry("acme", acme), entry("acme-ed25519", newKey("acme-ed25519")), entry("acme-p384", newKey("acme-p384")))
	good := sign(t, acme)
	row := func(id, name, rule string, bundles ...[]byte) attack {
		return attack{id, name, r, bundles, rule, time.Time{}}
	}
	n := elliptic.P256().Params().N
	raw := func(r, s *big.Int) []byte {
		return forge{key: acme, signature: must(asn1.Marshal(struct{ R, S *big.Int }{r, s}))}.bundle()
	}
	rs := struct{ R, S *big.Int }{}
	pae := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(inToto), inToto, len(statement("")), statement(""))
	signature := signText(acme, pae)
	if _, err := asn1.Unmarshal(signature, &rs); err != nil {
		t.Fatal(err)
	}
	digest := must(hex.DecodeString(strings.TrimPrefix(must(trust.NewPublicKey(acme.Public(), nil)).Digest(), "sha256:")))
	hint := func(text string) []byte { return forge{key: acme, hint: text}.bundle() }
	return []attack{
		row("T07", "unknown key alone", trust.RuleUnknownKey, sign(t, stranger)),
		row("T07", "unknown key and ours", "", sign(t, stranger), good),
		row("T07", "garbage and ours", "", []byte("garbage"), good, nil),
		row("T07", "unknown key that names ours", trust.RuleBadSignature, forge{key: stranger, hint: base64.StdEncoding.EncodeToString(digest)}.bundle()),
		row("T11", "r and s of zero", trust.RuleBadSignature, raw(new(big.Int), new(big.Int))),
		row("T11", "r of zero", trust.RuleBadSignature, raw(new(big.Int), rs.S)),
		row("T11", "s of zero", trust.RuleBadSignature, raw(rs.R, new(big.Int))),
		row("T11", "s out of range", trust.RuleBadSignature, raw(rs.R, new(big.Int).Add(rs.S, n))),
		row("T11", "negative s", trust.RuleBadSignature, raw(rs.R, new(big.Int).Neg(rs.S))),
		row("T11", "bytes after the signature", trust.RuleBadSignature, forge{key: acme, signature: append(slices.Clone(signature), 0)}.bundle()),
		row("T11", "signature of r and s without DER", trust.RuleBadSignature, forge{key: acme, signature: append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)}.bundle()),
		row("T11", "the other s counts once", "", raw(rs.R, new(big.Int).Sub(n, rs.S)), good),
		row("T11", "zeros for Ed25519", trust.RuleBadSignature, forge{key: newKey("acme-ed25519"), signature: make([]byte, 64)}.bundle()),
		row("T11", "short for Ed25519", trust.RuleBadSignature, forge{key: newKey("acme-ed25519"), signature: make([]byte, 63)}.bundle()),
		row("T14", "the key decides, whatever the digest says", "", replaced(bare(t, acme), "SHA2_256", "HMAC")),
		row("T15", "short id of the key", trust.RuleUnknownKey, hint(base64.StdEncoding.EncodeToString(digest[:8]))),
		row("T15", "id in hex", trust.RuleUnknownKey, hint(hex.EncodeToString(digest))),
		row("T15", "id of another key", trust.RuleBadSignature, hint(hintOf(newKey("acme-p384")))),
		row("T15", "id with a longer tail", trust.RuleUnknownKey, hint(base64.StdEncoding.EncodeToString(append(slices.Clone(digest), 0)))),
		row("T15", "name of the key", trust.RuleUnknownKey, hint("acme")),
		row("", "bare signature", "", bare(t, acme)),
		row("", "bare signature of Ed25519", "", bare(t, newKey("acme-ed25519"))),
		row("", "bare signature of P-384", "", bare(t, newKey("acme-p384"))),
		row("", "bare signature without a digest", "", withoutDigest(t, bare(t, acme))),
		row("T03", "bare signature for another file", trust.RuleWrongDigest, must(trust.SignBare(acme, []byte("another file")))),
		row("T03", "bare signature for another file that does not say so", trust.RuleBadSignature, withoutDigest(t, must(trust.SignBare(acme, []byte("another file"))))),
		row("T05", "bit of a bare signature", trust.RuleBadSignature, flipped(t, bare(t, acme), "signature")),
	}
}

func bare(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	return must(trust.SignBare(key, pluginBytes))
}

func withoutDigest(t testing.TB, bundle []byte) []byte {
	t.Helper()
	before, rest, ok := strings.Cut(string(bundle), `"messageDigest":`)
	_, after, ok2 := strings.Cut(rest, `},`)
	if !ok || !ok2 {
		t.Fatal("the bundle has no digest")
	}
	return []byte(before + after)
}

func hintOf(key crypto.Signer) string {
	digest := strings.TrimPrefix(must(trust.NewPublicKey(key.Public(), nil)).Digest(), "sha256:")
	return base64.StdEncoding.EncodeToString(must(hex.DecodeString(digest)))
}

func statementAttacks(t testing.TB) []attack {
	acme := newKey("acme")
	r := ring(t, "", entry("acme", acme))
	signed := func(payload string) []byte { return forge{key: acme, payload: payload}.bundle() }
	row := func(id, name, rule, payload string) attack {
		return attack{id, name, r, one(signed(payload)), rule, time.Time{}}
	}
	zeros, short := strings.Repeat("0", 64), subject.SHA256
	subjectText := fmt.Sprintf(`{"name":"x","digest":{"sha256":"%s"}}`, zeros)
	const slsa = "https://slsa.dev/provenance/v1"
	rules := "rules:\n  - {plugins: [com.acme.other], predicates: [" + slsa + "]}\n  - {plugins: [\"com.acme.*\"], predicates: [\"" + slsa + "\"]}\n"
	slsaRing := ring(t, rules, entry("acme", acme))
	provenance := signed(statement("", trust.PredicateType, slsa, `{"id":"com.acme.doctor","version":"1.2.0"}`, `{"buildDefinition":{}}`))
	return []attack{
		row("T03", "bundle of another plugin", trust.RuleWrongDigest, statement("", short, zeros)),
		row("T03", "right SHA-256 and wrong SHA-512", trust.RuleWrongDigest, statement("", subject.SHA512, zeros+zeros)),
		row("T03", "wrong SHA-256 and right SHA-512", trust.RuleWrongDigest, statement("", short, zeros)),
		row("T03", "digest in upper case", trust.RuleWrongDigest, statement("", short, strings.ToUpper(short))),
		row("T03", "one of several files", "", statement("", `"subject":[`, `"subject":[`+subjectText+`,`)),
		row("T08", "repeated key in the statement", trust.RuleStatementMalformed, statement("", `"predicateType":`, `"predicateType":"x","predicateType":`)),
		row("T08", "repeated key in the predicate", trust.RuleStatementMalformed, statement("", `"id":`, `"id":"x","id":`)),
		row("T08", "case variant in the statement", trust.RuleStatementMalformed, statement("", `"subject":`, `"Subject":[],"subject":`)),
		row("T08", "case variant in the predicate", trust.RuleStatementMalformed, statement("", `"id":`, `"ID":"x","id":`)),
		row("T08", "case variant of a digest", trust.RuleStatementMalformed, statement("", `"sha256":`, `"SHA256":"x","sha256":`)),
		row("T09", "two statements", trust.RuleStatementMalformed, statement("")+statement("")),
		row("T19", "another predicate", trust.RulePredicateType, statement("", trust.PredicateType, "https://example.com/vulnerabilities/v1")),
		{"T19", "predicate that a rule names", slsaRing, one(provenance), "", time.Time{}},
		{"T19", "our predicate where a rule names another", slsaRing, one(sign(t, acme)), trust.RulePredicateType, time.Time{}},
		{"T19", "bare signature where a rule wants a statement", slsaRing, one(bare(t, acme)), trust.RulePredicateType, time.Time{}},
		{"T34", "verification summary of a verifier that nobody knows", r, one(forge{key: newKey("verifier"), payload: statement("", trust.PredicateType, "https://slsa.dev/verification_summary/v1")}.bundle()), trust.RuleUnknownKey, time.Time{}},
		row("T34", "verification summary of a known key", trust.RulePredicateType, statement("", trust.PredicateType, "https://slsa.dev/verification_summary/v1")),
		row("T20", "too many subjects", trust.RuleSubjectCount, statement("", `"subject":[`, `"subject":[`+strings.Repeat(subjectText+",", trust.MaxSubjects))),
		row("T20", "as many subjects as may be", "", statement("", `"subject":[`, `"subject":[`+strings.Repeat(subjectText+",", trust.MaxSubjects-1))),
		{"T20", "a million subjects", r, one(signed(statement("", `"subject":[`, `"subject":[`+strings.Repeat(`{},`, 1_000_000)))), trust.RuleBundleSize, time.Time{}},
		row("T20", "no subject", trust.RuleStatementMalformed, `{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"`+trust.PredicateType+`"}`),
		row("T21", "SHA-1 only", trust.RuleWeakDigest, `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}}],"predicateType":"`+trust.PredicateType+`"}`),
		row("T21", "SHA-512 only", trust.RuleWeakDigest, statement("", `"sha256":"`+short+`",`, "")),
		row("T21", "SHA-256 only", "", statement("", `,"sha512":"`+subject.SHA512+`"`, "")),
		row("T22", "another id", trust.RuleOtherPlugin, statement("", `"id":"com.acme.doctor"`, `"id":"com.acme.other"`)),
		row("T22", "another version", trust.RuleOtherPlugin, statement("", `"version":"1.2.0"`, `"version":"1.2.1"`)),
		row("T22", "no version", trust.RuleStatementMalformed, statement("", `,"version":"1.2.0"`, "")),
		row("T22", "no predicate", trust.RuleStatementMalformed, statement("", `,"predicate":{"id":"com.acme.doctor","version":"1.2.0"}`, "")),
		row("T22", "id that is no text", trust.RuleStatementMalformed, statement("", `"id":"com.acme.doctor"`, `"id":["com.acme.doctor"]`)),
		row("", "name of the file is informative", "", statement("", `"name":"com.acme.doctor"`, `"name":"../../etc/passwd"`)),
		row("", "older version of the statement", "", statement("", "Statement/v1", "Statement/v0.1")),
		row("", "another kind of statement", trust.RuleStatementMalformed, statement("", "Statement/v1", "Statement/v2")),
		row("", "no JSON", trust.RuleStatementMalformed, "a text"),
	}
}

func signerAttacks(t testing.TB) []attack {
	acme, qa := newKey("acme"), newKey("qa")
	good, second := sign(t, acme), sign(t, qa)
	day := func(days int) string { return now.AddDate(0, 0, days).Format(time.RFC3339) }
	row := func(id, name, rule string, r *trust.Ring, bundles ...[]byte) attack {
		return attack{id, name, r, bundles, rule, time.Time{}}
	}
	with := func(fields ...string) *trust.Ring { return ring(t, "", entry("acme", acme, fields...)) }
	two := ring(t, "threshold: 2\n", entry("acme", acme), entry("qa", qa))
	rule2 := ring(t, "rules:\n  - {plugins: [com.acme.doctor], threshold: 2}\n", entry("acme", acme), entry("qa", qa))
	other2 := ring(t, "rules:\n  - {plugins: [com.acme.other], threshold: 2}\n", entry("acme", acme), entry("qa", qa))
	revoked2 := ring(t, "threshold: 2\n", entry("acme", acme), entry("qa", qa, "revoked: {reason: lost}"))
	late := func(r attack, at time.Time) attack { r.at = at; return r }
	return []attack{
		row("T16", "expired", trust.RuleExpired, with("not_after: "+day(-1)), good),
		row("T16", "expires at this moment", trust.RuleExpired, with("not_after: "+day(0)), good),
		row("T16", "expires tomorrow", "", with("not_after: "+day(1)), good),
		row("T16", "not yet valid", trust.RuleNotYetValid, with("not_before: "+day(1)), good),
		row("T16", "valid from this moment", "", with("not_before: "+day(0)), good),
		row("T16", "revoked", trust.RuleRevoked, with("revoked: {reason: the laptop was stolen}"), good),
		row("T16", "revoked since yesterday", trust.RuleRevoked, with("revoked: {since: "+day(-1)+", reason: stolen}"), good),
		late(row("T16", "expired, as of the time when it was not", "", with("not_after: "+day(-1)), good), now.AddDate(0, 0, -2)),
		late(row("T16", "revoked, as of the time when it was not", "", with("revoked: {since: "+day(-1)+", reason: stolen}"), good), now.AddDate(0, 0, -2)),
		late(row("T30", "clock of 1970", trust.RuleNotYetValid, with("not_before: "+day(-1)), good), time.Unix(0, 0)),
		late(row("T30", "clock of 2100", trust.RuleExpired, with("not_after: "+day(365)), good), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)),
		row("T17", "key of another scope", trust.RuleScope, with(`plugins: ["com.other.**"]`), good),
		row("T17", "key of a narrower scope", trust.RuleScope, with(`plugins: ["com.acme"]`), good),
		row("T17", "key that signs lists only", trust.RuleScope, ring(t, "", strings.Replace(entry("acme", acme, "revocations: true"), "plugins: [\"com.acme.**\"]", "publisher: x", 1)), good),
		row("T18", "one of two", trust.RuleThreshold, two, good),
		row("T18", "the same key twice", trust.RuleThreshold, two, good, forge{key: acme}.bundle()),
		row("T18", "the same key in two forms", trust.RuleThreshold, two, good, bare(t, acme)),
		row("T18", "two of two", "", two, good, second),
		row("T18", "two of two by a rule", "", rule2, good, second),
		row("T18", "one of two by a rule", trust.RuleThreshold, rule2, good),
		row("T18", "one, where the rule is for another", "", other2, good),
		row("T18", "two of which one is revoked", trust.RuleThreshold, revoked2, good, second),
	}
}

func certificateAttacks(t testing.TB) []attack {
	root := (*authority)(nil).issue("ca root", nil)
	middle := root.issue("ca middle", nil)
	leaf := middle.issue("signer", nil)
	direct := root.issue("direct", nil)
	plain := ring(t, anchored(root))
	row := func(id, name, rule string, r *trust.Ring, chain ...*authority) attack {
		return attack{id, name, r, one(certified(t, chain...)), rule, time.Time{}}
	}
	spoiled := func(change func(c *x509.Certificate)) *authority { return root.issue("spoiled", change) }
	noPath := root.issue("ca no path", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	below := noPath.issue("ca below", nil)
	narrow := root.issue("ca narrow", func(c *x509.Certificate) {
		c.PermittedURIDomains, c.PermittedDNSDomainsCritical = []string{"other.example"}, true
	})
	tls := root.issue("ca tls", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	loopA := (*authority)(nil).issue("ca loop a", nil)
	loopB := loopA.issue("ca loop b", nil)
	loopC := loopB.issue("ca loop a", nil) // the same name, certified by the other
	var long []*authority
	for i, above := 0, root; i < 100; i++ {
		above = above.issue(fmt.Sprintf("ca %d", i), nil)
		long = append([]*authority{above}, long...)
	}
	chain100 := append([]*authority{long[0].issue("deep", nil)}, long...)
	rsaLeaf := rsaCertificate(t, root)
	revoked := func(serials ...*big.Int) *trust.Ring {
		return ring(t, anchored(root, root.crl(now.AddDate(0, 1, 0), serials...)))
	}
	older, newer := root.list(1, nil), root.list(2, nil, direct.cert.SerialNumber)
	ended := root.list(1, func(l *x509.RevocationList) { l.NextUpdate = now })
	swapped := forge{key: newKey("somebody else"), chain: []*x509.Certificate{direct.cert}}.bundle()
	return []attack{
		row("T28", "signer below a middle authority", "", plain, leaf, middle),
		row("T28", "signer directly below", "", plain, direct),
		row("T28", "signer with the root in the chain", "", plain, leaf, middle, root),
		row("T28", "middle authority missing", trust.RuleUnknownAuthority, plain, leaf),
		row("T28", "authority of another site", trust.RuleUnknownAuthority, ring(t, anchored((*authority)(nil).issue("ca other", nil))), leaf, middle),
		row("T28", "authority of the same name and another key", trust.RuleUnknownAuthority, ring(t, anchored(root.rekeyed())), direct),
		row("T28", "for servers, not for code", trust.RuleCertificateUsage, plain, spoiled(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })),
		row("T28", "for any use, which is not code signing", trust.RuleCertificateUsage, plain, spoiled(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} })),
		row("T28", "without extended usage", trust.RuleCertificateUsage, plain, spoiled(func(c *x509.Certificate) { c.ExtKeyUsage = nil })),
		row("T28", "without digital signature", trust.RuleCertificateUsage, plain, spoiled(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })),
		row("T28", "signer that is an authority", trust.RuleCertificateUsage, plain, spoiled(func(c *x509.Certificate) { c.IsCA = true })),
		row("T28", "issuer that is no authority", trust.RuleUnknownAuthority, plain, direct.issue("child", nil), direct),
		row("T28", "authority for servers only", trust.RuleCertificateUsage, plain, tls.issue("below tls", nil), tls),
		row("T28", "name constraints", trust.RuleCertificateChain, plain, narrow.issue("outside", nil), narrow),
		row("T28", "path length", trust.RuleCertificateChain, plain, below.issue("too deep", nil), below, noPath),
		row("T28", "expired", trust.RuleExpired, plain, spoiled(func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })),
		row("T28", "not yet valid", trust.RuleNotYetValid, plain, spoiled(func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 1) })),
		row("T28", "chain of a hundred", trust.RuleBundleMalformed, plain, chain100...),
		row("T28", "loop of authorities", trust.RuleCertificateChain, plain, loopC.issue("looped", nil), loopC, loopB, loopA),
		row("T28", "chain out of order", trust.RuleCertificateChain, plain, leaf, root, middle),
		row("T28", "unknown critical extension", trust.RuleCertificateChain, plain, spoiled(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		})),
		{"T28", "bytes that are no certificate", plain, one(replaced(certified(t, direct), base64.StdEncoding.EncodeToString(direct.cert.Raw), "AAAA")), trust.RuleCertificate, time.Time{}},
		{"T28", "signed with another key than the certificate's", plain, one(swapped), trust.RuleBadSignature, time.Time{}},
		{"T13", "signer with RSA", plain, one(rsaLeaf), trust.RuleCertificateUsage, time.Time{}},
		row("", "subject that is named", "", ring(t, anchored(root, "subjects: [somebody, direct]")), direct),
		row("", "subject that is named by its URI", "", ring(t, anchored(root, "subjects: [https://acme.example/direct]")), direct),
		row("", "subject that is not named", trust.RuleCertificateSubject, ring(t, anchored(root, "subjects: [somebody]")), direct),
		row("T17", "authority of another scope", trust.RuleScope, ring(t, strings.Replace(anchored(root), "com.acme.**", "com.other.**", 1)), direct),
		row("", "current revocation list of the authority", "", revoked(big.NewInt(4711)), direct),
		row("", "revoked by the authority", trust.RuleRevoked, revoked(direct.cert.SerialNumber), direct),
		row("", "middle authority revoked", trust.RuleRevoked, revoked(middle.cert.SerialNumber), leaf, middle),
		row("", "revocation list of the authority is old", trust.RuleCertificateUnproved, ring(t, anchored(root, root.crl(now))), direct),
		row("", "revocation list of another authority", trust.RuleCertificateUnproved, ring(t, anchored(root, middle.crl(now.AddDate(0, 1, 0)))), direct),
		row("T28", "revoked by the newer of two lists, which is first", trust.RuleRevoked, ring(t, anchored(root, crls(newer, older))), direct),
		row("T28", "revoked by the newer of two lists, which is last", trust.RuleRevoked, ring(t, anchored(root, crls(older, newer))), direct),
		row("T28", "an old list beside the current one", "", ring(t, anchored(root, crls(ended, root.list(2, nil)))), direct),
		{"T18", "two certificates of one person", ring(t, "threshold: 2\n"+anchored(root)), [][]byte{certified(t, direct), certified(t, root.issue("direct p384", func(c *x509.Certificate) { c.Subject.CommonName = "direct" }))}, trust.RuleThreshold, time.Time{}},
		{"T18", "a key and a certificate", ring(t, "threshold: 2\n"+anchored(root), entry("acme", newKey("acme"))), [][]byte{certified(t, direct), sign(t, newKey("acme"))}, "", time.Time{}},
		{"T18", "a key, bare and in a certificate", ring(t, "threshold: 2\n"+anchored(root), entry("same", newKey("direct"))), [][]byte{certified(t, direct), sign(t, newKey("direct"))}, trust.RuleThreshold, time.Time{}},
	}
}

// rekeyed is an authority of the same name with another key.
func (a *authority) rekeyed() *authority {
	return (*authority)(nil).issue("ca of another key", func(c *x509.Certificate) { c.Subject = a.cert.Subject; c.SubjectKeyId = nil })
}

func rsaCertificate(t testing.TB, root *authority) []byte {
	t.Helper()
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	good := root.issue("rsa signer", nil)
	der := must(x509.CreateCertificate(rand.Reader, good.cert, root.cert, key.Public(), root.key))
	return replaced(certified(t, good), base64.StdEncoding.EncodeToString(good.cert.Raw), base64.StdEncoding.EncodeToString(der))
}

// verify is what the table is held against.
type verify func(r *trust.Ring, s trust.Subject, bundles [][]byte, now time.Time) (*trust.Verified, error)

// failures are the rows that a verifier gets wrong.
func failures(t testing.TB, v verify) []string {
	var wrong []string
	for _, a := range attacks(t) {
		at := a.at
		if at.IsZero() {
			at = now
		}
		start := time.Now()
		got, err := v(a.ring, subject, a.bundles, at)
		took := time.Since(start)
		switch rule := trust.RuleOf(err); {
		case rule != a.rule, (err == nil) != (a.rule == ""), (got == nil) != (err != nil):
			wrong = append(wrong, fmt.Sprintf("%s %s: %v, want %q", a.id, a.name, err, a.rule))
		case err == nil && len(got.Signers) == 0:
			wrong = append(wrong, fmt.Sprintf("%s %s: nobody signed", a.id, a.name))
		case took > 100*time.Millisecond && !hosttest.UnderRace:
			wrong = append(wrong, fmt.Sprintf("%s %s: took %s", a.id, a.name, took))
		}
	}
	return wrong
}

func TestAttacks(t *testing.T) {
	for _, text := range failures(t, (*trust.Ring).Verify) {
		t.Error(text)
	}
}

// TestAttacksSabotaged: the table is red for a verifier that believes everything
// and for one that believes nothing.
func TestAttacksSabotaged(t *testing.T) {
	var believed, refused int
	for _, a := range attacks(t) {
		if a.rule == "" {
			believed++
		} else {
			refused++
		}
	}
	yes := func(*trust.Ring, trust.Subject, [][]byte, time.Time) (*trust.Verified, error) {
		return &trust.Verified{Signers: []trust.Signer{{Name: "anybody"}}}, nil
	}
	no := func(*trust.Ring, trust.Subject, [][]byte, time.Time) (*trust.Verified, error) {
		return nil, &trust.Refusal{Rule: "no"}
	}
	if got := len(failures(t, yes)); got != refused || refused < 100 {
		t.Errorf("of %d rows to refuse a verifier that always says yes fails %d", refused, got)
	}
	if got := len(failures(t, no)); got != believed+refused || believed < 20 {
		t.Errorf("of %d rows a verifier that always says no fails %d; %d are to be believed", believed+refused, got, believed)
	}
}

// TestT04 flips a bit of the file at a thousand places.
func TestT04(t *testing.T) {
	acme := newKey("acme")
	r := ring(t, "", entry("acme", acme))
	file := slices.Repeat(pluginBytes, 100)
	s := trust.SubjectOf(file, pluginInfo)
	bundles := [][]byte{must(trust.Sign(acme, s)), must(trust.SignBare(acme, file))}
	if _, err := r.Verify(s, bundles, now); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		bad := slices.Clone(file)
		bad[i*len(file)/1000] ^= 1 << (i % 8)
		if _, err := r.Verify(trust.SubjectOf(bad, pluginInfo), bundles, now); trust.RuleOf(err) != trust.RuleWrongDigest {
			t.Fatalf("bit %d: %v", i, err)
		}
	}
}

// TestT36 verifies with one ring from several goroutines.
func TestT36(t *testing.T) {
	r := ring(t, "threshold: 2\n", entry("acme", newKey("acme")), entry("qa", newKey("qa")))
	bundles := [][]byte{sign(t, newKey("acme")), sign(t, newKey("qa")), sign(t, newKey("stranger"))}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 20 {
				if v, err := r.Verify(subject, bundles, now); err != nil || len(v.Signers) != 2 || len(v.Ignored) != 1 {
					t.Errorf("%+v, %v", v, err)
				}
				r.Info(now)
			}
		})
	}
	wg.Wait()
}

// TestHostileWords: what a bundle says stands escaped and shortened in sentences.
func TestHostileWords(t *testing.T) {
	acme := newKey("acme")
	r := ring(t, "", entry("acme", acme))
	evil := strings.Repeat("\\u001b[2J\\u202e\u0430", 100)
	for name, bundle := range map[string][]byte{
		"hint":       forge{key: acme, hint: strings.ReplaceAll(evil, `\\`, `\`)}.bundle(),
		"media type": []byte(`{"mediaType":"` + evil + `"}`),
		"field":      replaced(sign(t, acme), `"payload":`, `"`+evil+`":1,"payload":`),
		"predicate":  forge{key: acme, payload: statement("", trust.PredicateType, evil)}.bundle(),
		"id":         forge{key: acme, payload: statement("", `"id":"com.acme.doctor"`, `"id":"`+evil+`"`)}.bundle(),
		"digest":     forge{key: acme, payload: statement("", subject.SHA256, evil)}.bundle(),
	} {
		_, err := r.Verify(subject, one(bundle), now)
		var refusal *trust.Refusal
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, c := range refusal.Error() + refusal.Hint {
			if c < ' ' || c > '~' {
				t.Errorf("%s: %q", name, refusal.Text)
				break
			}
		}
		if len(refusal.Text) > 700 {
			t.Errorf("%s: %d bytes", name, len(refusal.Text))
		}
	}
}

// TestSentences: every rule has a sentence of its own, no two rows of different
// rules read the same.
func TestSentences(t *testing.T) {
	rules := map[string]string{}
	for _, a := range attacks(t) {
		at := a.at
		if at.IsZero() {
			at = now
		}
		_, err := a.ring.Verify(subject, a.bundles, at)
		var refusal *trust.Refusal
		if !errors.As(err, &refusal) {
			continue
		}
		if refusal.Text == "" || strings.HasSuffix(refusal.Text, ".") || strings.ToLower(refusal.Text[:1]) != refusal.Text[:1] {
			t.Errorf("%s: %q is no sentence of ours", a.name, refusal.Text)
		}
		if rule, ok := rules[refusal.Text]; ok && rule != refusal.Rule {
			t.Errorf("%q is said by %s and by %s", refusal.Text, rule, refusal.Rule)
		}
		rules[refusal.Text] = refusal.Rule
	}
}
