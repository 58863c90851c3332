package wire

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestImports holds what the package pulls into every guest. A guest in standard
// Go with encoding/json, fmt or net/url is half a megabyte larger for each
// plugin, starts slower in the interpreter, and TinyGo cannot build some of
// them. What tests import does not count.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{join .Imports \"\\n\"}}", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	allowed := []string{"math", "strconv", "strings", "unicode/utf8"}
	if got := strings.Fields(string(out)); !slices.Equal(got, allowed) {
		t.Errorf("imports %v, want %v", got, allowed)
	}
	out, err = exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list -deps: %v", err)
	}
	// strings, slices and strconv bring errors and reflectlite along, no more.
	forbidden := []string{"encoding", "encoding/json", "encoding/base64", "fmt", "net", "net/url", "net/netip", "net/http", "os", "reflect", "regexp", "time", "syscall", "bytes", "bufio", "io/fs"}
	for _, dep := range strings.Fields(string(out)) {
		if slices.Contains(forbidden, dep) {
			t.Errorf("package wire depends on %s: guests would carry it", dep)
		}
	}
}
