package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
)

// canAsk tells whether a person is there: standard input and standard error are
// terminals.
func canAsk(s *streams) bool {
	f, ok := s.stderr.(*os.File)
	return ok && asksOn(s) && term.IsTerminal(int(f.Fd()))
}

// show prints what is asked about: what is approved already, and what is not.
func (a *approving) show(asked access.Scope) error {
	r := &a.ask.Release
	page := &changeDocument{Action: "asks", ID: a.ask.Info.ID, Version: r.Version, Digest: r.Digest, Unsigned: r.Unsigned, Signers: r.Signers,
		Ignored: a.ask.Ignored, Vet: r.Vet, vetSays: vetSays(a.attached, r.Vet), Notes: a.ask.Notes, NotApproved: newScopeDocument(asked)}
	if a.base != nil {
		page.Approved = newScopeDocument(a.base.Scope)
	}
	t, err := newTerminal(a.s, a.c, a.s.stderr)
	if err != nil {
		return err
	}
	return wrapped(page.text, t)(a.s.stderr)
}

// yes asks a question that everything but yes answers with no.
func (a *approving) yes(text string) (bool, error) {
	fmt.Fprintf(a.s.stderr, "%s [y/N] ", report.Escape(text))
	answer, err := readAnswer(a.c.Context, a.s)
	return answer == "y" || answer == "yes", err
}

// confirm asks whether what is approved already is approved anew.
func (a *approving) confirm() error {
	if err := a.show(access.Scope{}); err != nil {
		return err
	}
	text := "approve this anew, as it is?"
	if a.ask.Installed.Pending != nil {
		text = "approve version " + a.ask.Release.Version + ", which asks for nothing new?"
	}
	switch yes, err := a.yes(text); {
	case err != nil:
		return err
	case !yes:
		return a.nothing()
	}
	return nil
}

func (a *approving) nothing() error {
	notice(a.s, "nothing was approved, so nothing was changed")
	return &codeError{code: exitDenied}
}

// question asks whether the access is approved, each host of the plugin's own by
// itself.
func (a *approving) question() (access.Scope, error) {
	asked := a.ask.Asked
	if a.base != nil {
		asked = a.base.Scope.Widened(a.ask.Asked)
	}
	if err := a.show(asked); err != nil {
		return access.Scope{}, err
	}
	all := false
	var err error
	if text := boundQuestion(asked); text != "" {
		if all, err = a.yes(text); err != nil {
			return access.Scope{}, err
		}
	}
	agreed := map[string]bool{}
	for _, host := range literalHosts(asked) {
		if agreed[host], err = a.yes(hostQuestion(asked, host)); err != nil {
			return access.Scope{}, err
		}
	}
	part := approvedPart(asked, all, func(host string) bool { return agreed[host] })
	if part.Empty() {
		return part, a.nothing()
	}
	return part, nil
}

// boundQuestion asks about what hangs on the operator's settings; empty where
// nothing does. It names every secret.
func boundQuestion(asked access.Scope) string {
	secrets, reaches := slices.Clone(asked.Secrets), len(asked.Settings) > 0
	for _, e := range asked.Access {
		if _, literal := access.LiteralHost(e); !literal {
			reaches = true
			secrets = append(secrets, e.Secrets...)
		}
	}
	text := secretNames(secrets)
	switch {
	case !reaches && text == "":
		return ""
	case !reaches:
		return "approve that it uses " + text + "?"
	case text != "":
		text = ", and that it sends " + text + " there"
	}
	return "approve what it may reach and read by your settings" + text + "?"
}

// hostQuestion asks about a host that a plugin names itself.
func hostQuestion(asked access.Scope, host string) string {
	var secrets []string
	for _, e := range asked.Access {
		if own, literal := access.LiteralHost(e); literal && own == host {
			secrets = append(secrets, e.Secrets...)
		}
	}
	text := secretNames(secrets)
	if text != "" {
		text = ", and that it sends " + text + " there"
	}
	return "approve the host " + host + ", which the plugin names itself" + text + "?"
}

// secretNames names secrets in a sentence; empty for none.
func secretNames(keys []string) string {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	switch len(keys) {
	case 0:
		return ""
	case 1:
		return "the secret " + keys[0]
	}
	return "the secrets " + strings.Join(keys, ", ")
}

// vetSays is the verdict of the vet report with a digest, in its own words.
func vetSays(attached []artifact.Attachment, digest string) string {
	for _, t := range attached {
		if t.Kind != artifact.Vet || t.Digest() != digest {
			continue
		}
		if r, ok := store.ReadVet(t.Data); ok {
			return fmt.Sprintf("it says %s by policy %s, and nobody has verified that it is true", cmp.Or(r.Verdict, "nothing"), cmp.Or(r.Policy, "(no name)"))
		}
	}
	return ""
}
