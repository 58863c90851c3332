package store

import (
	"slices"

	"golang.org/x/mod/semver"
)

// JudgeVersion says what a change would say of the version of a file that was looked
// at. It returns a *Refusal for an older version, unless that is wanted, and for one
// that was published before with other bytes.
func (s *Store) JudgeVersion(ask *Ask, o Options) error {
	if ask.Installed != nil {
		return s.lock.judgeUpgrade(ask.Installed, &ask.Release, o)
	}
	return s.lock.judgeSeen(ask.Info.ID, &ask.Release, o.AllowDowngrade)
}

// compareVersions orders two versions by SemVer 2.0.0 §11. Build metadata does not
// count. Both are valid.
func compareVersions(a, b string) int { return semver.Compare("v"+a, "v"+b) }

// judgeUpgrade holds a release against every version of the plugin that is known.
func (l *Lock) judgeUpgrade(e *Entry, next *Release, o Options) error {
	if err := judgeVersion(e.ID, next, &e.Release, "is installed", o.AllowDowngrade); err != nil {
		return err
	}
	for _, other := range e.releases()[1:] {
		if err := judgeVersion(e.ID, next, &Release{Version: other.Version, Digest: other.Digest}, "", true); err != nil {
			return err
		}
	}
	return l.judgeSeen(e.ID, next, true)
}

// judgeSeen holds a release against those that were here before, the newest first.
func (l *Lock) judgeSeen(id string, next *Release, downgrade bool) error {
	for _, s := range slices.Backward(l.Seen) {
		if s.ID != id {
			continue
		}
		if err := judgeVersion(id, next, &Release{Version: s.Version, Digest: s.Digest}, "was here before", downgrade); err != nil {
			return err
		}
	}
	return nil
}

// judgeVersion holds a release against one that was there before. standing says where
// that one stands now.
func judgeVersion(id string, next, before *Release, standing string, downgrade bool) error {
	order := compareVersions(next.Version, before.Version)
	switch {
	case next.Digest == before.Digest:
		return nil
	case order == 0:
		return refuse(RuleRepublished, "ask the publisher for a version of its own; a version stands for one file",
			"plugin %s %s was published before with other bytes (%s)", id, before.Version, before.Digest)
	case order < 0 && !downgrade:
		return refuse(RuleDowngrade, "add --allow-downgrade if it has to be",
			"plugin %s %s is older than %s, which %s", id, next.Version, before.Version, standing)
	}
	return nil
}
