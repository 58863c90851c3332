package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"

	"stella-ops.org/doctor/host/strictyaml"
)

func (r *Ring) readAuthorities(file strictyaml.Mapping) *strictyaml.Error {
	nodes, err := file.Items("authorities", MaxAuthorities)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		a, err := readAuthority(n)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.authorities, func(other authority) bool { return other.name == a.name }) {
			return strictyaml.At(n.Line(), "authority %s stands there twice", a.name)
		}
		r.authorities = append(r.authorities, a)
	}
	return nil
}

func readAuthority(n strictyaml.Node) (authority, *strictyaml.Error) {
	var a authority
	m, err := n.Mapping("an authority", "name", "certificates", "crls", "plugins", "subjects")
	if err != nil {
		return a, err
	}
	if a.name, err = readName(m); err != nil {
		return a, err
	}
	text, err := m.Need("certificates", maxPEM)
	if err != nil {
		return a, err
	}
	var problem string
	if a.anchors, problem = parseAnchors(text); problem != "" {
		return a, strictyaml.At(m.LineOf("certificates"), "authority %s: %s", a.name, problem)
	}
	if text, err = m.Text("crls", maxPEM); err != nil {
		return a, err
	}
	if m.Has("crls") {
		if a.crls, problem = parseCRLs(text); problem != "" {
			return a, strictyaml.At(m.LineOf("crls"), "authority %s: %s", a.name, problem)
		}
	}
	if a.plugins, err = readPatterns(m, true); err != nil {
		return a, err
	}
	if a.subjects, err = m.Texts("subjects", maxPatterns, maxText); err == nil && m.Has("subjects") && len(a.subjects) == 0 {
		err = strictyaml.At(m.LineOf("subjects"), "the list of subjects is empty; leave it out to take all")
	}
	return a, err
}

// parseAnchors reads the certificates of an authority, which are all believed.
func parseAnchors(text string) ([]*x509.Certificate, string) {
	blocks, problem := pemBlocks(text, "CERTIFICATE")
	if problem != "" {
		return nil, problem
	}
	var anchors []*x509.Certificate
	for i, der := range blocks {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Sprintf("certificate %d cannot be read: %s", i+1, plain(err.Error()))
		}
		if !c.BasicConstraintsValid || !c.IsCA || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
			return nil, fmt.Sprintf("certificate %d, of %s, is not that of an authority", i+1, quote(c.Subject.String()))
		}
		if err := judgeIssuer(c); err != nil {
			return nil, fmt.Sprintf("certificate %d, of %s, does not count: %s", i+1, quote(c.Subject.String()), err)
		}
		anchors = append(anchors, c)
	}
	return anchors, ""
}

// pemBlocks reads a text that holds PEM blocks of one type. Text between them is
// for people, as openssl writes it; but every block that begins must be read.
func pemBlocks(text, kind string) ([][]byte, string) {
	var blocks [][]byte
	for rest := []byte(text); ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != kind {
			return nil, fmt.Sprintf("PEM block %d is of type %s; %s is wanted", len(blocks)+1, quote(block.Type), kind)
		}
		blocks, rest = append(blocks, block.Bytes), after
	}
	switch begun := bytes.Count([]byte(text), []byte("-----BEGIN ")); {
	case len(blocks) == 0:
		return nil, "there is no PEM block of type " + kind
	case begun != len(blocks):
		return nil, fmt.Sprintf("of %d PEM blocks only %d can be read", begun, len(blocks))
	case len(blocks) > maxAnchors:
		return nil, fmt.Sprintf("there are more than %d PEM blocks", maxAnchors)
	}
	return blocks, ""
}
