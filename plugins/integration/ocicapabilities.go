package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const ociCapabilitiesID = "check.integration.oci.capabilities"

const (
	causeUnsupported = "oci.capability-unsupported"
	causeUnknown     = "oci.capability-unknown"
)

// The mount asks for the blob of two bytes that every empty config of OCI is, so
// that one which succeeds adds next to nothing. Registries want a token for it
// that may read the other repository too.
const (
	emptyBlob  = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
	mountFrom  = "library/alpine"
	mountQuery = "mount=" + emptyBlob + "&from=" + mountFrom
	mountScope = " repository:" + mountFrom + ":pull"
)

// ociCapabilities asks a registry for what is optional there (§3.6).
var ociCapabilities = sdk.Check{
	Info: wire.CheckInfo{
		ID:              ociCapabilitiesID,
		Name:            "OCI Registry Capability Matrix",
		Description:     "Which optional features does the registry have?",
		DefaultSeverity: wire.Info,
		Tags:            []string{"registry", "oci", "capabilities", "compatibility"},
		Settings:        registrySettings(testRepositorySetting, testTagSetting, pushRepositorySetting),
		Access: registryAccess(wire.Access{
			Methods: []string{"GET", "HEAD", "OPTIONS"}, MaxBody: wire.MaxBodyBytes,
			Reason: "Ask the registry for its version, for the referrers of the test image, and for the methods that it allows on it.",
		}, wire.Access{
			Methods: []string{"POST", "DELETE"},
			Reason:  "Open uploads in the push test repository, one of them as a mount of an empty blob, and cancel them at once.",
		}),
		EstimateMS: 5000,
		DependsOn:  []string{ociCredentialsID},
		Related: []wire.Related{
			{ID: ociReferrersID, Reason: "More about the referrers API."},
			{ID: ociPushID, Reason: "The permission behind the uploads."},
			{ID: ociRegistryID, Reason: "Is the registry reachable at all?"},
		},
		Explain: &ociCapabilitiesExplain,
	},
	Run: runOCICapabilities,
	Steps: func() []wire.Step {
		return usualSteps(ociCapabilitiesID, &pushService)
	},
}

func runOCICapabilities(env *sdk.Env) wire.Result {
	r, nothing := openRegistry(env, keyTestRepository, keyTestTag, keyPushRepository)
	switch {
	case nothing != nil:
		return *nothing
	case r.login.incomplete != "":
		return incompleteSkip()
	}
	m := &matrix{reference: readReference(env), push: readPushReference(env)}
	m.ask(r)
	return judgeOCICapabilities(r, m)
}

// matrix is what was asked, in this order, and what came of it. A nil answer was
// not asked for, because one before it decided.
type matrix struct {
	*reference
	push *reference

	root           *answer
	referrers      *referrers
	chunked, mount *answer
	uploads        []*upload
	manifest, blob *answer
}

// ask puts the five questions. One whose answer decides the verdict ends it:
// there is no point in asking on, and nothing is written to what is no registry.
func (m *matrix) ask(r *registry) {
	scope := "repository:" + m.repository + ":pull"
	if rule := m.badRule(); r.address.rule == "" && rule != "" {
		m.root = refused(r, rule)
		return
	}
	if m.root = r.read(call{method: "GET", path: "/v2/"}); m.root.decides() || m.root.isPage() {
		return
	}
	if m.referrers = r.referrers(m.reference); m.referrers.decisive().decides() {
		return
	}
	if m.chunked = m.open(r, "", ""); m.chunked.decides() {
		return
	}
	if m.mount = m.open(r, mountQuery, mountScope); m.mount.decides() {
		return
	}
	if m.manifest = r.read(call{method: "OPTIONS", path: m.path(), scope: scope}); !m.manifest.decides() {
		m.blob = r.read(call{method: "OPTIONS", path: "/v2/" + m.repository + "/blobs/" + emptyBlob, scope: scope})
	}
}

// badRule says which part of the references cannot be used; empty when all can.
func (m *matrix) badRule() string {
	if rule := m.rule(); rule != "" {
		return rule
	}
	return m.push.rule()
}

