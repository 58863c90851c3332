package host

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// VetOptions says how a plugin is vetted. The zero value is a whole vetting.
type VetOptions struct {
	// Policy makes the verdict; nil stands for vet.DefaultPolicy.
	Policy *vet.Policy
	// Attached are the documents beside the file, for the policy. Signers are the
	// names of the keys whose signatures were verified: nothing here verifies them.
	Attached []artifact.Attachment
	Signers  []string
	// Unsigned says why no signature counts; empty where one does.
	Unsigned string
	// Revoked says by what this site has revoked the file or who signed it; empty
	// where it has not.
	Revoked string
	// Cases are the author's; they lead deeper into the checks than guesses.
	Cases []VetCase
	// EveryStatus tries every status from 100 to 599 instead of those with a name.
	EveryStatus bool
	// Checks are the ids to vet; none stands for all. The report then says so.
	Checks []string
	// CheckTime is what one run of a check may take at most; zero stands for
	// DefaultVetTime, or what the check declares if that is less.
	CheckTime time.Duration
	// Time is what the runs of all checks may take together; zero stands for as long
	// as they take. Of a check whose share of it is up the report says so, and what
	// was not tried.
	Time time.Duration
	// Parallel is how many runs are under way at once; zero stands for one more than
	// there are cores.
	Parallel int
	// Date is written into the report as it is; empty for none.
	Date string
	// Progress is told how many runs of a check there were; nil is fine.
	Progress func(check string, runs int)

	// only tells which parts of the vetting of a check are done; nil for all. Tests
	// leave parts out: those that a case does not need, and the one by which it is
	// caught.
	only func(check, part string) bool
}

// DefaultVetTime is what one run of a check may take in a vetting. There are no
// networks to wait for.
const DefaultVetTime = 10 * time.Second

// VetCase is a case of the author's.
type VetCase struct {
	Name   string // for people
	Digest string
	Case   exchange.Case
}

func (o *VetOptions) parallel() int {
	if o.Parallel > 0 {
		return o.Parallel
	}
	return runtime.GOMAXPROCS(0) + 1
}

// vetting is one under way.
type vetting struct {
	opts VetOptions
	host *Host // has the catalog
	file *plugin.File
	// fast is the plugin compiled, slow interpreted; where the engine has no
	// compiler they are the same.
	fast, slow *loaded
	findings   vet.Findings
	// seed is the digest of the file, from which its scenes are.
	seed   [sha256.Size]byte
	limits []string
	// inspected is what reading the file tells.
	inspected *inspect.Report
	// alone is held by runs, together, or by one that is to be alone.
	alone sync.RWMutex
	// compiled and interpreted tell that checks were run so.
	compiled, interpreted atomic.Bool
	// endless are the checks that ran out of time even alone.
	endless sync.Map
}

// Vet runs every check of a plugin against far ends in memory and reports what it
// was made to do. Nothing can leave this machine. The plugin runs in worker
// processes, interpreted and compiled; cfg gives their command, and the version
// for the report.
//
// It returns a *plugin.Refusal for a file that may not run at all, a plain error
// when this program cannot start a worker, a *TransientError when this machine
// could not, and ctx's error when ctx ended.
func Vet(ctx context.Context, cfg Config, data []byte, opts VetOptions) (*vet.Report, error) {
	f, err := plugin.Open(data)
	if err != nil {
		return nil, err
	}
	if err := sandbox.WorkerReady(cfg.Worker); err != nil {
		return nil, err
	}
	if opts.Policy == nil {
		opts.Policy = vet.DefaultPolicy()
	}
	v, err := newVetting(cfg, data, f, opts)
	if err != nil {
		return nil, err
	}
	defer v.close()
	return v.vet(ctx, data)
}

// vet is Vet once everything is ready.
func (v *vetting) vet(ctx context.Context, data []byte) (rep *vet.Report, err error) {
	opts := &v.opts
	if v.inspected, err = inspect.Inspect(data, inspectOptions(opts.Attached)); err != nil {
		return nil, err
	}
	if err := v.describe(ctx); err != nil {
		return nil, err
	}
	rep = v.newReport(data)
	checks := slices.DeleteFunc(slices.Clone(v.host.catalog.checks), func(e checkEntry) bool {
		return len(opts.Checks) > 0 && !slices.Contains(opts.Checks, e.info.ID)
	})
	var deadline time.Time
	if opts.Time > 0 {
		deadline = time.Now().Add(opts.Time)
	}
	for i, e := range checks {
		check, err := v.examine(ctx, e, deadline, len(checks)-i)
		if err != nil {
			return nil, err
		}
		rep.Checks = append(rep.Checks, *check)
	}
	v.finish(rep)
	return rep, nil
}

func inspectOptions(attached []artifact.Attachment) inspect.Options {
	var o inspect.Options
	for _, a := range attached {
		o.Beside = append(o.Beside, inspect.Beside{Name: string(a.Kind), Kind: a.Kind, Data: a.Data})
	}
	return o
}

