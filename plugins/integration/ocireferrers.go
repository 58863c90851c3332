package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const ociReferrersID = "check.integration.oci.referrers"

const acceptIndex = "application/vnd.oci.image.index.v1+json"

// Causes of the checks that ask for referrers.
const (
	causeNoDigest    = "oci.no-digest"
	causeNoReferrers = "oci.referrers-unsupported"
	causeNoIndex     = "oci.referrers-not-an-index"
)

// ociReferrers asks for the digest of the test image, then for what refers to it
// (§3.5).
var ociReferrers = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ociReferrersID,
		Name:            "OCI Registry Referrers API Support",
		Description:     "Can attestations be linked to images in the registry?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"registry", "oci", "referrers", "compatibility", "oci-1.1"},
		Settings:        registrySettings(testRepositorySetting, testTagSetting),
		Access: registryAccess(wire.Access{
			Methods: []string{"GET", "HEAD"}, MaxBody: wire.MaxBodyBytes,
			Reason: "Ask the registry for the digest of the test image, and for what refers to it.",
		}),
		EstimateMS: 5000,
		DependsOn:  []string{ociCredentialsID},
		Related: []wire.Related{
			{ID: ociPullID, Reason: "The digest cannot be had without the right to read."},
			{ID: "check.integration.oci.capabilities", Reason: "The same question among those about other features."},
			{ID: ociRegistryID, Reason: "Which version of the API does the registry state?"},
		},
		Explain: &ociReferrersExplain,
	},
	Run: runOCIReferrers,
	Steps: func() []wire.Step {
		return usualSteps(ociReferrersID, &referrersService)
	},
}

// referrers is what was asked to find the referrers of an image.
type referrers struct {
	// head is the answer to the question for the manifest's digest. get is that to
	// the question for the whole manifest, nil when the head told the digest.
	head, get *answer
	// digest is empty when none could be had.
	digest string
	// list is the answer to the question for the referrers, nil when it was not put.
	list *answer
}

func runOCIReferrers(env *sdk.Env) wire.Result {
	r, nothing := openRegistry(env, keyTestRepository, keyTestTag)
	switch {
	case nothing != nil:
		return *nothing
	case r.login.incomplete != "":
		return incompleteSkip()
	}
	f := readReference(env)
	return judgeOCIReferrers(r, f, r.referrers(f))
}

// referrers asks for the digest and with it for the referrers.
func (r *registry) referrers(f *reference) *referrers {
	q := &referrers{head: r.manifest(f, "HEAD")}
	if q.head.isManifest() {
		if q.digest = q.head.digest(); q.digest == "" {
			q.get = r.manifest(f, "GET")
			q.digest = q.get.manifestDigest()
		}
	}
	if q.digest != "" {
		q.list = r.read(call{
			method: "GET", path: f.referrersPath(q.digest), accept: acceptIndex,
			scope: "repository:" + f.repository + ":pull", maxBody: wire.MaxBodyBytes,
		})
	}
	return q
}

func (f *reference) referrersPath(digest string) string {
	return "/v2/" + f.repository + "/referrers/" + digest
}

// manifestDigest is the digest of a manifest that came whole: that which the
// registry gives, else that of the bytes. What is no JSON object is no manifest.
func (x *answer) manifestDigest() string {
	if !x.isManifest() {
		return ""
	}
	if digest := x.digest(); digest != "" {
		return digest
	}
	if !x.isWhole() {
		return ""
	}
	if v, _ := x.json(); v.Kind() != wire.JSONObject {
		return ""
	}
	return sha256Digest(x.resp.Body)
}

// isWhole tells whether the body can be read to its end.
func (x *answer) isWhole() bool { return x.kind() == "" && !x.resp.Truncated }

// index returns the number of referrers in an index, and whether the body is one.
func (x *answer) index() (count int64, ok bool) {
	if x.failed() || !x.isWhole() {
		return 0, false
	}
	v, _ := x.json()
	if n, _ := v.Field("schemaVersion").Int(); n != 2 || v.Field("manifests").Kind() != wire.JSONList {
		return 0, false
	}
	for range v.Field("manifests").Elements {
		count++
	}
	return count, true
}

// decisive is the answer that the verdict is about.
func (q *referrers) decisive() *answer {
	switch {
	case q.list != nil:
		return q.list
	case q.get != nil:
		return q.get
	}
	return q.head
}

