// Package nearest finds what somebody may have meant who made a typing error. It is
// pure.
package nearest

import (
	"cmp"
	"slices"
	"strings"
)

// Of returns at most three of known that look like what was typed, the
// most alike first, and none that is much less so than that one.
func Of(typed string, known []string) []string {
	type candidate struct {
		id       string
		distance int
	}
	typed = strings.ToLower(typed)
	var near []candidate
	for _, id := range known {
		most := max(2, len(id)/4)
		lower := strings.ToLower(id)
		// A part of the id ("oci.registry", "registry") is as good as a typo.
		part := len(typed) >= 3 && strings.Contains(lower, typed)
		// Texts are at least as far apart as their lengths.
		if !part && max(len(typed)-len(id), len(id)-len(typed)) > most {
			continue
		}
		d := distance(typed, lower)
		if part {
			d = min(d, 1)
		}
		if d <= most {
			near = append(near, candidate{id, d})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.id, b.id))
	})
	out := []string{}
	for _, c := range near[:min(3, len(near))] {
		// What is much less alike than the best was not meant.
		if c.distance <= near[0].distance+2 {
			out = append(out, c.id)
		}
	}
	return out
}

// distance is the edit distance between a and b, in bytes. What was typed is
// cut at 256 bytes, so that the work stays small.
func distance(a, b string) int {
	a, b = a[:min(len(a), 256)], b[:min(len(b), 256)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
