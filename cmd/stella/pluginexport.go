package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

// exported is what `plugin export` prints.
type exported struct {
	Schema  string           `json:"schema"`
	File    string           `json:"file"`
	Digest  string           `json:"digest"`
	Bytes   int64            `json:"bytes"`
	DryRun  bool             `json:"dry_run"`
	Plugins []exportedPlugin `json:"plugins"`
	// Keys and Revocations are the digests of what is about this site; empty for
	// none.
	Keys        string `json:"keys"`
	Revocations string `json:"revocations"`
}

type exportedPlugin struct {
	ID       string             `json:"id"`
	Version  string             `json:"version"`
	Digest   string             `json:"digest"`
	Bytes    int                `json:"bytes"`
	Attached []pushedAttachment `json:"attached"`
}

const exportSchema = "stellaops.doctor.plugin-export/v1"

func pluginExportCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write installed plugins and all that belongs to them into one file, for a machine without a network",
		ArgsUsage: "ID|FILE…",
		Description: "The file is an OCI image layout in a tar archive: plugins with their signatures, bills of materials, vet reports and documentation, the public keys of the trust file, and its list of revocations. " +
			"The same contents make the same bytes. A plugin that is not installed is named by its FILE.wasm.",
		Flags: join([]cli.Flag{
			&cli.StringFlag{Name: "o", Usage: "write the bundle to `FILE`"},
			&cli.BoolFlag{Name: "all", Usage: "take every installed plugin"},
			&cli.BoolFlag{Name: "no-keys", Usage: "leave the trust file and the list of revocations out"},
			besideFlag(), dryRunFlag(), trustFlag(),
		}, outputFlags("text", "json")),
		Action: document(s, textOnly, func(c *cli.Context) (page, error) { return exportPlugins(s, c) }),
	}
}

func exportPlugins(s *streams, c *cli.Context) (page, error) {
	out := c.String("o")
	dry := c.Bool("dry-run")
	switch {
	case !dry && ownStdout(out) == "":
		return page{}, usagef("add -o bundle.tar", "nothing says where the bundle goes")
	case !dry:
		if err := checkPlace(out); err != nil {
			return page{}, err
		}
	}
	content, err := exportContent(s, c)
	if err != nil {
		return page{}, err
	}
	var b bytes.Buffer
	if err := bundle.Export(&b, content); err != nil {
		return page{}, fmt.Errorf("bundle: %w", err)
	}
	// What cannot be read again is not written.
	made, err := bundle.Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		return page{}, fmt.Errorf("bundle: %w", err)
	}
	if !dry {
		replaced := replaces(out, b.Bytes())
		if err := writeFile(out, b.Bytes(), 0o644); err != nil {
			return page{}, err
		}
		tellReplaced(s, out, replaced)
	}
	doc := describeExport(out, made)
	doc.DryRun = dry
	return textPage(doc, doc.text), nil
}

// exportContent collects what goes into the bundle.
func exportContent(s *streams, c *cli.Context) (content bundle.Content, err error) {
	files, ids := splitPlugins(c.Args().Slice())
	if len(files)+len(ids) == 0 && !c.Bool("all") {
		return content, usagef("name them, or take --all; `stella doctor plugin list` shows what is installed", "nothing says which plugins to export")
	}
	for _, file := range files {
		a, err := readArtifact(file)
		if err != nil {
			return content, err
		}
		content.Plugins = append(content.Plugins, a)
	}
	if err := warnRevoked(s, c, files, content.Plugins); err != nil {
		return content, err
	}
	if len(ids) > 0 || c.Bool("all") {
		if content.Plugins, err = installedArtifacts(s, c, content.Plugins, ids); err != nil {
			return content, err
		}
	}
	if len(content.Plugins) == 0 {
		return content, usagef("install some first, or name a FILE.wasm", "--all: no plugin is installed, so there is nothing to export")
	}
	if err := namedOnce(append(files, ids...), content.Plugins); err != nil {
		return content, err
	}
	if c.Bool("no-keys") {
		return content, nil
	}
	return content, aboutSite(s, c, &content)
}

// namedOnce refuses a command line that names one plugin twice: a bundle has one
// version of each. names are those of the command line, as far as it has any.
func namedOnce(names []string, list []*artifact.Artifact) error {
	first := map[string]int{}
	for n, a := range list {
		info, err := plugin.ReadInfo(a.Plugin)
		if err != nil {
			return err
		}
		before, twice := first[info.ID]
		switch {
		case !twice:
			first[info.ID] = n
			continue
		case n >= len(names): // one of --all
			return usagef("leave it out", "plugin %s is named by %s, and --all takes it too", info.ID, names[before])
		case names[n] == names[before]:
			return usagef("leave one of them out", "%s is named twice", names[n])
		}
		return usagef("a bundle has one version of a plugin: leave one of them out", "%s and %s are both plugin %s", names[before], names[n], info.ID)
	}
	return nil
}

// installedArtifacts adds the installed plugins of the ids, or all.
func installedArtifacts(s *streams, c *cli.Context, list []*artifact.Artifact, ids []string) ([]*artifact.Artifact, error) {
	lock := lockPath(s, c)
	if lock == "" {
		return nil, usagef("set STELLA_HOME to where it is", "there is no place for plugins: neither STELLA_HOME, XDG_DATA_HOME nor HOME is set")
	}
	st, err := store.Open(storeIn(stateDir(s)), lock)
	if err != nil {
		return nil, err
	}
	var known []string
	for i := range st.Lock().Entries {
		known = append(known, st.Lock().Entries[i].ID)
	}
	if c.Bool("all") {
		if len(ids) > 0 {
			return nil, usagef("leave one of the two out", "--all takes every plugin, and %s is named", ids[0])
		}
		ids = known
	}
	ring, err := readRing(s, c)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		e := st.Lock().Find(id)
		if e == nil {
			return nil, &store.UnknownError{ID: id, Known: known}
		}
		a, err := st.Plugin(e.Digest)
		if err != nil {
			return nil, fmt.Errorf("plugin %s: %w", id, err)
		}
		if err := vouchedFor(st, ring, e, a); err != nil {
			return nil, fmt.Errorf("plugin %s: %w", id, err)
		}
		list = append(list, a)
	}
	return list, nil
}

