package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// The largest files, in bytes.
const (
	maxFile    = 4 << 20
	maxSetFile = 64 << 10
)

// pipeWait is how long the writer of a pipe may keep us waiting.
const pipeWait = 30 * time.Second

func (s *Store) addDefaultFiles(o Options) error {
	if o.NoDefaultFiles {
		return nil
	}
	dir := o.DefaultDir
	if dir == "" {
		dir = DefaultDir
	}
	environment := strings.TrimSpace(getenv(o.Environ, "DOTNET_ENVIRONMENT"))
	if environment == "" {
		environment = "Production"
	}
	// The name becomes part of a path: a slash would lead out of the directory.
	if strings.ContainsFunc(environment, notInName) || environment[0] == '.' {
		return &Error{Problem: "environment DOTNET_ENVIRONMENT: the value is no name of letters, digits, dots, hyphens and underscores"}
	}
	for _, name := range []string{"appsettings.json", "appsettings." + environment + ".json"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := s.addFile(path); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addFile(path string) error {
	text, err := readText(path, maxFile)
	if err != nil {
		return inFile(path, err)
	}
	read := parseYAML
	if isJSON(path, text) {
		read = parseJSON
	}
	doc, err := read(text)
	if err != nil {
		return inFile(path, err)
	}
	for _, l := range doc.leaves {
		s.put(Entry{Key: l.key, Value: l.value, Origin: "file " + path})
	}
	return nil
}

// isJSON tells the format of a file by its extension, or by how its first line
// with content begins.
func isJSON(path, text string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "//") || strings.HasPrefix(text, "/*")
}

// readText reads a text file of at most limit bytes, or a pipe, which is what
// a shell's <(command) is. Devices, sockets and directories are refused.
func readText(path string, limit int64) (string, error) {
	f, err := openFile(path)
	if err != nil {
		return "", &Error{Problem: cause(err)}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", &Error{Problem: cause(err)}
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "", &Error{Problem: "this is a directory"}
	case mode&fs.ModeNamedPipe != 0:
		// A file that takes no deadline is read without one.
		_ = f.SetReadDeadline(time.Now().Add(pipeWait))
	case !mode.IsRegular():
		return "", &Error{Problem: "this is neither a file nor a pipe"}
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", &Error{Problem: cause(err)}
	}
	if int64(len(b)) > limit {
		return "", &Error{Problem: "the file is larger than " + size(limit)}
	}
	return decodeText(b)
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// decodeText takes UTF-8 with or without a byte order mark, and nothing else.
func decodeText(b []byte) (string, error) {
	if bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff}) ||
		len(b) > 1 && (b[0] == 0) != (b[1] == 0) {
		return "", &Error{Problem: "the text is UTF-16; save it as UTF-8"}
	}
	b = bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf})
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return "", at(lineAt(b, i), "a zero byte; this is no text file")
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return "", at(lineAt(b, i), "a byte that is not UTF-8 text")
		}
		i += n
	}
	return string(b), nil
}

// lineAt is the number of the line of the byte at offset.
func lineAt(b []byte, offset int) int {
	return 1 + bytes.Count(b[:offset], []byte{'\n'})
}
