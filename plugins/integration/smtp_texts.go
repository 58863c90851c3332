package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// smtpTables say what came of a connection to a mail server, where the shared
// tables do not (§3.13).
var smtpTables = tables{
	diagnoses: append(slices.Clip(contactDiagnoses), row{"", open, []string{
		"{peer} accepts connections: the port of the mail server is open.",
		"This says nothing of TLS, of the login and of whether it relays mail."}}),
	causes: append(slices.Clip(contactLikely), []row{
		{causeRefused, "", []string{
			"Port {port} is the wrong one for this server: 587, 465 and 25 are usual, and {portkey} sets it.",
			"The mail server is stopped or restarting.",
			"The mail server listens on another interface, or a firewall rejects the connection."}},
		{causeTCPTimeout, "", []string{
			"The provider or a firewall blocks outbound mail ports: 25, 465 or 587.",
			"The address in {key} routes nowhere.",
			"The mail server is overloaded."}},
		{causeReset, "", []string{
			"A firewall or load balancer closed the connection.",
			"The mail server turns connections from this address away."}},
		{causeInvalidURL, rulePeerScheme, []string{"The value of {key} is an address such as smtp://…; the host alone is wanted."}},
	}...),
	plans: []plan{
		{causeInvalidURL, "Set {key} to the name or IP address of the mail server and nothing else; the port belongs into {portkey}.", contactStandard},
		{causeTCPTimeout, "Have connections to the mail server let through, or correct {key}.", contactBlocked},
		{causeReset, "Find out who closes the connection, then correct {key} or have the mail server let this installation in.", contactBlocked},
		{causeUnreachable, "Repair the way to the mail server, or correct {key}.", contactStandard},
	},
	others: []otherPlan{
		{portSubject, plan{causeRefused, "Set {key} to the port on which the mail server listens, or start the mail server.", contactStandard}, ""},
	},
}

// smtpExplain is the long form of the check.
var smtpExplain = wire.Explain{
	What: "Connects to the host and port of the mail server, waits at most five seconds, and closes the connection. Nothing is sent or read. " +
		"Host and port come from one section: Smtp, Email:Smtp or Notify:Email; the port is 587 where none is set. " +
		"If Doctor's access policy refuses the connection, the check gives no verdict and names what to grant.",
	Why:      "Notifications by mail are lost in silence while the mail server cannot be reached: who waits for one hears nothing, and that looks like good news.",
	Verdicts: contactVerdicts,
	Causes:   contactCauses,
	Fixes: []string{
		"Correct the host in " + keySMTPHost + ", without a scheme and without a port.",
		"Set " + keySMTPPort + " to the port on which the server takes mail from clients: 587 as a rule, 465 with TLS from the first byte, 25 between servers.",
		"Make the name resolve from where Stella Ops runs.",
		"Have outbound connections to the mail port allowed; many providers block 25.",
		"Start the mail server.",
	},
}
