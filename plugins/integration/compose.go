package main

import (
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// The templates for Docker Compose v2, run in the folder of the compose file
// (§3.0.6, C1 to C6). Setting a key replaces every spelling of it instead of
// appending a line, and up -d takes the place of restart, which would keep the
// old environment.

// C1
func composeInspect(f fix) wire.Step {
	return wire.Step{
		Description: "Show the configured " + f.noun + ".",
		Command:     "awk -F= 'toupper($1) ~ /^(" + strings.ToUpper(f.envKeys()) + ")$/' .env",
		Effect:      wire.EffectRead,
	}
}

// C1s
func composeInspectSet(f fix) wire.Step {
	return wire.Step{
		Description: "Show whether the " + f.noun + " is set; the value stays hidden because it may hold credentials.",
		Command: "awk -F= 'toupper($1) ~ /^(" + strings.ToUpper(f.envKeys()) +
			`)$/ {print $1 "=" (length($0) > length($1)+1 ? "<set>" : "<empty>")}' .env`,
		Effect: wire.EffectRead,
	}
}

// C2
func composeReach(f fix) wire.Step {
	return composeNames(f, f.envKeys(),
		"Show which of the keys the container has; if .env has a key that is missing here, the compose file does not pass it to "+f.owner+".")
}

func composeNames(f fix, names, description string) wire.Step {
	return wire.Step{
		Description: description,
		Command:     "docker compose exec -T " + f.owner + " sh -c 'env | cut -d= -f1' | grep -iE '^(" + names + ")$'",
		Effect:      wire.EffectRead,
	}
}

// C4
func composeChange(f fix) wire.Step {
	return composeSet(envKey(f.key), f.placeholder, "Set the "+f.noun+" in .env; every other spelling of the key is removed.")
}

func composeSet(variable, value, description string) wire.Step {
	return wire.Step{
		Description: description,
		Command: "cp -p .env .env.bak && { grep -iv '^" + variable + "=' .env.bak; printf '%s\\n' " +
			singleQuoted(variable+"="+value) + "; } > .env",
		Effect: wire.EffectWrite,
		Backup: ".env.bak holds .env as it was before the last run of this command.",
		Safety: "Other lines, file mode and owner stay as they are.",
	}
}

// C4s. The reader types the value, so it is in no command line and no history.
func composeSetSecret(variable, description string) wire.Step {
	return wire.Step{
		Description: description,
		Command: "read -rs V && cp -p .env .env.bak && { grep -iv '^" + variable + "=' .env.bak; printf '" + variable +
			`=%s\n' "$V"; } > .env; unset V`,
		Effect: wire.EffectWrite,
		Manual: true,
		Backup: ".env.bak holds .env as it was before the last run of this command.",
		Safety: "Needs bash. Delete .env.bak when all is well: it holds the old value.",
	}
}

// C5
func composePreview(f fix) wire.Step {
	return wire.Step{
		Description: "Preview what would be recreated.",
		Command:     "docker compose --dry-run up -d --no-deps " + f.owner,
		Effect:      wire.EffectRead,
	}
}

// C6
func composeApply(f fix) wire.Step {
	return wire.Step{
		Description: "Apply: recreate " + f.owner + " with the new configuration.",
		Command:     "docker compose up -d --no-deps " + f.owner,
		Effect:      wire.EffectWrite,
		Safety:      "Recreates " + f.owner + " only, and only if its configuration changed; requests that it is serving are cut off.",
	}
}

func composeTrustCA(f fix) wire.Step {
	return wire.Step{
		Description: "If the probe by hand failed as well, add the CA certificate to the trust store of the " + f.owner +
			" service: mount it in the compose file where the image reads its CA certificates.",
		Effect: wire.EffectWrite,
		Manual: true,
		Backup: "Keep a copy of the compose file before you edit it.",
		Safety: trustSafety,
	}
}

// envKeys are the environment spellings of the key that is changed and of the
// declared ones, as the alternatives of a regular expression.
func (f fix) envKeys() string {
	names := []string{}
	changed := envKey(f.key)
	declared := false
	for _, key := range f.keys {
		names = append(names, envKey(key))
		declared = declared || strings.EqualFold(changed, envKey(key))
	}
	if !declared {
		names = append([]string{changed}, names...)
	}
	return strings.Join(names, "|")
}
