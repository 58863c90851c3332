package main

import "stella-ops.org/doctor/sdk/wire"

// The moves of the checks over lists.
const (
	deliveryLog  move = 100 + iota // read which deliveries failed, and why
	bothSecrets                    // make the two sides sign with the same secret
	createToken                    // a new token, before the old one goes
	revokeToken                    // the old token, after all the rest
	unseal                         // what only the holders of keys can do
	autoUnseal                     // what unseals a Vault in their place
	checkStorage                   // whether a Vault still has what it had
	activeNode                     // which of several Vaults answers
	startAgents                    // what runs the jobs of a CI system
)

// itemTemplates are the steps of these moves.
var itemTemplates = []template{
	{move: bothSecrets, effect: wire.EffectWrite, manual: true,
		description: "If the receiver refuses signatures, set one secret on both sides; if it runs into time-outs, have whoever runs it give it more room."},
	{move: createToken, effect: wire.EffectWrite, manual: true,
		description: "Have a new token issued at the {service}, with no more rights than it takes; the old one stays until the new one works."},
	{move: revokeToken, effect: wire.EffectDestructive, manual: true,
		description: "Once the check passes with the new token, have the old one, if there was any, revoked at the {service}.",
		safety:      "It cannot be undone: run the check first, and mind who else uses the old token."},
	{move: unseal, effect: wire.EffectWrite, manual: true,
		description: "Have the holders of the unseal keys run this with VAULT_ADDR set to the address of {peer}, one after the other until the threshold is reached; each types a key at the prompt.",
		command:     "vault operator unseal",
		safety:      "No key belongs on a command line or to anybody but its holder."},
	{move: autoUnseal, effect: wire.EffectRead, manual: true,
		description: "If the Vault unseals itself, read its log for the HSM or the KMS that it could not reach."},
	{move: checkStorage, effect: wire.EffectRead, manual: true,
		description: "Read the log of the Vault at its start: which storage backend it opened, and whether that is the one that holds the secrets.",
		safety:      "Change nothing in the storage before that is clear: an empty one has none of the secrets, and a backup may be the only copy of them."},
	{move: activeNode, effect: wire.EffectRead, manual: true,
		description: "Read the log of the Vault and the state of its cluster: which node is active, and whether this one reaches it."},
	{move: startAgents, effect: wire.EffectWrite, manual: true,
		description: "Start the agents of the {service}, resume those that are paused, and see in their log whether they reach their controller."},
}

// runtimeItemTemplates are those that differ by runtime, in the order of [runtimes].
var runtimeItemTemplates = [...][]template{
	{
		{move: deliveryLog, effect: wire.EffectRead,
			description: deliveryLogText,
			command:     `docker compose logs --no-color --since 24h {owner}`},
	},
	{
		{move: deliveryLog, effect: wire.EffectRead,
			description: deliveryLogText,
			command:     `sudo journalctl --no-pager --since -24h -u {unit}`},
	},
	{
		{move: deliveryLog, effect: wire.EffectRead,
			description: deliveryLogText,
			command:     `kubectl -n '<namespace>' logs --since=24h 'deploy/{deployment}'`},
	},
}

const deliveryLogText = "Read the log of the deliveries: which failed, and with which answer or time-out."
