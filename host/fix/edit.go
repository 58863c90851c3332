package fix

import (
	"bytes"
	"regexp"
	"strings"
)

// FileChange is a command that sets one key in one file, taken apart.
type FileChange struct {
	File   string // as the command names it
	Format Format
	// Name is the key in the spelling of the file: a variable, or a path.
	Name string
	// Key is the key in document form.
	Key   string
	Value string
}

// Format is the way in which a file is written.
type Format string

// The formats of the files that a remedy edits.
const (
	EnvFile  Format = "env"
	JSONFile Format = "json" // by jq
	YAMLFile Format = "yaml" // by yq
)

// The files that a remedy edits (doctor-domain §3.0.6).
const (
	DotEnv       = ".env"
	SettingsFile = "/etc/stellaops/appsettings.Production.json"
	ValuesFile   = "values.yaml"
)

const (
	quotedValue = `'((?:[^']|'\\'')*)'`
	keyPath     = `((?:\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,9}\])+)`
)

// The commands that are known: steps C4, B4 and K3 of doctor-domain §3.0.6.
var (
	envCommand = regexp.MustCompile(`^cp -p \.env \.env\.bak && \{ grep -a?iv '\^([A-Za-z_][A-Za-z0-9_]*)=' \.env\.bak; ` +
		`printf '%s\\n' '([A-Za-z_][A-Za-z0-9_]*)=((?:[^']|'\\'')*)'; \} > \.env$`)
	jsonCommand = regexp.MustCompile(`^sudo sh -c 'umask 077; cd /etc/stellaops && jq --arg v "\$1" "` + keyPath + ` = \\\$v" appsettings\.Production\.json > \.doctor\.new ` +
		`&& cp -p appsettings\.Production\.json appsettings\.Production\.json\.bak && cat \.doctor\.new > appsettings\.Production\.json;` +
		`(?: s=\$\?;)? rm -f \.doctor\.new(?:; exit \$s)?' doctor ` + quotedValue + `$`)
	yamlCommand = regexp.MustCompile(`^yq -i '` + keyPath + ` = "([^"'\\]*)"' values\.yaml$`)
)

// ReadEdit returns the change that a command makes when it is one that sets a
// key and does nothing else, nil for every other command. It goes by the whole
// text: what is only like such a command is none.
func ReadEdit(command string) *FileChange {
	if strings.ContainsAny(command, "\n\x00") {
		return nil
	}
	if m := envCommand.FindStringSubmatch(command); m != nil && m[1] == m[2] {
		return &FileChange{File: DotEnv, Format: EnvFile, Name: m[1], Key: strings.ReplaceAll(m[1], "__", ":"), Value: unquote(m[3])}
	}
	if m := jsonCommand.FindStringSubmatch(command); m != nil {
		return &FileChange{File: SettingsFile, Format: JSONFile, Name: m[1], Key: pathKey(m[1]), Value: unquote(m[2])}
	}
	if m := yamlCommand.FindStringSubmatch(command); m != nil {
		return &FileChange{File: ValuesFile, Format: YAMLFile, Name: m[1], Key: pathKey(m[1]), Value: m[2]}
	}
	return nil
}

func unquote(s string) string { return strings.ReplaceAll(s, `'\''`, `'`) }

// pathKey spells a path of jq as a key: .CI.Systems[0].Url is CI:Systems:0:Url.
func pathKey(path string) string {
	return strings.Trim(strings.NewReplacer(".", ":", "[", ":", "]", "").Replace(path), ":")
}

// Program is the program that makes the change, with its arguments: it reads the
// file on standard input and writes the new one to standard output. A change of
// an environment file needs none; see [FileChange.Env].
func (c *FileChange) Program() []string {
	switch c.Format {
	case JSONFile:
		return []string{"jq", "--arg", "v", c.Value, c.Name + " = $v"}
	case YAMLFile:
		return []string{"yq", c.Name + ` = "` + c.Value + `"`, "-"}
	}
	return nil
}

// Env makes the change in the text of an environment file: every line of the
// variable goes, in any case, and the new one stands last.
func (c *FileChange) Env(before []byte) []byte {
	var after bytes.Buffer
	start := []byte(c.Name + "=")
	for line := range bytes.Lines(before) {
		if len(line) >= len(start) && bytes.EqualFold(line[:len(start)], start) {
			continue
		}
		after.Write(bytes.TrimSuffix(line, []byte{'\n'}))
		after.WriteByte('\n')
	}
	after.WriteString(c.Name + "=" + c.Value + "\n")
	return after.Bytes()
}

// Files are the known files that a command names, whatever it does with them.
func Files(command string) []string {
	var named []string
	for _, f := range []struct{ file, word string }{{DotEnv, ".env"}, {SettingsFile, "appsettings.Production.json"}, {ValuesFile, "values.yaml"}} {
		if strings.Contains(command, f.word) {
			named = append(named, f.file)
		}
	}
	return named
}
