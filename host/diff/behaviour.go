package diff

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

const sealSection = wire.SectionName

// bothVetted begins the sentence about two vettings that were compared.
const bothVetted = "as the two vettings reached it"

// leftOut is why nothing was compared when only the files were to be.
const leftOut = "reports of vettings were left out, as --static asks"

// unread names a report that came with a file and cannot be used.
func unread(which string, s Side) string {
	if s.Unread == "" {
		return "the " + which + " file has no report of a vetting"
	}
	return "the report of a vetting that came with the " + which + " file cannot be used: " + s.Unread
}

// compareBehaviour compares what the two did in their vettings.
func (d *Diff) compareBehaviour(old, new Side, first bool) {
	switch {
	case first:
		d.Behaviour = "there is nothing to compare it with"
		return
	case old.Static && new.Static:
		d.Behaviour = leftOut
		return
	case old.Vet == nil && new.Vet == nil && old.Unread+new.Unread == "":
		d.Behaviour = "neither file has a report of a vetting"
		return
	case old.Vet == nil && (old.Unread != "" || new.Vet != nil):
		d.Behaviour = unread("old", old)
		return
	case new.Vet == nil:
		d.Behaviour = unread("new", new)
		return
	}
	d.Behaviour = bothVetted
	switch {
	case old.Claimed && new.Claimed:
		d.Behaviour += ", by reports that came with the files: claimed by whoever brought them, not made here"
	case old.Claimed:
		d.Behaviour += "; the report of the old file came with it: claimed by whoever brought it, not made here"
	case new.Claimed:
		d.Behaviour += "; the report of the new file came with it: claimed by whoever brought it, not made here"
	}
	if a, b := old.Vet.Tool, new.Vet.Tool; a.Catalogue != b.Catalogue || !slices.Equal(a.Cases, b.Cases) {
		d.Behaviour += "; they did not try the same, so a difference may be theirs"
	}
	d.compareRequests(old.Vet, new.Vet)
	d.compareVerdicts(old.Vet, new.Vet)
}

func (d *Diff) compareRequests(old, new *vet.Report) {
	before, now := requests(old), requests(new)
	for _, text := range names(before, now) {
		d.Requests = add(d.Requests, Change{What: text, Old: before[text], New: now[text]})
	}
}

// requests are those of all checks, by what they ask; the value names the checks.
func requests(r *vet.Report) map[string]string {
	all := map[string]string{}
	type mention struct{ text, check string }
	seen := map[mention]bool{}
	for _, c := range r.Checks {
		for _, q := range c.Requests {
			text := q.Method + " " + q.Target + q.Path
			if q.Credential != "" {
				text += ", sends " + q.Credential + " (" + q.Scheme + ")"
			}
			if q.Purpose != "" {
				text += ", " + strings.ReplaceAll(q.Purpose, "_", " ") + " of the host"
			}
			if m := (mention{text, c.ID}); !seen[m] {
				seen[m] = true
				all[text] = strings.TrimPrefix(all[text]+", "+c.ID, ", ")
			}
		}
	}
	return all
}

// compareVerdicts compares the truth tables, and the verdicts on hostile servers, of the checks
// that both have.
func (d *Diff) compareVerdicts(old, new *vet.Report) {
	for i := range new.Checks {
		now := &new.Checks[i]
		before := old.Check(now.ID)
		if before == nil {
			continue
		}
		rows, rowsNow := tableRows(before.Table), tableRows(now.Table)
		for _, request := range names(rows, rowsNow) {
			d.Verdicts = append(d.Verdicts, changedRows(now.ID+": "+request+": ", rows[request], rowsNow[request])...)
		}
		met, metNow := encounters(before), encounters(now)
		for _, name := range names(met, metNow) {
			d.Verdicts = add(d.Verdicts, Change{What: now.ID + ": server " + name, Old: met[name], New: metNow[name]})
		}
	}
}

func encounters(c *vet.Check) map[string]string {
	all := map[string]string{}
	for _, e := range c.Adversaries {
		all[e.Adversary] = verdictText(e.Verdict, e.Cause)
	}
	return all
}

func verdictText(verdict, cause string) string {
	if cause == "" {
		return verdict
	}
	return verdict + " (" + cause + ")"
}

// tableRows are the verdicts of a table by request and by answer, each status by
// itself: two tables put statuses together in different ways.
func tableRows(table []truth.Request) map[string]map[string]string {
	all := map[string]map[string]string{}
	seen := map[string]int{}
	for _, q := range table {
		rows := map[string]string{}
		for _, r := range q.Rows {
			for _, when := range r.When {
				for _, one := range single(when) {
					rows[one] = verdictText(r.Verdict, r.Cause)
				}
			}
		}
		name := q.Call
		if q.Case != "" {
			name = q.Case + ", " + name
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
		all[name] = rows
	}
	return all
}

// statusRange is how a table writes statuses that come to one verdict.
var statusRange = regexp.MustCompile(`^([1-5][0-9]{2})-([1-5][0-9]{2})$`)

func single(when string) []string {
	m := statusRange.FindStringSubmatch(when)
	if m == nil {
		return []string{when}
	}
	from, _ := strconv.Atoi(m[1])
	to, _ := strconv.Atoi(m[2])
	var all []string
	for n := from; n <= to; n++ {
		all = append(all, strconv.Itoa(n))
	}
	return all
}

// changedRows are the answers to which the verdict changed, those of one change
// together.
func changedRows(prefix string, before, now map[string]string) []Change {
	if before == nil || now == nil {
		return add(nil, Change{What: strings.TrimSuffix(prefix, ": "), Old: present(before), New: present(now)})
	}
	var all []Change
	at := map[[2]string]int{}
	for _, when := range names(before, now) {
		a, b := before[when], now[when]
		if a == b {
			continue
		}
		if a == "" || b == "" { // an answer that only one vetting has tried
			continue
		}
		if i, known := at[[2]string{a, b}]; known {
			all[i].What += ", " + when
		} else {
			at[[2]string{a, b}] = len(all)
			all = append(all, Change{Kind: Changed, What: prefix + when, Old: a, New: b})
		}
	}
	return all
}

func present(rows map[string]string) string {
	if rows == nil {
		return ""
	}
	return "sent"
}
