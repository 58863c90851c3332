package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// ldapTables say what came of a connection to a directory, where the shared
// tables do not (§3.14); ldapsTables where it is to be asked over TLS.
var (
	ldapTables = tables{
		diagnoses: ldapDiagnoses,
		causes: append(slices.Clip(ldapLikely), row{causeRefused, "", []string{
			"The directory is stopped or restarting.",
			"The directory offers TLS on port 636 only, and {sslkey} is not set.",
			"Port {port} is the wrong one: {portkey} sets it.",
			"The directory listens on another interface, or a firewall rejects the connection."}}),
		plans: ldapPlans,
		others: []otherPlan{
			{sslSubject, plan{causeRefused, "Start the directory; where it offers TLS only, set {key}.", contactStandard}, ""},
		},
	}
	ldapsTables = tables{
		diagnoses: ldapDiagnoses,
		causes: append(slices.Clip(ldapLikely), row{causeRefused, "", []string{
			"The directory is stopped or restarting.",
			"The directory offers no TLS on port {port}: it has no certificate, or {portkey} is wrong.",
			"The directory listens on another interface, or a firewall rejects the connection."}}),
		plans: ldapPlans,
		others: []otherPlan{
			{portSubject, plan{causeRefused, "Start the directory, have it offer TLS, or set {key} to the port where it does.", contactStandard}, ""},
		},
	}
)

var ldapDiagnoses = append(slices.Clip(contactDiagnoses), row{"", open, []string{
	"{peer} accepts connections: the port of the directory is open.",
	"This says nothing of the bind and of its certificate."}})

var ldapLikely = append(slices.Clip(contactLikely), []row{
	{causeDNSName, "", ldapDNSCauses},
	{causeDNSTimeout, "", ldapDNSCauses},
	{causeDNSServer, "", ldapDNSCauses},
	{causeTCPTimeout, "", []string{
		"A firewall between the service and the directory drops the traffic.",
		"The address in {key} routes nowhere.",
		"The directory is overloaded."}},
	{causeReset, "", []string{
		"A firewall or load balancer closed the connection.",
		"The directory turns connections from this address away."}},
	{causeInvalidURL, rulePeerScheme, []string{"What stands before :// in {key} is neither ldap nor ldaps."}},
}...)

var ldapDNSCauses = []string{
	"The domain name is known only to the DNS of the directory itself, which is not asked here.",
	"The host in {key} is mistyped.",
	"The DNS server is unreachable.",
}

var ldapPlans = []plan{
	{causeInvalidURL, "Set {key} to the name or IP address of the directory, such as ldaps://ldap.example.com.", contactStandard},
	{causeTCPTimeout, "Have connections to the directory let through, or correct {key}.", contactBlocked},
	{causeReset, "Find out who closes the connection, then correct {key} or have the directory let this installation in.", contactBlocked},
	{causeUnreachable, "Repair the way to the directory, or correct {key}.", contactStandard},
}

// ldapExplain is the long form of the check.
var ldapExplain = wire.Explain{
	What: "Connects to the host and port of the directory, waits at most five seconds, and closes the connection: no bind, no TLS handshake. " +
		"Host, port and UseSsl come from one section: Ldap, ActiveDirectory or Authority:Ldap. The port is that of the setting, else the one in the host, " +
		"else 636 with UseSsl or ldaps://, else 389. " +
		"If Doctor's access policy refuses the connection, the check gives no verdict and names what to grant.",
	Why:      "Whoever signs in by way of the directory is locked out while it cannot be reached, and so are the groups that approve releases.",
	Verdicts: contactVerdicts,
	Causes:   contactCauses,
	Fixes: []string{
		"Correct the host in " + keyLDAPHost + ".",
		"Set " + keyLDAPSSL + " where the directory offers TLS only, and " + keyLDAPPort + " where it listens on another port than 389 or 636.",
		"Make the name resolve from where Stella Ops runs: names of a domain may be known to the domain's own DNS only.",
		"Have connections from Stella Ops to the directory allowed.",
		"Start the directory.",
	},
}
