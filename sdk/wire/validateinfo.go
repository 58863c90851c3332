package wire

import (
	"strconv"
	"strings"
)

// Validate checks the rules of a plugin's description (contract §1). It returns
// an [*ABIError] when the plugin was built for a newer contract, which is asked
// before everything else because its fields may mean something new, and a
// [*ValidationError] for the first other rule that is broken.
func (i *PluginInfo) Validate() error {
	if i.ABI > Version {
		return &ABIError{Have: i.ABI, Max: Version}
	}
	if i.judge(nowhere).err == nil {
		return nil
	}
	return i.judge("").result()
}

// judge judges everything; root is the empty place, or nowhere.
func (i *PluginInfo) judge(root place) *judge {
	j := &judge{document: "plugin info"}
	j.want(i.ABI >= 1, "abi", "is not at least 1")
	j.wantOf(isDotted(i.ID, 1), "id", i.ID, " is not of dotted segments of lower-case letters, digits and hyphens")
	j.name(i.Name, "name")
	j.wantOf(isSemVer(i.Version), "version", i.Version, " is no SemVer version")
	j.name(i.Category, "category")
	j.text(i.Description, "description", true)
	j.want(len(i.Checks) > 0, "checks", "at least one check is wanted")
	for n := range i.Checks {
		c, p := &i.Checks[n], root.at("checks").index(n)
		j.want(n == 0 || i.Checks[n-1].ID < c.ID, p.at("id"), "the checks are not sorted by id, each once")
		j.check(c, p)
	}
	j.order(i.Checks, root.at("checks"))
	return j
}

func (j *judge) check(c *CheckInfo, p place) {
	j.checkID(c.ID, p.at("id"))
	j.name(c.Name, p.at("name"))
	j.text(c.Description, p.at("description"), false)
	if c.Category != "" {
		j.name(c.Category, p.at("category"))
	}
	j.oneOf(c.Class, p.at("class"), ClassRead, ClassWrite)
	j.oneOf(string(c.DefaultSeverity), p.at("default_severity"), string(Info), string(Warn), string(Fail))
	for i, tag := range c.Tags {
		j.wantOf(isWord(tag, "-._") && len(tag) <= maxName, p.at("tags").index(i), tag, " is not of lower-case letters, digits, hyphens and dots")
	}
	j.distinct(c.Tags, p.at("tags"))
	j.settings(c.Settings, p.at("settings"))
	for i := range c.Access {
		j.access(c, &c.Access[i], p.at("access").index(i))
	}
	j.checkTime(c.TimeoutMS, p.at("timeout_ms"))
	j.checkTime(c.EstimateMS, p.at("estimate_ms"))
	j.otherChecks(c, c.DependsOn, p.at("depends_on"))
	for i, r := range c.Related {
		j.checkID(r.ID, p.at("related").index(i).at("id"))
		j.text(r.Reason, p.at("related").index(i).at("reason"), false)
	}
	j.runbook(c.RunbookURL, p.at("runbook_url"))
	j.text(c.Deprecated, p.at("deprecated"), true)
	j.want(c.Deprecated != "" || len(c.ReplacementIDs) == 0, p.at("replacement_ids"), "goes with deprecated only")
	j.otherChecks(c, c.ReplacementIDs, p.at("replacement_ids"))
	if c.Explain != nil {
		j.explain(c.Explain, p.at("explain"))
	}
}

func (j *judge) checkTime(ms int64, p place) {
	if ms < 0 || ms > MaxCheckMS {
		j.want(false, p, "is not between 0 and "+strconv.Itoa(MaxCheckMS))
	}
}

func (j *judge) otherChecks(c *CheckInfo, ids []string, p place) {
	for i, id := range ids {
		j.checkID(id, p.index(i))
		j.want(id != c.ID, p.index(i), "names the check itself")
	}
	j.distinct(ids, p)
}

