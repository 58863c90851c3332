package host

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// invention is a made-up configuration of one check.
type invention struct {
	name string
	// args are the settings as they would be given with --set.
	args string
	// host has these settings and the catalog of the vetting.
	host     *Host
	canaries []vet.Canary
	// scene is the one that it is set in.
	scene vet.Scene
	// broken says that an address in it is none.
	broken bool
	// set are the values that it was made of; nil for an author's case.
	set values
	// base are the exchanges of an author's case, from which the settings are; number
	// tells it from other cases, whose files may have the same name; zero for no case.
	base   []exchange.Exchange
	number int
}

// leadsTo tells whether an answer of an author's case names a host.
func (i *invention) leadsTo(host string) bool {
	return slices.ContainsFunc(i.base, func(e exchange.Exchange) bool {
		for _, values := range e.Response.Header {
			if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, host) }) {
				return true
			}
		}
		return strings.Contains(string(e.Response.Body), host)
	})
}

// values are what declared keys are set to; a key that is not there is not set.
type values map[string]string

// inventor makes configurations for one check.
type inventor struct {
	h     *Host // has the catalog
	check checkEntry
	// scene has the names of hosts and the secrets; plain is that of the other
	// values, which stay the same in every scene.
	scene, plain vet.Scene
	// ports and hosts are the settings that access of kind tcp reads.
	ports, peers map[string]bool
}

func newInventor(h *Host, e checkEntry, scene, plain vet.Scene) *inventor {
	v := &inventor{h: h, check: e, scene: scene, plain: plain, ports: map[string]bool{}, peers: map[string]bool{}}
	for _, a := range e.info.Access {
		if a.Kind == wire.KindTCP {
			v.ports[braced(a.Port)], v.peers[braced(a.Target)] = true, true
		}
	}
	return v
}

// braced is the key in {Key}; empty for a literal.
func braced(target string) string {
	if strings.HasPrefix(target, "{") && strings.HasSuffix(target, "}") {
		return target[1 : len(target)-1]
	}
	return ""
}

// all sets every declared key, each to what seems fit for it.
func (v *inventor) all() values {
	out := values{}
	for _, s := range v.check.info.Settings {
		if text := v.value(s); text != "" {
			out[s.Key] = text
		}
	}
	return out
}

// needed sets what the check cannot do without: what is required, and what leads
// outside a group; where all leads are in groups, those.
func (v *inventor) needed() values {
	out := values{}
	gates := settings.Gates(v.check.info.Settings)
	for i, s := range v.check.info.Settings {
		if text := v.value(s); text != "" && (s.Required || slices.Contains(gates, i)) {
			out[s.Key] = text
		}
	}
	return out
}

// few sets what is needed, a setting with its group, and every address that the
// check may ask.
func (v *inventor) few(s wire.SettingInfo) values {
	out := v.needed()
	targets := map[string]bool{s.Key: true}
	for _, a := range v.check.info.Access {
		targets[braced(a.Target)] = true
	}
	for _, other := range v.check.info.Settings {
		if targets[other.Key] || s.Group != "" && other.Group == s.Group {
			out[other.Key] = v.value(other)
		}
	}
	return out
}

var (
	inBrackets = regexp.MustCompile(`\([^)]*\)`)
	aList      = regexp.MustCompile(`\b[a-z0-9][a-z0-9._-]*(?: ?, [a-z0-9][a-z0-9._-]*)* +or +[a-z0-9][a-z0-9._-]*`)
	aWord      = regexp.MustCompile(`[a-z0-9][a-z0-9._-]*`)
	aHost      = regexp.MustCompile(`\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\b`)
)

// invent makes the configuration. Lists get two items that differ in what has to
// be unlike.
func (v *inventor) invent(name string, set values) (*invention, error) {
	var args []string
	canaries := map[string]string{}
	for _, s := range v.check.info.Settings {
		text, ok := set[s.Key]
		if !ok {
			continue
		}
		secret := isSecret(s)
		each := func(key, value string) {
			if secret {
				// Each item has a secret of its own.
				canary := v.scene.Canary(key).Secret
				value = strings.Replace(value, v.scene.Canary(s.Key).Secret, canary, 1)
				canaries[canary] = key
			}
			args = append(args, key+"="+value)
		}
		switch {
		case strings.Contains(s.Key, "*"):
			for item := range 2 {
				each(strings.Replace(s.Key, "*", fmt.Sprint(item), 1), v.itemValue(text, item))
			}
		case s.Type == wire.TypeList:
			for i, part := range strings.Split(text, ",") {
				each(fmt.Sprintf("%s:%d", s.Key, i), part)
			}
		default:
			each(s.Key, text)
		}
	}
	inv, err := v.h.withSettings(name, args, canaries)
	if err == nil {
		inv.set, inv.scene = set, v.scene
	}
	return inv, err
}

// secret tells whether a declared key with an item number is of a secret setting.
func (v *inventor) secret(declared string) bool {
	key := pattern(declared, v.check.info)
	return slices.ContainsFunc(v.check.info.Settings, func(s wire.SettingInfo) bool { return s.Key == key && isSecret(s) })
}

// fromCase makes the configuration of an author's case: its settings, with a
// canary for each secret.
func (v *inventor) fromCase(name string, c *exchange.Case) (*invention, error) {
	var args []string
	canaries := map[string]string{}
	for declared, s := range c.Request.Settings {
		key, value := s.Key, s.Value
		if key == "" {
			continue // a default
		}
		if s.Secret != "" {
			// What is secret here another plugin may have made secret there.
			canary := v.plain.Word(declared)
			if v.secret(declared) || settings.IsSecret(key) {
				canary = v.scene.Canary(declared).Secret
				canaries[canary] = declared
			}
			value = canary
			if s.URL != nil {
				value = (&url.URL{Scheme: s.URL.Scheme, Host: wire.URL{Scheme: s.URL.Scheme, Host: s.URL.Host, Port: s.URL.Port}.HostPort(), Path: "/hook/" + canary}).String()
			}
		}
		args = append(args, key+"="+value)
	}
	slices.Sort(args)
	inv, err := v.h.withSettings(name, args, canaries)
	if err == nil {
		inv.base, inv.scene = c.Exchanges, v.scene
	}
	return inv, err
}

// withSettings is a host of the same catalog with other settings.
func (h *Host) withSettings(name string, set []string, canaries map[string]string) (*invention, error) {
	store, err := settings.Load(settings.Options{Set: set, NoDefaultFiles: true})
	if err != nil {
		return nil, err
	}
	other := &Host{cfg: h.cfg, log: h.log, settings: store.WithSecrets(h.catalog.secrets()), catalog: h.catalog, clock: h.clock}
	inv := &invention{name: name, args: strings.Join(set, "\n"), host: other}
	for secret, key := range canaries {
		inv.canaries = append(inv.canaries, vet.CanaryOf(key, secret))
	}
	slices.SortFunc(inv.canaries, func(a, b vet.Canary) int { return strings.Compare(a.Setting, b.Setting) })
	return inv, nil
}
