package main

import "stella-ops.org/doctor/sdk/wire"

// The templates for systemd and bare metal (§3.0.6, B1 to B6).

const settingsFile = "/etc/stellaops/appsettings.Production.json"

// B1
func systemdInspectSet(f fix) wire.Step {
	return wire.Step{
		Description: "Show whether the " + f.noun + " is set; the value stays hidden because it may hold credentials.",
		Command: "sudo jq '" + jqPath(section(f.key)) +
			` // {} | map_values(if . == null or . == "" then "<empty>" else "<set>" end)' ` + settingsFile,
		Effect: wire.EffectRead,
	}
}

// B2
func systemdInspect(f fix) wire.Step {
	return wire.Step{
		Description: "Show the configured " + f.noun + ".",
		Command:     "sudo jq -r '" + jqPath(f.key) + ` // "<unset>"' ` + settingsFile,
		Effect:      wire.EffectRead,
	}
}

// Before the change: the environment beats the file.
func systemdReach(f fix) wire.Step {
	return wire.Step{
		Description: "Show which environment files the unit reads; if one of them sets " + envKey(f.key) + ", it beats the settings file: change it there.",
		Command:     "systemctl show " + f.unit + " -p EnvironmentFiles",
		Effect:      wire.EffectRead,
	}
}

// B4. The command differs from a plain redirection in three ways: the file stays
// untouched if it does not parse, it keeps mode and owner, and a failure is
// the exit status. The value is an argument of the inner shell and never part
// of its program.
func systemdChange(f fix) wire.Step {
	return wire.Step{
		Description: "Set the " + f.noun + " in the settings file; the file stays untouched if it does not parse.",
		Command: `sudo sh -c 'umask 077; cd /etc/stellaops && jq --arg v "$1" "` + jqPath(f.key) +
			` = \$v" appsettings.Production.json > .doctor.new && cp -p appsettings.Production.json appsettings.Production.json.bak` +
			` && cat .doctor.new > appsettings.Production.json; s=$?; rm -f .doctor.new; exit $s' doctor ` + singleQuoted(f.placeholder),
		Effect: wire.EffectWrite,
		Backup: settingsFile + ".bak holds the file as it was before the last run of this command.",
		Safety: "jq rewrites the layout of the file; an environment variable " + envKey(f.key) + " would beat the new value.",
	}
}

// B5
func systemdRestart(f fix) wire.Step {
	return wire.Step{
		Description: "Apply: restart " + f.unit + ".",
		Command:     "sudo systemctl restart " + f.unit,
		Effect:      wire.EffectWrite,
		Safety:      "Requests that the unit is serving are cut off.",
	}
}

// B6
func systemdActive(f fix) wire.Step {
	return wire.Step{
		Description: "See that the unit is active.",
		Command:     "systemctl is-active " + f.unit,
		Effect:      wire.EffectRead,
	}
}

func systemdTrustCA(f fix) wire.Step {
	return wire.Step{
		Description: "If the probe by hand failed as well, add the CA certificate to the trust store of the system. The command is for Debian and Ubuntu; " +
			"on Red Hat systems copy it to /etc/pki/ca-trust/source/anchors and run update-ca-trust.",
		Command: "sudo install -m 0644 '<ca-file>' /usr/local/share/ca-certificates/stellaops-" + f.subject +
			"-ca.crt && sudo update-ca-certificates",
		Effect: wire.EffectWrite,
		Manual: true,
		Backup: "Nothing is overwritten but an earlier copy of the same certificate; to undo, remove the file and run update-ca-certificates --fresh.",
		Safety: trustSafety,
	}
}
