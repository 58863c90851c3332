package main

import "stella-ops.org/doctor/sdk/wire"

// The templates for Kubernetes with Helm 3.15 or later and yq v4 (§3.0.6, K1 to
// K6). Placeholders are quoted: unquoted, a shell would read their angle
// brackets as redirections.

// K1
func kubernetesInspect(f fix) wire.Step {
	return wire.Step{
		Description: "Show the configured " + f.noun + ".",
		Command:     "helm get values stellaops -n '<namespace>' -o json | jq -r '" + helmPath(f.key) + ` // "<unset>"'`,
		Effect:      wire.EffectRead,
	}
}

// K3
func kubernetesChange(f fix) wire.Step {
	return wire.Step{
		Description: "Set the " + f.noun + " in the values file of the release.",
		Command:     "yq -i '" + helmPath(f.key) + ` = "` + f.placeholder + `"' values.yaml`,
		Effect:      wire.EffectWrite,
		Backup:      "Keep values.yaml under version control, or copy it first: the command keeps no copy.",
		Safety:      "Needs yq version 4 by mikefarah.",
	}
}

// K4
func kubernetesPreview(fix) wire.Step {
	return wire.Step{
		Description: "Preview the release.",
		Command:     "helm upgrade stellaops ./chart -n '<namespace>' -f values.yaml --dry-run=client --hide-secret",
		Effect:      wire.EffectRead,
	}
}

// K5
func kubernetesApply(fix) wire.Step {
	return wire.Step{
		Description: "Apply: upgrade the release and wait until it is ready.",
		Command:     "helm upgrade stellaops ./chart -n '<namespace>' -f values.yaml --wait",
		Effect:      wire.EffectWrite,
		Backup:      "Helm keeps the previous revision: helm rollback stellaops.",
		Safety:      "Upgrades whatever differs between the values file, the chart and the release.",
	}
}

// K6
func kubernetesStatus(fix) wire.Step {
	return wire.Step{
		Description: "See that the rollout is complete.",
		Command:     "kubectl -n '<namespace>' rollout status 'deploy/<owner-deployment>'",
		Effect:      wire.EffectRead,
	}
}

// K3s. The file holds stringData with one key, so the value is in no command line.
func kubernetesSetSecret(key, description string) wire.Step {
	return wire.Step{
		Description: description + " The patch file holds stringData with the one key " + key + "; run the command with --dry-run=server first.",
		Command:     "kubectl -n '<namespace>' patch secret '<secret-name>' --type=merge --patch-file '<patch-file>'",
		Effect:      wire.EffectWrite,
		Manual:      true,
		Safety:      "Give the patch file mode 0600 and delete it afterwards.",
	}
}

// K5s
func kubernetesRestart(fix) wire.Step {
	return wire.Step{
		Description: "Apply: restart the deployment, which reads the secret only when it starts.",
		Command:     "kubectl -n '<namespace>' rollout restart 'deploy/<owner-deployment>'",
		Effect:      wire.EffectWrite,
	}
}

func kubernetesTrustCA(f fix) wire.Step {
	return wire.Step{
		Description: "If the probe by hand failed as well, add the CA certificate to the trust store of " + f.owner +
			": mount it from a ConfigMap through the values file, where the image reads its CA certificates.",
		Effect: wire.EffectWrite,
		Manual: true,
		Backup: "Keep values.yaml under version control, or copy it before you edit it.",
		Safety: trustSafety,
	}
}
