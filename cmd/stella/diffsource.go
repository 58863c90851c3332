package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/diff"
	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/oci"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/host/vet"
)

// compared is one plugin that is compared.
type compared struct {
	name string
	id   string
	*artifact.Artifact
}

// pair is two plugins to compare; old is nil for none.
type pair struct{ old, new *compared }

// pairs are what the command line compares.
func (d *differing) pairs() ([]pair, error) {
	args := d.c.Args().Slice()
	switch len(args) {
	case 0:
		return nil, usagef("usage: "+d.c.Command.HelpName+" [OLD] NEW", "NEW is missing")
	case 1:
		return d.withInstalled(args[0])
	case 2:
		old, err := d.sources(args[0])
		if err != nil {
			return nil, err
		}
		now, err := d.sources(args[1])
		if err != nil {
			return nil, err
		}
		return d.match(old, now)
	}
	return nil, usagef("usage: "+d.c.Command.HelpName+" [OLD] NEW", "one argument too many: %q", args[2])
}

// match pairs two lists by id, or one plugin with one, whatever their ids. What
// only one of two exported files holds is new, or gone, however many they hold; beside
// a single plugin the others of such a file are of no interest.
func (d *differing) match(old, now []*compared) ([]pair, error) {
	args := d.c.Args().Slice()
	bundles := isBundle(args[0]) && isBundle(args[1])
	if len(old) == 1 && len(now) == 1 && !bundles { // also of two plugins
		return []pair{{old[0], now[0]}}, nil
	}
	var all []pair
	for _, n := range now {
		if o := find(old, n.id); o != nil || bundles {
			all = append(all, pair{o, n})
		}
	}
	for _, o := range old {
		if bundles && find(now, o.id) == nil {
			notice(d.s, "plugin "+o.id+" is in the old file only")
		}
	}
	if len(all) == 0 {
		return nil, usagef("", "%s and %s have no plugin in common", args[0], args[1])
	}
	return all, nil
}

func find(list []*compared, id string) *compared {
	for _, c := range list {
		if c.id == id {
			return c
		}
	}
	return nil
}

// isBundle tells the name of a file that plugin export wrote.
func isBundle(arg string) bool {
	return strings.HasSuffix(arg, ".tar") && !strings.HasPrefix(arg, oci.Scheme)
}

// sources are the plugins that an argument names: those of a file that was exported, or
// one.
func (d *differing) sources(arg string) ([]*compared, error) {
	switch {
	case isBundle(arg):
		return d.bundled(arg)
	case isThere(arg), strings.HasSuffix(arg, ".wasm"), oci.LooksLikeReference(arg), strings.ContainsAny(arg, `/\`):
		f, err := fetchArtifact(d.s, d.c, arg)
		if err != nil {
			return nil, err
		}
		info, err := plugin.ReadInfo(f.Plugin)
		if err != nil {
			return nil, fmt.Errorf("plugin file %s: %w", f.Origin, err)
		}
		return []*compared{{f.Origin, info.ID, f.Artifact}}, nil
	}
	one, err := d.installed(arg)
	return []*compared{one}, err
}

func (d *differing) bundled(path string) ([]*compared, error) {
	b, err := readBundle(d.c.Context, d.s, path)
	if err != nil {
		return nil, err
	}
	var all []*compared
	for i, f := range b.Files {
		all = append(all, &compared{path, f.Info.ID, b.Plugins[i]})
	}
	return all, nil
}

// isThere tells whether an argument is the name of a file.
func isThere(arg string) bool {
	_, err := os.Stat(arg)
	return err == nil
}

// embeddedSource is a plugin that is a part of the program; nil for none.
func embeddedSource(id string) (*compared, error) {
	for _, data := range embeddedPlugins() {
		info, err := plugin.ReadInfo(data)
		if err != nil {
			return nil, err
		}
		if info.ID == id {
			return &compared{fmt.Sprintf("%s %s, a part of this program", id, info.Version), id, &artifact.Artifact{Plugin: data}}, nil
		}
	}
	return nil, nil
}

// side reads a plugin, and who vouches for it.
func (d *differing) side(from *compared) (*diff.Side, error) {
	f, err := plugin.Open(from.Plugin)
	if err != nil {
		return nil, fmt.Errorf("plugin file %s: %w", from.name, err)
	}
	// Open has accepted it, so there is no refusal.
	r, err := inspect.Inspect(from.Plugin, inspect.Options{File: from.name})
	if err != nil {
		return nil, fmt.Errorf("plugin file %s: %w", from.name, err)
	}
	side := &diff.Side{Name: from.name, Info: &f.Info, Asked: store.AskedOf(&f.Info), Report: r}
	if err := d.believe(side, from, f); err != nil {
		return nil, err
	}
	if d.c.Bool("static") {
		side.Static = true
		return side, nil
	}
	side.Vet, side.Unread = vetBeside(from.Artifact)
	side.Claimed = side.Vet != nil
	if d.c.Bool("vet") {
		if side.Vet, err = d.vet(d.c.Context, from); err != nil {
			return nil, fmt.Errorf("plugin file %s: %w", from.name, err)
		}
		side.Claimed, side.Unread = false, ""
	}
	return side, nil
}

// believe verifies the signatures of a plugin.
func (d *differing) believe(side *diff.Side, from *compared, f *plugin.File) error {
	verified, err := d.ring.Verify(trust.SubjectOf(from.Plugin, &f.Info), from.Of(artifact.Signature), d.now)
	var refusal *trust.Refusal
	switch {
	case errors.As(err, &refusal):
		side.Unsigned = refusal.Text
	case err != nil:
		return err
	default:
		for _, signer := range verified.Signers {
			side.Signers = append(side.Signers, signer.Name)
		}
	}
	return nil
}

func (d *differing) vet(ctx context.Context, from *compared) (*vet.Report, error) {
	progress := &vetProgress{out: d.s.stderr, of: from.name}
	rep, err := host.Vet(ctx, host.Config{Version: version(), Environ: d.s.environ}, from.Plugin, host.VetOptions{Attached: from.Attached, Time: vetTime, Progress: progress.tell})
	if err != nil {
		return nil, err
	}
	progress.end()
	return rep, nil
}

// vetBeside is the report of a vetting of these very bytes that came with them; nil
// for none, and why one that came cannot be used. It is a claim of whoever brought it.
func vetBeside(a *artifact.Artifact) (rep *vet.Report, unread string) {
	for _, data := range a.Of(artifact.Vet) {
		r, err := vet.Read(data)
		if err == nil && "sha256:"+r.Subject.SHA256 == a.Digest() {
			return r, ""
		}
		if err != nil && unread == "" {
			unread = err.Error()
		}
	}
	return nil, unread
}
