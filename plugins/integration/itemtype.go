package main

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// typeGeneric is asked for its health and nothing else.
const typeGeneric = "generic"

// causeUnknownType is that of an item with a type that is none.
const causeUnknownType = "config.unknown-type"

// sortBare narrows a refusal: no token was sent.
const sortBare = "bare"

// itemType says which product is behind an item.
type itemType struct {
	// api is the type that the item is asked as.
	api string
	// known is false when the configured type is none; then it is asked as generic.
	known bool
	// configured is what stands in the configuration.
	configured string
}

// readType reads a type. Case, hyphens, underscores and spaces do not count. The
// api is left empty when none is configured.
func readType(configured string, types ...string) itemType {
	t := itemType{known: true, configured: clean(configured, 60)}
	folded := lower(configured)
	for _, drop := range [...]string{"-", "_", " "} {
		folded = strings.ReplaceAll(folded, drop, "")
	}
	for _, known := range types {
		if folded == known {
			t.api = known
		}
	}
	if configured != "" && t.api == "" {
		t.api, t.known = typeGeneric, false
	}
	return t
}

// shownAPI is the type for evidence: the one that was asked, or what stands in
// the configuration.
func (t *itemType) shownAPI() string {
	if t.known {
		return t.api
	}
	return t.configured
}

// typeWords are the words for the type of an item, whose address has this key.
func (t *itemType) typeWords(key string) []word {
	return []word{{"type", t.shownAPI()}, {"typekey", sibling(key, "Type")}}
}

// typeSubject is the type as what a plan changes.
func typeSubject(key, declared string, number int, newValue string) subject {
	return subject{name: "type", noun: "type", key: sibling(key, "Type"), keys: []string{itemKey(declared, number) + ":Type"}, newValue: newValue}
}

// tokenSubject is the token as what a plan changes. Its key is the one that
// supplied it, else the one beside the address.
func tokenSubject(key string, token wire.Setting, declared *wire.SettingInfo, number int, noun string) subject {
	u := subject{name: "token", noun: noun, key: token.Key, keys: itemKeys(declared, number), secret: true}
	if !isKey(u.key) {
		_, field, _ := strings.Cut(declared.Key, "*:")
		u.key = sibling(key, field)
	}
	return u
}

// isOlder tells the older single form from an item of the list: it is asked with
// none of the fields of item 0.
func isOlder(a *address) bool { return !a.fromDefault && !isItemKey(a.key) }

// valueOf returns the value of a word, empty when there is none of the name.
func valueOf(words []word, name string) string {
	for _, w := range words {
		if w.name == name {
			return w.value
		}
	}
	return ""
}

// The plans for tokens and types are the same in all lists: a new token comes
// first, and the old one is revoked last, when the check passes with the new one.
var (
	tokenPlans = []otherPlan{
		{"token", plan{cause401, "Set {key} to a token that the {service} accepts.", newToken}, ""},
		{"token", plan{cause403, "Set {key} to a token with the right to ask, or have the address of Stella Ops allowed.", newToken}, ""},
		{"type", plan{causeUnknownType, "Set {key} to one of {types}.", companion}, ""},
	}
	newToken = []move{createToken, look, reach, probe, change, apply, revokeToken, verify}
)
