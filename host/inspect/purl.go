package inspect

import "strings"

// PURL is the package URL of the module: pkg:golang/example.com/mod@v1.2.3.
// https://github.com/package-url/purl-spec
func (d Dependency) PURL() string {
	purl := "pkg:" + d.Ecosystem
	path := d.Path
	if d.Ecosystem == EcosystemGo {
		path = strings.ToLower(path) // as the specification has it for this type
	}
	for segment := range strings.SplitSeq(path, "/") {
		purl += "/" + escapePURL(segment)
	}
	if d.Version != "" {
		purl += "@" + escapePURL(d.Version)
	}
	return purl
}

// escapePURL escapes all but what the specification leaves as it is.
func escapePURL(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == '~', c == ':':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
