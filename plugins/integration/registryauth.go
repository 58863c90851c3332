package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// Keys of the registry's credentials (§3.0.3).
const (
	keyUsername   = "OCI:Username"
	keyPassword   = "OCI:Password"
	keyToken      = "OCI:Token"
	keyTokenRealm = "OCI:TokenRealm"
)

// registryGroup keeps a password from being sent with the user name of another
// section.
const registryGroup = "registry-credentials"

// The settings of the credentials, for every check that uses them.
var (
	usernameSetting = wire.SettingInfo{
		Key: keyUsername, Aliases: []string{"Registry:Username"}, Type: wire.TypeString, Lead: true, Group: registryGroup,
		Description: "User name at the registry; the password is read from the same section.",
	}
	passwordSetting = wire.SettingInfo{
		Key: keyPassword, Aliases: []string{"Registry:Password"}, Type: wire.TypeString, Secret: true, Group: registryGroup,
		Description: "Password, or access token used as one, that goes with the user name.",
	}
	tokenSetting = wire.SettingInfo{
		Key: keyToken, Aliases: []string{"Registry:Token"}, Type: wire.TypeString, Secret: true,
		Description: "Bearer token that is sent to the registry as it is; it comes before user name and password.",
	}
	tokenRealmSetting = wire.SettingInfo{
		Key: keyTokenRealm, Aliases: []string{"Registry:TokenRealm"}, Type: wire.TypeURL,
		Description: "Address of the token service of the registry, when that is not at the registry's own address; without it no password is sent there.",
	}
)

// registrySettings are the settings of a check that uses the credentials, with
// those of its own. Inlined into every check, the copying alone would be 3 kB.
//
//go:noinline
func registrySettings(own ...wire.SettingInfo) []wire.SettingInfo {
	return append([]wire.SettingInfo{registrySetting, usernameSetting, passwordSetting, tokenSetting, tokenRealmSetting}, own...)
}

// registryAccess is the access of such a check: to the registry as own says, and
// to the token service that the registry names.
//
//go:noinline
func registryAccess(own ...wire.Access) []wire.Access {
	for i := range own {
		own[i].Kind, own[i].Target, own[i].Trim, own[i].Path = wire.KindHTTP, "{"+keyRegistryURL+"}", registryTrim, "/v2/"
		own[i].Secrets = []string{keyPassword, keyToken}
	}
	return append(own, wire.Access{
		Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: "{" + keyTokenRealm + "}", Secrets: []string{keyPassword},
		Reason: "Ask the token service of the registry for a token, with the user name and password if there are any.",
	})
}

// Methods of a [login], the values of evidence auth_method.
const (
	methodBearer    = "bearer"
	methodBasic     = "basic"
	methodAnonymous = "anonymous"
)

// login is how a check authenticates at the registry.
type login struct {
	// method is bearer, basic or anonymous.
	method string
	// username is shown in evidence; the password and the token are handles.
	username         string
	password, token  string
	userKey, passKey string
	tokenKey         string
	// incomplete is the variant of incomplete credentials: one half of the pair
	// is missing, whether or not there is a token. Empty when nothing is.
	incomplete string
}

// Variants of credentials that cannot be used.
const (
	noPassword  = "no password"
	noUsername  = "no user name"
	badUsername = "bad user name"
)

// readLogin reads the credentials. The host resolves the pair from one section;
// a password without a user name in any section comes by itself.
func readLogin(env *sdk.Env) *login {
	user, pass, token := setting(env, keyUsername), setting(env, keyPassword), setting(env, keyToken)
	l := &login{
		method: methodAnonymous, username: user.Value, password: pass.Secret, token: token.Secret,
		userKey: user.Key, passKey: pass.Key, tokenKey: token.Key,
	}
	switch {
	case l.token != "":
		l.method = methodBearer
	case l.username != "" || l.password != "":
		l.method = methodBasic
	}
	switch {
	case l.username != "" && l.password == "":
		l.incomplete = noPassword
	case l.username == "" && l.password != "":
		l.incomplete = noUsername
	case !isUsername(l.username):
		l.incomplete = badUsername
	}
	return l
}

// setting is a setting whose value is not blank; the zero setting is none.
func setting(env *sdk.Env, key string) wire.Setting {
	s, _ := env.Setting(key)
	if s.Value = strings.Trim(s.Value, " \t\r\n"); s.Value == "" && s.Secret == "" {
		return wire.Setting{}
	}
	return s
}

// credential names what the host has to attach. The host performs the token
// exchange where the registry asks for one; scope is what the token is for, and
// empty takes the scope that the registry asks for.
func (l *login) credential(scope string) *wire.Credential {
	switch l.method {
	case methodBearer:
		return &wire.Credential{Scheme: wire.SchemeBearer, Secret: l.token}
	case methodBasic:
		return &wire.Credential{Scheme: wire.SchemeOCIToken, Username: l.username, Secret: l.password, Scope: scope}
	}
	return &wire.Credential{Scheme: wire.SchemeOCIToken, Scope: scope}
}

// hiddenSetting returns the first of the keys whose value is a secret although the check
// has to read it: another plugin declared it so.
func hiddenSetting(env *sdk.Env, keys ...string) string {
	for _, key := range keys {
		if s := setting(env, key); s.Secret != "" {
			return s.Key
		}
	}
	return ""
}
