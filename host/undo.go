package host

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/sdk/wire"
)

// A guest that opens an upload may never come to cancelling it: it traps, runs
// out of time, the run is interrupted, its worker is killed. So the request that
// opens it says how it is taken back ([wire.HTTPRequest.Undo]), and the host does
// that when the run of the check has ended and the guest has not.
//
// Only an answer 202 has something under way that can be given up. A 201 has
// made a thing that may have been there before, such as a blob that was mounted:
// what would take it back would destroy it.

// undoTime bounds both halves of it: how long a request whose answer may name
// what to take back is waited for when the run is over, and how long taking back
// may take.
const undoTime = 5 * time.Second

// undo is what has to be taken back.
type undo struct {
	method   string
	location string // absolute, or whatever stood there when it is no address
	// credential is that of the request, nil when the location is elsewhere. It
	// has no scope: that was for the request, and a registry may want another one
	// for this, which its challenge names. Distribution wants delete where push
	// opened the upload.
	credential *wire.Credential
	// outside is set when the location is on the origin of the request and not
	// below its address.
	outside bool
	// debt is its number at the guard.
	debt int
}

// owed counts what this process may have to take back: requests under way that
// ask for it, and what they left.
var owed atomic.Int64

// UndoOwed tells whether a run of this process has begun something on a target
// that it still has to take back. A program that is told to end twice waits until
// it is false.
func UndoOwed() bool { return owed.Load() > 0 }

// sendUndoable sends a request that asks for an undo. Once it is on its way the
// end of the run does not stop it at once: without the answer nobody knows what
// to take back.
func (c *hostCalls) sendUndoable(ctx context.Context, line int, call egress.Call) (wire.HTTPResponse, int) {
	c.guard.start()
	if !c.beginUndoable(ctx) {
		return wire.HTTPResponse{Error: &wire.CallError{Kind: wire.KindConnectionFailed, Message: "the run is over"}}, line
	}
	defer c.sending.Done()
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(undoTime, cancel) })()
	resp, line := c.sendNow(detached, line, call)
	c.owe(call, &resp)
	return resp, line
}

// beginUndoable counts a request that asks for an undo, unless the run is over.
func (c *hostCalls) beginUndoable(ctx context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || ctx.Err() != nil {
		return false
	}
	c.sending.Add(1)
	owed.Add(1)
	return true
}

// owe keeps what the answer leaves to be taken back.
func (c *hostCalls) owe(call egress.Call, resp *wire.HTTPResponse) {
	location := resp.Header["location"]
	if resp.Status != http.StatusAccepted || len(location) == 0 {
		owed.Add(-1)
		return
	}
	u := undo{method: call.Request.Undo, location: location[0]}
	base, err := url.Parse(call.URL.String())
	if err != nil { // it passed the screen
		base = &url.URL{}
	}
	if to, err := base.Parse(location[0]); err == nil {
		to.Fragment, to.RawFragment = "", ""
		u.location = to.String()
	}
	if to, rule := wire.ScreenURL(u.location); rule == "" && to.Origin() == call.URL.Origin() {
		u.credential = withoutScope(call.Request.Credential)
		u.outside = !isBelow(call.URL.Path, to.Path)
	}
	if !u.outside {
		u.debt = c.guard.owe(c, u)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undos = append(c.undos, u)
}

// isBelow tells what a request to a collection can have begun: something in it,
// and neither the collection itself nor what stands beside it. The server chooses
// the location, and would choose what the operator's credentials delete.
func isBelow(collection, path string) bool {
	return wire.CoversPath(collection, path) && len(strings.Trim(path, "/")) > len(strings.Trim(collection, "/"))
}

func withoutScope(k *wire.Credential) *wire.Credential {
	if k == nil {
		return nil
	}
	same := *k
	same.Scope = ""
	return &same
}

// settleUndo strikes out what the guest has taken back by itself. An answer by
// which the upload may still be there strikes out nothing.
func (c *hostCalls) settleUndo(call egress.Call, resp *wire.HTTPResponse) {
	if resp.Error != nil && !isWhole(resp.Error) || !isTakenBack(resp.Status) {
		return
	}
	var done []int
	c.mu.Lock()
	c.undos = slices.DeleteFunc(c.undos, func(u undo) bool {
		to, rule := wire.ScreenURL(u.location)
		if rule != "" || u.method != call.Request.Method || to != call.URL {
			return false
		}
		done = append(done, u.debt)
		return true
	})
	c.mu.Unlock()
	// A guard that does not read takes its time, and no other call waits for it.
	for _, debt := range done {
		c.guard.settled(debt)
		owed.Add(-1)
	}
}

// isTakenBack tells the answers after which nothing is left to do: it is gone, it
// was gone, or the server does not do it.
func isTakenBack(status int) bool {
	return 200 <= status && status <= 299 || slices.Contains([]int{http.StatusNotFound, http.StatusGone, http.StatusMethodNotAllowed, http.StatusNotImplemented}, status)
}

// takeBack ends the calls of a check and takes back what its guest has left. It
// runs after the guest, whatever ended it, and on a time of its own.
func (c *hostCalls) takeBack() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.sending.Wait()
	c.mu.Lock()
	left := c.undos
	c.undos = nil
	c.overrun()
	c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), undoTime)
	defer cancel()
	var wg sync.WaitGroup
	for _, u := range left {
		wg.Go(func() {
			c.takeBackOne(ctx, u)
			c.guard.settled(u.debt)
			owed.Add(-1)
		})
	}
	wg.Wait()
}

// takeBackOne sends the request that the guest has not sent, under the same rules
// as if it had. It costs no budget: that the guest spent all of it is no reason to
// leave something behind.
func (c *hostCalls) takeBackOne(ctx context.Context, u undo) {
	call := egress.Call{Request: &wire.HTTPRequest{Method: u.method, URL: u.location, Credential: u.credential}}
	function := functionOf(u.method)
	i := slices.IndexFunc(hostFunctions, func(f hostFunction) bool { return f.name == function })
	grant, to, denial := access.Judge(c.grants, function, hostFunctions[i].methods, call.Request)
	if denial == nil && u.outside {
		denial = deny(ruleUndo, "the location is not below the address of the request that it answers")
	}
	if denial == nil {
		call.Grant, call.URL = grant, to
		call.Credential, denial = c.attach(grant, to, u.credential)
	}
	line := c.freeLine(function, report.PurposeUndo)
	denial = cmp.Or(denial, c.undoRules(hostFunctions[i], call.Request))
	denial = c.decideHTTP(line, call, denial)
	resp := wire.HTTPResponse{Error: denial}
	if denial == nil {
		resp, line = c.sendNow(ctx, line, call)
	}
	c.settleHTTP(line, &resp)
}

// undoRules are those of authorize beside the access policy, for a request that
// no guest has sent.
func (c *hostCalls) undoRules(f hostFunction, request *wire.HTTPRequest) *wire.CallError {
	if f.write && !c.writes {
		return deny(ruleWrite, "the run does not permit this check to write on its target")
	}
	if err := request.Validate(); err != nil {
		return deny(ruleDocument, "what would take it back is malformed: "+err.Error())
	}
	return nil
}

// freeLine opens a line of an undo, or of what that takes. There is always room
// for it.
func (c *hostCalls) freeLine(function, purpose string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.openLine(function, purpose)
}
