package main

import "stella-ops.org/doctor/sdk/wire"

// contactStandard is the standard plan of a check that connects and sends nothing.
var contactStandard = []move{look, reach, dial, change, apply, verify}

// contactBlocked adds what others have to change.
var contactBlocked = []move{look, reach, dial, allowSource, change, apply, verify}

// contactCauses explains the cause ids of a check that connects and sends nothing.
var contactCauses = []wire.CauseInfo{
	{ID: causeInvalidURL, Text: "Host, port or another setting of the connection cannot be used."},
	{ID: causeDNSName, Text: "The host name does not exist, or has no address."},
	{ID: causeDNSTimeout, Text: "The DNS server did not answer in time."},
	{ID: causeDNSServer, Text: "The DNS server failed."},
	{ID: causeRefused, Text: "Nothing accepts connections on the port."},
	{ID: causeTCPTimeout, Text: "No connection came about in time."},
	{ID: causeReset, Text: "The connection was closed while it was opened."},
	{ID: causeUnreachable, Text: "The network has no way to the address."},
}

// contactVerdicts are the rows of the verdict table, in the order in which they
// are tried.
var contactVerdicts = []wire.VerdictInfo{
	{When: "host, port or another setting is malformed; no connection is tried", Severity: wire.Fail, Cause: causeInvalidURL},
	{When: "the name does not exist or has no address", Severity: wire.Fail, Cause: causeDNSName},
	{When: "the DNS server does not answer in time", Severity: wire.Fail, Cause: causeDNSTimeout},
	{When: "the DNS server fails", Severity: wire.Fail, Cause: causeDNSServer},
	{When: "the connection is refused", Severity: wire.Fail, Cause: causeRefused},
	{When: "no connection in time", Severity: wire.Fail, Cause: causeTCPTimeout},
	{When: "the connection is reset", Severity: wire.Fail, Cause: causeReset},
	{When: "no connection for any other reason", Severity: wire.Fail, Cause: causeUnreachable},
	{When: "the connection comes about: the port is open", Severity: wire.Pass},
}

// contactDiagnoses are the sentences that differ from those for failed requests.
var contactDiagnoses = []row{
	{causeReset, "", []string{"{peer} closed the connection while it was opened.", "Something answers there, but lets nobody in."}},
	{causeUnreachable, "", []string{"No connection to {peer} came about{reason|: }.", "The network does not carry connections there."}},
}

// contactLikely are the likely causes that differ from those for failed requests.
var contactLikely = []row{
	{causeUnreachable, "", []string{
		"There is no route to the network: VPN down, IPv6 without a route, interface down.",
		"The address in {key} is wrong."}},
	{causeInvalidURL, rulePortNumber, []string{
		"The value of {key} is mistyped: a port is a plain number, without the name of a service and without quotes.",
		"A reference in the value of {key} was not resolved."}},
	{causeInvalidURL, ruleFlag, []string{"The value of {key} is mistyped: true, false, 1 and 0 are understood."}},
	{causeInvalidURL, rulePeerPort, []string{"The port stands in {key} instead of {portkey}."}},
	{causeInvalidURL, rulePeerPath, []string{"The value of {key} was taken from an address with a path or a query; the host alone is wanted."}},
}
