package main

import "strings"

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

// isKey tells whether key is a key in document form that may stand in commands
// as it is: segments of letters, digits and underscores that begin with a
// letter, or that are item numbers.
func isKey(key string) bool {
	for _, segment := range strings.Split(key, ":") {
		if segment == "" || strings.Trim(segment, letters+digits+"_") != "" {
			return false
		}
		if strings.IndexByte(letters, segment[0]) < 0 && !isNumber(segment) {
			return false
		}
	}
	return true
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, digits) == "" }

// envKey spells a key as an environment variable: OCI:RegistryUrl becomes
// OCI__RegistryUrl (§2.1).
func envKey(key string) string { return strings.ReplaceAll(key, ":", "__") }

// jqPath spells a key as a path of jq into nested JSON: .OCI.RegistryUrl, with
// item numbers as indices. The key must pass [isKey].
func jqPath(key string) string { return path(key, func(segment string) string { return segment }) }

// helmPath spells a key as a path into Helm values: .oci.registryUrl.
func helmPath(key string) string { return path(key, camelCase) }

func path(key string, spell func(string) string) string {
	var b strings.Builder
	for _, segment := range strings.Split(key, ":") {
		if isNumber(segment) {
			b.WriteString("[" + segment + "]")
		} else {
			b.WriteString("." + spell(segment))
		}
	}
	return b.String()
}

// section is the key without its last segment.
func section(key string) string {
	if cut := strings.LastIndexByte(key, ':'); cut >= 0 {
		return key[:cut]
	}
	return key
}

// camelCase lowers the first letter, and with it a leading run of capitals up to
// the one that begins the next word: OCI becomes oci, RegistryUrl registryUrl.
func camelCase(segment string) string {
	isUpper := func(i int) bool { return i < len(segment) && segment[i] >= 'A' && segment[i] <= 'Z' }
	n := 0
	for isUpper(n) {
		n++
	}
	if n > 1 && n < len(segment) && segment[n] >= 'a' && segment[n] <= 'z' {
		n--
	}
	return strings.ToLower(segment[:n]) + segment[n:]
}
