// Package host is the engine of Doctor: it runs health checks, shipped as
// sealed WebAssembly plugins, by id.
//
// # The walk
//
// One check walks one way through the house:
//
//	Open        read the sealed description of every plugin; compile nothing
//	select      ids and filters → the list of checks to run
//	order       what depends on another waits for it; its failure stops it
//	settings    the operator's keys → what this check may know
//	access      declared access × settings → grants of this run
//	sandbox     a fresh instance, in this process or in a worker process
//	wire        Request in, Result out, nonce and form judged
//	report      one report.Result per check, sorted by id
//	wait        where asked for: again what is not healthy and may become so
//
// The only arrow back is a host function, and it is confined to hostcalls.go:
// the guest's document → wire request → authorize → [Network] → wire response.
//
// # Who owns what
//
// The engine owns goroutines, deadlines and policy. Plugins whose bytes are part
// of the program ([Config.Embedded]) run in this process; every other runs in a
// worker process that can be killed, which is this program re-executed: a
// program that opens plugin files calls [WorkerMain] first thing in main.
//
// A finding is not an error. What a check found is a report.Result with a
// severity; a check that could not judge is a report.Result with another
// outcome; an error means that the engine itself could not do its work.
//
// # Vetting
//
// [Vet] runs a plugin on the same walk where no network exists: the settings are
// invented, the far ends are scripts or servers in memory (packages vet and simnet),
// and what it was made to do is held against a policy.
//
// # Why not
//
// One flat package would put policy beside pointer code: sandbox and egress
// never see each other, and only host sees both. A registry of plugins filled
// by init functions would hide the data flow: the catalog is made by Open from
// what Config names. Instances are not pooled: a fresh memory for every run is
// the security property, and costs milliseconds.
package host
