// Package main is the first-party plugin stellaops.doctor.integration: checks of
// the services that Stella Ops is connected to.
//
// # How a check is put together
//
// A check is one file with its [sdk.Check] value and the function that judges,
// and beside it one with its texts and one with its long form. All that the
// checks have in common stands in files of its own, so that they agree on it:
//
//	address.go   a URL setting becomes an address to ask, or a rule that it breaks
//	registry.go  the address of the OCI registry, shared by the oci.* checks;
//	             registryauth.go has its credentials, registryask.go the requests
//	             with them, registryjudge.go what their answers mean, and
//	             registrysteps.go and registryverdicts.go the steps and rows
//	reference.go the image that a check asks for; digest.go its digest
//	upload.go    an upload that is opened and cancelled
//	gate.go      what ends a check before its verdict table: skip, could not judge
//	httpfacts.go one HTTP request, what came of it, and its evidence (set H)
//	peer.go      settings of a host and a port become a peer, or a rule that one breaks
//	tcpfacts.go  one connection, what came of it, and its evidence (set T);
//	             tcptables.go holds its texts
//	causeids.go  the cause ids, and what they mean
//	observe.go   from an observation to its cause id and its diagnosis
//	causes.go    likely causes by observation
//	statuses.go  what a status means whatever the service is
//	items.go     checks over lists: what each item came to, and which decides;
//	             itemfacts.go shows them, items_steps.go has steps for them,
//	             itemtype.go tells their products
//	runners.go   what a CI system runs its jobs on
//	gitprovider.go the kinds of Git providers, and where their APIs are
//	vendor_texts.go what differs where the host is a vendor's
//	chat.go      the checks of chat webhooks
//	subject.go   the setting that a plan changes, secret or not
//	plan.go      plans by observation; steps.go, compose.go, systemd.go and
//	             kubernetes.go hold the steps that they are made of
//	text.go      how texts are filled in
//	keys.go      the spellings of a key
//	shell.go     how foreign text becomes a word of a shell command
//
// Texts are data, not code: a table of sentences costs a tenth of the functions
// that would put them together, and can be read at one sitting. A check brings
// tables of its own, which come before the shared ones.
//
// The judging is free of the SDK: a function from the address and the answer to
// a result. The numbers of sections in comments are those of the domain
// reference.
//
// Nothing here imports more than the SDK, the contract and three small packages
// of the standard library. Everything else would be paid for in the size of
// the module.
package main

import "stella-ops.org/doctor/sdk"

func init() { sdk.Register(plugin) }

func main() {}

// area is the segment of the override keys: Doctor:Plugins:Integration:<key>.
const area = "Integration"

// overridePrefixes stand before a key in the order in which it is tried (§2.2).
var overridePrefixes = [...]string{"Doctor:Plugins:" + area + ":", ""}

const pluginID = "stellaops.doctor.integration"

var plugin = sdk.Plugin{
	ID:          pluginID,
	Name:        "Integration",
	Version:     "1.0.0",
	Category:    "integration",
	Description: "Checks the services that Stella Ops is connected to: registries, forges, CI, mail, directories, identity providers.",
	Checks: []sdk.Check{
		ciSystem,
		git,
		ldap,
		ociRegistry,
		ociCredentials,
		ociPull,
		ociPush,
		ociReferrers,
		ociCapabilities,
		oidc,
		s3Storage,
		secretsManager,
		slack,
		smtp,
		teams,
		webhooks,
	},
}
