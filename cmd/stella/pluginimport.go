package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

func pluginImportCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "let in the plugins of a bundle, all or none; nothing of it is executed, and no network is used",
		ArgsUsage: "BUNDLE [ID…]",
		Description: "Everything in BUNDLE is checked before the first byte of it is kept. Signatures are verified with the trust file of this machine; the keys in the bundle are shown, and never believed: " +
			"--extract-keys writes them to files, for `trust key add` once their owner has confirmed the digests in another way. " +
			"A newer list of revocations is taken in when a key signed it that the trust file lets sign lists, or with --take-revocations where it names no such key. Where IDs are named, only those plugins are let in.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "extract-keys", Usage: "write the public keys of the bundle into the directory `DIR`, and believe none of them"},
			&cli.BoolFlag{Name: "take-revocations", Usage: "take in the list of revocations although the trust file names no key that could have signed it, or end; one that names such keys takes what they signed alone"},
		}, approvalFlags(), admissionFlags(), storeFlags()),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return importPlugins(s, c) }),
	}
}

// importing is one import under way.
type importing struct {
	s      *streams
	c      *cli.Context
	bundle *bundle.Bundle
	store  *store.Store
	opts   store.Options
	// picked are the places in the bundle of the plugins that are to be let in.
	picked []int
	// taken is the list of revocations that is to be taken in; nil for none.
	taken *trust.Revocations
	doc   *imported
}

func importPlugins(s *streams, c *cli.Context) (page, error) {
	if !c.Args().Present() {
		return page{}, usagef("usage: "+c.Command.HelpName+" BUNDLE [ID…]", "BUNDLE is missing")
	}
	name := c.Args().First()
	i := &importing{s: s, c: c}
	var err error
	if i.store, err = openStoreBeside(s, c); err != nil {
		return page{}, err
	}
	if i.opts, err = storeOptions(s, c); err != nil {
		return page{}, err
	}
	if i.bundle, err = readBundle(c.Context, s, name); err != nil {
		return page{}, err
	}
	if err := i.pick(c.Args().Tail()); err != nil {
		return page{}, err
	}
	i.doc = describeBundle(name, i.bundle, i.store, i.opts)
	if err := i.judgeRevocations(); err != nil {
		return page{}, err
	}
	if err := i.extractKeys(); err != nil {
		return page{}, err
	}
	return i.run()
}

// pick finds the plugins of the ids; all where none is named.
func (i *importing) pick(ids []string) error {
	var known []string
	for at, f := range i.bundle.Files {
		known = append(known, f.Info.ID)
		if len(ids) == 0 || slices.Contains(ids, f.Info.ID) {
			i.picked = append(i.picked, at)
		}
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			hint := "it has " + joinWords(known)
			return &missingInBundle{id, hint}
		}
	}
	return nil
}

// missingInBundle says that a bundle has no plugin of an id.
type missingInBundle struct{ id, hint string }

func (e *missingInBundle) Error() string { return "no such plugin in the bundle: " + e.id }

// joinWords writes a list in a sentence, the first few of it.
func joinWords(words []string) string {
	const most = 10
	text := ""
	for n, w := range words {
		if n == most {
			return text + " and " + plural(len(words)-most, "more plugin")
		}
		if n > 0 {
			text += ", "
		}
		text += w
	}
	return text
}

// tell shows a person what the bundle is, before anything is asked about it.
func (i *importing) tell() error {
	t, err := newTerminal(i.s, i.c, i.s.stderr)
	if err != nil {
		return err
	}
	return wrapped(i.doc.before, t)(i.s.stderr)
}

// arrival is a plugin of the bundle on its way in.
type arrival struct {
	artifact *artifact.Artifact
	file     *plugin.File
	ask      *store.Ask
	doc      *importedPlugin
}

// onlyRefusals tells whether every error of several is that a plugin is refused.
func onlyRefusals(err error) bool {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			if !onlyRefusals(one) {
				return false
			}
		}
		return true
	}
	code, _ := judge(err)
	return code == exitDenied
}

