package main

import "stella-ops.org/doctor/sdk/wire"

// setH are the names of evidence set H in the order in which an item shows them.
var setH = [...]string{
	"config_key", "request_method", "request_url", "http_status", "response_time_ms", "content_type",
	"redirect_location", "is_tls", "error_kind", "tls_error", "error_message",
}

// maxListed is the most items that the evidence shows, maxListBytes the most room
// that their texts may take: a result has 256 KiB for everything.
const (
	maxListed    = 256
	maxListBytes = 96 << 10
)

// listEvidence shows the items in their order. Where there are too many, healthy
// ones are left out before others, and where their texts are too long, all are
// cut at the same length.
func listEvidence(all []entry) wire.Value {
	var items []wire.Item
	room := maxListed - (len(all) - int(healthy(all)))
	for i := range all {
		if all[i].severity == wire.Pass {
			if room--; room < 0 {
				continue
			}
		}
		if len(items) < maxListed {
			items = append(items, all[i].item())
		}
	}
	for limit := wire.MaxHeaderValue; textBytes(items) > maxListBytes; limit /= 2 {
		cutTexts(items, limit)
	}
	return wire.Items(items...)
}

// item is the evidence of one item.
func (e *entry) item() wire.Item {
	h := make(wire.Evidence)
	e.answer.facts(h)
	notes(h, []word{{"name", e.name}})
	shown := wire.Item{{Name: "item", Value: wire.Int(int64(e.number))}, {Name: "name", Value: h["name"]}}
	shown = append(shown, e.facts...)
	for _, name := range setH {
		shown = append(shown, wire.Field{Name: name, Value: h[name]})
	}
	return shown
}

// textField is a text as evidence, null when it is empty.
func textField(name, text string) wire.Field {
	if text == "" {
		return wire.Field{Name: name}
	}
	return wire.Field{Name: name, Value: wire.String(text)}
}

// boolField is a fact that may not apply.
func boolField(name string, b, applies bool) wire.Field {
	if !applies {
		return wire.Field{Name: name}
	}
	return wire.Field{Name: name, Value: wire.Bool(b)}
}

// intField is a number that may not apply.
func intField(name string, n int64, applies bool) wire.Field {
	if !applies {
		return wire.Field{Name: name}
	}
	return wire.Field{Name: name, Value: wire.Int(n)}
}

// textBytes is how many bytes the texts take in a document, escapes included.
func textBytes(items []wire.Item) int {
	n := 0
	for _, item := range items {
		for i := range item {
			text, _ := item[i].Value.AsString()
			for k := 0; k < len(text); k++ {
				switch text[k] {
				case '<', '>', '&':
					n += 6
				case '"', '\\':
					n += 2
				default:
					n++
				}
			}
		}
	}
	return n
}

func cutTexts(items []wire.Item, limit int) {
	for _, item := range items {
		for i := range item {
			if text, ok := item[i].Value.AsString(); ok && len(text) > limit {
				item[i] = textField(item[i].Name, clean(text, limit))
			}
		}
	}
}
