package inspect

import (
	"cmp"
	"fmt"
	"strings"
)

const claimedNote = "claimed by the file, which may lie"

func (r *Report) making() part {
	p := part{title: "Made with", note: claimedNote}
	for _, t := range r.Toolchain {
		p.add(t.Field, strings.TrimSpace(t.Name+" "+t.Version))
	}
	for i, b := range r.GoBuilds {
		if len(r.GoBuilds) > 1 {
			p.add("build", fmt.Sprintf("number %d of %d, at %d in %s", i+1, len(r.GoBuilds), b.Offset, b.Where))
		}
		if b.Problem != "" {
			p.add("build", "cannot be read: "+b.Problem)
			continue
		}
		p.addSome("package", b.Path)
		p.addSome("module", strings.TrimSpace(b.Main.Path+" "+b.Main.Version))
		var settings []string
		for _, s := range b.Settings {
			settings = append(settings, s.Key+"="+s.Value)
		}
		p.addSome("settings", strings.Join(settings, " "))
	}
	return p
}

func (r *Report) modules() part {
	p := part{title: "Modules", note: claimedNote, head: []string{"kind", "module", "version", "checksum", "replaced by"}}
	for _, d := range r.Dependencies {
		p.rows = append(p.rows, row{d.Ecosystem, d.Path, d.Version, cmp.Or(d.Sum, "none"), d.ReplacedBy})
	}
	return p
}

func (r *Report) foundAddresses() part {
	p := part{title: "Addresses in its data", note: "a heuristic: what is hidden well is not found; source is the path of a module, described stands in the words of the plugin", head: []string{"status", "address", "times"}}
	for _, f := range r.Strings {
		p.rows = append(p.rows, row{f.Status, f.Text, fmt.Sprint(f.Count)})
	}
	return p
}

func (r *Report) foundFiles() part {
	p := part{title: "Files and blobs within", note: "a heuristic: what is hidden well is not found", head: []string{"kind", "place", "offset", "bytes"}}
	for _, e := range r.Embedded {
		size := ""
		if e.Bytes > 0 {
			size = fmt.Sprint(e.Bytes)
		}
		p.rows = append(p.rows, row{e.Kind, e.Where, fmt.Sprint(e.Offset), size})
	}
	return p
}

func (r *Report) beside() part {
	p := part{title: "Signatures beside it", note: "none is verified here: stella doctor plugin verify FILE", head: []string{"file", "of this file", "key"}}
	for _, s := range r.Signatures {
		matches := "no"
		switch {
		case s.Problem != "":
			matches = "cannot be read"
		case s.Matches:
			matches = "yes"
		}
		p.rows = append(p.rows, row{s.File, matches, s.KeyHint})
	}
	return p
}

func (r *Report) oddities() part {
	p := part{title: "Findings", head: []string{"level", "rule", "what"}}
	for _, f := range r.Findings {
		p.rows = append(p.rows, row{f.Level, f.Rule, f.Text})
	}
	if len(r.Findings) == 0 {
		p.head, p.rows = nil, []row{{"", "none"}}
	}
	return p
}
