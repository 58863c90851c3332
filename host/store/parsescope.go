package store

import (
	"errors"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/strictyaml"
	"stella-ops.org/doctor/sdk/wire"
)

// parseScope reads what is approved: the fields access, settings and secrets of a
// lock or of an approval file.
func parseScope(m strictyaml.Mapping) (s access.Scope, err *strictyaml.Error) {
	nodes, err := m.Items("access", maxAccess)
	if err != nil {
		return s, err
	}
	for _, n := range nodes {
		e, err := parseAccess(n)
		if err != nil {
			return s, err
		}
		s.Access = append(s.Access, e)
	}
	if s.Settings, err = parseKeys(m, "settings"); err != nil {
		return s, err
	}
	if s.Secrets, err = parseKeys(m, "secrets"); err != nil {
		return s, err
	}
	for _, key := range s.Secrets {
		if value, _ := s.MayRead(key); value {
			return s, strictyaml.At(m.LineOf("secrets"), "%s stands in settings and in secrets: it is read or it is not", strictyaml.Quote(key))
		}
	}
	return s.Sorted(), nil
}

// parseKeys reads a list of settings.
func parseKeys(m strictyaml.Mapping, field string) ([]string, *strictyaml.Error) {
	nodes, err := m.Items(field, maxSettings)
	if err != nil {
		return nil, err
	}
	var keys []string
	seen := map[string]bool{}
	for _, n := range nodes {
		key, err := n.Text("an item of "+field, maxKey)
		if err != nil {
			return nil, err
		}
		if problem := checkKey(key); problem != "" {
			return nil, strictyaml.At(n.Line(), "%s: %s", field, problem)
		}
		if folded := strings.ToLower(key); seen[folded] {
			return nil, strictyaml.At(n.Line(), "%s: %s stands there twice", field, strictyaml.Quote(key))
		} else {
			seen[folded] = true
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func checkKey(key string) string {
	c := stub()
	c.Settings = []wire.SettingInfo{{Key: key, Type: wire.TypeString}}
	return checkStub(c)
}

// parseAccess reads one entry. What the contract says of the access of a check
// holds for it too.
func parseAccess(n strictyaml.Node) (a wire.Access, err *strictyaml.Error) {
	m, err := n.Mapping("an access entry", "kind", "class", "methods", "target", "trim", "path", "port", "default_port", "redirects", "max_body", "secrets", "reason")
	if err != nil {
		return a, err
	}
	for _, field := range []struct {
		name   string
		needed bool
		text   *string
	}{
		{"kind", true, &a.Kind}, {"class", true, &a.Class}, {"target", true, &a.Target}, {"trim", false, &a.Trim}, {"path", false, &a.Path},
		{"port", false, &a.Port}, {"redirects", false, &a.Redirects}, {"reason", true, &a.Reason},
	} {
		read := m.Text
		if field.needed {
			read = m.Need
		}
		if *field.text, err = read(field.name, wire.MaxURLBytes); err != nil {
			return a, err
		}
	}
	if a.Methods, err = m.Texts("methods", 16, 16); err != nil {
		return a, err
	}
	if a.Secrets, err = m.Texts("secrets", 64, maxKey); err != nil {
		return a, err
	}
	if a.MaxBody, err = m.Int("max_body", 0, wire.MaxBodyBytes); err != nil {
		return a, err
	}
	ports, err := m.Items("default_port", 64)
	if err != nil {
		return a, err
	}
	for _, p := range ports {
		text, err := p.Text("an item of default_port", 16)
		if err != nil {
			return a, err
		}
		port := wire.ParsePort(text)
		if port == 0 {
			return a, strictyaml.At(p.Line(), "default_port: %s is no port", strictyaml.Quote(text))
		}
		a.DefaultPort = append(a.DefaultPort, port)
	}
	if problem := checkAccess(a); problem != "" {
		return a, strictyaml.At(m.Line(), "%s", problem)
	}
	return a, nil
}

// checkAccess asks the contract about an entry, as one of a check that declares
// whatever settings the entry names.
func checkAccess(a wire.Access) string {
	c := stub()
	declared := map[string]bool{}
	declare := func(key string, secret bool) {
		if !declared[key] {
			declared[key] = true
			c.Settings = append(c.Settings, wire.SettingInfo{Key: key, Type: wire.TypeString, Secret: secret})
		}
	}
	for _, key := range a.Secrets {
		declare(key, true)
	}
	for _, field := range []string{a.Target, a.Port} {
		if key, ok := strings.CutPrefix(field, "{"); ok {
			declare(strings.TrimSuffix(key, "}"), false)
		}
	}
	c.Access = []wire.Access{a}
	return checkStub(c)
}

// checkStub validates a check and says which field is at fault.
func checkStub(c wire.CheckInfo) string {
	info := wire.PluginInfo{ABI: wire.Version, ID: "a.b", Name: "x", Version: "0.0.0", Category: "x", Checks: []wire.CheckInfo{c}}
	err := info.Validate()
	var v *wire.ValidationError
	if !errors.As(err, &v) {
		return problemOf(err)
	}
	if _, field, ok := strings.Cut(v.Path, "access[0]."); ok {
		return field + ": " + v.Problem
	}
	return v.Problem
}
