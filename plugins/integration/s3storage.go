package main

import (
	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

const (
	s3StorageID   = "check.integration.s3.storage"
	keyS3Endpoint = "S3:Endpoint"
	keyS3Alias    = "Storage:S3:Endpoint"
)

// s3Storage asks the object storage for its root, without credentials (§3.16).
// Storage lets nobody list it, so any answer but a fault means that it is there.
var s3Storage = sdk.Check{
	Info: wire.CheckInfo{
		ID:              s3StorageID,
		Name:            "Object Storage Connectivity",
		Description:     "Is the S3-compatible object storage reachable?",
		DefaultSeverity: wire.Warn,
		Tags:            []string{"connectivity", "s3", "storage"},
		Settings:        []wire.SettingInfo{s3Setting},
		Access: []wire.Access{{
			Kind:    wire.KindHTTP,
			Methods: []string{"HEAD", "GET"},
			Target:  "{" + keyS3Endpoint + "}",
			Path:    "/",
			Reason:  "Ask the object storage for its root, without credentials; GET only where HEAD is not allowed.",
		}},
		EstimateMS: 5000,
		Related: []wire.Related{
			{ID: ociRegistryID, Reason: "Is the registry reachable? Its blobs often live in this storage."},
			{ID: "check.storage.evidencelocker", Reason: "Can evidence be written to disk?"},
		},
		Explain: &s3StorageExplain,
	},
	Run:   runS3Storage,
	Steps: func() []wire.Step { return usualSteps(s3StorageID, &s3Service) },
}

var s3Setting = wire.SettingInfo{
	Key:         keyS3Endpoint,
	Aliases:     []string{keyS3Alias},
	Type:        wire.TypeURL,
	Required:    true,
	Lead:        true,
	Description: "Address of the object storage's API, such as https://s3.example.com; a path prefix is kept.",
}

var s3Service = service{
	name:     "object storage",
	noun:     "object storage endpoint",
	keys:     []string{keyS3Endpoint, keyS3Alias},
	owner:    "platform",
	unit:     "stellaops-platform",
	newValue: "<s3-endpoint>",
	noTarget: "<s3-endpoint>/",
	noHost:   "<s3-host>",
	probe:    "curl -sSI --max-time 10",
	healthy:  "any status below 500 that comes with header x-amz-request-id is healthy",
}

func runS3Storage(env *sdk.Env) wire.Result {
	a, end, ok := configured(env, s3Setting, "")
	if !ok {
		return end
	}
	x := prepare(a, "HEAD", "/")
	if a.rule == "" {
		x.resp = env.Head(wire.HTTPRequest{URL: x.target.String()})
	}
	if asksAgain(x) {
		x = get(env, a, "/")
	}
	return judgeS3Storage(a, x)
}

// asksAgain tells whether HEAD is refused as a method, which says nothing of the
// storage.
func asksAgain(x *answer) bool {
	return !x.failed() && (x.resp.Status == 405 || x.resp.Status == 501)
}

// judgeS3Storage is the verdict table of §3.16. A row of §3.0 comes first.
func judgeS3Storage(a *address, x *answer) wire.Result {
	s := scene{check: s3StorageID, service: &s3Service, address: a, answer: x, cause: failureCause(x)}
	evidence := s3StorageEvidence(a, x)
	switch {
	case x.kind() == wire.KindDenied:
		return s.denied(evidence)
	case s.cause != "":
		return s.judged(wire.Fail, evidence, &s3StorageTables)
	case isConsole(x):
		s.cause = causeHTML
		return s.judged(wire.Warn, evidence, &s3StorageTables)
	case x.resp.Status >= 500:
		s.cause = cause5xx
		return s.judged(wire.Warn, evidence, &s3StorageTables)
	}
	if !isS3(x) {
		s.sort = unproven
	}
	return s.judged(wire.Pass, evidence, &s3StorageTables)
}

// isConsole is "HTML at 200" by the content type alone: the listing that S3 gives
// is XML, which begins with "<" as well, and no row needs the body (§3.0.2).
func isConsole(x *answer) bool { return x.isPage() && x.saysHTML() }

func isS3(x *answer) bool { return x.header(s3RequestID) != "" }

// s3RequestID is the header that S3, and what imitates it, puts into every answer.
const s3RequestID = "x-amz-request-id"

// s3StorageEvidence is the evidence of §3.16 and set H.
func s3StorageEvidence(a *address, x *answer) wire.Evidence {
	e := make(wire.Evidence)
	notes(e, []word{
		{"endpoint_url", a.shown},
		{"server_header", x.header("server")},
		{"is_s3_api", ""},
	})
	if !x.failed() {
		e["is_s3_api"] = wire.Bool(isS3(x))
	}
	x.facts(e)
	return e
}
