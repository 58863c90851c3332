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
	for more := true; more; {
		var segment string
		segment, key, more = strings.Cut(key, ":")
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
func envKey(key string) string {
	var out []byte
	for i := 0; i < len(key); i++ {
		if key[i] == ':' {
			out = append(out, '_', '_')
		} else {
			out = append(out, key[i])
		}
	}
	return string(out)
}

// keyPath spells a key as a path of jq into nested JSON, .OCI.RegistryUrl, or in
// camel case as one into Helm values, .oci.registryUrl. Item numbers become
// indices. The key must pass [isKey].
func keyPath(key string, camel bool) string {
	var out []byte
	for more := true; more; {
		var segment string
		segment, key, more = strings.Cut(key, ":")
		switch {
		case isNumber(segment):
			out = append(append(append(out, '['), segment...), ']')
		case camel:
			out = append(append(out, '.'), camelCase(segment)...)
		default:
			out = append(append(out, '.'), segment...)
		}
	}
	return string(out)
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
	n := 0
	for n < len(segment) && segment[n]-'A' < 26 {
		n++
	}
	if n > 1 && n < len(segment) && segment[n]-'a' < 26 {
		n--
	}
	return lower(segment[:n]) + segment[n:]
}
