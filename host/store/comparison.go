package store

import (
	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
)

// States of a plugin that came from elsewhere, beside what is installed.
const (
	StateNew         = "new"         // not installed
	StateSame        = "same"        // installed, these bytes
	StateUpgrade     = "upgrade"     // newer, and asks for nothing that was not seen
	StateWider       = "wider"       // newer, and asks for more
	StateDowngrade   = "downgrade"   // older
	StateRepublished = "republished" // the same version in other bytes
)

// Comparison is one plugin beside what is installed. Signatures are not looked at.
type Comparison struct {
	ID, Version, Digest string
	State               string
	// Installed is the entry of the plugin; nil for none.
	Installed *Entry
	// Asked is all that the plugin asks for, Wider what of that was not seen before.
	Asked, Wider access.Scope
}

// Compare holds plugins against the lock, in their order. It decides and writes
// nothing. It returns a *plugin.Refusal for a file that is no plugin.
func (s *Store) Compare(list []*artifact.Artifact) ([]Comparison, error) {
	var all []Comparison
	for _, a := range list {
		f, err := plugin.Open(a.Plugin)
		if err != nil {
			return nil, err
		}
		c := Comparison{ID: f.Info.ID, Version: f.Info.Version, Digest: f.Digest, Asked: AskedOf(&f.Info), Installed: s.lock.Find(f.Info.ID)}
		c.Wider = c.Asked
		if c.Installed != nil {
			c.Wider = s.seen(c.Installed).Widened(c.Asked)
		}
		c.State = c.state()
		all = append(all, c)
	}
	return all, nil
}

func (c *Comparison) state() string {
	if c.Installed == nil {
		return StateNew
	}
	switch order := compareVersions(c.Version, c.Installed.Version); {
	case c.Digest == c.Installed.Digest:
		return StateSame
	case order == 0:
		return StateRepublished
	case order < 0:
		return StateDowngrade
	case c.Wider.Empty():
		return StateUpgrade
	}
	return StateWider
}
