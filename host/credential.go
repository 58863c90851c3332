package host

import (
	"encoding/base64"
	"fmt"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/sdk/wire"
)

// attach makes the header of the credential that a guest named. A replay has no
// secrets and sends nothing.
//
// A secret never goes over plain HTTP to another machine, unless the operator
// says so: whoever is on the way would have it.
func (c *hostCalls) attach(g access.Grant, u wire.URL, k *wire.Credential) (egress.Credential, *wire.CallError) {
	if k == nil || k.Secret == "" || c.secrets == nil {
		return egress.Credential{}, nil
	}
	if access.InTheClear(u) && !c.plainHTTP {
		return egress.Credential{}, deny(rulePlainHTTP, fmt.Sprintf("%s is not sent to %s over plain HTTP, where it can be read on the way", keyOf(k.Secret), u.HostPort()))
	}
	return c.secrets.credential(g, k)
}

// credential makes the header, and has whatever is derived from the secret for it
// taken out of answers too.
//
// A value that no header can carry is refused and not repaired: a server would be
// asked with another secret than the operator's. Base64 carries any text but
// control characters (RFC 7617 §2); a bearer token and the value of a header are
// printable ASCII, a token without spaces (RFC 6750 §2.1 allows less, servers
// hand out more).
func (s *secretsOf) credential(g access.Grant, k *wire.Credential) (egress.Credential, *wire.CallError) {
	key := keyOf(k.Secret)
	v, ok := s.resolution.Lookup(key)
	if !ok || !v.Secret {
		return egress.Credential{}, deny(access.RuleCredential, fmt.Sprintf("the secret %.60s has no value", key))
	}
	carried, header, value := isPrintable, "authorization", ""
	switch k.Scheme {
	case wire.SchemeBasic, wire.SchemeOCIToken:
		pair := k.Username + ":" + v.Value
		encoded := base64.StdEncoding.EncodeToString([]byte(pair))
		carried, value = hasNoControl, "Basic "+encoded
		s.learn(g, key, pair)
		s.learn(g, key, encoded) // a server may encode it once more
	case wire.SchemeBearer:
		carried, value = isToken, "Bearer "+v.Value
	case wire.SchemeHeader:
		header, value = k.Header, v.Value
	}
	if !carried(v.Value) {
		return egress.Credential{}, deny(ruleSecretValue, fmt.Sprintf("the value of %s holds a character that cannot be sent with scheme %s", key, k.Scheme))
	}
	return egress.Credential{Header: header, Value: egress.Secret(value)}, nil
}

// keyOf is the setting that a handle stands for.
func keyOf(handle string) string { return strings.TrimPrefix(handle, wire.SecretPrefix) }

func hasNoControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }) < 0
}

func isPrintable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func isToken(s string) bool { return isPrintable(s) && !strings.Contains(s, " ") }
