package main

import (
	"strconv"
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// entry is one item of a configured list and what a check found of it.
type entry struct {
	scene
	number int
	// name is what the operator calls the item, fit for a report; empty for none.
	name string
	// severity is the verdict on the item. Empty means that there is none: the
	// access policy refused, or the address is hidden.
	severity wire.Severity
	// facts is the evidence of the item but for its number, its name and set H.
	facts wire.Item
}

// list holds what is special to a check over a list, and makes its result of
// what was found of the items.
type list struct {
	check string
	// one and many are what the items are called; well says what holds of all of
	// them when nothing is wrong.
	one, many, well string
	// evidence is the name of the list in the evidence.
	evidence string
	tables
}

// ruleMissing stands for an item without an address, ruleHidden for one whose
// address another plugin declares secret.
const (
	ruleMissing = "missing"
	ruleHidden  = "hidden"
)

// causeMissingURL is that of an item without an address.
const causeMissingURL = "config.missing-url"

// itemKey is a key of a list for one item.
func itemKey(declared string, number int) string {
	return strings.ReplaceAll(declared, "*", strconv.Itoa(number))
}

// itemKeys are the keys under which a setting of one item is looked for, in
// order. The older single form stands for item 0.
func itemKeys(s *wire.SettingInfo, number int) []string {
	keys := []string{itemKey(s.Key, number)}
	if number == 0 {
		keys = append(keys, s.Aliases...)
	}
	return keys
}

// listKeys are the declared keys of a list.
func listKeys(settings []wire.SettingInfo) []string {
	var keys []string
	for i := range settings {
		keys = append(keys, settings[i].Key)
	}
	return keys
}

// itemText reads a setting of one item, as it was written. It is empty when the
// setting is unset, or a secret.
func itemText(env *sdk.Env, declared string, number int) string {
	return setting(env, itemKey(declared, number)).Value
}

// itemName is the name of an item, fit for a report.
func itemName(env *sdk.Env, declared string, number int) string {
	return clean(itemText(env, declared, number), 60)
}

// itemAddress reads the address of one item. An item without one has an address
// that cannot be used.
func itemAddress(s wire.Setting, declared, trim string) *address {
	switch {
	case s.Secret != "":
		return &address{key: s.Key, rule: ruleHidden, hidden: true}
	case strings.Trim(s.Value, " \t\r\n") == "":
		return &address{key: declared, fromDefault: true, rule: ruleMissing}
	}
	return readAddress(s, declared, trim)
}

// sibling is the key of another field of the item that a key belongs to: the
// companions of an address are read from its own section.
func sibling(key, field string) string { return section(key) + ":" + field }

// failedExchange judges what holds of the items of every list: an exchange that
// failed is a failure, one that the policy refused is no verdict. It reports
// whether that decides.
func (e *entry) failedExchange() bool {
	switch {
	case e.kind() == wire.KindDenied, e.address.rule == ruleHidden:
		e.severity = ""
	case e.address.rule == ruleMissing:
		e.cause, e.severity = causeMissingURL, wire.Fail
	default:
		if e.cause = failureCause(e.answer); e.cause == "" {
			return false
		}
		e.severity = wire.Fail
	}
	return true
}

// rank orders what was found, the worst last. If no item failed and one could
// not be judged, the check could not judge (§3.0.1).
func (e *entry) rank() int {
	switch e.severity {
	case wire.Fail:
		return 5
	case "":
		return 4
	case wire.Warn:
		return 3
	case wire.Info:
		return 2
	}
	if e.cause != "" {
		return 1
	}
	return 0
}

// worst returns the index of the item that decides, the first among equals.
func worst(all []entry) int {
	at := 0
	for i := range all {
		if all[i].rank() > all[at].rank() {
			at = i
		}
	}
	return at
}

// healthy counts the items that pass.
func healthy(all []entry) int64 {
	n := int64(0)
	for i := range all {
		if all[i].severity == wire.Pass {
			n++
		}
	}
	return n
}

// result is the result of the check: the verdict, cause, likely causes and plan
// are those of the worst item.
func (l *list) result(all []entry, evidence wire.Evidence) wire.Result {
	s := &all[worst(all)]
	evidence[l.evidence] = listEvidence(all)
	var r wire.Result
	switch {
	case s.address.rule == ruleHidden:
		return hiddenAddress(s.address.key)
	case s.severity == "":
		r = s.denied(evidence)
	case s.severity == wire.Pass && s.cause == "" && len(all) > 1:
		return wire.Result{Severity: wire.Pass, Evidence: evidence, Diagnosis: l.allWell(all)}
	default:
		r = s.judged(s.severity, evidence, &l.tables)
	}
	r.Diagnosis = l.opening(all, s) + r.Diagnosis
	if len(r.Diagnosis) > maxDiagnosis {
		r.Diagnosis = clean(r.Diagnosis, maxDiagnosis/4)
	}
	return r
}

// maxDiagnosis is in bytes, below the limit of the contract.
const maxDiagnosis = 4000

func (l *list) allWell(all []entry) string {
	return "All " + strconv.Itoa(len(all)) + " " + l.many + " " + l.well
}

// opening names the item that decides, and says how many others there are. The
// older single form has no number to name.
func (l *list) opening(all []entry, s *entry) string {
	label := strconv.Itoa(s.number)
	if s.name != "" {
		label += " (" + s.name + ")"
	}
	n, with := len(all), 0
	for i := range all {
		if all[i].rank() > 0 {
			with++
		}
	}
	switch {
	case n == 1 && s.name == "" && !isItemKey(s.address.key):
		return ""
	case n == 1:
		return upperFirst(l.one) + " " + label + ": "
	case with == 1:
		return "1 of " + strconv.Itoa(n) + " " + l.many + " has a problem, item " + label + ": "
	}
	return strconv.Itoa(with) + " of " + strconv.Itoa(n) + " " + l.many + " have a problem, first of all item " + label + ": "
}

// isItemKey tells a key with an item number from the older single form.
func isItemKey(key string) bool {
	return isNumber(section(key)[strings.LastIndexByte(section(key), ':')+1:])
}

func upperFirst(s string) string { return upper(s[:1]) + s[1:] }
