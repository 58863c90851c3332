package trust

import _ "embed"

// Template is a trust file with everything that it may hold, for people to begin
// with. As it stands it believes nobody.
//
//go:embed template.yaml
var Template string
