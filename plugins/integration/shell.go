package main

import "strings"

// plain are the characters that no shell gives a meaning to, in any place of a
// word that does not begin with a hyphen.
const plain = letters + digits + "_./:%+,@-"

// shellWord quotes s as one word for a POSIX shell. It reports false when s
// must not stand in a command at all: it is empty, it begins with a hyphen (a
// program would take it for an option), it has characters outside printable
// ASCII (a terminal may act on them), or it has angle brackets (the reader would
// take it for a placeholder). What s holds comes from configuration and from
// servers, and is hostile until it went through here.
func shellWord(s string) (string, bool) {
	if s == "" || s[0] == '-' || len(s) > 2048 {
		return "", false
	}
	bare := true
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e || s[i] == '<' || s[i] == '>' {
			return "", false
		}
		bare = bare && strings.IndexByte(plain, s[i]) >= 0
	}
	if bare {
		return s, true
	}
	return singleQuoted(s), true
}

// singleQuoted puts s into single quotes. Within them a shell interprets
// nothing, so only the quote itself needs care.
func singleQuoted(s string) string {
	out := []byte{'\''}
	for i := 0; i < len(s); i++ {
		if s[i] == '\'' {
			out = append(out, `'\'`...)
		}
		out = append(out, s[i])
	}
	return string(append(out, '\''))
}

// placeholderNames are all the nouns that a reader may have to fill in, sorted.
// A closed list tells them from other text in angle brackets, such as the
// <unset> that a command prints.
var placeholderNames = []string{
	"api-url",
	"ca-file",
	"ci-host",
	"ci-type",
	"ci-url",
	"ci-user",
	"delivery-count",
	"digest",
	"direction",
	"gateway-deployment",
	"git-host",
	"git-url",
	"issuer",
	"issuer-host",
	"ldap-host",
	"ldap-port",
	"manager-host",
	"manager-type",
	"manager-url",
	"namespace",
	"no-proxy-list",
	"owner-deployment",
	"patch-file",
	"platform-deployment",
	"proxy-file",
	"proxy-url",
	"realm-host",
	"registry-host",
	"registry-url",
	"repository",
	"s3-endpoint",
	"s3-host",
	"secret-name",
	"smtp-host",
	"smtp-port",
	"tag",
	"token-realm",
	"true-or-false",
	"upload-location",
	"user",
	"vault-host",
	"vault-url",
	"webhook-host",
	"webhook-origin",
}

// placeholdersIn returns the names of the placeholders in a command, sorted.
func placeholdersIn(command string) []string {
	var found []string
	for _, name := range placeholderNames {
		if strings.Contains(command, "<"+name+">") {
			found = append(found, name)
		}
	}
	return found
}

// clean makes text from a server or a configuration fit for a report: valid
// UTF-8, one line, no control or direction characters, at most limit
// characters.
func clean(s string, limit int) string {
	var out []byte
	for _, r := range s {
		if limit--; limit < 0 {
			break
		}
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0:
			r = ' '
		case r == 0x61c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xe0000 && r <= 0xe007f:
			r = '\uFFFD'
		}
		out = append(out, string(r)...)
	}
	return strings.Trim(string(out), " ")
}

// lower and upper are for ASCII: the tables of Unicode would double the size of
// all the rest.
func lower(s string) string { return recase(s, 'A') }
func upper(s string) string { return recase(s, 'a') }

func recase(s string, first byte) string {
	b := []byte(s)
	for i := range b {
		if b[i]-first < 26 {
			b[i] ^= 'a' - 'A'
		}
	}
	return string(b)
}
