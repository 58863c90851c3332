package host_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

var vetFull = flag.Bool("vet-full", false, "vet the first-party plugin and every lie as a whole, which takes minutes")

// lies are the checks of a plugin with two faces: the rule that catches each, the
// parts of a vetting that it takes, and the part without which it goes unnoticed.
var lies = []struct {
	check, rule string
	needs       []string
	sabotage    string
}{
	{"evidence", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"encoded", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"diagnosis", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"log", vet.RuleSecretInLog, []string{"adversary echo-pieces"}, "canaries"},
	{"stderr", vet.RuleSecretInLog, []string{"adversary echo-pieces"}, "canaries"},
	{"request", vet.RuleSecretInRequest, []string{"adversary echo-pieces"}, "adversary echo-pieces"},
	{"cut", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"folded", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"backwards", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"spaced", vet.RuleSecretInOutput, []string{"adversary echo-pieces"}, "canaries"},
	{"elsewhere", vet.RuleOutsideAccess, nil, "denials"},
	{"metadata", vet.RuleOutsideAccess, nil, "denials"},
	{"lead", vet.RuleOutsideAccess, []string{"adversary echo-header"}, "adversary echo-header"},
	{"tells", vet.RuleOutsideAccess, nil, "denials"},
	{"answers", vet.RuleOutsideAccess, nil, "denials"},
	{"scene", vet.RuleScene, []string{vet.RuleScene}, vet.RuleScene},
	{"elsewhere-late", vet.RuleOutsideAccess, []string{"answer 418"}, "answer 418"},
	{"login", vet.RuleOutsideAccess, []string{"adversary html", "answer 418"}, "answer 418"},
	{"write", vet.RuleOutsideAccess, nil, "denials"},
	{"storm", vet.RuleOutsideAccess, nil, "denials"},
	{"follows", vet.RuleLedAstray, []string{"adversary redirect-other-host"}, "adversary redirect-other-host"},
	{"clock", vet.RuleClock, []string{vet.RuleClock}, vet.RuleClock},
	{"year", vet.RuleClock, []string{vet.RuleClock}, vet.RuleClock},
	{"nonce", vet.RuleNonce, []string{vet.RuleNonce}, vet.RuleNonce},
	{"name", vet.RuleHostName, []string{vet.RuleHostName}, vet.RuleHostName},
	{"target", vet.RuleOutsideAccess, []string{"names"}, "names"},
	{"trap", vet.RuleTrap, []string{"answer 200 with a list"}, "answer 200 with a list"},
	{"loop", vet.RuleTimeout, []string{"answer 429"}, "answer 429"},
	{"nonsense", vet.RuleBadOutput, nil, "outcomes"},
	{"hoard", vet.RuleOutOfMemory, []string{"answer 500"}, "answer 500"},
	{"passes", vet.RuleAlwaysPasses, nil, ""},
	{"greedy", vet.RuleUnusedAccess, nil, ""},
	{"greedy", vet.RuleUnusedSetting, []string{"settings"}, "settings"},
}

func twofaced(what string) string { return "check.twofaced." + what }

// vetLies vets the lies with what each needs; of each the part of its sabotage is
// left out if that is wanted.
func vetLies(t *testing.T, sabotaged bool) *vet.Report {
	t.Helper()
	var opts host.VetOptions
	needs, without := map[string][]string{}, map[string]string{}
	for _, l := range lies {
		id := twofaced(l.check)
		needs[id] = append(append(needs[id], "canaries", "denials", "outcomes"), l.needs...)
		without[id] = l.sabotage
		if !slices.Contains(opts.Checks, id) {
			opts.Checks = append(opts.Checks, id)
		}
	}
	opts.Only(func(check, part string) bool {
		return slices.Contains(needs[check], part) && !(sabotaged && part == without[check])
	})
	return vetted(t, hosttest.Sealed(t, "testdata/guests/twofaced"), opts)
}

