package wire

import (
	"strconv"
	"unicode/utf8"
)

// Validate checks the rules of a result (contract §1). Info is the check's
// description; when it has an [Explain], the cause must be declared there.
// Req is the request that the result answers; nonce and check must echo it.
// Either may be nil, which leaves those two rules out.
//
// It returns a [*ValidationError] for the first rule that is broken. Evidence
// texts may hold any valid UTF-8, because they quote servers; the other texts
// may not hold control characters, except that a command may have line breaks
// and tabs.
func (r *Result) Validate(info *CheckInfo, req *Request) error {
	j := &judge{document: "result"}
	j.want(r.Version >= 1 && r.Version <= Version, "version", "is not between 1 and "+strconv.Itoa(Version))
	j.want(isNonce(r.Nonce), "nonce", "32 lower-case hex digits are wanted")
	j.checkID(r.Check, "check")
	if req != nil {
		j.want(r.Nonce == req.Nonce, "nonce", "does not echo the request")
		j.want(r.Check == req.Check, "check", "does not echo the request")
	}
	j.verdict(r)
	j.resultCause(r, info)
	j.text(r.Diagnosis, "diagnosis", r.Severity == Skip || r.Unjudged != "")
	j.evidence(r.Evidence)
	j.want(len(r.LikelyCauses) <= MaxLikelyCauses, "likely_causes", "more than "+strconv.Itoa(MaxLikelyCauses)+" are listed")
	for i, s := range r.LikelyCauses {
		j.text(s, place("likely_causes").index(i), false)
	}
	j.want(r.Remediation != nil || !needsRemedy(r), "remediation", "is required for warn and fail")
	if r.Remediation != nil {
		j.remediation(r.Remediation, needsRemedy(r))
	}
	j.text(r.Verification, "verification", true)
	return j.result()
}

func needsRemedy(r *Result) bool { return r.Severity == Warn || r.Severity == Fail }

func (j *judge) verdict(r *Result) {
	if r.Unjudged != "" {
		j.want(r.Severity == "", "severity", "exactly one of severity and unjudged is wanted, both are there")
		j.oneOf(r.Unjudged, "unjudged", UnjudgedDenied)
	} else {
		j.want(r.Severity != "", "severity", "exactly one of severity and unjudged is wanted, none is there")
		j.oneOf(string(r.Severity), "severity", string(Pass), string(Info), string(Warn), string(Fail), string(Skip))
	}
	if r.Severity == Skip {
		j.oneOf(r.SkipReason, "skip_reason", SkipUnconfigured, SkipNotApplicable, SkipPrerequisite)
	} else {
		j.want(r.SkipReason == "", "skip_reason", "goes with skip only")
	}
}

func (j *judge) resultCause(r *Result, info *CheckInfo) {
	if r.Cause == "" {
		j.want(!needsRemedy(r), "cause", "is required for warn and fail")
		return
	}
	j.cause(r.Cause, "cause")
	if info == nil || info.Explain == nil {
		return
	}
	for _, c := range info.Explain.Causes {
		if c.ID == r.Cause {
			return
		}
	}
	j.wantOf(false, "cause", r.Cause, " is not declared by the check")
}

func (j *judge) evidence(e Evidence) {
	j.want(len(e) <= maxValues, "evidence", "more than "+strconv.Itoa(maxValues)+" names are there")
	for _, name := range sortedKeys(e) {
		p := place("evidence").at(printable(name))
		j.want(isSnake(name), p, "the name is not snake_case")
		j.value(e[name], p)
	}
}

func (j *judge) value(v Value, p place) {
	j.want(len(v.list) <= maxValues && len(v.items) <= maxValues, p, "the list has more than "+strconv.Itoa(maxValues)+" elements")
	switch v.kind {
	case kindList:
		for i, e := range v.list {
			j.scalar(e, p.index(i))
		}
	case kindItems:
		for i, item := range v.items {
			j.item(item, p.index(i))
		}
	default:
		j.scalar(v, p)
	}
}

func (j *judge) scalar(v Value, p place) {
	j.want(v.kind < kindList, p, "a scalar is wanted")
	j.want(len(v.text) <= maxValue, p, "the text is longer than "+strconv.Itoa(maxValue)+" bytes")
	j.want(utf8.ValidString(v.text), p, "the text is not valid UTF-8")
}

func (j *judge) item(item Item, p place) {
	j.want(len(item) > 0 && item[0].Name == "item", p, "the first field is not item")
	j.want(len(item) <= maxFields, p, "the item has more than "+strconv.Itoa(maxFields)+" fields")
	seen := make(map[string]bool, len(item))
	for _, f := range item {
		j.want(!seen[f.Name], p.at(printable(f.Name)), "stands there twice")
		seen[f.Name] = true
		j.want(isSnake(f.Name), p.at(printable(f.Name)), "the name is not snake_case")
		j.scalar(f.Value, p.at(printable(f.Name)))
	}
}

func (j *judge) remediation(r *Remediation, required bool) {
	p := place("remediation")
	j.text(r.Summary, p.at("summary"), false)
	j.runbook(r.RunbookURL, p.at("runbook_url"))
	p = p.at("steps")
	j.want(len(r.Steps) > 0 || !required, p, "at least one step is wanted")
	j.steps(r.Steps, p)
}

// steps wants steps that are numbered from 1 within each runtime.
func (j *judge) steps(steps []Step, p place) {
	j.want(len(steps) <= maxSteps, p, "more than "+strconv.Itoa(maxSteps)+" are there")
	last := make(map[string]int)
	for i := range steps {
		s := &steps[i]
		j.step(s, p.index(i))
		last[s.Runtime]++
		j.want(s.Order == last[s.Runtime], p.index(i).at("order"), "is not "+strconv.Itoa(last[s.Runtime])+", the next of its runtime")
	}
}

func (j *judge) step(s *Step, p place) {
	j.oneOf(s.Runtime, p.at("runtime"), RuntimeCompose, RuntimeSystemd, RuntimeKubernetes, RuntimeAny)
	j.text(s.Description, p.at("description"), false)
	j.want(len(s.Command) <= maxText && isPlainText(s.Command), p.at("command"), "is too long or holds a control character")
	j.oneOf(s.Effect, p.at("effect"), EffectRead, EffectWrite, EffectDestructive)
	for i, word := range s.Placeholders {
		j.text(word, p.at("placeholders").index(i), false)
		j.want(i == 0 || s.Placeholders[i-1] < word, p.at("placeholders").index(i), "is not in sorted order")
	}
	j.text(s.Backup, p.at("backup"), true)
	j.text(s.Safety, p.at("safety"), true)
}
