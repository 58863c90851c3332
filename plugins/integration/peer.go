package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// peer is a configured host and port: ready to be connected to, or with the rule
// that one of its settings breaks.
type peer struct {
	// host is the setting of the host; its base stays zero.
	*address
	scheme string
	name   string // the host in canonical form
	port   int
	// settings are the subjects of a plan beside the host: port and the like.
	settings []subject
	// broken is the name of the setting that cannot be used, empty for the host.
	broken string
	// rule says why, empty when all can be used. It hides that of the address.
	rule string
}

// Rules of settings that name a peer, beside those of [wire.ScreenPeer]. Each
// ends what a diagnosis says: "cannot be used: it …".
const (
	rulePeerText   = "peer-text"
	rulePeerHost   = "peer-host"
	rulePeerScheme = "peer-scheme"
	rulePeerPath   = "peer-path"
	rulePeerPort   = "peer-port"
	rulePortNumber = "port-number"
	ruleFlag       = "flag"
)

// peerFaults are the words of [ruleText] for them.
var peerFaults = []word{
	{rulePeerText, "it is not in plain ASCII, or holds a character that no host has"},
	{rulePeerHost, "it is neither a DNS name nor an IP address"},
	{rulePeerScheme, "it begins with a scheme that has no place there"},
	{rulePeerPath, "it contains a path or a query"},
	{rulePeerPort, "it contains a port, which belongs into a setting of its own"},
	{rulePortNumber, "it is not a number from 1 to 65535"},
	{ruleFlag, "it is neither true nor false"},
}

// readPeer reads the host that a check connects to. It reports false, with the
// result that ends the check, when there is none that the check can see.
func readPeer(env *sdk.Env, lead wire.SettingInfo) (*peer, wire.Result, bool) {
	setting, ok := env.Setting(lead.Key)
	value := strings.Trim(setting.Value, " \t\r\n")
	switch {
	case setting.Secret != "":
		return nil, hiddenAddress(setting.Key), false
	case !ok || value == "":
		return nil, unconfigured(lead), false
	}
	return screenPeer(setting, lead.Key, value), wire.Result{}, true
}

// screenPeer screens the value of a host setting.
func screenPeer(setting wire.Setting, declared, value string) *peer {
	p := &peer{address: &address{key: setting.Key, hidden: strings.ContainsAny(value, "@?#")}}
	if !isKey(p.key) {
		p.key, p.fromDefault = declared, setting.Key == ""
	}
	p.rule = preScreen(value)
	found, rule := wire.ScreenPeer(value)
	if p.rule == "" {
		p.rule = peerRule(rule)
	}
	if p.rule != "" {
		p.shown = presentable(value)
		p.hidden = p.hidden || p.shown == ""
		return p
	}
	p.scheme, p.name, p.port, p.shown = found.Scheme, found.Host, found.Port, found.Host
	return p
}

// peerRule names a rule of the screen for what it means here.
func peerRule(rule string) string {
	switch rule {
	case wire.RuleURL:
		return rulePeerText
	case wire.RuleHost:
		return rulePeerHost
	case wire.RuleScheme:
		return rulePeerScheme
	case wire.RulePath:
		return rulePeerPath
	}
	return rule
}

// companion reads a setting of the host's section and makes it a subject of
// plans under the given name. The first fault of a peer counts.
func (p *peer) companion(env *sdk.Env, info *wire.SettingInfo, name, noun, newValue string) (value string, end wire.Result, ok bool) {
	setting, _ := env.Setting(info.Key)
	key := setting.Key
	if !isKey(key) {
		key = p.sibling(info.Key)
	}
	p.settings = append(p.settings, subject{name: name, noun: noun, key: key, keys: append([]string{info.Key}, info.Aliases...), newValue: newValue})
	if setting.Secret != "" {
		return "", hiddenValue(setting.Key), false
	}
	return strings.Trim(setting.Value, " \t\r\n"), wire.Result{}, true
}

// sibling is the key that stands in the section of the host, where an unset
// companion would be read from, in the case in which that one is written.
func (p *peer) sibling(declared string) string {
	of := section(p.key)
	if of == p.key {
		return declared // it has no section
	}
	last := declared[strings.LastIndexByte(declared, ':')+1:]
	switch {
	case p.key == upper(p.key):
		last = upper(last)
	case p.key[len(of)+1]-'a' < 26:
		last = camelCase(last)
	}
	return of + ":" + last
}

// fault notes that a setting cannot be used, unless one was noted before.
func (p *peer) fault(name, rule string) {
	if p.rule == "" {
		p.broken, p.rule = name, rule
	}
}

// readPort takes the port setting before the host's own port and the default.
func (p *peer) readPort(value string, otherwise int) {
	switch {
	case value != "":
		if p.port = wire.ParsePort(value); p.port == 0 {
			p.fault(portSubject, rulePortNumber)
		}
	case p.port == 0:
		p.port = otherwise
	}
}

// readFlag reads a boolean (§2.2, rule 6); empty is false.
func (p *peer) readFlag(name, value string) bool {
	switch lower(value) {
	case "true", "1":
		return true
	case "", "false", "0":
		return false
	}
	p.fault(name, ruleFlag)
	return false
}

// portSubject is the subject of plans that change the port.
const portSubject = "port"
