package main

import "stella-ops.org/doctor/sdk/wire"

// systemdTemplates are the steps for systemd and bare metal (§3.0.6, B1 to B6).
var systemdTemplates = []template{
	// B1
	{move: lookSet, effect: wire.EffectRead,
		description: "Show whether the {noun} is set; its value stays hidden.",
		command: `sudo jq '{jqsection} // {} | map_values(if . == null or . == "" then "<empty>" else "<set>" end)' ` +
			`/etc/stellaops/appsettings.Production.json`},
	// B2
	{move: look, effect: wire.EffectRead,
		description: "Show the configured {noun}.",
		command:     `sudo jq -r '{jq} // "<unset>"' /etc/stellaops/appsettings.Production.json`},
	// Before the change: the environment beats the file.
	{move: reach, effect: wire.EffectRead, each: true,
		description: "Show which environment files the unit reads; if one of them sets {env}, it beats the settings file: change it there.",
		command:     `systemctl show {unit} -p EnvironmentFiles`},
	// B4. The file stays untouched if it does not parse, it keeps mode and owner,
	// and a failure is the exit status. The value is an argument of the inner
	// shell and never part of its program.
	{move: change, effect: wire.EffectWrite,
		description: "Set the {noun} in the settings file; the file stays untouched if it does not parse.",
		command: `sudo sh -c 'umask 077; cd /etc/stellaops && jq --arg v "$1" "{jq} = \$v" appsettings.Production.json > .doctor.new` +
			` && cp -p appsettings.Production.json appsettings.Production.json.bak && cat .doctor.new > appsettings.Production.json;` +
			` s=$?; rm -f .doctor.new; exit $s' doctor '{new}'`,
		backup: "/etc/stellaops/appsettings.Production.json.bak holds the file as it was before the last run of this command.",
		safety: "jq changes the layout of the file, not its content; an environment variable {env} would beat the new value."},
	// B4s
	{move: changeSecret, effect: wire.EffectWrite, manual: true,
		description: "Set the {noun} at {jq} in the editor that opens, so that it reaches no command line and no history.",
		command:     `sudoedit /etc/stellaops/appsettings.Production.json`,
		backup:      "Copy the file first, with its mode: sudo cp -p keeps it.",
		safety:      "An environment variable {env} would beat the new value; a file that is no JSON any more keeps the service from starting."},
	{move: trustCA, effect: wire.EffectWrite, manual: true,
		description: "If the probe by hand failed as well, add the CA certificate to the trust store of the system. The command is for Debian and Ubuntu; " +
			"on Red Hat systems copy it to /etc/pki/ca-trust/source/anchors and run update-ca-trust.",
		command: `sudo install -m 0644 '<ca-file>' /usr/local/share/ca-certificates/stellaops-{slug}-ca.crt && sudo update-ca-certificates`,
		backup:  "Only an earlier copy of the same certificate is overwritten; to undo, remove the file and run update-ca-certificates --fresh.",
		safety:  trustSafety},
	{move: setProxy, effect: wire.EffectWrite, manual: true, description: systemdProxy, command: systemdProxyCommand, backup: systemdProxyBackup},
	{move: setProxySecret, effect: wire.EffectWrite, manual: true, description: systemdProxy, command: systemdProxyCommand, backup: systemdProxyBackup},
	// B5, B6
	{move: apply, effect: wire.EffectWrite, description: systemdRestart, command: systemdRestartCommand, safety: systemdRestartSafety},
	{move: apply, effect: wire.EffectRead, description: systemdActive, command: systemdActiveCommand},
	{move: applySecret, effect: wire.EffectWrite, description: systemdRestart, command: systemdRestartCommand, safety: systemdRestartSafety},
	{move: applySecret, effect: wire.EffectRead, description: systemdActive, command: systemdActiveCommand},
}

const (
	systemdProxy = "Set Environment={proxyvar}=… and Environment=NO_PROXY=… under [Service] in the editor that opens; " +
		"an address with credentials belongs into a file of mode 0600 named by EnvironmentFile=."
	systemdProxyCommand = "sudo systemctl edit {unitsarg}"
	systemdProxyBackup  = "The drop-in file stands beside the unit; to undo, run systemctl revert {unitsarg}."

	systemdRestart        = "Apply: restart {units}."
	systemdRestartCommand = "sudo systemctl restart {unitsarg}"
	systemdRestartSafety  = "Requests that the unit is serving are cut off."
	systemdActive         = "See that the unit is active."
	systemdActiveCommand  = "systemctl is-active {unitsarg}"
)
