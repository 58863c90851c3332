package main

import "stella-ops.org/doctor/sdk/wire"

// The moves of the checks over lists.
const (
	deliveryLog move = 100 + iota // read which deliveries failed, and why
	bothSecrets                   // make the two sides sign with the same secret
)

// itemTemplates are the steps of these moves.
var itemTemplates = []template{
	{move: bothSecrets, effect: wire.EffectWrite, manual: true,
		description: "If the receiver refuses signatures, set one secret on both sides; if it runs into time-outs, have whoever runs it give it more room."},
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
