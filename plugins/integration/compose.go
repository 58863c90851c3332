package main

import "stella-ops.org/doctor/sdk/wire"

// composeTemplates are the steps for Docker Compose v2, run in the folder of the
// compose file (§3.0.6, C1 to C6). Setting a key replaces every spelling of it
// instead of appending a line, and up -d takes the place of restart, which
// would keep the old environment. Option -a lets grep keep the lines that are
// not UTF-8, which it would drop for binary. A secret is typed at a prompt, so
// that it is in no command line and no history.
var composeTemplates = []template{
	// C1
	{move: look, effect: wire.EffectRead,
		description: "Show the configured {noun}.",
		command:     `awk -F= 'toupper($1) ~ /^({ENVS})$/' .env`},
	// C1s
	{move: lookSet, effect: wire.EffectRead,
		description: "Show whether the {noun} is set; its value stays hidden.",
		command:     `awk -F= 'toupper($1) ~ /^({ENVS})$/ {print $1 "=" (length($0) > length($1)+1 ? "<set>" : "<empty>")}' .env`},
	// C2
	{move: reach, effect: wire.EffectRead, each: true,
		description: "Show which of the keys the container has; if .env has a key that is missing here, the compose file does not pass it to {owner}.",
		command:     `docker compose exec -T {owner} sh -c 'env | cut -d= -f1' | grep -iE '^({envs})$'`},
	// C4
	{move: change, effect: wire.EffectWrite,
		description: "Set the {noun} in .env; every other spelling of the key is removed.",
		command:     `cp -p .env .env.bak && { grep -aiv '^{env}=' .env.bak; printf '%s\n' '{env}={new}'; } > .env`,
		backup:      envBackup, safety: envSafety},
	{move: trustCA, effect: wire.EffectWrite, manual: true, each: true,
		description: "If the probe by hand failed as well, mount the CA certificate in the compose file where the image of {owner} reads its CA certificates.",
		backup:      "Keep a copy of the compose file before you edit it.",
		safety:      trustSafety},
	// C2 and C4 for a proxy
	{move: setProxy, effect: wire.EffectRead, each: true, description: proxyNames, command: proxyNamesCommand},
	{move: setProxy, effect: wire.EffectWrite,
		description: "Set the proxy for {owners} in .env, without credentials in its address.",
		command:     `cp -p .env .env.bak && { grep -aiv '^{proxyvar}=' .env.bak; printf '%s\n' '{proxyvar}=<proxy-url>'; } > .env`,
		backup:      envBackup, safety: envSafety},
	{move: setProxy, effect: wire.EffectWrite,
		description: "Name the hosts that are reached without the proxy, the services of Stella Ops among them.",
		command:     `cp -p .env .env.bak && { grep -aiv '^NO_PROXY=' .env.bak; printf '%s\n' 'NO_PROXY=<no-proxy-list>'; } > .env`,
		backup:      envBackup, safety: envSafety},
	// C2 and C4s for a proxy
	{move: setProxySecret, effect: wire.EffectRead, each: true, description: proxyNames, command: proxyNamesCommand},
	{move: setProxySecret, effect: wire.EffectWrite, manual: true,
		description: "Set the proxy for {owners} in .env: type its address with user name and password at the prompt.",
		command:     `read -rs V && cp -p .env .env.bak && { grep -aiv '^{proxyvar}=' .env.bak; printf '{proxyvar}=%s\n' "$V"; } > .env; unset V`,
		backup:      envBackup,
		safety:      "Needs bash. " + proxyEscape + " Delete .env.bak when all is well: it may hold the old password."},
	// C4s
	{move: changeSecret, effect: wire.EffectWrite, manual: true,
		description: "Set the {noun} in .env: type it at the prompt, which shows nothing; every other spelling of the key is removed.",
		command:     `read -rs V && cp -p .env .env.bak && { grep -aiv '^{env}=' .env.bak; printf '{env}=%s\n' "$V"; } > .env; unset V`,
		backup:      envBackup,
		safety:      "Needs bash. Delete .env.bak when all is well: it holds the old value."},
	// C5, C6
	{move: apply, effect: wire.EffectRead, description: composePreview, command: composePreviewCommand},
	{move: apply, effect: wire.EffectWrite, description: composeUp, command: composeUpCommand, safety: composeUpSafety},
	{move: applySecret, effect: wire.EffectRead, description: composePreview, command: composePreviewCommand},
	{move: applySecret, effect: wire.EffectWrite, description: composeUp, command: composeUpCommand, safety: composeUpSafety},
}

const (
	envBackup = ".env.bak holds .env as it was before the last run of this command."
	envSafety = "Other lines, file mode and owner stay as they are."

	proxyNames        = "Show which proxy variables the container has; if .env has one that is missing here, the compose file does not pass it to {owner}."
	proxyNamesCommand = `docker compose exec -T {owner} sh -c 'env | cut -d= -f1' | grep -iE '^({proxyvar}|NO_PROXY)$'`

	composePreview        = "Preview what would be recreated."
	composePreviewCommand = "docker compose --dry-run up -d --no-deps {ownersarg}"
	composeUp             = "Apply: recreate {owners} with the new configuration."
	composeUpCommand      = "docker compose up -d --no-deps {ownersarg}"
	composeUpSafety       = "Recreates {owners} only, and only if {its} configuration changed; requests that {itis} serving are cut off."
)
