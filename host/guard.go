package host

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// A process that is killed takes nothing back. So before the first request that
// asks for an undo, a guard is started: this program again, which reads from a
// pipe what is owed and what is settled. When the pipe ends, because this process
// closed it or is no more, the guard takes back what is left and ends. What it
// needs, secrets included, comes over the pipe and stands in no argument, no
// variable and no file.

// guardArgument makes this program a guard.
const guardArgument = "-undo-guard"

// guardPossible is set where the program calls WorkerMain.
var guardPossible atomic.Bool

// guardLine is what is written into the pipe: a document per line, each with one
// of its fields.
type guardLine struct {
	Network *egress.Config `json:",omitempty"`
	Owe     *guardDebt     `json:",omitempty"`
	Settled int            `json:",omitempty"`
}

// guardDebt is one undo with what it takes.
type guardDebt struct {
	ID         int
	Method     string
	Location   string
	Credential *wire.Credential
	Secret     string // the value of the credential's secret
	Grants     []access.Grant
	PlainHTTP  bool
	Audit      *guardAudit `json:",omitempty"`
}

// guard is this process's end of the pipe. Without a process at the other end it
// does nothing: the guard is for the worst case, and no reason not to run. But it
// is said: in the log, and in the report of a run that wrote.
type guard struct {
	network egress.Config
	log     hclog.Logger // nil for none

	mu   sync.Mutex
	once bool
	cmd  *exec.Cmd
	pipe *os.File
	last int
	lack string // why there is no process to read the pipe; empty while there is
}

// start starts the process once.
func (g *guard) start() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.once {
		return
	}
	g.once = true
	if err := g.launch(); err != nil {
		g.lose(err)
	}
}

// launch starts the process and tells it of the network.
func (g *guard) launch() error {
	if !guardPossible.Load() {
		return errors.New("this program does not call WorkerMain first thing in main")
	}
	self, err := guardPath()
	if err != nil {
		return err
	}
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	cmd := &exec.Cmd{Path: self, Args: []string{self, guardArgument}, Env: guardEnviron(g.network.Environ), Stdin: in, SysProcAttr: guardAttributes()}
	if err := cmd.Start(); err != nil {
		out.Close()
		return err
	}
	g.cmd, g.pipe = cmd, out
	g.write(guardLine{Network: &g.network})
	return nil
}

// lose keeps the first reason why there is no guard.
func (g *guard) lose(err error) {
	if g.lack != "" {
		return
	}
	g.lack = err.Error()
	if g.log != nil {
		g.log.Warn("no guard takes back what checks write if this process is killed", "error", err)
	}
}

// note is the remark on a run that wrote without a guard.
func (g *guard) note(rep *report.Report) []report.Note {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lack == "" || !wrote(rep) {
		return nil
	}
	return []report.Note{{Code: "unguarded",
		Text: "had the run been killed, nobody would have taken back what a check wrote: the guard process is missing: " + bounded(g.lack, wire.MaxErrorMessage)}}
}

// wrote tells whether a check of the run sent a request that writes.
func wrote(rep *report.Report) bool {
	return slices.ContainsFunc(rep.Results, func(r report.Result) bool {
		return slices.ContainsFunc(r.Requests, func(q report.Request) bool {
			return q.Function == wire.FuncHTTPWrite && q.Decision == "allowed"
		})
	})
}

// guardEnviron keeps the variables that say which authorities are trusted.
func guardEnviron(environ []string) []string {
	kept := []string{}
	for _, e := range environ {
		if name, _, _ := strings.Cut(e, "="); name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR" || name == "SystemRoot" {
			kept = append(kept, e)
		}
	}
	return kept
}

// write hands over a line. A guard that does not read is given up.
func (g *guard) write(line guardLine) {
	if g.pipe == nil {
		return
	}
	text, err := json.Marshal(line)
	if err == nil {
		_ = g.pipe.SetWriteDeadline(time.Now().Add(time.Second))
		_, err = g.pipe.Write(append(text, '\n'))
	}
	if err != nil {
		g.pipe.Close()
		g.pipe = nil
		g.lose(err)
	}
}

// owe tells the guard what has to be taken back, and returns its number there.
func (g *guard) owe(c *hostCalls, u undo) int {
	if g == nil {
		return 0
	}
	debt := &guardDebt{Method: u.method, Location: u.location, Credential: u.credential, Grants: c.grants, PlainHTTP: c.plainHTTP}
	debt.Audit = c.audit.forGuard()
	if u.credential != nil {
		v, _ := c.secrets.resolution.Lookup(keyOf(u.credential.Secret))
		debt.Secret = v.Value
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	debt.ID = g.last
	g.write(guardLine{Owe: debt})
	return debt.ID
}

// settled tells the guard that an undo is done with.
func (g *guard) settled(id int) {
	if g == nil || id == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.write(guardLine{Settled: id})
}

// close ends the process and waits for it.
func (g *guard) close() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pipe != nil {
		g.pipe.Close()
		g.pipe = nil
	}
	if g.cmd != nil {
		late := time.AfterFunc(2*undoTime, func() { _ = g.cmd.Process.Kill() })
		_ = g.cmd.Wait()
		late.Stop()
		g.cmd = nil
	}
}

// guardMain serves as a guard when this process was started as one, and then
// exits; otherwise it returns at once.
func guardMain() {
	guardPossible.Store(true)
	if len(os.Args) != 2 || os.Args[1] != guardArgument {
		return
	}
	// What ends the other process must not end this one.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	settleDebts(os.Stdin)
	os.Exit(0)
}

// settleDebts reads to the end of the pipe and takes back what is left then. A
// line that the end has cut off is none.
func settleDebts(in io.Reader) {
	var network egress.Config
	left := map[int]*guardDebt{}
	for dec := json.NewDecoder(in); ; {
		var line guardLine
		if dec.Decode(&line) != nil {
			break
		}
		switch {
		case line.Network != nil:
			network = *line.Network
		case line.Owe != nil:
			left[line.Owe.ID] = line.Owe
		default:
			delete(left, line.Settled)
		}
	}
	if len(left) == 0 {
		return
	}
	client, err := egress.New(network)
	if err != nil {
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), undoTime)
	defer cancel()
	logs := newGuardLogs(left)
	defer logs.end()
	var wg sync.WaitGroup
	for _, id := range slices.Sorted(maps.Keys(left)) {
		debt := left[id]
		calls := debt.calls(client)
		var err error
		if calls.audit, err = logs.of(debt.Audit); err == nil {
			wg.Go(func() { calls.takeBackOne(ctx, debt.undo()) })
		}
	}
	wg.Wait()
}

func (d *guardDebt) undo() undo {
	return undo{method: d.Method, location: d.Location, credential: d.Credential}
}

// calls are those of the check that owes, as far as the undo needs them.
func (d *guardDebt) calls(network Network) *hostCalls {
	secrets := &secretsOf{grants: map[string]*scrubber{}}
	if d.Credential != nil && d.Secret != "" {
		secrets.resolution.Values = []settings.Resolved{{Declared: keyOf(d.Credential.Secret), Value: d.Secret, Secret: true}}
	}
	return &hostCalls{grants: d.Grants, network: network, budget: wire.DefaultRequests, writes: true, secrets: secrets, plainHTTP: d.PlainHTTP}
}
