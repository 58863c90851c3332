package main

import "stella-ops.org/doctor/sdk/wire"

// kubernetesTemplates are the steps for Kubernetes with Helm 3.15 or later and
// yq v4 (§3.0.6, K1 to K6). Placeholders are quoted: a shell would read bare
// angle brackets as redirections.
var kubernetesTemplates = []template{
	// K1
	{move: look, effect: wire.EffectRead,
		description: "Show the configured {noun}.",
		command:     `helm get values stellaops -n '<namespace>' -o json | jq -r '{helm} // "<unset>"'`},
	// K3
	{move: change, effect: wire.EffectWrite,
		description: "Set the {noun} in the values file of the release.",
		command:     `yq -i '{helm} = "{new}"' values.yaml`,
		backup:      valuesCopy,
		safety:      "Needs yq version 4 by mikefarah."},
	// K3s
	{move: changeSecret, effect: wire.EffectWrite, manual: true, each: true,
		description: "Set the {noun} in the secret that {owner} reads. The patch file holds stringData with the one key {env}; " +
			"run the command with --dry-run=server first.",
		command: `kubectl -n '<namespace>' patch secret '<secret-name>' --type=merge --patch-file '<patch-file>'`,
		backup:  "Nothing keeps the old value: have it at hand before you replace it.",
		safety:  "Give the patch file mode 0600 and delete it afterwards."},
	{move: trustCA, effect: wire.EffectWrite, manual: true, each: true,
		description: "If the probe by hand failed as well, mount the CA certificate from a ConfigMap through the values file, where the image of {owner} reads its CA certificates.",
		backup:      valuesCopy,
		safety:      trustSafety},
	{move: setProxy, effect: wire.EffectWrite, manual: true,
		description: "Add {proxyvar} and NO_PROXY to the environment of {owners} in values.yaml, without credentials in the address.",
		backup:      valuesCopy},
	// K3s. The file holds the value, so no command line does.
	{move: setProxySecret, effect: wire.EffectWrite, manual: true,
		description: "Set the proxy for {owners}, credentials included, in the secret that {its} environment reads. The patch file holds stringData " +
			"with the one key {proxyvar}; run the command with --dry-run=server first.",
		command: `kubectl -n '<namespace>' patch secret '<secret-name>' --type=merge --patch-file '<patch-file>'`,
		safety:  "Give the patch file mode 0600 and delete it afterwards."},
	// K4, K5, K6
	{move: apply, effect: wire.EffectRead,
		description: "Preview the release.",
		command:     `helm upgrade stellaops ./chart -n '<namespace>' -f values.yaml --dry-run=client --hide-secret`},
	{move: apply, effect: wire.EffectWrite,
		description: "Apply: upgrade the release and wait until it is ready.",
		command:     `helm upgrade stellaops ./chart -n '<namespace>' -f values.yaml --wait`,
		backup:      "Helm keeps the revision before this one; to undo, run helm rollback stellaops.",
		safety:      "Applies every difference between values.yaml, the chart and the release, not only this one."},
	{move: apply, effect: wire.EffectRead, each: true, description: rolloutStatus, command: rolloutStatusCommand},
	// K5s, K6
	{move: applySecret, effect: wire.EffectWrite, each: true,
		description: "Apply: restart the deployment, which reads the secret only when it starts.",
		command:     `kubectl -n '<namespace>' rollout restart 'deploy/{deployment}'`},
	{move: applySecret, effect: wire.EffectRead, each: true, description: rolloutStatus, command: rolloutStatusCommand},
}

const (
	rolloutStatus        = "See that the rollout is complete."
	rolloutStatusCommand = `kubectl -n '<namespace>' rollout status 'deploy/{deployment}'`
)
