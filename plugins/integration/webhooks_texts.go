package main

import "stella-ops.org/doctor/sdk/wire"

// webhookService is what an endpoint of this number is in texts (§3.10, Fix).
func webhookService(number int) *service {
	return &service{
		name:     "webhook receiver",
		noun:     "webhook address",
		keys:     itemKeys(&webhookSettings[0], number),
		owner:    "platform",
		unit:     "stellaops-platform",
		noTarget: "<webhook-origin>",
		noHost:   "<webhook-host>",
		probe:    "curl -sSI --max-time 10",
		healthy:  "any status below 500 is healthy",
	}
}

// webhookSteps are the usual change: that of the address, which is a secret.
func webhookSteps() []wire.Step {
	of := webhookService(0)
	return usualSecretSteps(webhooksID, of, subject{name: "address", noun: of.noun, key: of.keys[0], keys: of.keys, secret: true})
}

// webhookSubjects are the settings beside the address that a plan may change:
// the counter at fault and the direction.
func webhookSubjects(key string, number int, fault string) []subject {
	base := itemKey(keyWebhooks, number)
	total, successful := base+":TotalDeliveries", base+":SuccessfulDeliveries"
	counter := subject{name: "counter", noun: "number of deliveries", key: sibling(key, "TotalDeliveries"), keys: []string{total, successful}, newValue: "<delivery-count>"}
	if fault != sortTotal {
		counter.noun, counter.key = "number of successful deliveries", sibling(key, "SuccessfulDeliveries")
	}
	return []subject{counter,
		{name: "direction", noun: "direction of the webhook", key: sibling(key, "Direction"), keys: []string{base + ":Direction"}, newValue: "<direction>"}}
}

var webhookList = list{
	check:    webhooksID,
	one:      "webhook",
	many:     "webhooks",
	well:     "are well: every outbound receiver answers, and nowhere do 5 % of the deliveries or more fail.",
	evidence: "endpoints",
	tables: tables{
		diagnoses: []row{
			{"", "", []string{"{peer} answers {method} with {status}: the receiver can be reached{deliveries|, and }."}},
			{"", inbound, []string{"It is inbound, so nothing was asked and it counts as reachable{deliveries|; }."}},
			{causeMissingURL, "", missingDiagnosis},
			{cause5xx, "", []string{"{peer} answers {method} with {status}.", "Something answers at the address, but the receiver does not work at the moment."}},
			{causeRate, "", []string{"{deliveries}, which is more than 20 %.", "The receiver can be reached but does not take what it is sent."}},
			{causeRate, sortDegraded, []string{"{deliveries}, which is 5 % or more.", "The receiver can be reached but does not always take what it is sent."}},
			{causeCounters, sortTotal, []string{"{totalkey} is {total}, which is no count of deliveries.", noRate}},
			{causeCounters, sortSuccessful, []string{"{successfulkey} is {successful}, which is no count of deliveries.", noRate}},
			{causeCounters, sortTooMany, []string{"The delivery counters are inconsistent: {successfulkey} is {successful}, more than the {total} of {totalkey}.", noRate}},
			{causeDirection, "", []string{"{directionkey} is {direction}, which is neither inbound nor outbound.", "The receiver was asked as that of an outbound webhook: {peer} answers {method} with {status}."}},
		},
		causes: []row{
			{causeMissingURL, "", missingCauses},
			{cause5xx, "", []string{"The receiver fails: see its log.", "A proxy answers in front of a receiver that is down or starting."}},
			{causeRate, "", rateCauses},
			{causeCounters, "", []string{"The counters were written by hand, or by two writers at once.", "One of them was reset without the other."}},
			{causeDirection, "", []string{"The value of {directionkey} is mistyped."}},
		},
		plans: []plan{
			{causeMissingURL, missingSummary, standard},
			{causeRate, "Find out from the delivery log which deliveries fail, and with which answer.", []move{deliveryLog, bothSecrets, verify}},
		},
		others: []otherPlan{
			{"counter", plan{causeCounters, "Set {key} to a whole number that fits the other counter.", companion}, ""},
			{"direction", plan{causeDirection, "Set {key} to inbound or outbound.", companion}, ""},
		},
	},
}

const noRate = "No failure rate can be told from the counters."

var rateCauses = []string{
	"The receiver rejects the payload or its signature.",
	"The receiver times out under load.",
	"The secret of the signature was rotated on one side only.",
}

// companion changes a setting beside the address: a probe would show nothing of it.
var companion = []move{look, reach, change, apply, verify}

// Items without an address are the same in all lists.
const missingSummary = "Set {key}, or remove the item."

var missingCauses = []string{
	"The item was begun and not completed, or its address was removed and the rest was not.",
	"The name of the key is mistyped.",
	"The variable or the secret that holds the address is empty.",
}
