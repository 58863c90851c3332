package host

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// hostFunction is a function that a guest may import. It is data: what answers
// a call is the same for all, so that none can pass authorize by.
type hostFunction struct {
	name    string
	methods []string
	// write is set for a function that only checks of class write may call, in a
	// run that allows writing.
	write bool
}

// hostFunctions are the host functions of the contract that this host offers.
var hostFunctions = []hostFunction{
	{wire.FuncHTTPRead, []string{http.MethodGet, http.MethodHead, http.MethodOptions}, false},
	{wire.FuncHTTPWrite, []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, true},
	{wire.FuncTCPProbe, []string{wire.MethodProbe}, false},
}

// functionOf names the host function that offers a method.
func functionOf(method string) string {
	for _, f := range hostFunctions {
		if slices.Contains(f.methods, method) {
			return f.name
		}
	}
	return ""
}

// callRules are the refusals of authorize itself; the others are access.Judge's.
const (
	ruleFunction = "function"
	ruleDocument = "document"
	ruleBudget   = "budget"
	ruleWrite    = "write-not-allowed"
	// rulePlainHTTP refuses a secret over plain HTTP, ruleSecretValue one that no
	// header can carry.
	rulePlainHTTP   = "plain-http"
	ruleSecretValue = "secret-value"
	// ruleNotApproved refuses what the check declares and nobody approved.
	ruleNotApproved = "not-approved"
	// ruleUndo refuses to take back what the request cannot have begun.
	ruleUndo = "undo"
)

// hostCalls answers the host calls of one check run and keeps its ledger. It is
// safe for concurrent use.
type hostCalls struct {
	grants []access.Grant
	// declared is what would be granted if all that the check declares were
	// approved; nil where it is.
	declared []access.Grant
	network  Network
	budget   int // how many calls one attempt may make
	// writes is set for a check of class write in a run that allows writing. The
	// gates keep other checks from running, or from declaring such access; the
	// call is refused all the same.
	writes bool
	// refused sees each refusal and writes what the guest is given; nil hands the
	// refusal on. A recording plays its own refusals with it.
	refused func(k call, denial *wire.CallError)
	// plainHTTP lets secrets go over plain HTTP to other machines.
	plainHTTP bool
	// secrets are attached to requests and taken out of answers; nil, in a replay,
	// does neither.
	secrets *secretsOf
	// guard takes back what is left when this process is killed; nil does not.
	guard *guard
	// tape keeps the calls for a cassette; nil keeps none.
	tape *tape
	// audit writes each call into the audit log before it is sent; nil writes
	// nothing, as in a replay, which sends nothing.
	audit *checkAudit
	// watch sees each line of the ledger when the call begins and when it has
	// ended; nil sees none.
	watch func(line report.Request, ended bool)

	mu      sync.Mutex
	attempt int
	used    int // calls of this attempt
	ledger  []report.Request
	audited []int             // the number in the audit log, by line of the ledger
	undos   []undo            // what has to be taken back
	ended   bool              // the guest's run is over
	sending sync.WaitGroup    // the requests under way that ask for an undo
	tokens  map[string]string // what registries gave for this run, by what was asked
	// proxyIgnored is set when a call failed that an unused proxy might have saved.
	proxyIgnored bool
}

// answer is the arrow back from the guest: the guest's document, the decision,
// the network, the response. Whatever goes wrong is data in the response.
func (c *hostCalls) answer(ctx context.Context, function string, in []byte) []byte {
	k := functionCall(function)
	n, line, attempt := c.begin(function, "")
	grant, u, denial := c.authorize(function, n, in, k)
	denial = c.decide(line, grant, u, k, denial)
	switch {
	case denial == nil:
		line = k.send(ctx, c, line, grant, u)
	case c.refused != nil:
		c.refused(k, denial)
	default:
		k.refuse(denial)
	}
	k.scrub(c.secrets.borneBy(grant))
	c.settle(line, k)
	out := wire.Marshal(k.response())
	if n <= c.budget {
		c.tape.keep(attempt, k, out)
	}
	return out
}

// send sends a call that was authorized and returns the line of the ledger to
// which the answer belongs. A replay, which has no secrets, leaves nothing behind.
func (c *hostCalls) send(ctx context.Context, line int, call egress.Call) (resp wire.HTTPResponse, answered int) {
	if call.Request.Undo != "" && c.secrets != nil {
		return c.sendUndoable(ctx, line, call)
	}
	resp, answered = c.sendNow(ctx, line, call)
	c.settleUndo(call, &resp)
	return resp, answered
}

// sendNow sends a call with its credential. Of an address that is a secret,
// nobody is told more than the origin.
func (c *hostCalls) sendNow(ctx context.Context, line int, call egress.Call) (resp wire.HTTPResponse, answered int) {
	if call.Request.Credential == nil || c.secrets == nil {
		resp, answered = c.http(ctx, line, call), line
	} else {
		resp, answered = c.authenticated(ctx, line, call)
	}
	if isHandle(call.Request.URL) && resp.FinalURL != "" {
		resp.FinalURL = call.URL.Origin()
	}
	return resp, answered
}

