package main

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// move is one stage of a plan: one intention, with the steps that it takes in
// each runtime. A runtime may need none.
type move uint8

const (
	look           move = iota // show the configured value, or only that there is one
	lookSet                    // look for a value that may hold a secret; never in a plan, look turns into it
	reach                      // show whether the value gets to the service at all
	probe                      // ask the service by hand
	dial                       // connect to the service by hand
	resolve                    // ask the resolver that the service uses
	connect                    // show how far a connection gets
	certificate                // show the certificate that is presented
	clock                      // show the time that certificates are judged by
	change                     // set the one key
	changeSecret               // set the one key without showing its value; never in a plan, change turns into it
	trustCA                    // bring a private CA to the runtime and to Doctor itself
	renew                      // certificate or clock
	remoteLog                  // faults that only the far side can see
	setClock                   // where only the clock can be set right
	letOut                     // firewalls and proxies on the way out
	vendorStatus               // services that nobody here runs
	wait                       // rate limits
	allowSource                // rules about who may ask
	allowMethod                // rules about what may be asked
	tlsVersion                 // what the far side offers
	clientCert                 // what the far side demands
	tryProxy                   // whether the proxy of the environment is the cure
	withoutProxy               // whether a proxy is needed at all
	repairProxy                // Doctor's own proxy
	proxyPassword              // Doctor's own proxy, which asks for credentials
	setProxy                   // a proxy that asks for no credentials
	setProxySecret             // a proxy address with credentials in it
	apply                      // make the owner use the configuration, after a preview where there is one
	applySecret                // apply where the value went into a secret
	verify                     // run the check again; ends every plan
)

// template is one step of a move. Its texts go through [scene.fill]; a command
// that begins with {at} runs in the gateway, where the traffic of Stella Ops
// starts, not at the operator's desk (§5, rule 2).
type template struct {
	move                 move
	description, command string
	effect               string
	manual               bool
	// each makes a step for each of the services that use the key.
	each           bool
	backup, safety string
}

// plan says what to do about a cause.
type plan struct {
	cause   string
	summary string
	moves   []move
}

// otherPlan is a plan that changes another setting than the address.
type otherPlan struct {
	subject string // the name of a subject of the scene
	plan
	variant string // the plan is for this variant of the cause only; empty for any
}

// remediation chooses the plan by what was observed, the check's own before the
// shared ones.
func (s *scene) remediation(own *tables) *wire.Remediation {
	if s.proxyFailed() {
		return s.write(repairProxyPlan, "")
	}
	var plans [][]plan
	for ; own != nil; own = own.base {
		for i := range own.others {
			if o := &own.others[i]; o.cause == s.cause && (o.variant == "" || o.variant == s.variant()) {
				return s.write(o.plan, o.subject)
			}
		}
		plans = append(plans, own.plans)
	}
	return s.write(s.plan(append(plans, sharedPlans)...), "")
}

// write fills in a plan that changes the named subject.
func (s *scene) write(p plan, subject string) *wire.Remediation {
	s.changes, s.known = s.subject(subject), nil
	r := &wire.Remediation{Summary: s.fill(p.summary), Steps: s.steps(p.moves)}
	s.changes, s.known = nil, nil
	return r
}

func (s *scene) plan(tables ...[]plan) plan {
	for _, plans := range tables {
		for i := range plans {
			if plans[i].cause == s.cause {
				return plans[i]
			}
		}
	}
	return plan{summary: "Correct {key}.", moves: standard}
}

// usualSteps are those of the standard plan where nothing was asked yet: every
// value and address is a placeholder.
func usualSteps(check string, of *service) []wire.Step {
	s := scene{check: check, service: of, address: &address{key: of.keys[0], fromDefault: true}, answer: &answer{}}
	return s.write(plan{moves: standard}, "").Steps
}

// usualSecretSteps are [usualSteps] where the usual change is that of a secret.
func usualSecretSteps(check string, of *service, secret subject) []wire.Step {
	s := scene{check: check, service: of, address: &address{key: of.keys[0], fromDefault: true}, answer: &answer{}, subjects: []subject{secret}}
	return s.write(plan{moves: standard}, secret.name).Steps
}

// steps lays the moves out for the three runtimes, numbered from 1 in each.
func (s *scene) steps(moves []move) []wire.Step {
	var all []wire.Step
	first := s.changes
	changed := slices.Contains(moves, change)
	for i := range runtimes {
		in, order := &runtimes[i], 0
		s.changes, s.known = first, nil
		for _, m := range moves {
			if m == nextSubject {
				s.toNextSubject()
			}
			if m == change && s.atRealm {
				m = repairRealm // its address is no setting
			}
			if m != apply || changed {
				m = s.changes.stage(m, s.hidden)
			}
			if m == resolve && s.target.IsLiteral() || s.omits(m) {
				continue
			}
			for _, templates := range [...][]template{anyTemplates, registryTemplates, itemTemplates, in.templates, runtimeItemTemplates[i]} {
				for i := range templates {
					for turn := range s.turns(&templates[i], m) {
						order++
						s.take(turn)
						all = append(all, s.step(&templates[i], in, order))
					}
					s.take(0)
				}
			}
		}
	}
	return all
}

// omits tells whether the check found that a move makes no sense here.
func (s *scene) omits(m move) bool {
	for _, o := range s.omit {
		if o == m {
			return true
		}
	}
	return false
}

