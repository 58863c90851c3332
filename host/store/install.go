package store

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
)

// Install lets a plugin in that is not installed yet, with what is approved of
// it. A file that is installed already stays as it is and gets what is attached to
// it now.
//
// It returns the errors of [Store.Examine] and of every change, and a *Refusal
// when another version of the plugin is installed, or a newer one, or this version in
// other bytes, was here before.
func (s *Store) Install(a *artifact.Artifact, approval Approval, o Options) (*Change, error) {
	ask, err := s.Examine(a, o)
	if err != nil {
		return nil, err
	}
	id := ask.Info.ID
	return s.change(id, o, a, func(now *Lock) (*Change, error) { return s.install(now, a, approval, o) })
}

// install decides about a plugin that is to be installed, on the lock as it is now.
func (s *Store) install(now *Lock, a *artifact.Artifact, approval Approval, o Options) (*Change, error) {
	ask, err := s.examine(now, a, o) // what was looked at may have changed
	if err != nil {
		return nil, err
	}
	id := ask.Info.ID
	ch := &Change{Action: Installed, ID: id, Before: now.Find(id), Ignored: ask.Ignored, Notes: ask.Notes}
	if e := ch.Before; e != nil {
		if e.Digest == ask.Release.Digest {
			s.again(ch, ask, a, o)
			ch.Notes = append(ch.Notes, ch.After.signedAnew(&ask.Release)...)
			return ch, nil
		}
		if err := judgeVersion(id, &ask.Release, &e.Release, "is installed", true); err != nil {
			return nil, err
		}
		return nil, refuse(RuleInstalled, "upgrade it: stella doctor plugin upgrade "+id+" FILE", "plugin %s %s is installed already", id, e.Version)
	}
	if err := now.judgeSeen(id, &ask.Release, o.AllowDowngrade); err != nil {
		return nil, err
	}
	approved, err := ask.approve(approval, o)
	if err != nil {
		return nil, err
	}
	e := &Entry{ID: id, Approved: approved}
	ch.After, ch.Wider = e, e.Scope.Widened(ask.Asked)
	return ch, nil
}

// signedAnew says that others sign for a file than the lock names, who count only
// when somebody approves the plugin anew.
func (e *Entry) signedAnew(r *Release) []string {
	if !slices.ContainsFunc(r.Signers, func(s Signer) bool { return !slices.Contains(e.Signers, s) }) {
		return nil
	}
	return []string{"the lock has it as signed by " + signedBy(e.Signers) + ", and now it is by " + signedBy(r.Signers) +
		"; stella doctor plugin approve " + e.ID + " takes that over"}
}