// authorize decides on every host call and decodes its document. It denies by
// default: a call goes out only when it is within the budget, covered by a grant
// and well formed. A call beyond the budget costs no decoding. What it returns
// beside a refusal says how far it came.
//
// Two requests are the host's own and come from no document of a guest, so they do
// not pass here: what takes back (takeBackOne asks the same rules but for the
// budget) and what gets a token (token, one GET of a realm that access.Realm grants).
func (c *hostCalls) authorize(function string, n int, in []byte, k call) (g access.Grant, u wire.URL, denial *wire.CallError) {
	i := slices.IndexFunc(hostFunctions, func(f hostFunction) bool { return f.name == function })
	if i < 0 {
		return g, u, deny(ruleFunction, "this host does not offer that function")
	}
	if hostFunctions[i].write && !c.writes {
		return g, u, deny(ruleWrite, "the run does not permit this check to write on its target")
	}
	if n > c.budget {
		return g, u, deny(ruleBudget, fmt.Sprintf("the run has used up its %d requests", c.budget))
	}
	if err := wire.Unmarshal(in, k.request()); err != nil {
		return g, u, deny(ruleDocument, "the request document is malformed: "+err.Error())
	}
	// The access policy comes first: its rules name what is wrong.
	if g, u, denial = k.judge(c.grants, hostFunctions[i]); denial != nil {
		return access.Grant{}, wire.URL{}, c.unapproved(k, hostFunctions[i], denial)
	}
	if err := k.validate(); err != nil {
		return access.Grant{}, wire.URL{}, deny(ruleDocument, "the request document is malformed: "+err.Error())
	}
	return g, u, k.attach(c, g, u)
}

// deny is a refusal by one of the rules of this package.
func deny(rule, message string) *wire.CallError {
	return &wire.CallError{Kind: wire.KindDenied, Detail: rule, Rule: rule, Message: bounded(message, wire.MaxErrorMessage)}
}

// ledgerKept bounds the ledger: the calls that a guest makes after its budget is
// spent add no more lines than this.
const ledgerKept = 8

// begin counts a call and opens its line in the ledger. It returns the number
// of the call within the attempt, the index of the line, -1 for none, and the
// attempt.
func (c *hostCalls) begin(function, purpose string) (n, line, attempt int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used++
	if c.used > c.budget+ledgerKept {
		return c.used, -1, c.attempt
	}
	return c.used, c.openLine(function, purpose), c.attempt
}

// openLine adds a line to the ledger; c.mu is held.
func (c *hostCalls) openLine(function, purpose string) int {
	c.ledger = append(c.ledger, report.Request{N: len(c.ledger) + 1, Function: function, Purpose: purpose})
	c.audited = append(c.audited, 0)
	return len(c.ledger) - 1
}

// decide writes what was asked and what was decided, into the ledger and into the
// audit log, before anything is sent. It returns the refusal: denial, or that the
// log did not take the call.
func (c *hostCalls) decide(line int, g access.Grant, u wire.URL, k call, denial *wire.CallError) *wire.CallError {
	if line < 0 {
		return denial // the budget is spent; the log counts these calls
	}
	l := c.decided(line, g, u, k, denial)
	id, unwritten := c.audit.decided(l, c.secrets.kept())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.audited[line] = id
	if unwritten != nil && denial == nil {
		denial = unwritten
		c.ledger[line].Decision, c.ledger[line].Rule = audit.Denied, denial.Detail
	}
	if c.watch != nil {
		c.watch(c.ledger[line], false)
	}
	return denial
}

// decided is decide for the ledger. It returns the line.
func (c *hostCalls) decided(line int, g access.Grant, u wire.URL, k call, denial *wire.CallError) report.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &c.ledger[line]
	e := k.exchange()
	method, _ := e.Asked()
	l.Method, l.URL, l.Access, l.Decision = bounded(method, 16), ledgerURL(u, e), g.Text, "allowed"
	if secret := e.Request.Credential; secret != nil && slices.Contains(g.Secrets, secret.Secret) {
		l.Credential = keyOf(secret.Secret)
	}
	if denial != nil {
		l.Decision, l.Rule = "denied", denial.Detail
	}
	return *l
}

// settle writes what came of a call.
func (c *hostCalls) settle(line int, k call) {
	l, id, ok := c.settled(line, k)
	if ok {
		c.audit.settled(id, l, k.facts(), c.secrets.kept())
	}
}

// settled is settle for the ledger. It returns the line and its number in the audit
// log; ok is false when there is no line.
func (c *hostCalls) settled(line int, k call) (now report.Request, id int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failure := k.failure()
	if k.proxyIgnored() && failure != nil {
		c.proxyIgnored = true
	}
	if line < 0 {
		return now, 0, false
	}
	l := &c.ledger[line]
	k.told(l)
	if l.Decision == "denied" && !isRefusal(failure) { // a recording holds another decision
		l.Decision, l.Rule = "allowed", ""
	}
	if e := failure; e != nil && e.On != wire.OnRealm { // the realm has a line of its own
		l.ErrorKind = e.Kind
		if e.Kind == wire.KindDenied { // refused at the address that was dialled
			l.Decision, l.Rule = "denied", e.Detail
		}
	}
	if c.watch != nil {
		c.watch(*l, true)
	}
	return *l, c.audited[line], true
}

// isRefusal tells the errors by which a call is refused before anything is sent.
func isRefusal(e *wire.CallError) bool {
	return e != nil && (e.Kind == wire.KindDenied || e.Kind == wire.KindInvalidURL)
}

// lines returns the ledger in call order.
func (c *hostCalls) lines() []report.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return orEmpty(slices.Clone(c.ledger))
}

// again begins another attempt with a budget of its own. What the attempts
// before it sent stays in the ledger.
func (c *hostCalls) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.overrun()
	c.used = 0
	c.attempt++
	c.tape.rewind(c.attempt)
}

// overrun tells the audit log of the calls of an attempt that have no line; c.mu
// is held.
func (c *hostCalls) overrun() { c.audit.unwritten(c.used - c.budget - ledgerKept) }

func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
