package settings

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Mask stands in place of a secret.
const Mask = "<set>"

// Visible returns the value of an entry as it may be shown to whoever looks at
// the configuration: Mask for a secret, and no user name or password in an
// address. address says that the setting is declared as one, in which case they
// are found without a scheme as well.
func (s *Store) Visible(e Entry, address bool) string {
	if s.IsSecret(e.Key) {
		return Mask
	}
	value := maskUserInfo(e.Value)
	if address {
		value = maskBareUserInfo(value)
	}
	return MaskQuery(value)
}

// MaskQuery takes the query out of an address: tokens are kept there.
func MaskQuery(value string) string {
	address, query, found := strings.Cut(value, "?")
	if !found || query == "" || !strings.Contains(address, "://") {
		return value
	}
	return address + "?***"
}

// Keys lists the keys under which a setting is looked for, without overrides;
// an asterisk stands for an item number.
func Keys(info wire.SettingInfo) []string { return plainKeys(info) }

// KeyForm brings a key into the form in which keys are compared: letters in
// lower case, an asterisk for every item number. For a key in the override
// section of a plugin, override is that section, and plain the form of the key
// that it stands for; else override is empty and plain is form.
func KeyForm(key string) (form, override, plain string) {
	segs := segments(key)
	for i, s := range segs {
		segs[i] = fold(s)
	}
	under := withoutOverride(segs)
	override = strings.Join(segs[:len(segs)-len(under)], ":")
	for i, s := range segs {
		if _, isItem := itemNumber(s); isItem {
			segs[i] = "*"
		}
	}
	return strings.Join(segs, ":"), override, strings.Join(under, ":")
}

// CompareKeys orders keys as [Store.Entries] does: segment by segment, item
// numbers by value.
func CompareKeys(a, b string) int { return compareKeys(a, b) }

// ParseKey reads a key that a person typed, in any of its spellings: A:B, A__B
// or a.b. A separator at the end is dropped: it names a section. The
// error is an [*Error].
func ParseKey(text string) (string, error) {
	key, problem := typedKey(strings.TrimRight(text, ":_."))
	if problem != "" {
		return "", &Error{Problem: problem}
	}
	return key, nil
}

// EnvironmentName is the environment variable that sets a key; an asterisk
// becomes the first item.
func EnvironmentName(key string) string { return environmentName.Replace(key) }

var environmentName = strings.NewReplacer(":", "__", "*", "0")
