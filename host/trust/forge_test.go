package trust_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/trust"
)

const inToto = "application/vnd.in-toto+json"

// forge makes bundles that Sign would never make. What it leaves empty is as Sign
// has it.
type forge struct {
	key         crypto.Signer
	hint        string // base64; that of the key by default
	payload     string
	payloadType string // both signed and said
	saidType    string // said and not signed
	chain       []*x509.Certificate
	signature   []byte // instead of the key's
}

func (f forge) bundle() []byte {
	public := must(trust.NewPublicKey(f.key.Public(), nil))
	if f.payload == "" {
		f.payload = statement("")
	}
	if f.payloadType == "" {
		f.payloadType = inToto
	}
	if f.saidType == "" {
		f.saidType = f.payloadType
	}
	if f.hint == "" {
		f.hint = base64.StdEncoding.EncodeToString(must(hex.DecodeString(strings.TrimPrefix(public.Digest(), "sha256:"))))
	}
	if f.signature == nil {
		f.signature = signText(f.key, fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(f.payloadType), f.payloadType, len(f.payload), f.payload))
	}
	material := map[string]any{"publicKey": map[string]any{"hint": f.hint}}
	if f.chain != nil {
		var certs []any
		for _, c := range f.chain {
			certs = append(certs, map[string]any{"rawBytes": c.Raw})
		}
		material = map[string]any{"x509CertificateChain": map[string]any{"certificates": certs}}
	}
	return must(json.Marshal(map[string]any{
		"mediaType":            trust.MediaType,
		"verificationMaterial": material,
		"dsseEnvelope": map[string]any{"payload": []byte(f.payload), "payloadType": f.saidType,
			"signatures": []any{map[string]any{"sig": f.signature}}},
	}))
}

func signText(key crypto.Signer, text []byte) []byte {
	hash := crypto.SHA256
	switch public := must(trust.NewPublicKey(key.Public(), nil)); public.Algorithm() {
	case "Ed25519":
		hash = 0
	case "ECDSA P-384":
		hash = crypto.SHA384
	}
	return must(crypto.SignMessage(key, rand.Reader, text, hash))
}

// statement is the statement that Sign signs; changes are pairs of a text in it
// and what stands there instead.
func statement(from string, changes ...string) string {
	text := from
	if text == "" {
		short, long := sha256.Sum256(pluginBytes), sha512.Sum512(pluginBytes)
		text = fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"com.acme.doctor","digest":{"sha256":"%x","sha512":"%x"}}],`+
			`"predicateType":"%s","predicate":{"id":"com.acme.doctor","version":"1.2.0"}}`, short, long, trust.PredicateType)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			panic("the statement has no " + changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text
}

// replaced changes a text in a bundle; it must be there.
func replaced(bundle []byte, old, new string) []byte {
	if !bytes.Contains(bundle, []byte(old)) {
		panic("the bundle has no " + old)
	}
	return bytes.Replace(bundle, []byte(old), []byte(new), 1)
}

// flipped changes one bit of a base64 field.
func flipped(t testing.TB, bundle []byte, field string) []byte {
	t.Helper()
	_, rest, ok := strings.Cut(string(bundle), `"`+field+`":"`)
	text, _, _ := strings.Cut(rest, `"`)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) == 0 {
		t.Fatalf("no field %s: %v", field, err)
	}
	raw[len(raw)/2] ^= 1
	return replaced(bundle, text, base64.StdEncoding.EncodeToString(raw))
}

// authority is a certificate and its key.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issue makes a certificate; change may spoil it. The key is that of newKey(name).
func (a *authority) issue(name string, change func(c *x509.Certificate)) *authority {
	sum := sha256.Sum256([]byte(name))
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(sum[:8]),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"ACME Inc."}},
		NotBefore:    now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		BasicConstraintsValid: true,
	}
	if strings.HasPrefix(name, "ca") {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		c.SubjectKeyId = sum[:20]
	} else {
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
		c.URIs = []*url.URL{must(url.Parse("https://acme.example/" + name))}
	}
	if change != nil {
		change(c)
	}
	key := newKey(name)
	parent, signer := c, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der := must(x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer))
	return &authority{must(x509.ParseCertificate(der)), key}
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// anchored is the part of a trust file that believes an authority; more are
// further fields.
func anchored(a *authority, more ...string) string {
	return "authorities:\n" + anchor("site", "com.acme.**", a, more...)
}

// anchor is one entry of that part.
func anchor(name, plugins string, a *authority, more ...string) string {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
	fields := append([]string{"name: " + name, "certificates: |\n      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      "), `plugins: ["` + plugins + `"]`}, more...)
	return "  - " + strings.Join(fields, "\n    ") + "\n"
}

// crl revokes the serial numbers.
func (a *authority) crl(next time.Time, serials ...*big.Int) string {
	return crls(a.list(1, func(l *x509.RevocationList) { l.NextUpdate = next }, serials...))
}

// list is a revocation list as PEM; change may spoil it.
func (a *authority) list(number int64, change func(l *x509.RevocationList), serials ...*big.Int) string {
	list := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: now.AddDate(0, -1, 0), NextUpdate: now.AddDate(0, 1, 0)}
	for _, n := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: now.AddDate(0, -2, 0)})
	}
	if change != nil {
		change(list)
	}
	der := must(x509.CreateRevocationList(rand.Reader, list, a.cert, a.key))
	return string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
}

// crls is the field of an authority with these lists, in this order.
func crls(lists ...string) string {
	return "crls: |\n      " + strings.ReplaceAll(strings.TrimSpace(strings.Join(lists, "")), "\n", "\n      ")
}

func certified(t testing.TB, chain ...*authority) []byte {
	t.Helper()
	return forge{key: chain[0].key, chain: certs(chain)}.bundle()
}

func certs(chain []*authority) []*x509.Certificate {
	var all []*x509.Certificate
	for _, a := range chain {
		all = append(all, a.cert)
	}
	return all
}
