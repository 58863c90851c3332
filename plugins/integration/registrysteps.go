package main

import "stella-ops.org/doctor/sdk/wire"

// Moves of the checks of the registry only, beside those of plan.go.
const (
	tryLogin         move = iota + 100 // whether credentials work for Docker too
	tryPull                            // whether an image comes for Docker too
	tryUpload                          // whether an upload opens by hand
	tryRealm                           // whether the token service is the one to be named
	newCredentials                     // at the registry
	revokeOld                          // at the registry, when the new ones work
	repairRealm                        // where the registry sends those who want a token
	repairTokens                       // registry and token service that disagree
	grantReader                        // permissions at the registry
	grantWriter                        // permissions at the registry
	createRepository                   // at the registry
	externalURL                        // what the registry believes its own address to be
	askReferrers                       // the referrers of an image
	askDelete                          // whether deletion is offered
	upgradeRegistry                    // for an API that it lacks
	enableFeature                      // for one that is switched off
	nextSubject                        // no step: what follows is about the next subject of the scene
)

// registryTemplates are the steps that only the checks of the registry take. What
// happens at the registry itself is for a person to do: every product has its
// own way.
var registryTemplates = []template{
	{move: tryLogin, effect: wire.EffectWrite, manual: true,
		description: "Try the credentials by hand: docker asks for user name and password.",
		command:     "docker login {registryarg}",
		backup:      "The login is stored; docker logout {registryarg} removes it."},
	{move: tryPull, effect: wire.EffectWrite, manual: true,
		description: "Pull the image by hand, on a host with Docker.",
		command:     "docker pull {imagearg}",
		backup:      "The image stays on the host; docker image rm removes it."},
	{move: tryUpload, effect: wire.EffectWrite, manual: true,
		description: "Open an upload by hand; curl asks for the password. 202 with a Location means that pushing is allowed.",
		command:     "{tty}curl -sS -o /dev/null -D - --max-time 10 -u {userarg} -X POST {uploadsarg}",
		backup:      "The upload stays open until the next step cancels it; no data is written."},
	{move: tryUpload, effect: wire.EffectWrite, manual: true,
		description: "Cancel that upload at the address in its Location; 204 is healthy.",
		command:     `{tty}curl -sS -o /dev/null -w '%{http_code}\n' --max-time 10 -u {userarg} -X DELETE '<upload-location>'`},
	{move: tryRealm, effect: wire.EffectRead, manual: true,
		description: "Name the token service of the registry and run the check again; if it passes, keep OCI:TokenRealm in Doctor's configuration.",
		command:     "stella doctor run --check {check} --set 'OCI:TokenRealm=<token-realm>'",
		safety:      "The password is sent to that address: name it only if you know that the token service belongs to the registry."},
	{move: newCredentials, effect: wire.EffectWrite, manual: true,
		description: "Have a new password or token issued for the account at the registry, if the old one has expired, is revoked or is not known."},
	{move: revokeOld, effect: wire.EffectDestructive, manual: true,
		description: "When the check passes with the new password or token, revoke the old one at the registry.",
		safety:      "It cannot be undone: whatever else still uses the old one stops working."},
	{move: repairRealm, effect: wire.EffectWrite, manual: true,
		description: "Correct the address of the token service in the configuration of the registry, or bring the service back."},
	{move: repairTokens, effect: wire.EffectWrite, manual: true,
		description: "At the registry, compare its clock with that of its token service, and the service name and the signing certificate that it expects with those of the tokens."},
	{move: grantReader, effect: wire.EffectWrite, manual: true,
		description: "At the registry, give the account the right to read {repository|repository }, and have policies about addresses looked at."},
	{move: grantWriter, effect: wire.EffectWrite, manual: true,
		description: "At the registry, give the account the right to write to {repository|repository }, and have policies about addresses looked at."},
	{move: createRepository, effect: wire.EffectWrite, manual: true,
		description: "At the registry, create {repository|repository } or its project, or name one that exists in the next steps."},
	{move: externalURL, effect: wire.EffectWrite, manual: true,
		description: "Tell the registry the address under which it is reached, so that the Location of an upload leads there, and have DELETE let through by the proxy in front of it."},
	{move: askReferrers, effect: wire.EffectRead,
		description: "Ask for the referrers by hand from the same network position: an index in JSON, even an empty one, shows support.",
		command:     "{at}curl -sS --max-time 10 -H 'Accept: application/vnd.oci.image.index.v1+json' {referrersarg}"},
	{move: askDelete, effect: wire.EffectRead,
		description: "Ask for the allowed methods by hand from the same network position: DELETE in Allow shows support.",
		command:     "{at}curl -sS -o /dev/null -D - --max-time 10 -X OPTIONS {manifestarg}"},
	{move: upgradeRegistry, effect: wire.EffectWrite, manual: true,
		description: "Upgrade the registry to a version that speaks OCI Distribution 1.1, or switch its referrers API on; until then attestations are found by fallback tags of the form sha256-<hex>.",
		backup:      "Back up the registry, its storage and its database first."},
	{move: enableFeature, effect: wire.EffectWrite, manual: true,
		description: "Switch the missing feature on at the registry, or upgrade it.",
		backup:      "Back up the registry, its storage and its database before an upgrade.",
		safety:      "Deletion that is switched on makes later deletions possible: decide it with whoever owns the images."},
}
