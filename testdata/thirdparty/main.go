// Command doctor-plugin is a Doctor plugin by a third party. It is a module of
// its own, as a stranger's would be, and needs the Doctor module for its code
// and one other, golang.org/x/tools, for the text files of its test.
//
//	stella doctor plugin build . -o acme.wasm
//	stella doctor run --plugin ./acme.wasm --set Acme:Url=http://web.example.com
package main

import (
	"stella-ops.org/doctor/sdk"
)

func init() { sdk.Register(plugin) }

func main() {}

var plugin = sdk.Plugin{
	ID:          "acme.doctor.web",
	Name:        "Acme Web",
	Version:     "1.0.0",
	Category:    "integration",
	Description: "Checks the web server of Acme.",
	Checks:      []sdk.Check{webHealth},
}
