package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const ociPushID = "check.integration.oci.push"

// Causes of the checks that open uploads.
const (
	causeUploadLeft       = "oci.upload-left-open"
	causeRepositoryAbsent = "oci.repository-absent"
)

// defaultPushRepository is written to where nothing else is configured.
const defaultPushRepository = "stellaops/doctor-test"

// ociPush opens an upload, as every push begins, and cancels it (§3.4). No data is
// written.
var ociPush = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ociPushID,
		Name:            "OCI Registry Push Authorization",
		Description:     "May the configured credentials write to the registry?",
		DefaultSeverity: wire.Fail,
		Tags:            []string{"registry", "oci", "push", "authorization", "credentials"},
		Settings: registrySettings(wire.SettingInfo{
			Key: keyPushRepository, Aliases: []string{keyTestRepository}, Type: wire.TypeString, Default: defaultPushRepository,
			Description: "Repository in which an upload is opened and cancelled, without host and tag.",
		}),
		Access: registryAccess(wire.Access{
			Methods: []string{"POST", "DELETE"},
			Reason:  "Open an upload in the test repository and cancel it at once; no data is written.",
		}),
		EstimateMS: 5000,
		DependsOn:  []string{ociCredentialsID},
		Related: []wire.Related{
			{ID: ociCredentialsID, Reason: "A 401 starts there."},
			{ID: ociPullID, Reason: "The read side."},
			{ID: "check.integration.oci.capabilities", Reason: "Chunked upload and mount."},
		},
		Explain: &ociPushExplain,
	},
	Run: runOCIPush,
	Steps: func() []wire.Step {
		return usualSecretSteps(ociPushID, &pushService, (&login{}).subjects()[1])
	},
}

// pushService is the registry where something is opened. Its hand probe only
// reads.
var pushService = service{
	name:      registryService.name,
	noun:      registryService.noun,
	keys:      registryService.keys,
	owner:     registryService.owner,
	unit:      registryService.unit,
	newValue:  registryService.newValue,
	noTarget:  registryService.noTarget,
	noHost:    registryService.noHost,
	probe:     registryService.probe,
	healthy:   registryService.healthy,
	probePath: "/v2/",
	flags:     " --allow-write",
}

func runOCIPush(env *sdk.Env) wire.Result {
	r, nothing := openRegistry(env, keyPushRepository)
	switch {
	case nothing != nil:
		return *nothing
	case r.login.method == methodAnonymous:
		skip := unconfigured(tokenSetting, usernameSetting, passwordSetting)
		skip.Diagnosis = "No credentials are configured for the registry, so nothing was asked: set " + keyUsername + " and " + keyPassword + ", or " + keyToken + "."
		return skip
	}
	f := readPushReference(env)
	x, u := &answer{key: r.address.configKey()}, (*upload)(nil)
	if r.login.incomplete == "" {
		x, u = r.openIn(f, "")
	}
	return judgeOCIPush(r, f, x, u)
}

// readPushReference reads where a check may write.
func readPushReference(env *sdk.Env) *reference {
	s := setting(env, keyPushRepository)
	return &reference{repository: s.Value, tag: "latest", repositoryKey: s.Key, push: true}
}

// openIn opens an upload in the repository and cancels it, or asks for nothing
// when address or repository cannot be used.
func (r *registry) openIn(f *reference, query string) (*answer, *upload) {
	if rule := f.rule(); r.address.rule == "" && rule != "" {
		return refused(r, rule), nil
	}
	return r.open(f.repository, query, "repository:"+f.repository+":pull,push")
}

// judgeOCIPush is the verdict table of §3.4. A row of §3.0 comes first.
func judgeOCIPush(r *registry, f *reference, x *answer, u *upload) wire.Result {
	e := f.pushFacts(r, x, u)
	if r.login.incomplete != "" {
		return r.incomplete(ociPushID, &pushService, &ociPushTables, e)
	}
	s := r.scene(ociPushID, &pushService, x, f.words(r), f.subjects()...)
	if result, done := s.gates(e, &ociPushTables); done {
		return result
	}
	if x.notGranted() {
		return s.realmDenied(e)
	}
	return s.judged(s.judgePush(r.login, u), e, &ociPushTables)
}

// judgePush sets cause and variant by the answer.
func (s *scene) judgePush(l *login, u *upload) wire.Severity {
	x := s.answer
	switch {
	case u != nil && u.cancelled():
		return wire.Pass
	case u != nil:
		s.cause, s.sort = causeUploadLeft, u.left()
		return wire.Info
	case isWebPage(x):
		s.cause = causeHTML
		return wire.Warn
	case x.resp.Status == 404:
		s.cause = causeRepositoryAbsent
		return wire.Warn
	}
	if s.cause = l.permissionCause(x); s.cause == "" {
		s.cause = statusCause(x.resp.Status)
		return wire.Warn
	}
	s.sort = l.method
	if s.cause == causeExchangeFailed {
		return wire.Warn
	}
	return wire.Fail
}

// pushFacts is the evidence of §3.4 and set R.
func (f *reference) pushFacts(r *registry, x *answer, u *upload) wire.Evidence {
	e := make(wire.Evidence)
	notes(e, []word{
		{"push_repository", shownReference(f.repository)},
		{"challenge_error", x.challengeError()},
		{"has_upload_location", ""}, {"is_upload_cancelled", ""}, {"cancel_http_status", ""},
	})
	if u != nil {
		e["has_upload_location"], e["is_upload_cancelled"] = wire.Bool(u.location != ""), wire.Bool(u.cancelled())
		if u.cancel != nil && u.cancel.resp.Status > 0 {
			e["cancel_http_status"] = wire.Int(int64(u.cancel.resp.Status))
		}
	}
	r.facts(e, x)
	return e
}
