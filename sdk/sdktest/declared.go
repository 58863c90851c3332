package sdktest

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/sdk/wire"
)

// wantDeclared fails the test when a request holds a setting that a host would
// not put there: one that the check does not declare, or the value of a secret.
func wantDeclared(t testing.TB, info *wire.CheckInfo, req *wire.Request) {
	t.Helper()
	for key, s := range req.Settings {
		declared := setting(info, key)
		switch {
		case declared == nil:
			t.Errorf("the request has setting %s, which check %s does not declare; a host would leave it out", key, info.ID)
		case declared.Secret && s.Secret == "":
			t.Errorf("the request has the value of secret setting %s; a host gives the handle %s%s", key, wire.SecretPrefix, key)
		}
	}
}

// setting finds the declaration of a key with concrete item numbers.
func setting(info *wire.CheckInfo, key string) *wire.SettingInfo {
	for i := range info.Settings {
		if matches(info.Settings[i].Key, key) {
			return &info.Settings[i]
		}
	}
	return nil
}

// matches tells whether key is pattern with a number for each asterisk.
func matches(pattern, key string) bool {
	p, k := strings.Split(pattern, ":"), strings.Split(key, ":")
	if len(p) != len(k) {
		return false
	}
	for i := range p {
		if p[i] == "*" && k[i] != "" && strings.Trim(k[i], "0123456789") == "" {
			continue
		}
		if p[i] != k[i] {
			return false
		}
	}
	return true
}
