package main

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// judgeOCICapabilities is the verdict table of §3.6. A row of §3.0 comes first.
func judgeOCICapabilities(r *registry, m *matrix) wire.Result {
	x := m.last()
	if x.decides() {
		s := m.scene(r, x)
		e := m.facts(r, x)
		if result, done := s.gates(e, &ociCapabilitiesTables); done {
			return result
		}
		return s.realmDenied(e)
	}
	severity, cause, sort, about := m.verdict()
	s := m.scene(r, about)
	s.cause, s.sort = cause, sort
	return s.judged(severity, m.facts(r, about), &ociCapabilitiesTables)
}

// verdict is the verdict when every question was answered, and the answer that it
// is about.
func (m *matrix) verdict() (severity wire.Severity, cause, sort string, about *answer) {
	if m.root.isPage() {
		return wire.Warn, causeHTML, "", m.root
	}
	all := m.capabilities()
	if all[1].state == unsupported {
		return wire.Warn, causeNoReferrers, "", all[1].about
	}
	for _, c := range all {
		if c.state == unsupported {
			return wire.Info, causeUnsupported, c.name, c.about
		}
	}
	for _, c := range all {
		if c.state == unknown {
			return wire.Info, causeUnknown, c.name, c.about
		}
	}
	return wire.Pass, "", "", m.root
}

// scene makes the scene of one of the answers.
func (m *matrix) scene(r *registry, x *answer) *scene {
	about := m.reference
	if m.rule() == "" && m.push.rule() != "" {
		about = m.push
	}
	digest := ""
	if m.referrers != nil {
		digest = m.referrers.digest
	}
	_, score := m.score()
	words := []word{
		{"repository", shownReference(m.push.repository)},
		{"uploadsarg", m.push.uploadsArg(r)},
		m.referrersWord(r, digest),
		{"score", score},
		{"lacking", m.having(unsupported)},
		{"open", m.having(unknown)},
		{"left", m.left()},
	}
	return r.scene(ociCapabilitiesID, &pushService, x, append(words, about.words(r)...), about.subjects()...)
}

// having lists the capabilities of one state, for people.
func (m *matrix) having(state string) string {
	var names []string
	for _, c := range m.capabilities() {
		if c.state == state {
			names = append(names, c.said)
		}
	}
	return strings.Join(names, ", ")
}

// left tells of uploads that could not be cancelled; empty when there are none.
func (m *matrix) left() string {
	for _, u := range m.uploads {
		if !u.cancelled() {
			return "an upload could not be cancelled and is left to expire"
		}
	}
	return ""
}

func (m *matrix) score() (int64, string) {
	n := 0
	for _, c := range m.capabilities() {
		if c.state == supported {
			n++
		}
	}
	return int64(n), strconv.Itoa(n)
}

// facts is the evidence of §3.6 and set R.
func (m *matrix) facts(r *registry, x *answer) wire.Evidence {
	e := make(wire.Evidence)
	var texts []word
	for _, c := range m.capabilities() {
		texts = append(texts, word{"capability_" + c.name, c.state})
	}
	notes(e, append(texts,
		word{"mount_result", m.mountResult()},
		word{"test_repository", shownReference(m.repository)},
		word{"push_repository", shownReference(m.push.repository)},
		word{"is_upload_cancelled", ""},
	))
	score, _ := m.score()
	e["capability_score"], e["capability_total"] = wire.Int(score), wire.Int(int64(len(m.capabilities())))
	if len(m.uploads) > 0 {
		e["is_upload_cancelled"] = wire.Bool(m.left() == "")
	}
	r.facts(e, x)
	if v := apiVersion(m.root); v != "" {
		e["api_version"] = wire.String(v)
	}
	return e
}