// run examines every plugin first. One that is refused keeps all of them out.
func (i *importing) run() (page, error) {
	arrivals, err := i.examine()
	var list []store.Arrival
	if err == nil {
		list, err = i.approve(arrivals)
	}
	if err != nil {
		// A dry run shows what is refused; whatever else went wrong is told as ever.
		if !i.opts.DryRun || !onlyRefusals(err) {
			return page{}, err
		}
		i.doc.code = exitDenied
		return i.page(), nil
	}
	dry := i.opts
	dry.DryRun = true
	if _, err := i.store.Import(list, dry); err != nil {
		return page{}, err
	}
	if err := i.takeRevocations(); err != nil {
		return page{}, err
	}
	changes, err := i.store.Import(list, i.opts)
	if err != nil {
		return page{}, err
	}
	for n, ch := range changes {
		arrivals[n].doc.changed(ch)
		if ch.Action != store.Waits {
			continue
		}
		if i.doc.code = exitDenied; !i.opts.DryRun {
			tellWaits(i.s, ch)
		}
	}
	return i.page(), nil
}

func (i *importing) page() page {
	p := textPage(i.doc, i.doc.text)
	p.code = i.doc.code
	return p
}

// examine looks at every plugin as install does, and at what the list of the bundle
// itself says of it.
func (i *importing) examine() ([]arrival, error) {
	var arrivals []arrival
	var errs []error
	for _, at := range i.picked {
		a := arrival{artifact: i.bundle.Plugins[at], file: i.bundle.Files[at], doc: &i.doc.Plugins[at]}
		a.doc.Picked = true
		var err error
		if a.ask, err = i.store.Examine(a.artifact, i.opts); err == nil {
			err = i.revokedByBundle(a)
		}
		if err != nil {
			err = fmt.Errorf("plugin %s %s: %w", a.file.Info.ID, a.file.Info.Version, err)
		} else {
			err = i.store.JudgeVersion(a.ask, i.opts) // which names the plugin
		}
		if err != nil {
			a.doc.refused(err)
			errs = append(errs, err)
			continue
		}
		a.doc.examined(a.ask)
		arrivals = append(arrivals, a)
	}
	if len(errs) == 1 {
		return nil, errs[0]
	}
	return arrivals, errors.Join(errs...)
}

// approve asks for somebody's word on every plugin, by the rules of install for one
// that is new or the same and those of upgrade for another version.
func (i *importing) approve(arrivals []arrival) ([]store.Arrival, error) {
	var hosts []string
	for _, a := range arrivals {
		hosts = append(hosts, literalHosts(a.ask.Asked)...)
	}
	words, file := make([]*approving, len(arrivals)), approvalFile(i.s, i.c)
	for n, a := range arrivals {
		words[n] = &approving{s: i.s, c: i.c, now: i.opts.Now, ask: a.ask, attached: a.artifact.Attached, others: hosts, file: file}
	}
	if err := i.same(arrivals, words); err != nil {
		return nil, err
	}
	var list []store.Arrival
	told := false
	for n, a := range arrivals {
		next := store.Arrival{Artifact: a.artifact}
		var would *store.Change // nil for a plugin that is new
		if a.ask.Installed != nil {
			if a.ask.Installed.Digest == a.ask.Release.Digest {
				list = append(list, next)
				continue
			}
			dry := i.opts
			dry.DryRun = true
			var err error
			if would, err = i.store.Upgrade(a.file.Info.ID, a.artifact, nil, dry); err != nil {
				return nil, err
			}
		}
		if !told && words[n].asks(would) {
			if err := i.tell(); err != nil {
				return nil, err
			}
			told = true
		}
		var err error
		if would != nil {
			words[n].base, words[n].upgrade = &would.Before.Approved, true
			next.Approval, err = words[n].forUpgrade(would)
		} else {
			var approval store.Approval
			approval, err = words[n].decide()
			next.Approval = &approval
		}
		if err != nil {
			if onlyRefusals(err) {
				a.doc.refused(err)
			}
			return nil, err
		}
		list = append(list, next)
	}
	return list, nil
}

// same refuses other terms for files that are installed already, all that there are
// before anything is asked about the others.
func (i *importing) same(arrivals []arrival, words []*approving) error {
	var errs []error
	for n, a := range arrivals {
		e := a.ask.Installed
		if e == nil || e.Digest != a.ask.Release.Digest {
			continue
		}
		err := words[n].same(e)
		var refusal *store.Refusal
		switch {
		case errors.As(err, &refusal):
			other := *refusal
			other.Hint += "; without it: " + i.c.Command.HelpName + " " + i.doc.Bundle + " ID…, with the plugins that this is about"
			a.doc.refused(&other)
			errs = append(errs, &other)
		case err != nil:
			return err
		}
	}
	return errors.Join(errs...)
}
