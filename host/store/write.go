package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/sdk/wire"
)

// header says to whoever opens the file what it is. Comments of others do not
// survive the next change.
const header = `# Plugins that may run here and what each may do: one entry for each plugin, sorted
# by id. Nothing third-party runs without its entry. Written by stella doctor plugin
# install, approve, upgrade, hold, rollback and remove; keep it under review like code.
`

// Marshal writes a lock: the same lock gives the same bytes.
func (l *Lock) Marshal() []byte {
	w := &yamlWriter{}
	w.b.WriteString(header)
	w.field(0, "schema", Schema)
	if len(l.Entries) == 0 {
		w.b.WriteString("plugins: []\n")
	} else {
		w.b.WriteString("plugins:\n")
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		w.item(2, "id", e.ID)
		w.approved(4, &e.Approved)
		w.field(4, "hold", e.Hold)
		if p := e.Pending; p != nil {
			w.head(4, "pending")
			w.release(6, &p.Release)
			w.time(6, "since", p.Since)
		}
		if e.Previous != nil {
			w.head(4, "previous")
			w.approved(6, e.Previous)
		}
	}
	if len(l.Seen) > 0 {
		w.b.WriteString("# Versions that were here: none comes back older, or in other bytes, without a word.\n")
		w.head(0, "seen")
	}
	for _, s := range l.Seen {
		w.item(2, "id", s.ID)
		w.field(4, "version", s.Version)
		w.field(4, "digest", s.Digest)
	}
	return w.b.Bytes()
}

// yamlWriter writes block style by hand: the reader of the file is a person who
// compares two versions of it.
type yamlWriter struct{ b bytes.Buffer }

func (w *yamlWriter) head(indent int, name string) {
	fmt.Fprintf(&w.b, "%*s%s:\n", indent, "", name)
}

// field writes a text; an empty one is left out.
func (w *yamlWriter) field(indent int, name, text string) {
	if text != "" {
		fmt.Fprintf(&w.b, "%*s%s: %s\n", indent, "", name, scalar(text))
	}
}

// item begins an item of a list with its first field.
func (w *yamlWriter) item(indent int, name, text string) {
	fmt.Fprintf(&w.b, "%*s- %s: %s\n", indent, "", name, scalar(text))
}

func (w *yamlWriter) time(indent int, name string, t time.Time) {
	if !t.IsZero() {
		fmt.Fprintf(&w.b, "%*s%s: %s\n", indent, "", name, t.UTC().Format(time.RFC3339))
	}
}

// list writes short texts in one line.
func (w *yamlWriter) list(indent int, name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = scalar(t)
	}
	fmt.Fprintf(&w.b, "%*s%s: [%s]\n", indent, "", name, strings.Join(quoted, ", "))
}

// lines writes texts below one another, so that a change of one is one line.
func (w *yamlWriter) lines(indent int, name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	w.head(indent, name)
	for _, t := range texts {
		fmt.Fprintf(&w.b, "%*s- %s\n", indent+2, "", scalar(t))
	}
}

func (w *yamlWriter) release(indent int, r *Release) {
	w.field(indent, "version", r.Version)
	w.field(indent, "digest", r.Digest)
	fmt.Fprintf(&w.b, "%*sbytes: %d\n", indent, "", r.Bytes)
	if r.Unsigned {
		fmt.Fprintf(&w.b, "%*sunsigned: true\n", indent, "")
		w.field(indent, "unsigned_by", r.UnsignedBy)
	} else {
		w.head(indent, "signers")
		for _, s := range r.Signers {
			w.item(indent+2, "name", s.Name)
			w.field(indent+4, "key", s.Key)
		}
	}
	w.field(indent, "vet", r.Vet)
}

func (w *yamlWriter) approved(indent int, a *Approved) {
	w.release(indent, &a.Release)
	w.scope(indent, a.Scope)
	w.field(indent, "engine", a.Engine)
	w.field(indent, "approved_by", a.By)
	w.time(indent, "approved_at", a.At)
	w.time(indent, "expires", a.Expires)
}

func (w *yamlWriter) scope(indent int, s access.Scope) {
	if len(s.Access) > 0 {
		w.head(indent, "access")
		for _, e := range s.Access {
			w.access(indent+2, e)
		}
	}
	w.lines(indent, "settings", s.Settings)
	w.lines(indent, "secrets", s.Secrets)
}

func (w *yamlWriter) access(indent int, a wire.Access) {
	w.item(indent, "kind", a.Kind)
	indent += 2
	w.field(indent, "class", a.Class)
	w.list(indent, "methods", a.Methods)
	w.field(indent, "target", a.Target)
	w.field(indent, "trim", a.Trim)
	w.field(indent, "path", a.Path)
	w.field(indent, "port", a.Port)
	if len(a.DefaultPort) > 0 {
		fmt.Fprintf(&w.b, "%*sdefault_port: [%s]\n", indent, "", strings.Trim(strings.ReplaceAll(fmt.Sprint(a.DefaultPort), " ", ", "), "[]"))
	}
	w.field(indent, "redirects", a.Redirects)
	if a.MaxBody != 0 {
		fmt.Fprintf(&w.b, "%*smax_body: %d\n", indent, "", a.MaxBody)
	}
	w.list(indent, "secrets", a.Secrets)
	w.field(indent, "reason", a.Reason)
}

// plainScalar is what needs no quotes in any version of YAML: it begins with a
// letter or is a version, and holds nothing that means something.
var (
	plainScalar = regexp.MustCompile(`^(/?[A-Za-z][A-Za-z0-9._/@+-]*(:[A-Za-z0-9._/@+-]+)*/?|[0-9]+\.[0-9]+\.[0-9A-Za-z.+-]+)$`)
	wordsOfYAML = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off|y|n)$`)
	unprintable = regexp.MustCompile("[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
)

// scalar writes one text, in quotes where YAML could take it for something else.
// What a terminal would act upon or hide stands there as an escape.
func scalar(text string) string {
	if plainScalar.MatchString(text) && !wordsOfYAML.MatchString(text) {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always encodes
	quoted := strings.TrimSuffix(b.String(), "\n")
	return unprintable.ReplaceAllStringFunc(quoted, func(s string) string { return fmt.Sprintf("\\u%04x", []rune(s)[0]) })
}