func signedBy(signers []Signer) string {
	if len(signers) == 0 {
		return "nobody"
	}
	var names []string
	for _, s := range signers {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// Accepts says whether an approval is about this plugin and file. It returns a
// *Refusal for one of another.
func (ask *Ask) Accepts(a *Approval) error {
	const hint = "--print-approval prints one of this file; one without plugin and digest is of any"
	switch {
	case a.Plugin != "" && a.Plugin != ask.Info.ID:
		return refuse(RuleOtherWord, hint, "the approval is of plugin %s, not of %s", a.Plugin, ask.Info.ID)
	case a.Digest != "" && a.Digest != ask.Release.Digest:
		return refuse(RuleOtherWord, hint, "the approval is of another file (%s) than that of plugin %s %s (%s)", a.Digest, ask.Info.ID, ask.Release.Version, ask.Release.Digest)
	}
	return nil
}

// approve is the release with what of the approval it asks for. It returns the error
// of [Ask.Accepts].
func (ask *Ask) approve(approval Approval, o Options) (Approved, error) {
	if err := ask.Accepts(&approval); err != nil {
		return Approved{}, err
	}
	engine := approval.Engine
	if engine == "" {
		engine = Interpreter
	}
	return Approved{Release: ask.Release, Scope: ask.Asked.Meet(approval.Scope), Engine: engine,
		By: approval.By, At: o.Now.UTC(), Expires: approval.Expires.UTC()}, nil
}

// Upgrade brings another version of an installed plugin. When it asks for nothing
// that was not seen before it takes the place of the old one, which becomes the
// previous one, and keeps what was approved but for the compiler, which is approved
// for one file; an older version keeps of that what it asks for itself. When it asks
// for more, or the plugin is on hold, it waits, and the old one keeps running. With an
// approval it need not wait; nil stands for none.
//
// It returns an *UnknownError for a plugin that is not installed, a *Refusal for
// the file of another plugin, an older version, or a version that was published
// with other bytes, and the errors of [Store.Install].
func (s *Store) Upgrade(id string, a *artifact.Artifact, approval *Approval, o Options) (*Change, error) {
	if err := s.known(s.lock, id); err != nil {
		return nil, err
	}
	return s.change(id, o, a, func(now *Lock) (*Change, error) { return s.upgrade(now, id, a, approval, o) })
}

// upgrade decides about another version of a plugin, on the lock as it is now.
func (s *Store) upgrade(now *Lock, id string, a *artifact.Artifact, approval *Approval, o Options) (*Change, error) {
	if err := s.known(now, id); err != nil {
		return nil, err
	}
	ask, err := s.examine(now, a, o)
	if err != nil {
		return nil, err
	}
	if ask.Info.ID != id {
		return nil, refuse(RuleOtherPlugin, "stella doctor plugin install lets it in as a plugin of its own", "the file is plugin %s, not %s", ask.Info.ID, id)
	}
	e := now.Find(id)
	if err := now.judgeUpgrade(e, &ask.Release, o); err != nil {
		return nil, err
	}
	ch := &Change{ID: id, Before: e, Ignored: ask.Ignored, Notes: ask.Notes, Wider: ask.Wider}
	next := *e
	switch {
	case e.Digest == ask.Release.Digest:
		s.again(ch, ask, a, o)
		return ch, nil
	case e.Hold != "" || approval == nil && !ask.Wider.Empty():
		ch.Action = Waits
		if e.Pending == nil || e.Pending.Digest != ask.Release.Digest {
			next.Pending = &Pending{Release: ask.Release, Since: o.Now.UTC()}
		}
	default:
		if ch.Action = Upgraded; older(&ask.Release, &e.Release) {
			ch.Action = Downgraded
		}
		if approval != nil {
			approved, err := ask.approve(*approval, o)
			if err != nil {
				return nil, err
			}
			next.replace(approved)
		} else {
			next.replace(e.inherit(ask, ch))
		}
		ch.Wider = next.Scope.Widened(ask.Asked)
	}
	ch.After = &next
	return ch, nil
}

func older(next, before *Release) bool { return compareVersions(next.Version, before.Version) < 0 }

// inherits is another version with what was approved of the one that runs. It stays
// approved where the next one does not ask for it, so that a later version may come
// back to it; but going back to an older version takes away what that never had. The
// compiler is approved for one file: another is interpreted until somebody says
// otherwise.
func (e *Entry) inherit(ask *Ask, ch *Change) Approved {
	next := e.Approved
	next.Release = ask.Release
	if older(&ask.Release, &e.Release) {
		next.Scope = ask.Asked.Meet(e.Scope)
	}
	if next.Engine == Compiler {
		next.Engine = Interpreter
		ch.Notes = append(ch.Notes, "it is interpreted: the compiler was approved for "+e.Version+" alone; stella doctor plugin approve "+e.ID+" --engine compiler approves it")
	}
	return next
}

// again fills in what comes of a file that is installed already: what is attached to
// it now is kept, a signature that came since is named in the lock, and a file that
// was lost or damaged in the store is written anew.
func (s *Store) again(ch *Change, ask *Ask, a *artifact.Artifact, o Options) {
	e := ch.Before
	ch.Action, ch.After, ch.Wider = Unchanged, e, access.Scope{}
	if _, err := s.File(e.Digest); err != nil {
		ch.Repaired = true
	}
	all := &artifact.Artifact{Plugin: a.Plugin, Attached: s.attachments(e.Digest)}
	for _, t := range a.Attached {
		if !slices.ContainsFunc(all.Attached, func(known artifact.Attachment) bool { return known.Kind == t.Kind && known.Digest() == t.Digest() }) {
			ch.Added = append(ch.Added, t.Kind)
			all.Attached = append(all.Attached, t)
		}
	}
	// A report that came before without its line in the lock, by a kill, gets that now.
	if !ch.Repaired && len(ch.Added) == 0 && (e.Vet != "" || ask.Release.Vet == "") {
		return
	}
	next := *e
	ch.Action, ch.After = Renewed, &next
	if next.Vet == "" {
		next.Vet = ask.Release.Vet
	}
	signers, ignored, err := vouch(o.Ring, e.Unsigned, ask.Info, all, o.Now)
	if err == nil && slices.ContainsFunc(signers, func(s Signer) bool { return !slices.Contains(e.Signers, s) }) {
		next.Signers, next.Unsigned, next.UnsignedBy, ch.Ignored = signers, false, "", ignored
	}
}

// replace makes another version the one that runs. What waits stays only while it
// is newer.
func (e *Entry) replace(next Approved) {
	before := e.Approved
	e.Previous, e.Approved = &before, next
	if e.Pending != nil && compareVersions(e.Pending.Version, next.Version) <= 0 {
		e.Pending = nil
	}
}

func (s *Store) known(l *Lock, id string) error {
	if l.Find(id) != nil {
		return nil
	}
	return &UnknownError{ID: id, Known: l.IDs()}
}
