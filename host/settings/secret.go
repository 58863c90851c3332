package settings

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

// secretKeys are the keys that are secret by name; an asterisk stands for an
// item number. The first ones are those that doctor-domain marks (S), in folded
// form; then a section that holds nothing but secrets, and the one setting of
// the host itself that may carry a password.
const secretKeys = `
	oci:token registry:token oci:password registry:password
	ci:systems:*:apitoken ci:apitoken
	secrets:managers:*:token secrets:vault:token vault:token
	slack:webhookurl notify:slack:webhookurl teams:webhookurl notify:teams:webhookurl
	webhooks:endpoints:*:url
	doctor:proxy
`

// secretWords make every key secret whose last name contains one of them
// (CONTRACT §1), separators left out: ApiToken, client_secret, Access-Key.
// Rather a TokenEndpoint too many than a PasswordHash too few.
const secretWords = "password passwd secret token apikey accesskey privatekey connectionstring webhookurl"

// IsSecret reports whether the value of a key is secret by the host's own list,
// whatever a plugin declares. The key may carry an override prefix, item
// numbers or asterisks, and be in any case.
func IsSecret(key string) bool {
	form := secretForm(key)
	if secretNames().keys[form] || strings.HasPrefix(form, "connectionstrings:") {
		return true
	}
	// The values of a list of secrets are named by nothing but their numbers.
	name := form
	for strings.HasSuffix(name, ":*") {
		name = strings.TrimSuffix(name, ":*")
	}
	name = name[strings.LastIndexByte(name, ':')+1:]
	name = withoutSeparators.Replace(name)
	return slices.ContainsFunc(secretNames().words, func(word string) bool { return strings.Contains(name, word) })
}

// secretNames are the two lists above, taken apart when they are first needed.
var secretNames = sync.OnceValue(func() (names struct {
	keys  map[string]bool
	words []string
}) {
	names.keys = map[string]bool{}
	for key := range strings.FieldsSeq(secretKeys) {
		names.keys[key] = true
	}
	names.words = strings.Fields(secretWords)
	return names
})

var withoutSeparators = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

// IsSecret is the function [IsSecret] together with what plugins marked: see
// [Store.WithSecrets].
func (s *Store) IsSecret(key string) bool {
	return s.marked[secretForm(key)] || IsSecret(key)
}

// WithSecrets returns a store with the same values in which the keys and
// aliases of every setting in infos that is marked secret are secret, for all
// plugins. The host calls it once with the settings of the whole catalog: what
// one plugin calls secret, no other may read.
func (s *Store) WithSecrets(infos []wire.SettingInfo) *Store {
	marked := map[string]bool{}
	maps.Copy(marked, s.marked)
	for _, info := range infos {
		if !info.Secret {
			continue
		}
		for _, key := range plainKeys(info) {
			marked[secretForm(key)] = true
		}
	}
	with := *s
	with.marked = marked
	return &with
}

// secretForm is a key without override prefix, folded, with an asterisk for
// every item number.
func secretForm(key string) string {
	segs := withoutOverride(segments(key))
	form := make([]string, len(segs))
	for i, s := range segs {
		if _, isItem := itemNumber(s); isItem {
			s = "*"
		}
		form[i] = fold(s)
	}
	return strings.Join(form, ":")
}

// maskUserInfo replaces user name and password in an address by ***. Such an
// address is refused everywhere; this keeps what is in it out of guests until
// then, in settings of any type.
//
// A password may hold the characters that end an authority (https://a:b/c@host),
// so where there is one, everything up to the last @ goes. Where the first part
// is plainly host and port, an @ further on belongs to the path.
func maskUserInfo(value string) string {
	scheme, rest, found := strings.Cut(value, "://")
	last := strings.LastIndexByte(rest, '@')
	if !found || last < 0 {
		return value
	}
	authority := rest
	if i := strings.IndexAny(rest, `/\?#`); i >= 0 {
		authority = rest[:i]
	}
	host, port, hasPort := strings.Cut(authority, ":")
	plain := !strings.Contains(authority, "@") &&
		(!hasPort || strings.HasPrefix(host, "[") || strings.Trim(port, "0123456789") == "")
	if plain {
		return value
	}
	return scheme + "://***" + rest[last:]
}

// maskBareUserInfo does the same for an address whose scheme is missing or
// mistyped: user:password@host, https:/user:password@host. It is for settings
// that are addresses; in others a colon before an @ means something else, such
// as registry.example.com:5000/team/app@sha256:….
func maskBareUserInfo(value string) string {
	scheme, _, found := strings.Cut(value, "://")
	last := strings.LastIndexByte(value, '@')
	if found && !strings.Contains(scheme, "@") || last < 0 {
		return value
	}
	start := 0
	for _, s := range []string{"http:", "https:"} {
		if strings.HasPrefix(fold(value), s) {
			start = len(s)
		}
	}
	start += len(value[start:]) - len(strings.TrimLeft(value[start:], `/\`))
	if start > last || !strings.Contains(value[start:last], ":") {
		return value
	}
	return value[:start] + "***" + value[last:]
}
