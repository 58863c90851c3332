package store

import (
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/sdk/wire"
)

// Arrival is one of several plugins that come together.
type Arrival struct {
	Artifact *artifact.Artifact
	// Approval is somebody's word on it. A plugin that is not installed needs one;
	// another version of an installed one takes it in the place of what was approved,
	// and without one waits when it asks for more than was seen before.
	Approval *Approval
}

// Import lets several plugins in, all or none: those that are not installed as
// [Store.Install] does, those that are as [Store.Upgrade]. The lock is replaced
// once, so that a kill leaves all of it or nothing.
//
// It returns the changes in the order of the arrivals, and the errors of both.
func (s *Store) Import(list []Arrival, o Options) ([]*Change, error) {
	if err := apart(list); err != nil {
		return nil, err
	}
	if o.DryRun {
		changes, _, err := s.decideAll(list, o)
		return changes, err
	}
	var changes []*Change
	err := s.alone(o, func() error {
		decided, next, err := s.decideAll(list, o)
		if err != nil {
			return err
		}
		changes = decided
		return s.writeError(s.commitAll(list, next))
	})
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// commitAll writes what several plugins are made of, and then the lock.
func (s *Store) commitAll(list []Arrival, next *Lock) error {
	for _, arrival := range list {
		if err := s.writeArtifact(arrival.Artifact); err != nil {
			return err
		}
	}
	if string(next.Marshal()) == string(s.lock.Marshal()) {
		return nil
	}
	return s.replaceLock(next)
}

// decideAll reads the lock again and decides about one arrival after the other,
// each on the lock as those before it leave it. It returns that lock at the end.
func (s *Store) decideAll(list []Arrival, o Options) ([]*Change, *Lock, error) {
	now, err := s.reread()
	if err != nil {
		return nil, nil, err
	}
	var changes []*Change
	next := now
	for _, arrival := range list {
		info, err := plugin.ReadInfo(arrival.Artifact.Plugin)
		if err != nil {
			return nil, nil, err
		}
		if !sameEntry(now.Find(info.ID), s.lock.Find(info.ID)) {
			return nil, nil, &ConflictError{ID: info.ID}
		}
		ch, err := s.arrive(next, info.ID, arrival, o)
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, ch)
		next = next.with(ch.ID, ch.After)
	}
	s.lock = now
	return changes, next, nil
}

// arrive decides about one plugin on a lock.
func (s *Store) arrive(now *Lock, id string, arrival Arrival, o Options) (*Change, error) {
	if now.Find(id) != nil {
		return s.upgrade(now, id, arrival.Artifact, arrival.Approval, o)
	}
	if arrival.Approval == nil {
		return nil, refuse(RuleUnapproved, "approve it on the command line, or leave it out", "plugin %s is not installed, and nobody approves what it asks for", id)
	}
	return s.install(now, arrival.Artifact, *arrival.Approval, o)
}

// apart refuses plugins that come together and claim one id or one check.
func apart(list []Arrival) error {
	var infos []wire.PluginInfo
	for _, arrival := range list {
		info, err := plugin.ReadInfo(arrival.Artifact.Plugin)
		if err != nil {
			return err
		}
		for i := range infos {
			if infos[i].ID == info.ID {
				return refuse(RuleCheckTwice, "", "plugin %s comes twice", info.ID)
			}
			if check := common(&info, &infos[i]); check != "" {
				return refuse(RuleCheckTwice, "take one of them only", "plugins %s and %s both claim check %s", infos[i].ID, info.ID, check)
			}
		}
		infos = append(infos, info)
	}
	return nil
}