// turns is how many steps of a move a template makes.
func (s *scene) turns(t *template, m move) int {
	switch {
	case t.move != m:
		return 0
	case t.each:
		return 1 + strings.Count(s.owner, " ")
	}
	return 1
}

func (s *scene) take(turn int) {
	if turn != s.turn {
		s.turn, s.known = turn, nil
	}
}

func (s *scene) step(t *template, in *runtime, order int) wire.Step {
	command := t.command
	if rest, found := strings.CutPrefix(command, "{at}"); found {
		command = in.at + rest
	} else if rest, found := strings.CutPrefix(command, "{tty}"); found {
		command = in.tty + rest
	}
	command = s.fill(command)
	return wire.Step{
		Order:        order,
		Runtime:      in.name,
		Description:  s.fill(t.description),
		Command:      command,
		Effect:       t.effect,
		Manual:       t.manual,
		Placeholders: placeholdersIn(command),
		Backup:       s.fill(t.backup),
		Safety:       s.fill(t.safety),
	}
}

// runtime is one of the places where Stella Ops runs.
type runtime struct {
	name string
	// at runs a command where the gateway does; tty does so for one that asks
	// for a password.
	at, tty   string
	templates []template
}

// runtimes stand in the order of a report.
var runtimes = []runtime{
	{wire.RuntimeCompose, "docker compose exec -T gateway ", "docker compose exec gateway ", composeTemplates},
	{wire.RuntimeSystemd, "", "", systemdTemplates},
	{wire.RuntimeKubernetes, "kubectl -n '<namespace>' exec 'deploy/<gateway-deployment>' -- ",
		"kubectl -n '<namespace>' exec -it 'deploy/<gateway-deployment>' -- ", kubernetesTemplates},
}

// standard is the plan that changes an address (§3.0.6).
var standard = []move{look, reach, probe, change, apply, verify}

// sharedPlans choose by cause: only where the address may be wrong does a step
// set it.
var sharedPlans = []plan{
	{causeInvalidURL, "Set {key} to a well-formed address.", standard},
	// The resolver takes the place of the probe, which could only repeat the
	// failure (§3.1, worked example).
	{causeDNSName, resolveSummary, lookup},
	{causeDNSTimeout, resolveSummary, lookup},
	{causeDNSServer, resolveSummary, lookup},
	{causeRefused, "Find out what listens there, then start the {service} or correct {key}.", reachability},
	{causeTCPTimeout, "Find out how far a connection gets, then open the way or correct {key}.", reachability},
	{causeReset, "Find out who closes the connection, then correct {key} or the {service}.", reachability},
	{causeUnreachable, "Find out how far a connection gets, then repair the network or correct {key}.", reachability},
	{causeTLSTimeout, stallSummary, stall},
	{causeHTTPTimeout, stallSummary, stall},
	{causeUnknownCA, "Trust the CA that signed the certificate of the {service}; never turn verification off.",
		[]move{look, probe, certificate, trustCA, apply, verify}},
	{causeExpired, dateSummary, dates},
	{causeNotYetValid, dateSummary, dates},
	{causeNameMismatch, "Set {key} to a name that the certificate covers, or have a certificate issued for this name.",
		[]move{look, reach, probe, certificate, change, apply, verify}},
	{causePlainHTTPPeer, "Set {key} to the TLS port of the {service}; use http only where there is none.",
		[]move{look, reach, probe, certificate, change, apply, verify}},
	{causeClientCert, "Use an address of the {service} that asks for no client certificate, or have one issued.",
		[]move{look, probe, certificate, clientCert, verify}},
	{causeHandshake, "Find out which TLS versions and ciphers the {service} offers.",
		[]move{look, probe, certificate, remoteLog, tlsVersion, verify}},
	{causeProxyUnused, "Reach the {service} through the proxy that the environment names.",
		[]move{look, resolve, probe, tryProxy, setProxy, apply, verify}},
	{causeProxyAuth, proxyAuthSummary, proxyAuth},
	{cause407, proxyAuthSummary, proxyAuth},
	{causeRedirect, "Set {key} to the address that the {service} now has.", standard},
	{cause403, "Have the address that Stella Ops calls from allowed at the {service}.", []move{look, probe, allowSource, verify}},
	{cause405, "Have {method} allowed in front of the {service}.", []move{look, probe, allowMethod, verify}},
	{cause429, "Wait until the rate limit is over, or authenticate.", []move{probe, wait, verify}},
	{cause5xx, "Bring the {service} back: its log tells what is wrong.", []move{look, probe, remoteLog, verify}},
}

const (
	resolveSummary   = "Make the name resolve where Stella Ops runs, or set {key} to one that does."
	stallSummary     = "Find out where the {service} stops answering, and read its log."
	dateSummary      = "Compare the dates of the certificate with the clock, then renew the one or set the other."
	proxyAuthSummary = "Give the proxy the user name and password that it asks for."
)

var (
	lookup          = []move{look, resolve, change, apply, verify}
	reachability    = []move{look, reach, probe, connect, change, apply, verify}
	stall           = []move{look, probe, connect, remoteLog, verify}
	dates           = []move{look, probe, certificate, clock, renew, verify}
	proxyAuth       = []move{probe, withoutProxy, proxyPassword, setProxySecret, applySecret, verify}
	repairProxyPlan = plan{"", "Repair the proxy that Doctor:Proxy names, or do without it.", []move{probe, withoutProxy, repairProxy, verify}}
)
