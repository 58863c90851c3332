//go:build !wasip1

package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/hosttest"
	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/sdk/sdktest"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// deriveInWasm derives the truth tables inside WebAssembly, which takes minutes;
// natively it takes seconds. Both must give what is committed.
var deriveInWasm = flag.Bool("truth-wasm", false, "derive the truth tables inside WebAssembly")

// truthBases are the cases on which the truth table of each check is derived,
// without .txtar: between them they make every request that the check can make.
var truthBases = map[string][]string{
	ciSystemID: {"cisystem/jenkins-basic", "cisystem/gitlab-offline", "cisystem/github-api", "cisystem/github-com", "cisystem/azure",
		"cisystem/generic-200", "cisystem/type-unknown"},
	gitID:             {"git/status-200", "git/html-unknown", "git/github-own-service"},
	ldapID:            {"ldap/open"},
	ociRegistryID:     {"ociregistry/status-200"},
	oidcID:            {"oidc/status-200"},
	s3StorageID:       {"s3storage/status-405-get-403"},
	secretsManagerID:  {"secretsmanager/vault-200", "secretsmanager/vault-sealed", "secretsmanager/azure-200", "secretsmanager/generic-200"},
	slackID:           {"slack/status-404"},
	smtpID:            {"smtp/open"},
	teamsID:           {"teams/status-404"},
	webhooksID:        {"webhooks/status-200"},
	ociCapabilitiesID: {"ocicapabilities/all-hashed"},
	ociCredentialsID:  {"ocicredentials/status-200-token", "ocicredentials/status-200-bearer", "ocicredentials/status-200-anonymous-token"},
	ociPullID:         {"ocipull/status-200", "ocipull/status-200-bearer", "ocipull/status-200-anonymous"},
	ociPushID:         {"ocipush/status-202"},
	ociReferrersID:    {"ocireferrers/digest-hashed", "ocireferrers/digest-hashed-bearer", "ocireferrers/digest-hashed-anonymous"},
}

// TestTruthTables: the committed tables are what the checks do, and say nothing
// that explain does not declare.
func TestTruthTables(t *testing.T) {
	var sealed *host.Host
	if *deriveInWasm {
		sealed = openSealed(t)
	}
	for _, c := range plugin.Info().Checks {
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			bases := truthCases(t, c.ID)
			table, err := truth.Derive(c.ID, bases, playNatively, nil)
			if err != nil {
				t.Fatal(err)
			}
			if sealed != nil {
				wantSame(t, sealed, c.ID, bases)
			}
			wantDeclared(t, &c, table)
			wantTable(t, filepath.Join("..", "truth", c.ID+".json"), table.Marshal())
		})
	}
}

func truthCases(t *testing.T, check string) []exchange.Case {
	t.Helper()
	names := truthBases[check]
	if len(names) == 0 {
		t.Fatalf("no case is the base of a truth table for %s", check)
	}
	var cases []exchange.Case
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := exchange.ParseCase(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases = append(cases, *c)
	}
	return cases
}

func wantTable(t *testing.T, file string, got []byte) {
	t.Helper()
	if sdktest.Update() {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != string(got) {
		t.Errorf("%s is not what the check does; `make truth` derives it again: %v\n%s", file, err, got)
	}
}

// wantDeclared holds the derived verdicts against those of explain.
func wantDeclared(t *testing.T, c *wire.CheckInfo, table *truth.Table) {
	t.Helper()
	declared := map[string]bool{truth.Unjudged + " ": true}
	for _, v := range c.Explain.Verdicts {
		declared[string(v.Severity)+" "+v.Cause] = true
	}
	for _, r := range table.Requests {
		for _, row := range r.Rows {
			if !declared[row.Verdict+" "+row.Cause] {
				t.Errorf("%s, request %d: %v gives %s %s, which explain does not declare", r.Case, r.N, row.When, row.Verdict, row.Cause)
			}
		}
	}
}

// openSealed opens a host with the sealed plugin, compiled.
func openSealed(t *testing.T) *host.Host {
	t.Helper()
	h, err := host.Open(host.Config{
		Embedded: [][]byte{hosttest.Sealed(t, "plugins/integration")},
		CacheDir: filepath.Join(t.TempDir(), "cache"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	if _, err := h.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	return h
}

// wantSame derives a table natively and in the sealed plugin. Answers that only
// repeat a status with other words are left to the native one: a run inside
// WebAssembly takes ten milliseconds.
func wantSame(t *testing.T, h *host.Host, check string, bases []exchange.Case) {
	t.Helper()
	plain := func(a truth.Answer) bool { return !a.Repeats }
	native, err := truth.Derive(check, bases, playNatively, plain)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := h.TruthTable(context.Background(), check, bases, plain)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(sealed.Marshal()), string(native.Marshal()); got != want {
		t.Errorf("inside WebAssembly the check does something else than natively:\n%s", got)
	}
}

// playNatively runs a check outside WebAssembly on the answers of a case.
func playNatively(c *exchange.Case) (wire.Result, []exchange.Exchange, error) {
	b := &anyOrder{player: exchange.NewAnyOrderPlayer(c.Exchanges)}
	r, err := plugin.Play(c.Request, b)
	if err == nil && b.unexpected != "" {
		err = errors.New(b.unexpected)
	}
	if err == nil {
		info := pluginInfo()
		for i := range info.Checks {
			if info.Checks[i].ID == c.Request.Check {
				err = r.Validate(&info.Checks[i], &c.Request)
			}
		}
	}
	return r, b.player.Rest(), err
}

// anyOrder is a host that finds the answers by what is asked.
type anyOrder struct {
	player     *exchange.Player
	unexpected string
}

func (b *anyOrder) HTTPRead(request []byte) []byte  { return b.http(wire.FuncHTTPRead, request) }
func (b *anyOrder) HTTPWrite(request []byte) []byte { return b.http(wire.FuncHTTPWrite, request) }
func (b *anyOrder) TCPProbe(request []byte) []byte {
	var req wire.TCPRequest
	if err := wire.Unmarshal(request, &req); err != nil {
		b.unexpected = err.Error()
	}
	resp, ok := b.player.TCP(req)
	if !ok {
		b.unexpected = resp.Error.Message
	}
	return wire.Marshal(&resp)
}
func (b *anyOrder) Log(string, string) {}

func (b *anyOrder) http(function string, request []byte) []byte {
	var req wire.HTTPRequest
	if err := wire.Unmarshal(request, &req); err != nil {
		b.unexpected = err.Error()
	}
	resp, ok := b.player.HTTP(function, req)
	if !ok {
		b.unexpected = resp.Error.Message
	}
	return wire.Marshal(&resp)
}
