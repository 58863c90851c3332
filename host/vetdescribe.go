package host

import (
	"context"
	"fmt"

	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// describe holds what the file is sealed with against what the plugin says of
// itself, on each engine.
func (v *vetting) describe(ctx context.Context) error {
	if !v.does("", vet.RuleDescribe) {
		return nil
	}
	places := []*loaded{v.slow}
	if v.fast != v.slow {
		places = append(places, v.fast)
	}
	for _, p := range places {
		out, err := v.callDescribe(ctx, p)
		if err != nil {
			return err
		}
		if out.Fault != nil {
			v.findings.Add(vet.RuleDescribe, "", wire.ExportDescribe+" failed: "+oneLine(out.Fault.Error()), "")
			continue
		}
		for _, what := range described(&v.file.Info, out.Output) {
			v.findings.Add(vet.RuleDescribe, "", what, "")
		}
	}
	return nil
}

// described says what is wrong with what the plugin wrote about itself. Nothing is
// only where it is the sealed description.
func described(sealed *wire.PluginInfo, output []byte) []string {
	var said wire.PluginInfo
	if wire.Unmarshal(output, &said) != nil {
		return []string{wire.ExportDescribe + " wrote no plugin info"}
	}
	if err := said.Validate(); err != nil {
		return []string{"what the plugin says of itself breaks the contract: " + oneLine(err.Error())}
	}
	if string(wire.Marshal(&said)) == string(wire.Marshal(sealed)) {
		return nil
	}
	if all := differences(sealed, &said); len(all) > 0 {
		return all
	}
	return []string{"what the file is sealed with differs from what the plugin says of itself"}
}

func (v *vetting) callDescribe(ctx context.Context, p *loaded) (sandbox.Result, error) {
	m, out, err := v.open(ctx, checkEntry{plugin: p})
	if m == nil {
		return out, err
	}
	callCtx, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	out = m.Call(callCtx, sandbox.Call{Export: wire.ExportDescribe})
	if out.Fault != nil {
		p.discard(m)
	}
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	return out, nil
}

// differences say where the sealed description differs from the plugin's own; both
// are valid, so that their checks are sorted and each stands once.
func differences(sealed, said *wire.PluginInfo) []string {
	var all []string
	a, b := *sealed, *said
	a.Checks, b.Checks = nil, nil
	switch {
	case a.ID == b.ID && a.Version == b.Version && a.Name == b.Name && string(wire.Marshal(&a)) != string(wire.Marshal(&b)):
		all = append(all, "the description of the plugin that the file is sealed with differs from what the plugin says")
	case string(wire.Marshal(&a)) != string(wire.Marshal(&b)):
		all = append(all, fmt.Sprintf("the file is sealed as %s %s (%s), and the plugin says that it is %s %s (%s)", a.ID, a.Version, a.Name, b.ID, b.Version, b.Name))
	}
	other := map[string]*wire.CheckInfo{}
	for i := range said.Checks {
		other[said.Checks[i].ID] = &said.Checks[i]
	}
	for i := range sealed.Checks {
		c := &sealed.Checks[i]
		o := other[c.ID]
		delete(other, c.ID)
		if o == nil {
			all = append(all, "the file is sealed with "+c.ID+", which the plugin does not have")
		} else if what := differenceOf(c, o); what != "" {
			all = append(all, "the "+what+" of "+c.ID+" that the file is sealed with differs from what the plugin says")
		}
	}
	for i := range said.Checks {
		if other[said.Checks[i].ID] != nil {
			all = append(all, "the plugin has "+said.Checks[i].ID+", which the file is not sealed with")
		}
	}
	return all
}

// differenceOf names what differs between two descriptions of a check.
func differenceOf(a, b *wire.CheckInfo) string {
	text := func(c wire.CheckInfo) string {
		return string(wire.Marshal(&wire.PluginInfo{Checks: []wire.CheckInfo{c}}))
	}
	for _, part := range []struct {
		name string
		of   func(c *wire.CheckInfo) wire.CheckInfo
	}{
		{"access", func(c *wire.CheckInfo) wire.CheckInfo { return wire.CheckInfo{Access: c.Access, Class: c.Class} }},
		{"settings", func(c *wire.CheckInfo) wire.CheckInfo { return wire.CheckInfo{Settings: c.Settings} }},
		{"description", func(c *wire.CheckInfo) wire.CheckInfo { return *c }},
	} {
		if text(part.of(a)) != text(part.of(b)) {
			return part.name
		}
	}
	return ""
}
