package settings

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Nothing that was typed after --set or --set-file is repeated in an error
// unless it is plainly a key: it may be a password in the wrong place.

func (s *Store) addSet(args []string) error {
	for i, arg := range args {
		name, value, err := splitSet("--set", i, arg)
		if err != nil {
			return err
		}
		if !utf8.ValidString(value) {
			return setError("--set", i, "the value is not UTF-8 text")
		}
		s.onSet = append(s.onSet, name)
		s.put(Entry{Key: name, Value: value, Origin: "--set"})
	}
	return nil
}

func (s *Store) addSetFile(args []string) error {
	for i, arg := range args {
		name, path, err := splitSet("--set-file", i, arg)
		if err != nil {
			return err
		}
		value, err := readText(path, maxSetFile)
		if err != nil {
			problem := err.Error()
			if strings.Contains(name, ":") { // a key indeed
				problem = name + ": " + problem
			}
			return setError("--set-file", i, problem)
		}
		value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
		if !s.put(Entry{Key: name, Value: value, Origin: "--set-file"}) {
			s.warn("--set-file number %d: the file is empty, which counts as not set", i+1)
		}
	}
	return nil
}

func splitSet(flag string, i int, arg string) (key, value string, err error) {
	key, value, found := strings.Cut(arg, "=")
	if !found {
		return "", "", setError(flag, i, "there is no = after the key")
	}
	key, problem := typedKey(key)
	if problem != "" {
		return "", "", setError(flag, i, problem)
	}
	return key, value, nil
}

func setError(flag string, i int, problem string) *Error {
	return &Error{Problem: fmt.Sprintf("%s number %d: %s", flag, i+1, problem)}
}

// typedKey brings a key that was typed on the command line into document form.
// A plugin's id in an override has dots, so dots separate only where nothing
// else does.
func typedKey(text string) (key, problem string) {
	key = strings.TrimSpace(text)
	switch {
	case key == "":
		return "", "the key is empty"
	case len(key) > maxKey:
		return "", fmt.Sprintf("the key is longer than %d bytes", maxKey)
	case !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", "the key is no printable text"
	case strings.Contains(key, ":"):
	case strings.Contains(key, "__"):
		key = strings.ReplaceAll(key, "__", ":")
	default:
		key = strings.ReplaceAll(key, ".", ":")
	}
	for _, s := range segments(key) {
		if s == "" {
			return "", "a section of the key is empty"
		}
	}
	return key, ""
}
