package store

import (
	"errors"
	"slices"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

// Ask is what a file is and asks for, found without executing it.
type Ask struct {
	Info    *wire.PluginInfo
	Release Release
	// Asked is all that the plugin declares; Wider what of that was neither approved
	// nor refused before.
	Asked, Wider access.Scope
	// Installed is the entry of the plugin; nil for none.
	Installed *Entry
	// Ignored are sentences about signatures that do not count, Notes about what else
	// whoever approves it must know.
	Ignored, Notes []string
}

// Examine looks at a file that is to be let in: the scanner first, then the seal,
// the signatures, and whether it claims what belongs to others.
//
// It returns a *plugin.Refusal for a file that may not run, a *trust.Refusal for
// one that nobody vouches for, and a *Refusal for checks of another plugin.
func (s *Store) Examine(a *artifact.Artifact, o Options) (*Ask, error) {
	return s.examine(s.lock, a, o)
}

func (s *Store) examine(l *Lock, a *artifact.Artifact, o Options) (*Ask, error) {
	f, err := plugin.Open(a.Plugin)
	if err != nil {
		return nil, err
	}
	if len(a.Attached) > artifact.MaxAttachments {
		return nil, refuse(RuleAttachments, "", "there are %d documents beside the plugin, at most %d are kept", len(a.Attached), artifact.MaxAttachments)
	}
	if _, err := s.joined(a); err != nil {
		return nil, named(f.Info.ID, err)
	}
	ask := &Ask{Info: &f.Info, Asked: AskedOf(&f.Info), Installed: l.Find(f.Info.ID)}
	ask.Release = Release{Version: f.Info.Version, Digest: f.Digest, Bytes: int64(len(a.Plugin))}
	ask.Release.Vet, ask.Notes = vetted(a, f.Digest)
	if ask.Release.Signers, ask.Ignored, err = vouch(o.Ring, o.AllowUnsigned, &f.Info, a, o.Now); err != nil {
		return nil, err
	}
	if ask.Release.Unsigned = len(ask.Release.Signers) == 0; ask.Release.Unsigned {
		ask.Release.UnsignedBy = o.By
	}
	if err := s.claims(l, &f.Info, o.Embedded, "plugin "+f.Info.ID); err != nil {
		return nil, err
	}
	ask.Wider = ask.Asked
	if ask.Installed != nil {
		ask.Wider = s.seen(ask.Installed).Widened(ask.Asked)
	}
	return ask, nil
}

// AskedOf is what a plugin asks for, by the host's own list of secrets.
func AskedOf(info *wire.PluginInfo) access.Scope { return access.Asked(info, settings.IsSecret) }

// seen is what was approved of a plugin together with what its present version
// asks for: what the approver saw and left out is not asked about again, and stays
// left out.
func (s *Store) seen(e *Entry) access.Scope {
	info, _, err := s.Info(e.ID, &e.Release)
	if err != nil {
		return e.Scope
	}
	return e.Scope.Join(AskedOf(info))
}

// excused are the reasons for which nobody vouches for a file and which an
// operator may overrule: there is nothing that could be held against it. A
// signature that is wrong, revoked or of another file can.
var excused = []string{trust.RuleUnsigned, trust.RuleNoTrustFile, trust.RuleUnknownKey, trust.RuleUnknownAuthority}

// vouch asks the ring about a file.
func vouch(ring *trust.Ring, unsigned bool, info *wire.PluginInfo, a *artifact.Artifact, now time.Time) ([]Signer, []string, error) {
	v, err := ring.Verify(trust.SubjectOf(a.Plugin, info), a.Of(artifact.Signature), now)
	var refusal *trust.Refusal
	switch {
	case err == nil:
		var all []Signer
		for _, s := range v.Signers {
			all = append(all, Signer{Name: s.Name, Key: s.Key})
		}
		return all, v.Ignored, nil
	case unsigned && errors.As(err, &refusal) && slices.Contains(excused, refusal.Rule):
		return nil, append([]string{refusal.Text}, refusal.Others...), nil
	}
	return nil, nil, err
}

// Judge says whether what runs as an entry may run now, as a run would: its file, its
// approval, who vouches for it, and whether what it claims is another's by now: the
// embedded plugins may have changed since it was let in. It returns the errors of
// [Store.Info] and [Store.Vouch], a *plugin.Refusal, or a *Refusal for an approval that
// has ended and for the id or a check of another.
func (s *Store) Judge(ring *trust.Ring, e *Entry, embedded []wire.PluginInfo, now time.Time) error {
	info, file, err := s.Info(e.ID, &e.Release)
	if err != nil {
		return err
	}
	before := &Lock{} // of two that claim one check the first has it
	if i, found := s.lock.search(e.ID); found {
		before.Entries = s.lock.Entries[:i]
	}
	var claim *Refusal
	if errors.As(s.claims(before, info, embedded, "it"), &claim) {
		return refuse(claim.Rule, "take it out: stella doctor plugin remove "+e.ID, "%s", claim.Text)
	}
	if err := e.Ended(now); err != nil {
		return err
	}
	if _, err := plugin.Open(file); err != nil {
		return err
	}
	return s.Vouch(ring, &e.Release, info, file, now)
}

// Ended is the *Refusal of a plugin whose approval has ended; nil for none.
func (e *Entry) Ended(now time.Time) error {
	if !e.Expired(now) {
		return nil
	}
	return refuse(RuleExpired, "look at it again: stella doctor plugin approve "+e.ID+" --expires DATE", "its approval expired at %s", e.Expires.UTC().Format(time.RFC3339))
}

// Vouch says whether an installed file is still vouched for: signed as the trust
// file wants it now, by one at least of those that the lock names; or unsigned as
// the lock says, and not revoked. file are the bytes that run. It returns a
// *trust.Refusal or a *Refusal.
func (s *Store) Vouch(ring *trust.Ring, r *Release, info *wire.PluginInfo, file []byte, now time.Time) error {
	a := &artifact.Artifact{Plugin: file, Attached: s.attachments(r.Digest)}
	signers, _, err := vouch(ring, r.Unsigned, info, a, now)
	if err != nil || r.Unsigned {
		return err
	}
	for _, signer := range signers {
		if slices.ContainsFunc(r.Signers, func(known Signer) bool { return known.Key == signer.Key }) {
			return nil
		}
	}
	return refuse(RuleSignature, "look at it again: stella doctor plugin approve "+info.ID, "none of the keys that the lock names vouches for it any more")
}

// claims refuses a plugin that claims the id or a check of another. subject is what
// the sentence calls it.
func (s *Store) claims(l *Lock, info *wire.PluginInfo, embedded []wire.PluginInfo, subject string) error {
	for i := range embedded {
		if embedded[i].ID == info.ID {
			return refuse(RuleCheckTwice, "it comes with the program; run another version with --plugin FILE.wasm",
				"%s is part of this program", subject)
		}
		if id := common(info, &embedded[i]); id != "" {
			return claimed(subject, id, "the embedded plugin "+embedded[i].ID)
		}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.ID == info.ID {
			continue
		}
		other, _, err := s.Info(e.ID, &e.Release)
		if err != nil {
			continue // it does not run as it is, and what it claims cannot be known
		}
		if id := common(info, other); id != "" {
			return claimed(subject, id, "the installed plugin "+e.ID)
		}
	}
	return nil
}

func claimed(subject, check, by string) error {
	return refuse(RuleCheckTwice, "remove that one first, or ask the author for another id", "%s claims check %s, which belongs to %s", subject, check, by)
}

// common is a check that both claim; empty for none.
func common(a, b *wire.PluginInfo) string {
	for _, c := range a.Checks {
		if slices.ContainsFunc(b.Checks, func(d wire.CheckInfo) bool { return d.ID == c.ID }) {
			return c.ID
		}
	}
	return ""
}
