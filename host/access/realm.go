package access

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// Realm finds the grant under which the host may ask a token realm that a
// registry named: the origin of the registry itself counts as granted, anything
// else is what an entry of the check grants for GET together with the secret.
// registry is the call that was answered, under grant g; handle is empty where
// no secret is sent. Whatever the entry says, no redirect leaves the realm.
func Realm(grants []Grant, g Grant, registry, realm wire.URL, handle string) (Grant, bool) {
	if registry.Origin() == realm.Origin() && g.bears(handle) {
		g.Base = realm
		return realmGrant(g), true
	}
	for _, g := range grants {
		if g.Covers("GET", realm) && g.bears(handle) {
			return realmGrant(g), true
		}
	}
	return Grant{}, false
}

// realmGrant narrows a grant to the one request.
func realmGrant(g Grant) Grant {
	g.Methods, g.Redirects, g.MaxBody = []string{"GET"}, "", wire.DefaultBodyBytes
	g.Secrets = slices.Clone(g.Secrets)
	return g
}
