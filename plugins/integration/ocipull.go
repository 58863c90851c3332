package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const ociPullID = "check.integration.oci.pull"

// acceptManifest names every kind of manifest that a registry may answer with; one
// that it could not choose from would be a 404.
const acceptManifest = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, " +
	"application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"

// causeImageAbsent: no verdict on the permission to read can be had from an
// image that does not exist.
const causeImageAbsent = "oci.image-absent"

// ociPull asks for the manifest of the test image, as every pull begins (§3.3).
var ociPull = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ociPullID,
		Name:            "OCI Registry Pull Authorization",
		Description:     "May the configured credentials read from the registry?",
		DefaultSeverity: wire.Fail,
		Tags:            []string{"registry", "oci", "pull", "authorization", "credentials"},
		Settings:        registrySettings(testRepositorySetting, testTagSetting),
		Access:          registryAccess(wire.Access{Methods: []string{"HEAD"}, Reason: "Ask the registry for the head of the test image's manifest."}),
		EstimateMS:      5000,
		DependsOn:       []string{ociCredentialsID},
		Related: []wire.Related{
			{ID: ociCredentialsID, Reason: "A 401 starts there."},
			{ID: ociRegistryID, Reason: "Is the registry reachable at all?"},
			{ID: "check.integration.oci.push", Reason: "The other direction."},
			{ID: "check.integration.oci.referrers", Reason: "It uses the same test image."},
		},
		Explain: &ociPullExplain,
	},
	Run: runOCIPull,
	Steps: func() []wire.Step {
		return usualSecretSteps(ociPullID, &manifestService, (&login{}).subjects()[1])
	},
}

// manifestService is the registry where a manifest was asked for.
var manifestService = registryService.with(
	"<registry-url>/v2/<repository>/manifests/<tag>",
	"curl -sSI --max-time 10 -H 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json'",
	"200 shows the image; a 401 only asks for credentials, which this command does not send",
)

func runOCIPull(env *sdk.Env) wire.Result {
	r, nothing := openRegistry(env, keyTestRepository, keyTestTag)
	if nothing != nil {
		return *nothing
	}
	f := readReference(env)
	x := &answer{key: r.address.configKey()}
	if r.login.incomplete == "" {
		x = r.manifest(f, "HEAD")
	}
	return judgeOCIPull(r, f, x)
}

// manifest asks for the manifest of the image, or for nothing when address or
// reference cannot be used.
func (r *registry) manifest(f *reference, method string) *answer {
	if rule := f.rule(); r.address.rule == "" && rule != "" {
		return refused(r, rule)
	}
	c := call{method: method, path: f.path(), accept: acceptManifest, scope: "repository:" + f.repository + ":pull"}
	if method == "GET" {
		c.maxBody = wire.MaxBodyBytes
	}
	return r.read(c)
}

// judgeOCIPull is the verdict table of §3.3. A row of §3.0 comes first.
func judgeOCIPull(r *registry, f *reference, x *answer) wire.Result {
	e := f.facts(r, x)
	if r.login.incomplete != "" {
		return r.incomplete(ociPullID, &manifestService, &ociPullTables, e)
	}
	s := r.scene(ociPullID, &manifestService, x, f.words(r), f.subjects()...)
	if result, done := s.gates(e, &ociPullTables); done {
		return result
	}
	if x.notGranted() {
		return s.realmDenied(e)
	}
	return s.judged(s.judgePull(r.login), e, &ociPullTables)
}

// judgePull sets cause and variant by the answer.
func (s *scene) judgePull(l *login) wire.Severity {
	x := s.answer
	switch {
	case x.isPage():
		s.cause = causeHTML
		return wire.Warn
	case x.isSuccess():
		s.sort = l.method
		return wire.Pass
	case x.resp.Status == 404:
		s.cause = causeImageAbsent
		return wire.Info
	}
	if s.cause = l.permissionCause(x); s.cause == "" {
		if s.cause = statusCause(x.resp.Status); s.cause == cause429 {
			s.sort = l.method
		}
		return wire.Warn
	}
	s.sort = l.method
	if s.cause == causeExchangeFailed {
		return wire.Warn
	}
	return wire.Fail
}

// facts is the evidence of §3.3 and set R.
func (f *reference) facts(r *registry, x *answer) wire.Evidence {
	e := make(wire.Evidence)
	digest, mediaType := "", ""
	if x.isManifest() {
		digest, mediaType = x.digest(), x.header("content-type")
	}
	notes(e, []word{
		{"manifest_digest", digest},
		{"manifest_media_type", mediaType},
		{"test_repository", shownReference(f.repository)},
		{"test_tag", shownReference(f.tag)},
		{"challenge_error", x.challengeError()},
	})
	r.facts(e, x)
	return e
}

// isManifest tells whether an answer is about a manifest that exists.
func (x *answer) isManifest() bool {
	return !x.failed() && x.isSuccess() && !x.isPage()
}

// digest is the digest that the registry gives, empty when it is none.
func (x *answer) digest() string {
	if digest := x.header("docker-content-digest"); isDigest(digest) {
		return digest
	}
	return ""
}
