package main

import "stella-ops.org/doctor/sdk/wire"

// fix holds what the commands of a remediation are filled in with. What it takes
// from configuration and servers (url, host) is quoted or replaced by a
// placeholder on the way into a command; everything else is text of the check.
type fix struct {
	// check is the id, for the step that verifies.
	check string
	// subject is what is asked ("registry"), noun the value that a plan changes
	// ("registry address").
	subject, noun string
	// key is the key that a plan changes, in document form: the one that
	// supplied the value. keys are the declared ones, which a plan also shows.
	key  string
	keys []string
	// hidden says that the current value may hold a secret: steps show whether
	// it is set, not what it is.
	hidden bool
	// owner is the service, unit the systemd unit that uses the key.
	owner, unit string
	// placeholder stands for the new value, such as <registry-url>.
	placeholder string
	// target is the address that was asked, zero when none was; noTarget takes
	// its place.
	target   wire.URL
	noTarget string
	// probe is the hand probe up to the address; healthy says what it should print.
	probe, healthy string
}

// template makes one step of one runtime.
type template func(fix) wire.Step

// move is one stage of a plan: the same intention with the steps that it takes
// in each runtime. A runtime may need none.
type move struct{ compose, systemd, kubernetes []template }

// steps lays the moves out for the three runtimes, numbered from 1 in each.
func (f fix) steps(moves ...move) []wire.Step {
	var all []wire.Step
	lay := func(runtime string, templatesOf func(move) []template) {
		order := 0
		for _, m := range moves {
			for _, t := range templatesOf(m) {
				order++
				s := t(f)
				s.Order, s.Runtime = order, runtime
				s.Placeholders = placeholdersIn(s.Command)
				all = append(all, s)
			}
		}
	}
	lay(wire.RuntimeCompose, func(m move) []template { return m.compose })
	lay(wire.RuntimeSystemd, func(m move) []template { return m.systemd })
	lay(wire.RuntimeKubernetes, func(m move) []template { return m.kubernetes })
	return all
}

// The moves of the templates (§3.0.6). Those for a proxy are in proxy.go.
var (
	// inspect shows the configured value.
	inspect = move{one(composeInspect), one(systemdInspect), one(kubernetesInspect)}
	// reach shows whether the value gets to the service at all.
	reach = move{one(composeReach), one(systemdReach), nil}
	// inspectSet is inspect for a value that may hold a secret.
	inspectSet = move{one(composeInspectSet), one(systemdInspectSet), nil}
	// probe asks the service by hand.
	probe = inPosition("Ask the ", func(f fix) (string, string) {
		return f.subject + " by hand from the same network position (" + f.healthy + ").", f.probe + f.urlWord()
	})
	// resolve asks the resolver that the service uses.
	resolve = inPosition("Resolve the name from the same network position", func(f fix) (string, string) {
		return ": no output means that it does not resolve there.", "getent hosts " + f.hostWord()
	})
	// connect shows how far a connection gets.
	connect = inPosition("See how far a connection gets from the same network position", func(f fix) (string, string) {
		return ".", "curl -sv --connect-timeout 5 -o /dev/null " + f.urlWord()
	})
	// certificate shows the certificate that the service presents.
	certificate = inPosition("Show the certificate that is presented", func(f fix) (string, string) {
		return ": subject, issuer and dates.", f.certificateCommand()
	})
	// clock shows the time that certificates are judged by.
	clock = inPosition("Show the clock", func(fix) (string, string) {
		return " and compare it with the dates of the certificate.", "date -u"
	})
	// change sets the one key.
	change = move{one(composeChange), one(systemdChange), one(kubernetesChange)}
	// apply makes the owner use the configuration, after a preview where there is one.
	apply = move{
		compose:    []template{composePreview, composeApply},
		systemd:    []template{systemdRestart, systemdActive},
		kubernetes: []template{kubernetesPreview, kubernetesApply, kubernetesStatus},
	}
	// trustCA brings a private CA to the runtime and to Doctor itself.
	trustCA = move{
		compose:    []template{doctorCA, composeTrustCA},
		systemd:    []template{doctorCA, systemdTrustCA},
		kubernetes: []template{doctorCA, kubernetesTrustCA},
	}
	// verify re-runs the check; it ends every plan.
	verify = everywhere(func(f fix) wire.Step {
		return wire.Step{Description: "Run the check again.", Command: "stella doctor run --check " + f.check, Effect: wire.EffectRead}
	})
)