func (j *judge) settings(all []SettingInfo, p place) {
	keys, others := make(map[string]bool), make(map[string]bool)
	leads := make(map[string]bool)
	aliases := make(map[string]int)
	for i := range all {
		s, p := &all[i], p.index(i)
		j.wantOf(isSettingKey(s.Key), p.at("key"), s.Key, " is not of the form Section:Key")
		for n, alias := range s.Aliases {
			j.wantOf(isSettingKey(alias), p.at("aliases").index(n), alias, " is not of the form Section:Key")
			j.want(stars(alias) == stars(s.Key) || stars(alias) == 0 && stars(s.Key) == 1, p.at("aliases").index(n), "has another number of asterisks than the key")
		}
		j.wantOf(!keys[lower(s.Key)], p, s.Key, " stands there twice, case aside")
		keys[lower(s.Key)] = true
		for _, alias := range s.Aliases {
			// The key of another setting may be an alias: what is written falls back to
			// what is read.
			j.wantOf(!others[lower(alias)] && lower(alias) != lower(s.Key), p, alias, " stands there twice, case aside")
			others[lower(alias)] = true
		}
		j.oneOf(s.Type, p.at("type"), TypeString, TypeInt, TypeBool, TypeURL, TypeList)
		j.settingDefault(s, p.at("default"))
		j.text(s.Description, p.at("description"), true)
		if s.Group == "" {
			continue
		}
		j.want(isWord(s.Group, "-_") && len(s.Group) <= maxName, p.at("group"), "is not of lower-case letters, digits and hyphens")
		j.want(!s.Lead || !leads[s.Group], p.at("lead"), "the group has two leads")
		leads[s.Group] = leads[s.Group] || s.Lead
		count, known := aliases[s.Group]
		j.want(!known || count == len(s.Aliases), p.at("aliases"), "the keys of a group have the same number of aliases, one for each section")
		aliases[s.Group] = len(s.Aliases)
	}
}

func (j *judge) settingDefault(s *SettingInfo, p place) {
	if s.Default == "" {
		return
	}
	j.text(s.Default, p, true)
	j.want(!s.Secret, p, "a secret has no default")
	switch s.Type {
	case TypeInt:
		_, ok := parseInteger([]byte(s.Default))
		j.want(ok && s.Default != "-", p, "is no integer")
	case TypeBool:
		j.oneOf(s.Default, p, "true", "false")
	case TypeURL:
		_, rule := ScreenURL(s.Default)
		j.want(rule == "", p, "is no address that can be used ("+rule+")")
	}
}

func (j *judge) explain(e *Explain, p place) {
	j.text(e.What, p.at("what"), false)
	j.text(e.Why, p.at("why"), false)
	declared := make(map[string]bool)
	for i, c := range e.Causes {
		p := p.at("causes").index(i)
		j.cause(c.ID, p.at("id"))
		j.want(!declared[c.ID], p.at("id"), "stands there twice")
		declared[c.ID] = true
		j.text(c.Text, p.at("text"), false)
	}
	for i, v := range e.Verdicts {
		p := p.at("verdicts").index(i)
		j.text(v.When, p.at("when"), false)
		j.oneOf(string(v.Severity), p.at("severity"), string(Pass), string(Info), string(Warn), string(Fail), string(Skip))
		j.wantOf(v.Cause == "" || declared[v.Cause], p.at("cause"), v.Cause, " is not among the causes")
	}
	for i, s := range e.Fixes {
		j.text(s, p.at("fixes").index(i), false)
	}
	j.steps(e.Steps, p.at("steps"))
}

// isSettingKey checks for at least two segments between colons, of letters,
// digits, underscores, hyphens and dots, an asterisk for an item number in any
// but the first. Two underscores in a row would be a colon in the environment.
func isSettingKey(key string) bool {
	if len(key) > maxID || strings.Contains(key, "__") || strings.IndexByte(key, ':') < 0 {
		return false
	}
	first := true
	for segment := range strings.SplitSeq(key, ":") {
		if (first || segment != "*") && !isWord(lower(segment), "_-.") {
			return false
		}
		first = false
	}
	return true
}

func stars(key string) int { return strings.Count(key, "*") }

// isSemVer checks for a version of SemVer 2.0.0.
func isSemVer(v string) bool {
	if len(v) > maxName {
		return false
	}
	v, build, hasBuild := strings.Cut(v, "+")
	v, pre, hasPre := strings.Cut(v, "-")
	core := strings.Split(v, ".")
	if len(core) != 3 || hasBuild && !identifiers(build, true) || hasPre && !identifiers(pre, false) {
		return false
	}
	for _, n := range core {
		if !identifiers(n, false) || !isDigits(n) {
			return false
		}
	}
	return true
}

// identifiers checks dotted identifiers of SemVer; numbers have no leading
// zeros unless zeros is set.
func identifiers(s string, zeros bool) bool {
	for id := range strings.SplitSeq(s, ".") {
		if !isWord(lower(id), "-") || !zeros && len(id) > 1 && id[0] == '0' && isDigits(id) {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
