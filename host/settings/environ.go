package settings

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// variable is one environment variable that is a setting.
type variable struct{ name, key, value string }

func (s *Store) addEnvironment(environ []string) {
	var vars []variable
	seen := map[string]bool{}
	for _, text := range environ {
		name, value, _ := strings.Cut(text, "=")
		key, ok := variableKey(name)
		// Of one name twice the first counts, as for os.Getenv.
		if !ok || seen[name] || strings.TrimSpace(value) == "" {
			continue
		}
		seen[name] = true
		vars = append(vars, variable{name, key, value})
	}
	// The environment is a set: without an order of our own, which of two
	// spellings wins would depend on who started the program.
	slices.SortFunc(vars, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	winner := map[string]string{}
	for _, v := range vars {
		if !utf8.ValidString(v.value) {
			s.warn("environment %s: the value is not UTF-8 text and is ignored", v.name)
			continue
		}
		if first, taken := winner[fold(v.key)]; taken {
			s.warn("environment %s and %s name the same setting: the first is used", first, v.name)
			continue
		}
		winner[fold(v.key)] = v.name
		s.put(Entry{Key: v.key, Value: v.value, Origin: "environment " + v.name})
	}
}

// variableKey brings the name of a variable into document form. Names that are
// none of ours are not wrong: an environment belongs to many programs. So
// __CF_USER_TEXT_ENCODING, A____B and BASH_FUNC_x__y%% are simply no settings.
func variableKey(name string) (string, bool) {
	parts := strings.Split(name, "__")
	if len(parts) < 2 || len(name) > maxKey {
		return "", false
	}
	for _, p := range parts {
		if p == "" || p[0] == '_' || strings.ContainsFunc(p, notInName) {
			return "", false
		}
	}
	return strings.Join(parts, ":"), true
}

func notInName(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-', r == '.':
		return false
	}
	return true
}

// getenv is os.Getenv on a given environment.
func getenv(environ []string, name string) string {
	for _, text := range environ {
		if value, ok := strings.CutPrefix(text, name+"="); ok {
			return value
		}
	}
	return ""
}
