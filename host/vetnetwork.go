package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/simnet"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// farEnd answers the calls of one run. It cannot dial.
type farEnd interface {
	http(ctx context.Context, key string, purpose string, call egress.Call) wire.HTTPResponse
	tcp(ctx context.Context, key string, call egress.TCPCall) wire.TCPResponse
	close()
}

// asked is one request that left for the far end.
type asked struct {
	vet.Request
	entry int // of the declared access, from 1
}

// key names the kind of request, whatever its fields and its body.
func (a asked) key() string {
	return strings.Join([]string{a.Function, a.Method, a.Target, a.Path, a.Credential, a.Scheme, a.Purpose}, " ")
}

// recorder is the network of one run: it writes down what leaves and looks for
// canaries in it. A guest has one call under way at a time.
type recorder struct {
	far      farEnd
	info     *wire.CheckInfo
	canaries []vet.Canary
	settings *settings.Store
	scene    vet.Scene // has the latencies, which guests are told

	mu      sync.Mutex
	line    report.Request // the last that was decided on
	lines   []report.Request
	asked   []asked
	denials []denial
	hits    []hit
	strays  []string
	named   []string // the lures that answers named so far
	// looks is how many calls are looked at: a guest may make them until its time is
	// up, and what a clock decides is no finding.
	looks int
	// heard is the digest of all that the guest was answered.
	heard [sha256.Size]byte
}

// decided sees each decision before anything is sent.
func (r *recorder) decided(line report.Request, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !ended && line.Decision == "denied":
		r.denials = append(r.denials, denial{line, slices.Clone(r.named)})
	case !ended:
		r.line = line
	}
}

// refused hands a refusal on.
func (r *recorder) refused(k call, denial *wire.CallError) { k.refuse(denial) }

// HTTP implements Network.
func (r *recorder) HTTP(ctx context.Context, call egress.Call) wire.HTTPResponse {
	key, purpose := r.note(call)
	resp := r.far.http(ctx, key, purpose, call)
	resp.DurationMS = r.scene.DurationMS(call.URL.Host)
	return resp
}

// TCP implements Network.
func (r *recorder) TCP(ctx context.Context, call egress.TCPCall) wire.TCPResponse {
	a := asked{entry: call.Grant.Entry, Request: vet.Request{
		Function: wire.FuncTCPProbe, Method: wire.MethodProbe, Target: r.target(call.Grant), Path: fmt.Sprintf(":%d", call.URL.Port), Access: r.access(call.Grant), Headers: []string{},
	}}
	if call.Request.TLS {
		a.Path += " TLS"
	}
	r.mu.Lock()
	if !call.Grant.CoversTCP(call.URL) {
		r.strays = append(r.strays, a.Method+" "+a.Target+a.Path)
	}
	r.asked = append(r.asked, a)
	r.mu.Unlock()
	resp := r.far.tcp(ctx, a.key(), call)
	resp.DurationMS = r.scene.DurationMS(call.URL.Host)
	if resp.Connected {
		resp.ConnectMS = r.scene.ConnectMS(call.URL.Host)
	}
	return resp
}

// note writes down a request. It is held once more against its grant, and the
// credential against the secrets that may go there.
func (r *recorder) note(call egress.Call) (key, purpose string) {
	req := call.Request
	r.mu.Lock()
	defer r.mu.Unlock()
	a := asked{entry: call.Grant.Entry, Request: vet.Request{
		Function: functionOf(req.Method), Method: req.Method, Target: r.target(call.Grant), Path: r.path(call),
		Access: r.access(call.Grant), Headers: slices.Sorted(maps.Keys(req.Header)), BodyBytes: int64(len(req.Body)), Purpose: r.line.Purpose,
	}}
	if a.Headers == nil {
		a.Headers = []string{}
	}
	if n := len(r.asked); a.Purpose == report.PurposeTokenExchange && n > 0 && r.asked[n-1].entry == a.entry {
		a.entry = 0 // the host's own, at the address that was granted for something else
	}
	if k := req.Credential; k != nil && call.Credential.Header != "" {
		a.Credential, a.Scheme = pattern(keyOf(k.Secret), r.info), k.Scheme
		if k.Secret != "" && !slices.Contains(call.Grant.Secrets, k.Secret) {
			r.hit(hit{vet.RuleSecretMisdirected, a.Credential, "credential", a.Method + " " + a.Target})
		}
	}
	if !call.Grant.Covers(req.Method, call.URL) {
		r.strays = append(r.strays, a.Method+" "+a.Target+a.Path)
	}
	r.asked = append(r.asked, a)
	return a.key(), a.Purpose
}

