// Package bundletest makes bundles that package bundle must refuse, each with one
// thing wrong with it. They are written with no code of package bundle: a mistake
// that it makes twice would not show.
package bundletest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Case is one hostile bundle.
type Case struct {
	// Name says what is wrong with it.
	Name string
	// Rule is the rule that must refuse it.
	Rule string
	// Text begins the sentence.
	Text string
	// Make writes it.
	Make func() []byte
}

// Entry is an entry of a tar file.
type Entry struct {
	tar.Header
	Data []byte
	// Raw stands in the file instead of the entry.
	Raw []byte
}

// Entries reads a tar file that is no attack.
func Entries(data []byte) []Entry {
	var all []Entry
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if err != nil {
			return all
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			panic(err)
		}
		all = append(all, Entry{Header: *h, Data: b.Bytes()})
	}
}

// Write writes entries as they are, in their order.
func Write(entries []Entry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		if e.Raw != nil {
			b.Write(e.Raw)
			continue
		}
		b.Write(one(e))
	}
	b.Write(make([]byte, 1024))
	return b.Bytes()
}

// one is the bytes of one entry, without an end mark.
func one(e Entry) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h := e.Header
	h.Size = int64(len(e.Data))
	if h.Typeflag != tar.TypeReg {
		h.Size = 0
	}
	if err := w.WriteHeader(&h); err != nil {
		panic(err)
	}
	if h.Typeflag == tar.TypeReg {
		if _, err := w.Write(e.Data); err != nil {
			panic(err)
		}
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// File is a regular entry as a bundle has them.
func File(name string, data []byte) Entry {
	return Entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}, Data: data}
}

// special is an entry of another type.
func special(name string, flag byte, link string) Entry {
	e := File(name, nil)
	e.Typeflag, e.Linkname = flag, link
	return e
}

// sum puts the right sum into a header.
func sum(block []byte) []byte {
	copy(block[148:156], "        ")
	total := 0
	for _, c := range block[:512] {
		total += int(c)
	}
	copy(block[148:156], fmt.Sprintf("%06o\x00 ", total))
	return block
}

// patched is a regular entry whose header was changed after it was written.
func patched(name string, data []byte, change func(block []byte)) Entry {
	raw := one(File(name, data))
	change(raw)
	sum(raw)
	return Entry{Raw: raw}
}

// extended is an extended header, which the entry behind it is read with.
func extended(records string) Entry {
	return patched("PaxHeaders.0/x", []byte(records), func(b []byte) { b[156] = tar.TypeXHeader })
}

func digest(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// Blob is the entry of a blob.
func Blob(data []byte) Entry { return File("blobs/sha256/"+digest(data), data) }

// sorted brings entries into the order of a bundle.
func sorted(entries []Entry) []Entry {
	slices.SortStableFunc(entries, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) })
	return entries
}

// maker changes a sound bundle.
type maker struct{ sound []byte }

// entries are those of the sound bundle.
func (m maker) entries() []Entry { return Entries(m.sound) }

// with puts entries in front of the first entry whose name is not before theirs.
func (m maker) with(added ...Entry) func() []byte {
	return func() []byte { return Write(sorted(append(m.entries(), added...))) }
}

// first puts entries in front of all.
func (m maker) first(added ...Entry) func() []byte {
	return func() []byte { return Write(append(added, m.entries()...)) }
}

// without leaves entries out.
func (m maker) without(drop func(Entry) bool) func() []byte {
	return func() []byte { return Write(slices.DeleteFunc(m.entries(), drop)) }
}

// instead puts an entry in the place of the one called name.
func (m maker) instead(name string, e Entry) func() []byte {
	return func() []byte {
		all := m.entries()
		for i := range all {
			if all[i].Name == name {
				all[i] = e
			}
		}
		return Write(all)
	}
}

// blob is that of a plugin.
func (m maker) blob() Entry {
	for _, e := range m.entries() {
		if bytes.HasPrefix(e.Data, []byte("\x00asm")) {
			return e
		}
	}
	panic("the sound bundle has no plugin")
}

// document is a JSON document that can be changed.
type document = map[string]any

func parse(data []byte) document {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		panic(err)
	}
	return d
}

func text(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// rewritten is a layout by entry name whose manifests can be changed.
type rewritten map[string][]byte

// index returns the index and its manifests.
func (l rewritten) index() (document, []any) {
	d := parse(l["index.json"])
	return d, d["manifests"].([]any)
}

// rewrite changes the layout and writes it again in its order.
func (m maker) rewrite(change func(l rewritten)) func() []byte {
	return func() []byte {
		l := rewritten{}
		for _, e := range m.entries() {
			l[e.Name] = e.Data
		}
		change(l)
		var all []Entry
		for _, name := range slices.Sorted(maps.Keys(l)) {
			all = append(all, File(name, l[name]))
		}
		return Write(all)
	}
}

// manifest changes the manifest at a place of the index, under a new digest.
func (l rewritten) manifest(at int, change func(manifest document)) {
	index, list := l.index()
	d := list[at].(document)
	name := "blobs/sha256/" + strings.TrimPrefix(d["digest"].(string), "sha256:")
	manifest := parse(l[name])
	delete(l, name)
	change(manifest)
	data := text(manifest)
	l["blobs/sha256/"+digest(data)] = data
	d["digest"], d["size"] = "sha256:"+digest(data), len(data)
	l["index.json"] = text(index)
}

// descriptor changes the descriptor at a place of the index.
func (l rewritten) descriptor(at int, change func(d document)) {
	index, list := l.index()
	change(list[at].(document))
	l["index.json"] = text(index)
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
