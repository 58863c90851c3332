package settings

import (
	"cmp"
	"strconv"
	"strings"
)

// maxKey is the longest key in document form, in bytes. It bounds what a file
// with few long section names above many values can make of itself.
const maxKey = 1024

// fold makes keys that differ in the case of ASCII letters equal.
func fold(key string) string {
	first := strings.IndexFunc(key, func(r rune) bool { return 'A' <= r && r <= 'Z' })
	if first < 0 {
		return key
	}
	folded := []byte(key)
	for i, c := range folded[first:] {
		if 'A' <= c && c <= 'Z' {
			folded[first+i] = c - 'A' + 'a'
		}
	}
	return string(folded)
}

// segments splits a key in document form.
func segments(key string) []string { return strings.Split(key, ":") }

// join puts a name below a section; the top has the empty name.
func join(section, name string) string {
	if section == "" {
		return name
	}
	return section + ":" + name
}

// section is the key without its last segment.
func section(key string) string {
	return key[:max(strings.LastIndexByte(key, ':'), 0)]
}

// itemNumber reads a segment that stands for an item of a list: decimal, no
// sign, no leading zero, at most nine digits.
func itemNumber(segment string) (int, bool) {
	if segment == "" || len(segment) > 9 || segment[0] == '0' && len(segment) > 1 {
		return 0, false
	}
	for _, c := range []byte(segment) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(segment)
	return n, err == nil
}

// compareKeys orders keys segment by segment, item numbers by value and before
// names, names by their folded text.
func compareKeys(a, b string) int {
	as, bs := segments(a), segments(b)
	for i := range min(len(as), len(bs)) {
		an, aIsItem := itemNumber(as[i])
		bn, bIsItem := itemNumber(bs[i])
		var c int
		switch {
		case aIsItem && bIsItem:
			c = cmp.Compare(an, bn)
		case aIsItem:
			c = -1
		case bIsItem:
			c = 1
		default:
			c = strings.Compare(fold(as[i]), fold(bs[i]))
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(as), len(bs)), strings.Compare(a, b))
}

// OverridePrefix is the section in which settings of one plugin stand before
// the plain keys: Doctor:Plugins:Integration for stellaops.doctor.integration.
// The short form is for ids of exactly that shape; every other plugin uses its
// whole id as the last segment, so that no stranger shares a section with the
// platform's own plugins.
func OverridePrefix(pluginID string) string {
	area, ok := strings.CutPrefix(pluginID, "stellaops.doctor.")
	if !ok || area == "" || strings.Contains(area, ".") {
		return "Doctor:Plugins:" + pluginID
	}
	return "Doctor:Plugins:" + strings.ToUpper(area[:1]) + area[1:]
}

// withoutOverride takes an override prefix off the segments of a key, whichever
// plugin it names.
func withoutOverride(s []string) []string {
	if len(s) > 3 && fold(s[0]) == "doctor" && fold(s[1]) == "plugins" {
		return s[3:]
	}
	return s
}
