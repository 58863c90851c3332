package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// Drift is one fact that differs; a value is null where the fact is missing.
type Drift struct {
	// Key is the name of the evidence. A field of an item stands under
	// name[item].field.
	Key string     `json:"key"`
	Old wire.Value `json:"old"`
	New wire.Value `json:"new"`
}

// drifts lists the facts that differ between two results, sorted by key.
func drifts(old, new wire.Evidence) []Drift {
	was, is := flatFacts(old), flatFacts(new)
	keys := make([]string, 0, len(was)+len(is))
	for key := range was {
		keys = append(keys, key)
	}
	for key := range is {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out := []Drift{}
	for _, key := range slices.Compact(keys) {
		if !sameValue(was[key], is[key]) {
			out = append(out, Drift{key, was[key], is[key]})
		}
	}
	return out
}

// flatFacts flattens evidence and leaves out what changes with every run.
func flatFacts(e wire.Evidence) map[string]wire.Value {
	flat := map[string]wire.Value{}
	for name, v := range e {
		if volatileKey(name) {
			continue
		}
		items, ok := v.AsItems()
		if !ok {
			flat[name] = v
			continue
		}
		numbers := map[string]int{}
		for _, item := range items {
			if len(item) == 0 {
				continue
			}
			place := fmt.Sprintf("%s[%s]", name, valueText(item[0].Value))
			if numbers[place]++; numbers[place] > 1 { // one item number twice
				place += fmt.Sprintf("#%d", numbers[place])
			}
			for _, f := range item {
				if !volatileKey(f.Name) {
					flat[place+"."+f.Name] = f.Value
				}
			}
		}
	}
	return flat
}

func sameValue(a, b wire.Value) bool {
	x, errX := a.MarshalJSON()
	y, errY := b.MarshalJSON()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// volatileKey holds for what no comparison looks at (doctor-domain §4).
func volatileKey(name string) bool {
	return strings.HasSuffix(name, "_ms") || strings.HasSuffix(name, "_utc") || name == "error_message"
}
