package host

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// hostFunction is a function that a guest may import. It is data: what answers
// a call is the same for all, so that none can pass authorize by.
type hostFunction struct {
	name    string
	methods []string
}

// hostFunctions are the host functions of the contract that this host offers.
var hostFunctions = []hostFunction{
	{wire.FuncHTTPRead, []string{http.MethodGet, http.MethodHead, http.MethodOptions}},
}

// callRules are the refusals of authorize itself; the others are access.Judge's.
const (
	ruleFunction = "function"
	ruleDocument = "document"
	ruleBudget   = "budget"
)

// hostCalls answers the host calls of one check run and keeps its ledger. It is
// safe for concurrent use.
type hostCalls struct {
	grants  []access.Grant
	network Network
	budget  int // how many calls the run may make

	mu     sync.Mutex
	ledger []report.Request
	// proxyIgnored is set when a call failed that an unused proxy might have saved.
	proxyIgnored bool
}

// answer is the arrow back from the guest: the guest's document, the decision,
// the network, the response. Whatever goes wrong is data in the response.
func (c *hostCalls) answer(ctx context.Context, function string, in []byte) []byte {
	var req wire.HTTPRequest
	n := c.begin(function)
	decodeErr := wire.Unmarshal(in, &req)
	grant, u, denial := c.authorize(function, n, decodeErr, &req)
	var resp wire.HTTPResponse
	if denial != nil {
		resp.Error = denial
	} else {
		resp = c.network.HTTP(ctx, grant, u, &req)
	}
	c.end(n, grant, u, &req, &resp)
	return wire.Marshal(&resp)
}

// authorize decides on every host call. It denies by default: a call goes out
// only when it is within the budget, well formed and covered by a grant.
func (c *hostCalls) authorize(function string, n int, decodeErr error, req *wire.HTTPRequest) (access.Grant, wire.URL, *wire.CallError) {
	deny := func(rule, message string) (access.Grant, wire.URL, *wire.CallError) {
		return access.Grant{}, wire.URL{}, &wire.CallError{Kind: wire.KindDenied, Detail: rule, Rule: rule, Message: message}
	}
	i := slices.IndexFunc(hostFunctions, func(f hostFunction) bool { return f.name == function })
	switch {
	case i < 0:
		return deny(ruleFunction, "this host does not offer that function")
	case n > c.budget:
		return deny(ruleBudget, fmt.Sprintf("the run has used up its %d requests", c.budget))
	case decodeErr != nil:
		return deny(ruleDocument, "the request document is malformed: "+decodeErr.Error())
	}
	if err := req.Validate(); err != nil {
		return deny(ruleDocument, "the request document is malformed: "+err.Error())
	}
	return access.Judge(c.grants, function, hostFunctions[i].methods, req)
}

// ledgerKept bounds the ledger: a guest that goes on calling after its budget
// is spent adds no more lines than this beyond it.
const ledgerKept = 8

func (c *hostCalls) begin(function string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger = append(c.ledger, report.Request{N: len(c.ledger) + 1, Function: function})
	if len(c.ledger) > c.budget+ledgerKept {
		c.ledger = c.ledger[:c.budget+ledgerKept]
		return c.budget + ledgerKept + 1
	}
	return len(c.ledger)
}

func (c *hostCalls) end(n int, g access.Grant, u wire.URL, req *wire.HTTPRequest, resp *wire.HTTPResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if resp.ProxyIgnored && resp.Error != nil {
		c.proxyIgnored = true
	}
	if n > len(c.ledger) {
		return
	}
	line := &c.ledger[n-1]
	line.Method, line.Access, line.Decision = bounded(req.Method, 16), g.Text, "allowed"
	line.URL = ledgerURL(u, req.URL)
	line.Address, line.Status, line.DurationMS = resp.Address, resp.Status, resp.DurationMS
	line.Bytes = int64(len(resp.Body))
	if e := resp.Error; e != nil {
		line.ErrorKind = e.Kind
		if e.Kind == wire.KindDenied || e.Kind == wire.KindInvalidURL {
			line.Decision, line.Rule = "denied", e.Detail
		}
	}
}

// ledgerURL is the address of a call without query and user info. A call that
// was refused before its address was known shows the origin if there is one.
func ledgerURL(u wire.URL, raw string) string {
	if u.Host == "" {
		parsed, rule := wire.ScreenURL(raw)
		if rule != "" {
			return ""
		}
		u = parsed
	}
	u.Query = ""
	return bounded(u.String(), 512)
}

// lines returns the ledger in call order.
func (c *hostCalls) lines() []report.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return orEmpty(slices.Clone(c.ledger))
}

// reset forgets the calls of an attempt that is repeated.
func (c *hostCalls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ledger, c.proxyIgnored = nil, false
}

func bounded(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
