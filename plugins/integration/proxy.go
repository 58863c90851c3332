package main

import "stella-ops.org/doctor/sdk/wire"

// The moves for a proxy (§3.0.6, "407, or a proxy is required"). Doctor has its
// own setting, Doctor:Proxy; the owner reads the usual variables. The address of
// a proxy may hold credentials, so a proxy that asks for them is set at a prompt.
var (
	// tryProxy shows whether the proxy of the environment is the cure.
	tryProxy = everywhere(func(f fix) wire.Step {
		return wire.Step{
			Description: "Run the check through the proxy of the environment; if it passes, keep Doctor:Proxy=env in Doctor's configuration.",
			Command:     "stella doctor run --check " + f.check + " --set Doctor:Proxy=env",
			Effect:      wire.EffectRead,
		}
	})
	// withoutProxy shows whether the proxy is needed at all.
	withoutProxy = everywhere(func(f fix) wire.Step {
		return wire.Step{
			Description: "Run the check without a proxy; if it passes, the proxy is not needed: set Doctor:Proxy=none, or name the host in NO_PROXY.",
			Command:     "stella doctor run --check " + f.check + " --set Doctor:Proxy=none",
			Effect:      wire.EffectRead,
		}
	})
	// setProxy gives the owner a proxy that asks for no credentials.
	setProxy = move{
		compose: []template{composeProxyNames,
			func(f fix) wire.Step {
				return composeSet(f.proxyVariable(), "<proxy-url>", "Set the proxy for "+f.owner+" in .env, without credentials in its address.")
			},
			func(f fix) wire.Step {
				return composeSet("NO_PROXY", "<no-proxy-list>", "Name the hosts that are reached without the proxy, the services of Stella Ops among them.")
			}},
		systemd:    one(systemdProxy),
		kubernetes: one(kubernetesProxy),
	}
	// setProxySecret gives the owner a proxy address with credentials in it.
	setProxySecret = move{
		compose: []template{composeProxyNames, func(f fix) wire.Step {
			return composeSetSecret(f.proxyVariable(), "Set the proxy for "+f.owner+" in .env: type its address with user name and password at the prompt.")
		}},
		systemd: one(systemdProxy),
		kubernetes: one(func(f fix) wire.Step {
			return kubernetesSetSecret(f.proxyVariable(), "Set the proxy for "+f.owner+", credentials included, in the secret that its environment reads.")
		}),
	}
	// applySecret is apply where the value went into a secret.
	applySecret = move{
		compose:    apply.compose,
		systemd:    apply.systemd,
		kubernetes: []template{kubernetesRestart, kubernetesStatus},
	}
)

func composeProxyNames(f fix) wire.Step {
	return composeNames(f, f.proxyVariable()+"|NO_PROXY",
		"Show which proxy variables the container has; if .env has one that is missing here, the compose file does not pass it to "+f.owner+".")
}

func systemdProxy(f fix) wire.Step {
	return wire.Step{
		Description: "Set Environment=" + f.proxyVariable() + "=… and Environment=NO_PROXY=… under [Service] in the editor that opens; for credentials use EnvironmentFile= with a file of mode 0600.",
		Command:     "sudo systemctl edit " + f.unit,
		Effect:      wire.EffectWrite,
		Manual:      true,
		Backup:      "The drop-in file is kept apart from the unit; to undo, remove it with systemctl revert " + f.unit + ".",
	}
}

func kubernetesProxy(f fix) wire.Step {
	return wire.Step{
		Description: "Add " + f.proxyVariable() + " and NO_PROXY to the environment of " + f.owner + " in values.yaml, without credentials in the address.",
		Effect:      wire.EffectWrite,
		Manual:      true,
		Backup:      "Keep values.yaml under version control, or copy it before you edit it.",
	}
}

// proxyVariable is the variable that counts for the scheme of the address.
func (f fix) proxyVariable() string {
	if f.target.Scheme == "http" {
		return "HTTP_PROXY"
	}
	return "HTTPS_PROXY"
}
