package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/settings"
)

func TestBadSet(t *testing.T) {
	dir := t.TempDir()
	large := write(t, dir, "large", strings.Repeat("x", 64<<10+1))
	binary := write(t, dir, "binary", "hunter2\x00")
	wide := write(t, dir, "wide", "h\x00u\x00")
	latin := write(t, dir, "latin", "ok\nhunter2\xe9")
	for _, c := range []struct {
		set, setFile []string
		want         string
	}{
		{set: []string{"hunter2"}, want: "--set number 1: there is no = after the key"},
		{set: []string{"A:B=1", "OCI:Password:hunter2"}, want: "--set number 2: there is no = after the key"},
		{set: []string{""}, want: "--set number 1: there is no = after the key"},
		{set: []string{"=hunter2"}, want: "--set number 1: the key is empty"},
		{set: []string{"  =hunter2"}, want: "--set number 1: the key is empty"},
		{set: []string{"OCI:=hunter2"}, want: "--set number 1: a section of the key is empty"},
		{set: []string{":OCI=hunter2"}, want: "--set number 1: a section of the key is empty"},
		{set: []string{"A____B=hunter2"}, want: "--set number 1: a section of the key is empty"},
		{set: []string{"a..b=hunter2"}, want: "--set number 1: a section of the key is empty"},
		{set: []string{"A:\x1b[31m=hunter2"}, want: "--set number 1: the key is no printable text"},
		{set: []string{"A:\xff=hunter2"}, want: "--set number 1: the key is no printable text"},
		{set: []string{"A:B=hunter2\xff"}, want: "--set number 1: the value is not UTF-8 text"},
		{set: []string{strings.Repeat("k", 1025) + "=hunter2"}, want: "--set number 1: the key is longer than 1024 bytes"},
		{setFile: []string{"hunter2"}, want: "--set-file number 1: there is no = after the key"},
		{setFile: []string{"OCI:Password=hunter2"}, want: "--set-file number 1: OCI:Password: no such file"},
		{setFile: []string{"hunter2=="}, want: "--set-file number 1: no such file"},
		{setFile: []string{"OCI:Password=" + dir}, want: "--set-file number 1: OCI:Password: this is a directory"},
		{setFile: []string{"OCI:Password=" + large}, want: "--set-file number 1: OCI:Password: the file is larger than 64 KiB"},
		{setFile: []string{"OCI:Password=" + binary}, want: "--set-file number 1: OCI:Password: line 1: a zero byte; this is no text file"},
		{setFile: []string{"OCI:Password=" + wide}, want: "--set-file number 1: OCI:Password: the text is UTF-16; save it as UTF-8"},
		{setFile: []string{"OCI:Password=" + latin}, want: "--set-file number 1: OCI:Password: line 2: a byte that is not UTF-8 text"},
	} {
		store, err := settings.Load(settings.Options{Set: c.set, SetFile: c.setFile, NoDefaultFiles: true})
		var typed *settings.Error
		if !errors.As(err, &typed) || typed.File != "" || store != nil || err.Error() != c.want {
			t.Errorf("%q %q: got %v\nwant %s", c.set, c.setFile, err, c.want)
		}
	}
}

func TestSetFileText(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"s3cr=t": "s3cr=t", "s3cret\n": "s3cret", "s3cret\r\n": "s3cret", "a\nb\n": "a\nb", "\xef\xbb\xbfs3cret\n": "s3cret",
		" s3cret ": "s3cret", strings.Repeat("x", 64<<10): strings.Repeat("x", 64<<10),
	} {
		store := load(t, settings.Options{SetFile: []string{"OCI:Password=" + write(t, dir, "f", content)}})
		if e, _ := store.Lookup("OCI:Password"); e != (settings.Entry{Key: "OCI:Password", Value: want, Origin: "--set-file"}) {
			t.Errorf("%.20q: %.80q", content, e)
		}
		if w := store.Warnings(); len(w) > 0 {
			t.Errorf("warnings %q", w)
		}
	}
	for _, content := range []string{"", "\n", "  \n"} {
		store := load(t, settings.Options{SetFile: []string{"OCI:Password=" + write(t, dir, "f", content)}})
		if len(store.Entries()) > 0 || !slices.Equal(store.Warnings(), []string{"--set-file number 1: the file is empty, which counts as not set"}) {
			t.Errorf("%q: %v %q", content, store.Entries(), store.Warnings())
		}
	}
}

// A pipe is what a shell makes of --set-file Key=<(command).
func TestSetFilePipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := filepath.Join("/dev/fd", strconv.Itoa(int(r.Fd())))
	if _, err := os.Stat(path); err != nil {
		w.Close()
		t.Skip("this system names no open files:", err)
	}
	if _, err := w.WriteString("from a pipe\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if e, _ := load(t, settings.Options{SetFile: []string{"OCI:Password=" + path}}).Lookup("OCI:Password"); e.Value != "from a pipe" {
		t.Errorf("got %+v", e)
	}
}

func TestSecretInSet(t *testing.T) {
	file := write(t, t.TempDir(), "f", canary)
	store := load(t, settings.Options{
		Set:     []string{"OCI:RegistryUrl=https://registry.example.com", "OCI:Password=" + canary, "oci.password=" + canary, "CI:Systems:0:ApiToken=" + canary},
		SetFile: []string{"Registry:Password=" + file},
		Environ: []string{"Vault__Token=" + canary},
	})
	want := []string{
		"--set shows OCI:Password to everyone who can list the processes of this machine: use the environment (OCI__Password) or --set-file OCI:Password=FILE",
		"--set shows CI:Systems:0:ApiToken to everyone who can list the processes of this machine: use the environment (CI__Systems__0__ApiToken) or --set-file CI:Systems:0:ApiToken=FILE",
	}
	if got := store.Warnings(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, e := range store.Entries() {
		if strings.Contains(e.Origin, canary) {
			t.Errorf("the origin of %s holds the value", e.Key)
		}
	}
}