func (m *matrix) open(r *registry, query, scope string) *answer {
	x, u := r.openIn(m.push, query, scope)
	if u != nil {
		m.uploads = append(m.uploads, u)
	}
	return x
}

// decides tells whether the verdict follows from this answer alone: there is
// none, the policy refused the request, or the token that it needs.
func (x *answer) decides() bool { return x.failed() || x.notGranted() }

// last is the answer after which nothing was asked.
func (m *matrix) last() *answer {
	last := m.root
	if m.referrers != nil {
		last = m.referrers.decisive()
	}
	for _, x := range []*answer{m.chunked, m.mount, m.manifest, m.blob} {
		if x != nil {
			last = x
		}
	}
	return last
}

// States of a capability.
const (
	supported   = "supported"
	unsupported = "unsupported"
	unknown     = "unknown"
)

// capability is one row of the matrix.
type capability struct {
	// name is that of the evidence, said is for people.
	name, said string
	state      string
	// about is the answer that it was read from.
	about *answer
}

// capabilities reads the matrix off the answers.
func (m *matrix) capabilities() []capability {
	var list *answer
	if m.referrers != nil {
		list = m.referrers.decisive()
	}
	deletion := m.manifest
	if m.blob != nil && allows(m.manifest) == supported {
		deletion = m.blob
	}
	return []capability{
		{"distribution_version", "a stated version of the API", versionState(m.root), m.root},
		{"referrers_api", "the referrers API", m.referrersState(), list},
		{"chunked_upload", "chunked upload", uploadState(m.chunked), m.chunked},
		{"cross_repo_mount", "mounting from another repository", m.mountState(), m.mount},
		{"delete", "deletion", m.deleteState(), deletion},
	}
}

func versionState(x *answer) string {
	switch {
	case x.failed():
		return unknown
	case apiVersion(x) != "":
		return supported
	case x.resp.Status == 200, x.resp.Status == 401:
		return unsupported
	}
	return unknown
}

func (m *matrix) referrersState() string {
	if m.referrers == nil || m.referrers.list == nil || m.referrers.list.failed() {
		return unknown
	}
	x := m.referrers.list
	_, isIndex := x.index()
	switch x.resp.Status {
	case 200, 404:
		switch {
		case isIndex && !x.isPage():
			return supported
		case x.resp.Status == 200 && x.kind() == wire.KindTooLarge && !x.isPage():
			return unknown // nobody read it
		}
		return unsupported
	case 405:
		return unsupported
	}
	return unknown
}

// uploadState is the state of a feature that begins with a POST: lack of
// permission or of a repository is not lack of support.
func uploadState(x *answer) string {
	if x == nil || x.failed() {
		return unknown
	}
	switch x.resp.Status {
	case 202:
		return supported
	case 405, 501:
		return unsupported
	}
	return unknown
}

func (m *matrix) mountState() string {
	if m.mountResult() != "" {
		return supported
	}
	return uploadState(m.mount)
}

// mountResult tells how a mount that was understood ended; empty for another.
func (m *matrix) mountResult() string {
	switch {
	case m.mount == nil, m.mount.failed():
	case m.mount.resp.Status == 201:
		return "mounted"
	case m.mount.resp.Status == 202:
		return "upload_opened"
	}
	return ""
}

// deleteState is supported when DELETE is allowed on both manifest and blob.
func (m *matrix) deleteState() string {
	manifest, blob := allows(m.manifest), allows(m.blob)
	switch {
	case manifest == unsupported || blob == unsupported:
		return unsupported
	case manifest == supported && blob == supported:
		return supported
	}
	return unknown
}

// allows tells whether the answer to OPTIONS allows DELETE. A 405 to OPTIONS
// itself has to say what is allowed instead (RFC 9110 §15.5.6).
func allows(x *answer) string {
	if x == nil || x.failed() || x.resp.Status != 405 && !x.isSuccess() || len(x.resp.Header["allow"]) == 0 {
		return unknown
	}
	for _, line := range x.resp.Header["allow"] {
		if hasToken(line, "delete") {
			return supported
		}
	}
	return unsupported
}
