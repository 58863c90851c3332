package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle"
	"stella-ops.org/doctor/host/bundle/bundletest"
)

// makeBundles writes hostile bundles, each with one thing wrong with it, and sound,
// from which they are made: mkbundles DIR. The one that is larger than any bundle may
// be is left to the tests of package bundle.
func makeBundles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mkbundles DIR")
	}
	var b bytes.Buffer
	ts.Check(bundle.Export(&b, bundle.Content{
		Plugins: []*artifact.Artifact{
			{Plugin: bundletest.Plugin("com.acme.doctor", "1.2.0", "Acme"), Attached: []artifact.Attachment{
				{Kind: artifact.Signature, Data: []byte(`{"signature":1}`)}, {Kind: artifact.SBOM, Data: []byte(`{"bomFormat":"CycloneDX"}`)},
			}},
		},
		Keys: []byte("schema: stellaops.doctor.trust/v1\n"),
	}))
	write := func(name string, data []byte) {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), name+".tar"), data, 0o644))
	}
	ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o755))
	write("sound", b.Bytes())
	for n, c := range bundletest.Cases(b.Bytes(), bundletest.Plugin("com.acme.doctor", "1.2.0", "Evil")) {
		if c.Name != "total-bomb" {
			write(fmt.Sprintf("%03d-%s", n, c.Name), c.Make())
		}
	}
}

// canUnshare tells whether a script can make a network namespace, by the words in
// UNSHARE.
func canUnshare() bool {
	return exec.Command("unshare", append(unshareFlags(), "true")...).Run() == nil
}

func unshareFlags() []string {
	if os.Geteuid() == 0 {
		return []string{"-n"}
	}
	return []string{"-r", "-n"}
}
