package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-dir", dir}, &stdout, &stderr); code != 0 || stdout.Len()+stderr.Len() > 0 {
		t.Fatalf("code %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	const want = "ca.pem client.key client.pem expired.key expired.pem not-yet-valid.key not-yet-valid.pem server.key server.pem wrong-name.key wrong-name.pem"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("files %s\nwant  %s", got, want)
	}

	if code := run([]string{"-list"}, &stdout, &stderr); code != 0 || strings.Count(stdout.String(), "\n") != 6 {
		t.Errorf("-list: code %d\n%s", code, &stdout)
	}
	if code := run(nil, &stdout, &stderr); code != 2 || stderr.String() != "certs: write -dir DIR and nothing else\n" {
		t.Errorf("no -dir: code %d, stderr %q", code, &stderr)
	}
	stderr.Reset()
	if code := run([]string{"-dir", filepath.Join(dir, "ca.pem", "x")}, &stdout, &stderr); code != 1 || !strings.HasPrefix(stderr.String(), "certs: ") {
		t.Errorf("unwritable: code %d, stderr %q", code, &stderr)
	}
}