// target names the host of a grant by the setting that gave it.
func (r *recorder) target(g access.Grant) string {
	if g.Entry < 1 || g.Entry > len(r.info.Access) {
		return g.Base.Origin()
	}
	if target := r.info.Access[g.Entry-1].Target; braced(target) != "" {
		return target
	}
	return g.Base.Origin()
}

// access is the entry of the declared access that a grant came from.
func (r *recorder) access(g access.Grant) string {
	if g.Entry < 1 || g.Entry > len(r.info.Access) {
		return g.Text
	}
	return inspect.AccessText(r.info.Access[g.Entry-1])
}

// path is what follows the address that was set, without the values of the query;
// of an address that is a secret, nothing.
func (r *recorder) path(call egress.Call) string {
	path := call.URL.Path
	if e, ok := r.settings.Lookup(call.Grant.Setting); ok {
		if u, rule := wire.ScreenURL(e.Value); rule == "" {
			if rest, below := strings.CutPrefix(path, strings.TrimRight(u.Path, "/")); below && u.Origin() == call.URL.Origin() {
				path = strings.TrimPrefix(rest, "/")
				if path != "" {
					path = "/" + path
				}
			}
		}
	}
	for _, c := range r.canaries {
		if c.Find(path) != "" {
			return ""
		}
	}
	query, err := url.ParseQuery(call.URL.Query)
	if err != nil || len(query) == 0 {
		return path
	}
	return path + "?" + strings.Join(slices.Sorted(maps.Keys(query)), "&")
}

// pattern is the declared key of a setting with an item number.
func pattern(key string, info *wire.CheckInfo) string {
	for _, s := range info.Settings {
		before, after, starred := strings.Cut(s.Key, "*")
		if starred && strings.HasPrefix(key, before) && strings.HasSuffix(key, after) {
			return s.Key
		}
	}
	return key
}

// looking counts a call and tells whether it is looked at.
func (r *recorder) looking() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looks--
	return r.looks >= 0
}

// hit writes down that a canary turned up, once.
func (r *recorder) hit(h hit) {
	if !slices.Contains(r.hits, h) {
		r.hits = append(r.hits, h)
	}
}

// said sees one call as the guest has it: its document and the answer. A guest
// has no secrets, so that one in either is a leak.
func (r *recorder) said(function string, in, answer []byte) {
	if !r.looking() {
		return
	}
	k := functionCall(function)
	text := string(in)
	if wire.Unmarshal(in, k.request()) == nil {
		text = strings.Join(append(k.words(), text), "\n")
	}
	reply := string(answer)
	var named []string
	if function == wire.FuncTCPProbe {
		var resp wire.TCPResponse
		if wire.Unmarshal(answer, &resp) == nil {
			reply += "\n" + string(resp.Banner)
		}
	} else {
		var resp wire.HTTPResponse
		if wire.Unmarshal(answer, &resp) == nil {
			reply += "\n" + string(resp.Body)
			named = namedIn(&resp)
		}
	}
	method, address := k.exchange().Asked()
	place := method + " of an address"
	if u, rule := wire.ScreenURL(address); rule == "" {
		place = method + " " + u.Host
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.named = append(r.named, named...)
	r.heard = sha256.Sum256(slices.Concat(r.heard[:], []byte(function), answer))
	for _, c := range r.canaries {
		if form := c.Find(text); form != "" {
			r.hit(hit{vet.RuleSecretInRequest, c.Setting, form, place})
		}
		if form := c.Whole(reply); form != "" {
			r.hit(hit{vet.RuleSecretEntered, c.Setting, form, "an answer"})
		}
	}
}

// simulation is a far end of real bytes: an adversary in memory, met by the real
// client.
type simulation struct {
	net    *simnet.Net
	client *egress.Client
}

func newSimulation(a vet.Adversary, scene vet.Scene, now time.Time) (farEnd, error) {
	n := simnet.New(a, scene, now)
	c, err := egress.New(egress.Config{UserAgent: "stella-doctor/vet", Simulated: &egress.Simulated{
		Dial: n.Dial, Lookup: n.Lookup, Roots: simnet.Roots(), Now: n.Now,
	}})
	if err != nil {
		return nil, err
	}
	return &simulation{n, c}, nil
}

func (s *simulation) http(ctx context.Context, _, _ string, call egress.Call) wire.HTTPResponse {
	ctx, cancel := s.net.Begin(ctx, call.URL.Host, call.URL.Scheme == "https", true)
	defer cancel()
	return s.client.HTTP(ctx, call)
}

func (s *simulation) tcp(ctx context.Context, _ string, call egress.TCPCall) wire.TCPResponse {
	ctx, cancel := s.net.Begin(ctx, call.URL.Host, call.Request.TLS, false)
	defer cancel()
	return s.client.TCP(ctx, call)
}

func (s *simulation) close() {
	s.client.Close()
	s.net.Close()
}
