package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	ldapID      = "check.integration.ldap"
	keyLDAPHost = "Ldap:Host"
	keyLDAPPort = "Ldap:Port"
	keyLDAPSSL  = "Ldap:UseSsl"
	ldapPort    = 389
	ldapsPort   = 636
)

// ldap connects to the directory and says nothing (§3.14): no bind, no handshake.
var ldap = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ldapID,
		Name:            "LDAP/AD Connectivity",
		Description:     "Does the directory accept connections?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "ldap", "directory", "auth"},
		Settings:        []wire.SettingInfo{ldapHostSetting, ldapPortSetting, ldapSSLSetting},
		Access: []wire.Access{{
			Kind:        wire.KindTCP,
			Target:      "{" + keyLDAPHost + "}",
			Port:        "{" + keyLDAPPort + "}",
			DefaultPort: []int{ldapPort, ldapsPort},
			Reason:      "Connect to the directory and close the connection; nothing is sent or read.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: "check.integration.oidc", Reason: "Does the other way to sign in work?"},
			{ID: "check.auth.config", Reason: "Who uses the directory?"},
		},
		Explain: &ldapExplain,
	},
	Run:   runLDAP,
	Steps: func() []wire.Step { return usualContactSteps(ldapID, &ldapService) },
}

var ldapHostSetting = wire.SettingInfo{
	Key:         keyLDAPHost,
	Aliases:     []string{"ActiveDirectory:Host", "Authority:Ldap:Host"},
	Type:        wire.TypeString,
	Required:    true,
	Lead:        true,
	Group:       "ldap",
	Description: "Name or IP address of the directory; ldap:// or ldaps:// may stand before it and a port behind it.",
}

var ldapPortSetting = wire.SettingInfo{
	Key:         keyLDAPPort,
	Aliases:     []string{"ActiveDirectory:Port", "Authority:Ldap:Port"},
	Type:        wire.TypeInt,
	Group:       "ldap",
	Description: "Port of the directory; when unset, the one in the host, else 389, or 636 with TLS.",
}

var ldapSSLSetting = wire.SettingInfo{
	Key:         keyLDAPSSL,
	Aliases:     []string{"ActiveDirectory:UseSsl", "Authority:Ldap:UseSsl"},
	Type:        wire.TypeBool,
	Group:       "ldap",
	Description: "Whether the directory is asked over TLS; ldaps:// before the host means the same.",
}

var ldapService = service{
	name:     "directory",
	noun:     "host of the directory",
	keys:     []string{keyLDAPHost, "ActiveDirectory:Host", "Authority:Ldap:Host"},
	owner:    "gateway",
	unit:     "stellaops-gateway",
	newValue: "<ldap-host>",
	noTarget: "telnet://<ldap-host>:<ldap-port>",
	noHost:   "<ldap-host>",
	probe:    contactProbe,
	healthy:  "a directory says nothing by itself: error 28 after 8 seconds means that the port is open, error 7 that there is no connection",
}

// sslSubject is the subject of plans that change UseSsl.
const sslSubject = "ssl"

func runLDAP(env *sdk.Env) wire.Result {
	p, ssl, end, ok := readLDAP(env)
	if !ok {
		return end
	}
	return judgeLDAP(p, ssl, reachOut(env, p))
}

// readLDAP reads host, port and UseSsl of one section.
func readLDAP(env *sdk.Env) (p *peer, ssl bool, end wire.Result, ok bool) {
	if p, end, ok = readPeer(env, ldapHostSetting); !ok {
		return nil, false, end, false
	}
	if p.scheme != "" && p.scheme != "ldap" && p.scheme != "ldaps" {
		p.fault("", rulePeerScheme)
	}
	port, end, ok := p.companion(env, &ldapPortSetting, portSubject, "port of the directory", "<ldap-port>")
	if !ok {
		return nil, false, end, false
	}
	flag, end, ok := p.companion(env, &ldapSSLSetting, sslSubject, "TLS switch", "<true-or-false>")
	if !ok {
		return nil, false, end, false
	}
	if port != "" {
		p.readPort(port, 0)
	}
	if ssl = p.readFlag(sslSubject, flag) || p.scheme == "ldaps"; ssl {
		p.readPort("", ldapsPort)
	} else {
		p.readPort("", ldapPort)
	}
	return p, ssl, end, true
}

func judgeLDAP(p *peer, ssl bool, c *contact) wire.Result {
	e, own := wire.Evidence{"use_ssl_enabled": wire.Bool(ssl)}, &ldapTables
	if ssl {
		own = &ldapsTables
	}
	if p.rule != "" && (p.broken == "" || p.broken == sslSubject) {
		e["use_ssl_enabled"] = wire.Null()
	}
	return judgePeer(ldapID, &ldapService, p, c, e, own)
}
