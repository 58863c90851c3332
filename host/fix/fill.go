package fix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"stella-ops.org/doctor/sdk/wire"
)

// FillError says that a value cannot be put where a step has its placeholder.
type FillError struct {
	Check   string
	Step    int
	Name    string
	Problem string
}

func (e *FillError) Error() string {
	return fmt.Sprintf("the value of <%s> does not fit step %d of check %s: %s", e.Name, e.Step, e.Check, e.Problem)
}

// MaxValue is the longest value of a placeholder, in bytes.
const MaxValue = 2048

// IsName reports whether a text is the name of a placeholder: a noun in lower
// case, its words joined by hyphens.
func IsName(name string) bool { return placeholder.MatchString("<" + name + ">") }

var placeholder = regexp.MustCompile(`^<[a-z][a-z0-9]*(?:-[a-z0-9]+)*>$`)

// unquoted finds what looks like a placeholder outside of quotes, where a shell
// would read it as two redirections.
var unquoted = regexp.MustCompile(`<[a-z][a-z0-9]*(?:-[a-z0-9]+)*>`)

// Placeholders are the placeholders of a step, sorted: those that it names, and those
// that stand in its command outside of quotes. Within quotes a command may have
// angle brackets of its own, such as the <unset> that it prints.
func Placeholders(s *wire.Step) []string {
	names, command := slices.Clone(s.Placeholders), s.Command
	for _, at := range unquoted.FindAllStringIndex(command, -1) {
		if where(command, at[0]).quote == 0 {
			names = append(names, command[at[0]+1:at[1]-1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ValueProblem returns what is wrong with a value for any place, or nothing.
func ValueProblem(value string) string {
	user, _, isUser := strings.Cut(value, "@")
	switch {
	case strings.TrimSpace(value) != value:
		return "there is space around it"
	case value == "":
		return "it is empty"
	case len(value) > MaxValue:
		return fmt.Sprintf("it is longer than %d bytes", MaxValue)
	case value[0] == '-':
		return "it begins with a hyphen, which programs take for an option"
	case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "it is no printable text of one line"
	case strings.ContainsAny(value, "<>"):
		return "it has an angle bracket, as a placeholder has"
	case isUser && strings.Contains(user, ":"):
		return "it holds a user name or password, which must be in no command line"
	}
	return ""
}

// fill puts a value in place of a placeholder wherever it stands in a command,
// quoted as the place demands. It returns a problem where that cannot be done
// safely: a command may hand a quoted text on to another program, which reads
// it with rules of its own.
func fill(command, name, value string) (filled, problem string) {
	if problem := ValueProblem(value); problem != "" {
		return command, problem
	}
	mark := "<" + name + ">"
	for from := 0; ; {
		i := strings.Index(command[from:], mark)
		if i < 0 {
			return command, ""
		}
		i += from
		quoted, problem := quotedFor(command, i, len(mark), value)
		if problem != "" {
			return command, problem
		}
		command = command[:i] + quoted + command[i+len(mark):]
		from = i + len(quoted)
	}
}

// plain are the characters that no shell and none of the programs of a remedy
// gives a meaning to.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:%+,@-"

// quotedFor quotes a value for the place of a placeholder of so many bytes.
func quotedFor(command string, at, size int, value string) (quoted, problem string) {
	if strings.Trim(value, plain) == "" {
		return value, ""
	}
	p := where(command, at)
	if p.nested {
		return "", "its characters mean something to a shell, and it stands in a substitution"
	}
	if p.quote == 0 {
		return singleQuoted(value), ""
	}
	text := command[p.start:p.end]
	if strings.Trim(text, plain+"=<>") == "" { // a word, handed on as it is
		if p.quote == '"' {
			return inDouble.Replace(value), ""
		}
		return inSingle.Replace(value), ""
	}
	// A program of jq, yq, awk or a shell: only between double quotes of its own.
	own := p.quote == '\'' && at > p.start && at+size < p.end && command[at-1] == '"' && command[at+size] == '"'
	if own && !strings.ContainsAny(value, "\"'\\$`") {
		return value, ""
	}
	return "", "its characters mean something to the program in whose text it stands"
}

var (
	inDouble = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`")
	inSingle = strings.NewReplacer(`'`, `'\''`)
)

func singleQuoted(s string) string { return "'" + inSingle.Replace(s) + "'" }

// place is what a shell makes of one position of a command.
type place struct {
	quote      byte // ' or ", 0 outside of both
	start, end int  // of the quoted text
	nested     bool // in or after a substitution or a here-document
}

// where reads a command as a shell would, as far as quotes go.
func where(command string, at int) place {
	var p place
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case c == '\\':
			i++
		case c == '`', strings.HasPrefix(command[i:], "$("), strings.HasPrefix(command[i:], "$'"), strings.HasPrefix(command[i:], "<<"):
			p.nested = true
		case c == '\'' || c == '"':
			start, end := i+1, quoteEnd(command, i)
			if at < end {
				p.quote, p.start, p.end = c, start, end
				p.nested = p.nested || end == len(command) || c == '"' && (strings.Contains(command[start:end], "`") || strings.Contains(command[start:end], "$("))
				return p
			}
			i = end
		}
		if i >= at {
			return p
		}
	}
	return p
}

// quoteEnd is the position of the quote that closes the one at i, the length of
// the command when there is none.
func quoteEnd(command string, i int) int {
	for j := i + 1; j < len(command); j++ {
		switch {
		case command[j] == '\\' && command[i] == '"':
			j++
		case command[j] == command[i]:
			return j
		}
	}
	return len(command)
}
