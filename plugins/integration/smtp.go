package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	smtpID      = "check.integration.smtp"
	keySMTPHost = "Smtp:Host"
	keySMTPPort = "Smtp:Port"
	smtpPort    = 587
)

// smtp connects to the mail server and says nothing (§3.13): an open port is all
// that can be asked without sending a word.
var smtp = sdk.Check{
	Info: wire.CheckInfo{
		ID:              smtpID,
		Name:            "SMTP Email Connectivity",
		Description:     "Does the mail server accept connections?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "email", "smtp"},
		Settings:        []wire.SettingInfo{smtpHostSetting, smtpPortSetting},
		Access: []wire.Access{{
			Kind:        wire.KindTCP,
			Target:      "{" + keySMTPHost + "}",
			Port:        "{" + keySMTPPort + "}",
			DefaultPort: []int{smtpPort},
			Reason:      "Connect to the mail server and close the connection; nothing is sent or read.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.notify.email.connectivity", Reason: "Does the mail server greet as one? It reads the greeting as well."},
			{ID: "check.integration.slack", Reason: "Is the Slack channel reachable?"},
			{ID: "check.integration.teams", Reason: "Is the Teams channel reachable?"},
		},
		Explain: &smtpExplain,
	},
	Run:   runSMTP,
	Steps: func() []wire.Step { return usualContactSteps(smtpID, &smtpService) },
}

var smtpHostSetting = wire.SettingInfo{
	Key:         keySMTPHost,
	Aliases:     []string{"Email:Smtp:Host", "Notify:Email:Host"},
	Type:        wire.TypeString,
	Required:    true,
	Lead:        true,
	Group:       "smtp",
	Description: "Name or IP address of the mail server, without a scheme and without a port.",
}

var smtpPortSetting = wire.SettingInfo{
	Key:         keySMTPPort,
	Aliases:     []string{"Email:Smtp:Port", "Notify:Email:Port"},
	Type:        wire.TypeInt,
	Group:       "smtp",
	Description: "Port of the mail server, 587 when unset.",
}

var smtpService = service{
	name:     "mail server",
	noun:     "host of the mail server",
	keys:     []string{keySMTPHost, "Email:Smtp:Host", "Notify:Email:Host"},
	owner:    "platform",
	unit:     "stellaops-platform",
	newValue: "<smtp-host>",
	noTarget: "telnet://<smtp-host>:<smtp-port>",
	noHost:   "<smtp-host>",
	probe:    contactProbe,
	healthy:  "a line that begins with 220 is healthy, and error 28 after it only ends the wait; error 7 means no connection",
}

// contactProbe ends by itself: a server that is connected to and told nothing
// waits.
const contactProbe = "curl -sS --connect-timeout 5 --max-time 8"

func runSMTP(env *sdk.Env) wire.Result {
	p, end, ok := readSMTP(env)
	if !ok {
		return end
	}
	return judgeSMTP(p, reachOut(env, p))
}

// readSMTP reads host and port of one section. What uses the host takes it as it
// stands, so a scheme or a port in it is a mistake.
func readSMTP(env *sdk.Env) (*peer, wire.Result, bool) {
	p, end, ok := readPeer(env, smtpHostSetting)
	if !ok {
		return nil, end, false
	}
	if p.scheme != "" {
		p.fault("", rulePeerScheme)
	}
	if p.port != 0 {
		p.fault("", rulePeerPort)
		p.port = 0
	}
	value, end, ok := p.companion(env, &smtpPortSetting, portSubject, "port of the mail server", "<smtp-port>")
	if !ok {
		return nil, end, false
	}
	p.readPort(value, smtpPort)
	return p, end, true
}

func judgeSMTP(p *peer, c *contact) wire.Result {
	return judgePeer(smtpID, &smtpService, p, c, make(wire.Evidence), &smtpTables)
}
