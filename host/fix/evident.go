package fix

import (
	"net/url"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// The facts of evidence set H that tell of a redirect (doctor-domain §3.0.4).
const (
	factRequest  = "request_url"
	factLocation = "redirect_location"
)

// evidentValues are the values that the evidence has for placeholders, by name.
// Today that is one: where a service answered with the address to which it
// moved, <x-url> is that address for the fact x_url. It is the server's word.
func evidentValues(e wire.Evidence) map[string]Filled {
	values := map[string]Filled{}
	for fact, value := range e {
		text, isText := value.AsString()
		if !isText || !strings.HasSuffix(fact, "_url") || fact == factRequest {
			continue
		}
		if to := movedTo(text, textOf(e, factRequest), textOf(e, factLocation)); to != "" {
			name := strings.ReplaceAll(fact, "_", "-")
			values[name] = Filled{Name: name, Value: to, Evidence: factLocation}
		}
	}
	return values
}

func textOf(e wire.Evidence, fact string) string {
	text, _ := e[fact].AsString()
	return text
}

// movedTo is the address that takes the place of base when a request below it
// was answered with location; empty when that does not tell. What was asked for
// below base must stand at the end of location too: a redirect to a sign-in page
// is no new address, and neither is one that gives TLS up.
func movedTo(base, request, location string) string {
	asked, err := url.Parse(request)
	if err != nil || location == "" {
		return ""
	}
	to, err := asked.Parse(location)
	if err != nil {
		return ""
	}
	was, rule := wire.ScreenURL(base)
	sent, rule2 := wire.ScreenURL(request)
	now, rule3 := wire.ScreenURL(to.String())
	below, inside := strings.CutPrefix(sent.Path, strings.TrimRight(was.Path, "/"))
	switch {
	case rule+rule2+rule3 != "", sent.Origin() != was.Origin(), !inside, now.Query != "", to.Fragment != "":
		return ""
	case was.Scheme == "https" && now.Scheme != "https":
		return ""
	case strings.Trim(below, "/") == "": // nothing was asked for below it
		if now.Path != sent.Path || now.Origin() == sent.Origin() {
			return ""
		}
		now.Path = was.Path
	case !strings.HasSuffix(now.Path, below):
		return ""
	default:
		now.Path = strings.TrimSuffix(now.Path, below)
	}
	moved := strings.TrimRight(now.Origin()+now.Path, "/")
	if moved == strings.TrimRight(was.Origin()+was.Path, "/") || ValueProblem(moved) != "" {
		return ""
	}
	return moved
}
