package sdk

import (
	"errors"
	"strconv"

	"stella-ops.org/doctor/sdk/wire"
)

// registered is the plugin of this module. One module is one plugin, so one
// variable is all the registry that a guest needs; it is written once, from
// init, before any export can be called.
var registered *Plugin

// Register makes p the plugin of this module. Call it once, from init of the
// plugin's main package. It panics when it is called a second time: a file
// carries one plugin.
func Register(p Plugin) {
	if registered != nil {
		panic("sdk: plugin " + p.ID + " registered after " + registered.ID + ": one module is one plugin")
	}
	registered = &p
}

var errNoPlugin = errors.New("no plugin is registered: call sdk.Register from init")

// describe answers doctor_describe for p. It does not validate: the host does,
// before it seals, and says what is wrong with the same words as
// [Plugin.Validate].
func describe(p *Plugin) ([]byte, error) {
	if p == nil {
		return nil, errNoPlugin
	}
	info := p.Info()
	return wire.Marshal(&info), nil
}

// run answers doctor_run for p: a request document in, a result document out.
// An error is not a finding, it says that this plugin or this host does not
// keep the contract.
func run(p *Plugin, host backend, input []byte) ([]byte, error) {
	if p == nil {
		return nil, errNoPlugin
	}
	e := Env{host: host}
	if err := wire.Unmarshal(input, &e.request); err != nil {
		return nil, errors.New("plugin " + p.ID + ": " + err.Error())
	}
	c, ok := p.check(e.request.Check)
	if !ok {
		return nil, errors.New("plugin " + p.ID + ": no check \"" + e.request.Check + "\"")
	}
	if c.Run == nil {
		return nil, errors.New("plugin " + p.ID + ": check " + c.Info.ID + " has no run function")
	}
	r := c.Run(&e)
	if e.fault != "" {
		return nil, errors.New("plugin " + p.ID + ": check " + c.Info.ID + ": " + e.fault)
	}
	r.Version, r.Nonce, r.Check = wire.Version, e.request.Nonce, e.request.Check
	out := wire.Marshal(&r)
	if len(out) > wire.MaxOutputBytes {
		return nil, errors.New("plugin " + p.ID + ": check " + c.Info.ID + ": the result has " + strconv.Itoa(len(out)) +
			" bytes, more than " + strconv.Itoa(wire.MaxOutputBytes))
	}
	return out, nil
}