// vouchedFor refuses to hand on what does not run here any more: whoever gets it may
// not know yet what this site knows. A file that is named is the operator's to judge.
func vouchedFor(st *store.Store, ring *trust.Ring, e *store.Entry, a *artifact.Artifact) error {
	f, err := plugin.Open(a.Plugin)
	if err != nil {
		return err
	}
	return st.Vouch(ring, &e.Release, &f.Info, a.Plugin, time.Now().UTC())
}

// warnRevoked tells of a plugin file that is handed on although it is revoked here.
func warnRevoked(s *streams, c *cli.Context, files []string, list []*artifact.Artifact) error {
	if len(list) == 0 {
		return nil
	}
	ring, err := readRing(s, c)
	if err != nil {
		return err
	}
	for n, a := range list {
		f, err := plugin.Open(a.Plugin)
		if err != nil {
			return fmt.Errorf("plugin file %s: %w", files[n], err)
		}
		_, err = ring.Verify(trust.SubjectOf(a.Plugin, &f.Info), a.Of(artifact.Signature), time.Now().UTC())
		if rule := trust.RuleOf(err); rule == trust.RuleRevoked || rule == trust.RuleRevokedFile {
			warn(s, "plugin file "+files[n]+" is exported, and would not be let in here: "+err.Error())
		}
	}
	return nil
}

// aboutSite adds the trust file and the list of revocations. Both must be such as
// are believed here: what is malformed is not handed on.
func aboutSite(s *streams, c *cli.Context, content *bundle.Content) error {
	path, named := trustPath(s, c)
	if path == "" {
		return nil
	}
	data, err := readTrusted(path, "trust file", trust.MaxFile)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return usagef("", "trust file %s: no such file", path)
	}
	if err != nil {
		return err
	}
	ring, err := parseRing(data, path)
	if err != nil {
		return err
	}
	content.Keys = data
	return listOfSite(s, c, ring, path, content)
}

// listOfSite adds the list of revocations that the trust file wants, or else that of
// the site where the trust file stands beside a configuration: both hold here.
func listOfSite(s *streams, c *cli.Context, ring *trust.Ring, path string, content *bundle.Content) error {
	places := listPlace(nil, ring, path)
	if above := siteTrust(s, c, path); above != "" {
		site, err := readRingFile(above)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		default:
			places = listPlace(places, site, above)
		}
	}
	taken := ""
	for _, place := range places {
		data, err := readTrusted(place, "revocation list", trust.MaxRevocations)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			warn(s, "the trust file wants the revocation list "+place+", which is not there: the bundle does not have it")
			continue
		case err != nil:
			return err
		case taken != "":
			warn(s, "a bundle holds one revocation list: it has "+taken+", and not that of the site, "+place+", which holds here too")
			continue
		}
		taken, content.Revocations = place, data
		if _, content.ListSignatures, err = signaturesBeside(c, s, place); err != nil {
			return err
		}
	}
	return nil
}

// listPlace adds where the list is that a trust file wants, if it wants one.
func listPlace(places []string, ring *trust.Ring, path string) []string {
	if ring.RevocationsFile() == "" {
		return places
	}
	return append(places, filepath.Join(filepath.Dir(path), ring.RevocationsFile()))
}

func describeExport(out string, b *bundle.Bundle) exported {
	doc := exported{Schema: exportSchema, File: out, Digest: b.Digest, Bytes: b.Bytes, Plugins: []exportedPlugin{}}
	for i, f := range b.Files {
		p := exportedPlugin{ID: f.Info.ID, Version: f.Info.Version, Digest: f.Digest, Bytes: len(b.Plugins[i].Plugin), Attached: []pushedAttachment{}}
		for _, t := range b.Plugins[i].Attached {
			p.Attached = append(p.Attached, pushedAttachment{string(t.Kind), len(t.Data), t.Digest()})
		}
		doc.Plugins = append(doc.Plugins, p)
	}
	if len(b.Keys) > 0 {
		doc.Keys = image.Digest(b.Keys)
	}
	if len(b.Revocations) > 0 {
		doc.Revocations = image.Digest(b.Revocations)
	}
	return doc
}

func (d exported) text(w io.Writer) error {
	if d.DryRun {
		fmt.Fprintln(w, "nothing was written; this would be:")
	} else {
		fmt.Fprintf(w, "%s\n", report.Escape(d.File))
	}
	fmt.Fprintf(w, "digest       %s, %d bytes\n", d.Digest, d.Bytes)
	for _, p := range d.Plugins {
		fmt.Fprintf(w, "plugin       %s %s, %s, %d bytes\n", p.ID, p.Version, p.Digest, p.Bytes)
		var with []string
		for _, a := range p.Attached {
			with = append(with, a.Kind)
		}
		if len(with) > 0 {
			fmt.Fprintf(w, "  with       %s\n", strings.Join(with, ", "))
		}
	}
	if d.Keys != "" {
		fmt.Fprintf(w, "trust file   %s\n", d.Keys)
	}
	if d.Revocations != "" {
		fmt.Fprintf(w, "revocations  %s\n", d.Revocations)
	}
	return nil
}
