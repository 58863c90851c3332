package main

import (
	"slices"

	"stella-ops.org/doctor/sdk/wire"
)

// webhooksExplain is the long form of the check. The rows stand in the order in
// which they are tried.
var webhooksExplain = wire.Explain{
	What: "Sends one HEAD to the address of each outbound webhook, without following redirects, and posts nothing; an inbound webhook is asked nothing and counts as reachable, whatever its address. " +
		"The address is a secret: Doctor puts it into the request, and no result shows more of it than scheme, host and port. " +
		"The failure rate is 1 - SuccessfulDeliveries / TotalDeliveries; without both, or with a total of 0, there is none. " +
		"The worst endpoint decides, the first among equals; an outbound item without an address is a fault, a gap in the numbers is none. " +
		"A Direction that is neither inbound nor outbound is asked like outbound. " +
		"If no endpoint failed and Doctor's access policy refused a request, the check gives no verdict and names what to grant.",
	Why: "Notifications and events that are not delivered are lost in silence: nobody misses a message that never came.",
	Verdicts: append(append([]wire.VerdictInfo{
		{When: "an outbound item has no address; no request is made", Severity: wire.Fail, Cause: causeMissingURL},
	}, connectionVerdicts(wire.Fail)...), []wire.VerdictInfo{
		{When: "outbound, 5xx or above", Severity: wire.Fail, Cause: cause5xx},
		{When: "more than 20 % of the deliveries failed", Severity: wire.Fail, Cause: causeRate},
		{When: "5 % to 20 % of the deliveries failed, both ends included", Severity: wire.Warn, Cause: causeRate},
		{When: "a counter is negative or no number, or more deliveries succeeded than there were", Severity: wire.Warn, Cause: causeCounters},
		{When: "Direction is neither inbound nor outbound", Severity: wire.Warn, Cause: causeDirection},
		{When: "outbound, any status below 500", Severity: wire.Pass},
		{When: "inbound", Severity: wire.Pass},
	}...),
	Causes: append(slices.Clip(connectionCauses), []wire.CauseInfo{
		{ID: causeMissingURL, Text: "An outbound item of the list has no address."},
		{ID: cause5xx, Text: "The receiver, or what is behind it, does not work."},
		{ID: causeRate, Text: "Too many deliveries fail."},
		{ID: causeCounters, Text: "The counters of deliveries contradict each other."},
		{ID: causeDirection, Text: "The direction of a webhook is none that is known."},
	}...),
	Fixes: []string{
		"Correct the address of the endpoint; type it at the prompt, it is a secret.",
		"Bring the receiver back up, or make it reachable from where Stella Ops runs.",
		"Read in the delivery log what the receiver answers, and set the same signing secret on both sides.",
		"Set Doctor:Proxy where a proxy is required.",
		"Add the CA that signed the receiver's certificate to the trust store and to Doctor:Tls:CaFile; never turn verification off.",
	},
}