// judgeOCIReferrers is the verdict table of §3.5. A row of §3.0 comes first.
func judgeOCIReferrers(r *registry, f *reference, q *referrers) wire.Result {
	x := q.decisive()
	of := &manifestService
	if q.list != nil {
		of = &referrersService
	}
	s := r.scene(ociReferrersID, of, x, append(f.words(r), f.referrersWord(r, q.digest)), f.subjects()...)
	if result, done := s.gates(f.referrersFacts(r, q, wire.Null(), wire.Null()), &ociReferrersTables); done {
		return result
	}
	if x.notGranted() {
		return s.realmDenied(f.referrersFacts(r, q, wire.Null(), wire.Null()))
	}
	if q.list == nil {
		severity := s.judgeNoDigest(r.login)
		return s.judged(severity, f.referrersFacts(r, q, wire.Null(), wire.Null()), &ociReferrersTables)
	}
	severity, supported := s.judgeReferrers(r.login)
	fallback := wire.Null()
	if yes, ok := supported.AsBool(); ok {
		fallback = wire.Bool(!yes)
	}
	return s.judged(severity, f.referrersFacts(r, q, supported, fallback), &ociReferrersTables)
}

// judgeNoDigest judges the first step where it did not lead to a digest.
func (s *scene) judgeNoDigest(l *login) wire.Severity {
	x := s.answer
	switch {
	case x.isPage():
		s.cause = causeHTML
		return wire.Warn
	case x.isManifest():
		if s.cause = causeNoDigest; x.kind() == wire.KindTooLarge {
			s.sort = x.kind()
		}
		return wire.Info
	case x.resp.Status == 404:
		s.cause = causeImageAbsent
		return wire.Info
	}
	if s.cause = l.permissionCause(x); s.cause == "" {
		s.otherStatus(l)
		return wire.Warn
	}
	s.sort = l.method
	if s.cause == causeExchangeFailed {
		return wire.Warn
	}
	return wire.Info
}

// otherStatus sets cause and variant of a status that the table does not name.
func (s *scene) otherStatus(l *login) {
	if s.cause = statusCause(s.answer.resp.Status); s.cause == cause429 {
		s.sort = l.method
	}
}

// judgeReferrers judges the second step, and tells whether the registry has the
// API; null when that stays open.
func (s *scene) judgeReferrers(l *login) (severity wire.Severity, supported wire.Value) {
	x := s.answer
	_, isIndex := x.index()
	switch {
	case x.isPage():
		s.cause = causeHTML
		return wire.Warn, wire.Null()
	case isIndex && (x.resp.Status == 200 || x.resp.Status == 404):
		s.sort = x.status()
		return wire.Pass, wire.Bool(true)
	case x.resp.Status == 200 && x.kind() == wire.KindTooLarge:
		s.cause = causeTooLarge
		return wire.Warn, wire.Null()
	case x.resp.Status == 200:
		s.cause = causeNoIndex
		return wire.Warn, wire.Bool(false)
	case x.resp.Status == 404, x.resp.Status == 405:
		s.cause = causeNoReferrers
		return wire.Warn, wire.Bool(false)
	}
	if s.cause = l.permissionCause(x); s.cause != "" {
		s.sort = l.method
	} else {
		s.otherStatus(l)
	}
	return wire.Warn, wire.Null()
}

// referrersFacts is the evidence of §3.5 and set R.
func (f *reference) referrersFacts(r *registry, q *referrers, supported, fallback wire.Value) wire.Evidence {
	e := wire.Evidence{"is_referrers_supported": supported, "is_fallback_required": fallback}
	notes(e, []word{
		{"test_repository", shownReference(f.repository)},
		{"test_tag", shownReference(f.tag)},
		{"manifest_digest", q.digest},
		{"referrer_count", ""},
	})
	if yes, _ := supported.AsBool(); yes {
		count, _ := q.list.index()
		e["referrer_count"] = wire.Int(count)
	}
	r.facts(e, q.decisive())
	return e
}

// referrersWord is the address of the referrers as a word of a shell command.
func (f *reference) referrersWord(r *registry, digest string) word {
	address := ""
	if digest != "" && r.address.rule == "" {
		address = r.address.base.Join("", f.referrersPath(digest)).String()
	}
	return word{"referrersarg", orPlaceholder(address, "<registry-url>/v2/<repository>/referrers/<digest>")}
}

// referrersService is the registry where referrers were asked for.
var referrersService = registryService.with(
	"<registry-url>/v2/<repository>/referrers/<digest>",
	"curl -sS --max-time 10 -H 'Accept: "+acceptIndex+"'",
	"an index in JSON, even an empty one, shows support; a 401 only asks for credentials, which this command does not send",
)