func newVetting(cfg Config, data []byte, f *plugin.File, opts VetOptions) (*vetting, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now // whether a plugin may run is asked as in every run
	}
	v := &vetting{opts: opts, file: f, seed: sha256.Sum256(data)}
	compiling := cfg
	compiling.compileWorkers = true
	v.slow = &loaded{cfg: &cfg, info: f.Info, data: data}
	v.fast = v.slow
	if sandbox.CanCompile() {
		v.fast = &loaded{cfg: &compiling, info: f.Info, data: data}
	} else {
		v.limit("the engine has no compiler for this machine: the engines were not compared")
	}
	none, err := settings.Load(settings.Options{NoDefaultFiles: true})
	if err != nil {
		return nil, err
	}
	c := &catalog{plugins: []*loaded{v.slow}}
	for i := range v.slow.info.Checks {
		c.checks = append(c.checks, checkEntry{&v.slow.info.Checks[i], v.slow})
	}
	slices.SortStableFunc(c.checks, func(a, b checkEntry) int { return strings.Compare(a.info.ID, b.info.ID) })
	v.host = &Host{cfg: cfg, log: hclog.NewNullLogger(), settings: none, catalog: c, clock: wallClock{}}
	for _, id := range opts.Checks {
		if _, ok := c.find(id); !ok {
			return nil, c.unknownCheck(id)
		}
	}
	return v, nil
}

func (v *vetting) close() {
	_ = v.fast.close()
	_ = v.slow.close()
}

// checkTime is the time budget of one run.
func (v *vetting) checkTime(e checkEntry) time.Duration {
	most := v.opts.CheckTime
	if most <= 0 {
		most = DefaultVetTime
	}
	return min(most, checkTimeout(e.info, 0, 0))
}

func (v *vetting) progress(check string, runs int) {
	if v.opts.Progress != nil {
		v.opts.Progress(check, runs)
	}
}

// does tells whether a part of the vetting is done.
func (v *vetting) does(check, part string) bool {
	return v.opts.only == nil || v.opts.only(check, part)
}

// limit notes what was left out.
func (v *vetting) limit(sentence string) {
	if !slices.Contains(v.limits, sentence) {
		v.limits = append(v.limits, sentence)
	}
}

// newReport begins the report.
func (v *vetting) newReport(data []byte) *vet.Report {
	info := &v.file.Info
	sum := sha512.Sum512(data)
	rep := &vet.Report{
		Schema: vet.Schema,
		Subject: vet.Subject{ID: info.ID, Name: info.Name, Version: info.Version,
			SHA256: strings.TrimPrefix(v.file.Digest, "sha256:"), SHA512: hex.EncodeToString(sum[:]), Bytes: int64(len(data))},
		Tool:   vet.Tool{Version: v.host.cfg.Version, Engine: Engine(), Catalogue: vet.CatalogueVersion, Cases: []string{}},
		Policy: v.opts.Policy.Applied(),
		Date:   v.opts.Date, Checks: []vet.Check{}, Limits: []string{},
	}
	for _, c := range v.opts.Cases {
		rep.Tool.Cases = append(rep.Tool.Cases, c.Digest)
	}
	slices.Sort(rep.Tool.Cases)
	rep.Facts = vet.FactsOf(v.file, v.inspected, v.opts.Attached, v.opts.Signers)
	rep.Facts.Unsigned, rep.Facts.Revoked = v.opts.Unsigned, v.opts.Revoked
	return rep
}

// finish judges by the policy.
func (v *vetting) finish(rep *vet.Report) {
	if len(v.opts.Checks) > 0 {
		v.limit("only some of the checks were vetted: " + strings.Join(v.opts.Checks, ", "))
	}
	if !v.opts.EveryStatus {
		v.limit("not every status from 100 to 599 was tried: those that services are known to answer with, and the ends of each class")
	}
	if v.fast != v.slow {
		v.limit("the engines were held against each other on some of the runs, not on all: interpreting takes long")
	}
	if v.compiled.Load() {
		rep.Tool.Ran = append(rep.Tool.Ran, "compiled")
	}
	if v.interpreted.Load() {
		rep.Tool.Ran = append(rep.Tool.Ran, "interpreted")
	}
	v.opts.Policy.Judge(rep, &v.findings)
	var dropped int
	rep.Findings, dropped = v.findings.Sorted(v.opts.Policy.Levels)
	if dropped > 0 {
		v.limit(fmt.Sprintf("%d further findings of the same kinds are not listed", dropped))
	}
	slices.Sort(v.limits)
	rep.Limits = append(rep.Limits, v.limits...)
	rep.Verdict = vet.Passed
	if slices.ContainsFunc(rep.Findings, func(f vet.Finding) bool { return f.Level == vet.Error }) ||
		slices.ContainsFunc(rep.Checks, func(c vet.Check) bool { return c.Runs == 0 }) { // whatever the policy says
		rep.Verdict = vet.Failed
	}
}
