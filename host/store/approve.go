package store

import (
	"stella-ops.org/doctor/host/artifact"
)

// AskAgain is [Store.Examine] for what is in the store: the version that waits,
// or else the one that runs.
func (s *Store) AskAgain(id string, o Options) (*Ask, error) {
	if err := s.known(s.lock, id); err != nil {
		return nil, err
	}
	e := s.lock.Find(id)
	release := e.Release
	if e.Pending != nil {
		release = e.Pending.Release
	}
	ask, _, err := s.askAgain(s.lock, id, release, o)
	return ask, err
}

// askAgain looks at a release that is in the store. A file that was let in
// unsigned needs no second word for that.
func (s *Store) askAgain(l *Lock, id string, r Release, o Options) (*Ask, *artifact.Artifact, error) {
	if _, _, err := s.Info(id, &r); err != nil {
		return nil, nil, named(id, err)
	}
	a, err := s.Plugin(r.Digest)
	if err != nil {
		return nil, nil, named(id, err)
	}
	o.AllowUnsigned = r.Unsigned
	ask, err := s.examine(l, a, o)
	if err != nil {
		return nil, nil, err
	}
	ask.Release.Vet = r.Vet // as it was when the file came
	if ask.Release.Unsigned {
		ask.Release.UnsignedBy = r.UnsignedBy
	}
	return ask, a, nil
}

// named puts the plugin before a sentence about its file.
func named(id string, err error) error {
	if r, ok := err.(*Refusal); ok {
		return refuse(r.Rule, r.Hint, "plugin %s: %s", id, r.Text)
	}
	return err
}

// Approve approves the version that waits, which takes the place of the one that
// runs, or else approves the one that runs anew: what it may do, and until when.
//
// It returns an *UnknownError for a plugin that is not installed, a *Refusal for
// one that is on hold or whose file is not that of the lock, and the errors of
// [Store.Examine].
func (s *Store) Approve(id string, approval Approval, o Options) (*Change, error) {
	if err := s.known(s.lock, id); err != nil {
		return nil, err
	}
	return s.change(id, o, nil, func(now *Lock) (*Change, error) {
		if err := s.known(now, id); err != nil {
			return nil, err
		}
		e := now.Find(id)
		release := e.Release
		if e.Pending != nil {
			if e.Hold != "" {
				return nil, e.held()
			}
			release = e.Pending.Release
		}
		ask, _, err := s.askAgain(now, id, release, o)
		if err != nil {
			return nil, err
		}
		approved, err := ask.approve(approval, o)
		if err != nil {
			return nil, err
		}
		next := *e
		if e.Pending != nil {
			next.replace(approved)
			next.Pending = nil
		} else {
			next.Approved = approved
		}
		return &Change{Action: Approving, ID: id, Before: e, After: &next, Wider: approved.Scope.Widened(ask.Asked), Ignored: ask.Ignored, Notes: ask.Notes}, nil
	})
}

func (e *Entry) held() *Refusal {
	return refuse(RuleHeld, "stella doctor plugin hold "+e.ID+" --off ends that", "plugin %s is on hold: %s", e.ID, e.Hold)
}

// Hold keeps a plugin at its version: no other takes its place, later ones wait until
// the hold ends. An empty reason ends it; then a version that waits and asks for
// nothing new takes its place.
func (s *Store) Hold(id, reason string, o Options) (*Change, error) {
	if err := s.known(s.lock, id); err != nil {
		return nil, err
	}
	return s.change(id, o, nil, func(now *Lock) (*Change, error) {
		if err := s.known(now, id); err != nil {
			return nil, err
		}
		e := now.Find(id)
		next := *e
		ch := &Change{Action: Holding, ID: id, Before: e, After: &next}
		if next.Hold = reason; reason != "" || e.Hold == "" {
			if e.Hold == reason {
				ch.Action = Unchanged
			}
			return ch, nil
		}
		ch.Action = Released
		if e.Pending == nil {
			return ch, nil
		}
		ask, _, err := s.askAgain(now, id, e.Pending.Release, o)
		if err != nil {
			return nil, err
		}
		if ch.Wider = ask.Wider; ask.Wider.Empty() {
			next.replace(e.inherit(ask, ch))
			next.Pending = nil
		}
		return ch, nil
	})
}

// Rollback brings the previous version back with what was approved for it; the
// one that ran becomes the previous one, so that no other bytes can come as its
// version. It never goes forward: the way there is [Store.Upgrade], which looks at
// what is asked for.
func (s *Store) Rollback(id string, o Options) (*Change, error) {
	if err := s.known(s.lock, id); err != nil {
		return nil, err
	}
	return s.change(id, o, nil, func(now *Lock) (*Change, error) {
		if err := s.known(now, id); err != nil {
			return nil, err
		}
		e := now.Find(id)
		if e.Previous == nil {
			return nil, refuse(RuleNoPrevious, "install the version that you want with: stella doctor plugin upgrade "+id+" FILE --allow-downgrade",
				"plugin %s has no previous version", id)
		}
		if e.Hold != "" {
			return nil, e.held()
		}
		if older(&e.Release, &e.Previous.Release) {
			return nil, refuse(RuleNoPrevious, "stella doctor plugin upgrade "+id+" FILE goes there, and asks for what is new",
				"plugin %s %s has no version to go back to: %s, which ran before, is newer", id, e.Version, e.Previous.Version)
		}
		ask, _, err := s.askAgain(now, id, e.Previous.Release, o)
		if err != nil {
			return nil, err
		}
		next, before := *e, e.Approved
		next.Approved, next.Previous, next.Pending = *e.Previous, &before, nil
		next.Approved.Signers, next.Approved.Unsigned, next.Approved.UnsignedBy = ask.Release.Signers, ask.Release.Unsigned, ask.Release.UnsignedBy
		return &Change{Action: RolledBack, ID: id, Before: e, After: &next}, nil
	})
}

// Remove takes a plugin out. Its files are collected when no lock names them.
func (s *Store) Remove(id string, o Options) (*Change, error) {
	if err := s.known(s.lock, id); err != nil {
		return nil, err
	}
	return s.change(id, o, nil, func(now *Lock) (*Change, error) {
		if err := s.known(now, id); err != nil {
			return nil, err
		}
		return &Change{Action: Removed, ID: id, Before: now.Find(id)}, nil
	})
}
