package report

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
)

// HTMLStyle returns the style sheet of the pages that this program writes, and the
// content security policy that admits it and nothing else.
func HTMLStyle() (policy string, style template.CSS) {
	sum := sha256.Sum256([]byte(htmlStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'", template.CSS(htmlStyle)
}