func vetted(t *testing.T, data []byte, opts host.VetOptions) *vet.Report {
	t.Helper()
	rep, err := host.Vet(context.Background(), host.Config{Version: "test"}, data, opts)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func caught(rep *vet.Report, check, rule string) bool {
	return slices.ContainsFunc(rep.Findings, func(f vet.Finding) bool { return f.Check == check && f.Rule == rule })
}

// TestLiesCaught: each lie of a plugin with two faces is caught by its rule (score
// sheet 16), and by nothing else that fails the vetting.
func TestLiesCaught(t *testing.T) {
	rep := vetLies(t, false)
	rules := map[string][]string{}
	for _, l := range lies {
		rules[twofaced(l.check)] = append(rules[twofaced(l.check)], l.rule)
		if !caught(rep, twofaced(l.check), l.rule) {
			t.Errorf("check %s was not caught by rule %s", l.check, l.rule)
		}
	}
	for _, f := range rep.Findings {
		if f.Level == vet.Error && !slices.Contains(rules[f.Check], f.Rule) {
			t.Errorf("check %s was also caught by rule %s: %s", f.Check, f.Rule, f.Text)
		}
	}
	if rep.Verdict != vet.Failed {
		t.Errorf("verdict %s", rep.Verdict)
	}
}

// TestLiesUncaught is the sabotage of each defence: without it the lie that it is
// for goes unnoticed, so that the test above shows what it seems to show.
func TestLiesUncaught(t *testing.T) {
	rep := vetLies(t, true)
	for _, l := range lies {
		if l.sabotage != "" && caught(rep, twofaced(l.check), l.rule) {
			t.Errorf("check %s was caught by rule %s without %s", l.check, l.rule, l.sabotage)
		}
	}
}

// TestHonest: a check that tells no lie is clean, by all that a vetting does.
func TestHonest(t *testing.T) {
	rep := vetted(t, hosttest.Sealed(t, "testdata/guests/twofaced"), host.VetOptions{Checks: []string{twofaced("honest")}})
	if len(rep.Findings) != 0 || rep.Verdict != vet.Passed {
		t.Errorf("verdict %s, findings %+v", rep.Verdict, rep.Findings)
	}
	c := rep.Check(twofaced("honest"))
	if c == nil || len(c.Requests) != 2 || len(c.Adversaries) < 90 || len(c.Table) != 2 || c.Runs < 200 {
		t.Fatalf("little was vetted: %+v", c)
	}
	for _, q := range c.Requests {
		if q.Target != "{Two:Url}" || q.Method != "GET" || q.Access != "GET {Two:Url}, sends Two:Token" {
			t.Errorf("request %+v", q)
		}
	}
}

// resealed seals the module of a plugin with another description.
func resealed(t *testing.T, sealed []byte, change func(*wire.PluginInfo)) []byte {
	t.Helper()
	f, err := plugin.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	seal := f.Module.Sections[len(f.Module.Sections)-1]
	header := 1
	for n := seal.Size; ; n >>= 7 {
		if header++; n < 0x80 {
			break
		}
	}
	info := f.Info
	info.Checks = slices.Clone(info.Checks)
	change(&info)
	again, err := plugin.Seal(sealed[:seal.Offset-header], info)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestDescribeDiffers: a file that is sealed with something else than the plugin
// says of itself is caught.
func TestDescribeDiffers(t *testing.T) {
	sealed := hosttest.Sealed(t, "testdata/guests/twofaced")
	file, err := plugin.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	first := file.Info.Checks[0].ID
	for _, tt := range []struct {
		change func(*wire.PluginInfo)
		want   string
	}{
		{func(i *wire.PluginInfo) { i.Version = "1.0.1" }, "the file is sealed as test.doctor.twofaced 1.0.1 (Twofaced), and the plugin says that it is test.doctor.twofaced 1.0.0 (Twofaced)"},
		{func(i *wire.PluginInfo) {
			i.Checks[0].Access = []wire.Access{{Kind: "http", Class: "read", Methods: []string{"GET"}, Target: "https://collector.example.net", Reason: "to have more"}}
		}, "the access of " + first + " that the file is sealed with differs from what the plugin says"},
		{func(i *wire.PluginInfo) { i.Checks = i.Checks[1:] }, "the plugin has " + first + ", which the file is not sealed with"},
		{func(i *wire.PluginInfo) { i.Checks[0].Name = "Other" }, "the description of " + first + " that the file is sealed with differs from what the plugin says"},
	} {
		opts := host.VetOptions{Checks: []string{twofaced("honest")}}
		opts.Only(func(_, part string) bool { return part == vet.RuleDescribe })
		data := resealed(t, sealed, tt.change)
		rep := vetted(t, data, opts)
		if i := slices.IndexFunc(rep.Findings, func(f vet.Finding) bool { return f.Rule == vet.RuleDescribe }); i < 0 || rep.Findings[i].Text != tt.want || rep.Verdict != vet.Failed {
			t.Errorf("findings %+v, want %q", rep.Findings, tt.want)
		}
		opts.Only(func(string, string) bool { return false })
		if rep := vetted(t, data, opts); caught(rep, "", vet.RuleDescribe) {
			t.Error("it was caught without the comparison")
		}
	}
}

// TestEnginesDiffer: an engine that does not do what the other does is told of, on
// scripted answers and on the bytes of adversaries. The wrong engine is played by
// other bytes.
func TestEnginesDiffer(t *testing.T) {
	sealed := hosttest.Sealed(t, "testdata/guests/twofaced")
	for _, tt := range []struct {
		text  string // that the other engine spoils
		parts []string
		want  bool
	}{
		{"All is well.", []string{vet.RuleEngine}, true},
		{"All is well.", []string{vet.RuleRepeat}, false},
		{"The host refused the address.", []string{vet.RuleEngine}, false},
		{"The host refused the address.", []string{vet.RuleEngine, "adversary dns-loopback"}, true},
	} {
		other := bytes.ReplaceAll(sealed, []byte(tt.text), []byte(strings.ToUpper(tt.text)))
		if bytes.Equal(sealed, other) {
			t.Fatalf("%q is not in the file", tt.text)
		}
		opts := host.VetOptions{Checks: []string{twofaced("honest")}}
		opts.Only(func(_, p string) bool { return slices.Contains(tt.parts, p) })
		rep, err := host.VetAgainst(context.Background(), host.Config{Version: "test"}, sealed, other, opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := caught(rep, twofaced("honest"), vet.RuleEngine); got != tt.want {
			t.Errorf("%q with %q alone: caught %v, want %v (%+v)", tt.text, tt.parts, got, tt.want, rep.Findings)
		}
	}
}

// TestVetIsReproducible (V19): the same file makes the same report byte for byte,
// however many runs are under way at once.
func TestVetIsReproducible(t *testing.T) {
	var first []byte
	for _, parallel := range []int{1, 7} {
		opts := host.VetOptions{Checks: []string{twofaced("honest"), twofaced("evidence"), twofaced("hoard")}, Parallel: parallel}
		opts.Only(func(_, part string) bool {
			return !strings.HasPrefix(part, "answer 4") && !strings.HasPrefix(part, "adversary ") || part == "adversary echo-pieces" || part == "adversary slow-body"
		})
		var b bytes.Buffer
		if err := vet.WriteJSON(&b, vetted(t, hosttest.Sealed(t, "testdata/guests/twofaced"), opts)); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		} else if !bytes.Equal(first, b.Bytes()) {
			t.Error("another number of runs at once made another report")
		}
	}
}

// TestVetGivesUpAlike (V19): where a check that never ends is given up does not depend
// on how many runs are under way at once.
func TestVetGivesUpAlike(t *testing.T) {
	var first []byte
	for _, parallel := range []int{1, 4} {
		opts := host.VetOptions{Checks: []string{twofaced("loop")}, Parallel: parallel, CheckTime: 700 * time.Millisecond}
		opts.Only(func(_, part string) bool {
			return strings.HasPrefix(part, "answer 4") || part == "outcomes" || part == "settings"
		})
		var b bytes.Buffer
		rep := vetted(t, hosttest.Sealed(t, "testdata/guests/twofaced"), opts)
		if !caught(rep, twofaced("loop"), vet.RuleTimeout) {
			t.Fatalf("findings %+v", rep.Findings)
		}
		if err := vet.WriteJSON(&b, rep); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		} else if !bytes.Equal(first, b.Bytes()) {
			t.Error("another number of runs at once made another report")
		}
	}
}

// TestVetCasesOfOneName: each case is followed, in whatever order, also where the
// files and their directories have the same names.
func TestVetCasesOfOneName(t *testing.T) {
	const address = "https://case.example.com"
	answering := func(status int) host.VetCase {
		c := host.VetCase{Name: "cases/plain.txtar"}
		c.Case.Request = wire.Request{Check: twofaced("elsewhere-late"), Settings: map[string]wire.Setting{"Two:Url": {Key: "Two:Url", Value: address}}}
		c.Case.Exchanges = []exchange.Exchange{{Function: wire.FuncHTTPRead, Request: wire.HTTPRequest{Method: "GET", URL: address}, Response: wire.HTTPResponse{Status: status}}}
		return c
	}
	harmless, harmful := answering(200), answering(418)
	for _, cases := range [][]host.VetCase{{harmless, harmful}, {harmful, harmless}} {
		opts := host.VetOptions{Checks: []string{twofaced("elsewhere-late")}, Cases: cases}
		opts.Only(func(_, part string) bool { return part == "denials" })
		if rep := vetted(t, hosttest.Sealed(t, "testdata/guests/twofaced"), opts); !caught(rep, twofaced("elsewhere-late"), vet.RuleOutsideAccess) {
			t.Errorf("%d first: the case was not followed: %+v", cases[0].Case.Exchanges[0].Response.Status, rep.Findings)
		}
	}
}

// TestVetEnds: a vetting that is interrupted ends with the error of its context.
func TestVetEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, err := host.Vet(ctx, host.Config{}, hosttest.Sealed(t, "testdata/guests/twofaced"), host.VetOptions{Progress: func(string, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestVetTime: checks that never end do not make a vetting that never ends.
// What was not tried is told, and fails it.
func TestVetTime(t *testing.T) {
	data := hosttest.Sealed(t, "testdata/guests/twofaced")
	for _, most := range []time.Duration{1, 3 * time.Second} {
		opts := host.VetOptions{Time: most, Checks: []string{twofaced("loop"), twofaced("passes")}}
		opts.Only(func(check, part string) bool { return check == twofaced("loop") || part == "outcomes" })
		began := time.Now()
		rep := vetted(t, data, opts)
		if took := time.Since(began); took > 60*time.Second {
			t.Errorf("%v took %v", most, took)
		}
		if !caught(rep, twofaced("loop"), vet.RuleCutShort) || rep.Verdict != vet.Failed || len(rep.Checks) != 2 {
			t.Errorf("%v: %s, %+v", most, rep.Verdict, rep.Findings)
		}
		if caught(rep, twofaced("loop"), vet.RuleUnusedAccess) || caught(rep, twofaced("loop"), vet.RuleUnusedSetting) {
			t.Errorf("%v: what was not tried is held against it: %+v", most, rep.Findings)
		}
		if c := rep.Check(twofaced("loop")); !c.CutShort || len(c.Settings) > 0 || len(c.Access) != 1 || len(c.Access[0].Unused) > 0 {
			t.Errorf("%v: what was not tried is told as unused: %+v", most, c)
		}
		if c := rep.Check(twofaced("loop")); (c.Runs > 0) != (len(rep.Tool.Ran) > 0) && most == 1 {
			t.Errorf("%d runs, and it ran %v", c.Runs, rep.Tool.Ran)
		}
	}
}

// TestVetNothing: of a check that was never run no policy makes one that passed.
func TestVetNothing(t *testing.T) {
	policy, err := vet.ParsePolicy([]byte("schema: "+vet.PolicySchema+"\nlevels: {cut-short: note}\n"), "p")
	if err != nil {
		t.Fatal(err)
	}
	rep := vetted(t, hosttest.Sealed(t, "testdata/guests/twofaced"), host.VetOptions{Time: 1, Policy: policy, Checks: []string{twofaced("honest")}})
	if rep.Checks[0].Runs != 0 || rep.Verdict != vet.Failed {
		t.Errorf("%d runs, %s", rep.Checks[0].Runs, rep.Verdict)
	}
}

// TestVetUnknown: what cannot be vetted is told before anything runs.
func TestVetUnknown(t *testing.T) {
	var unknown *host.UnknownError
	if _, err := host.Vet(context.Background(), host.Config{}, hosttest.Sealed(t, "testdata/guests/twofaced"), host.VetOptions{Checks: []string{"check.twofaced.onest"}}); !errors.As(err, &unknown) || len(unknown.Suggestions) == 0 {
		t.Errorf("error %v", err)
	}
	var refusal *plugin.Refusal
	if _, err := host.Vet(context.Background(), host.Config{}, []byte("no plugin"), host.VetOptions{}); !errors.As(err, &refusal) {
		t.Errorf("error %v", err)
	}
}

// TestVetFirstParty: the plugin that ships is clean. Without -vet-full a check of
// each kind stands for all.
func TestVetFirstParty(t *testing.T) {
	opts := host.VetOptions{}
	if !*vetFull {
		// The third asks for what is made of an answer.
		const referrers = "check.integration.oci.referrers"
		opts.Checks = []string{"check.integration.oci.registry", "check.integration.smtp", referrers}
		opts.Only(func(check, part string) bool {
			if check == referrers {
				return part == vet.RuleScene || part == "adversary echo-json"
			}
			return !strings.HasPrefix(part, "answer ") || part == "answer 401"
		})
	}
	rep := vetted(t, embedded()[0], opts)
	for _, f := range rep.Findings {
		if f.Level == vet.Error || f.Rule == vet.RuleSecretEntered {
			t.Errorf("%s %s %s (%s)", f.Check, f.Rule, f.Text, f.Scenario)
		}
	}
	for _, c := range rep.Checks {
		if len(c.Requests) == 0 {
			t.Errorf("%s made no request", c.ID)
		}
	}
}