// standard is the plan that changes an address: inspect, probe, extra steps by
// observation, change one key, apply, verify. A value that may hold a secret
// is not shown.
func (f fix) standard(extra ...move) []wire.Step {
	moves := append([]move{f.look(), reach, probe}, extra...)
	return f.steps(append(moves, change, apply, verify)...)
}

// lookup is the plan for a name that does not resolve: the resolver takes the
// place of the probe, which could only repeat the failure (§3.1, worked example).
func (f fix) lookup() []wire.Step {
	return f.steps(f.look(), resolve, change, apply, verify)
}

// advise is the plan where the configured address is right and something else
// has to happen: inspect, probe, extra steps, what to do, verify. It changes no key.
func (f fix) advise(then ...move) []wire.Step {
	moves := append([]move{f.look(), probe}, then...)
	return f.steps(append(moves, verify)...)
}

// look shows the configured value, or only that there is one.
func (f fix) look() move {
	if f.hidden {
		return inspectSet
	}
	return inspect
}

// advice is a step without a command, the same in every runtime.
func advice(effect, text string) move {
	return everywhere(func(fix) wire.Step {
		return wire.Step{Description: text, Effect: effect, Manual: true}
	})
}

func one(t template) []template { return []template{t} }

func everywhere(t template) move { return move{one(t), one(t), one(t)} }

// inPosition makes a reading move whose command runs where the service's
// traffic starts: in the gateway container or pod, or on the machine itself.
func inPosition(what string, of func(fix) (description, command string)) move {
	in := func(prefix string) []template {
		return one(func(f fix) wire.Step {
			description, command := of(f)
			return wire.Step{Description: what + description, Command: prefix + command, Effect: wire.EffectRead}
		})
	}
	return move{in("docker compose exec -T gateway "), in(""), in("kubectl -n '<namespace>' exec 'deploy/<gateway-deployment>' -- ")}
}

// doctorCA lets the reader prove that the CA is the cause before anything changes.
func doctorCA(f fix) wire.Step {
	return wire.Step{
		Description: "Give Doctor the CA certificate and run the check again; if it passes, keep the file as Doctor:Tls:CaFile in Doctor's configuration.",
		Command:     "stella doctor run --check " + f.check + " --set 'Doctor:Tls:CaFile=<ca-file>'",
		Effect:      wire.EffectRead,
		Manual:      true,
		Safety:      "Get the CA certificate from the people who run the CA, never from the connection that is in doubt.",
	}
}

// trustSafety goes with every step that extends a trust store.
const trustSafety = "Never turn certificate verification off instead. Get the CA certificate from the people who run the CA."

// urlWord is the address as a word of a shell command, or its placeholder.
func (f fix) urlWord() string {
	if f.target.Host != "" {
		if word, ok := shellWord(f.target.String()); ok {
			return word
		}
	}
	return singleQuoted(f.noTarget)
}

// hostWord is the host as a word of a shell command, or its placeholder.
func (f fix) hostWord() string {
	if word, ok := shellWord(f.target.Host); ok {
		return word
	}
	return "'<registry-host>'"
}

// certificateCommand prints the certificate that the host presents. An IP
// address is no server name and is not sent as one.
func (f fix) certificateCommand() string {
	peer, ok := "'<registry-host>:443'", f.target.Host != ""
	if ok {
		peer, _ = shellWord(f.target.HostPort())
	}
	command := "openssl s_client -connect " + peer
	if !f.target.IsLiteral() {
		command += " -servername " + f.hostWord()
	}
	return command + " </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates"
}
