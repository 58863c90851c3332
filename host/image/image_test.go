package image_test

import (
	"strings"
	"testing"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/sdk/wire"
)

var info = &wire.PluginInfo{ID: "com.acme.doctor", Name: "Acme <&>", Version: "1.2.0"}

// What a registry holds of a plugin, byte for byte: another manifest is another
// digest for everybody who wrote one down.
func TestManifests(t *testing.T) {
	file := []byte("file")
	for form, want := range map[image.Form]struct{ manifest, config string }{
		image.FormOwn: {
			`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.stellaops.doctor.plugin.v1+wasm",` +
				`"config":{"mediaType":"application/vnd.wasm.config.v0+json","digest":"CONFIG","size":161},` +
				`"layers":[{"mediaType":"application/wasm","digest":"FILE","size":4,"annotations":{"org.opencontainers.image.title":"com.acme.doctor-1.2.0.wasm"}}],` +
				`"annotations":{"org.opencontainers.image.title":"Acme \u003c\u0026\u003e","org.opencontainers.image.version":"1.2.0","org.stella-ops.doctor.plugin.id":"com.acme.doctor"}}`,
			`{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasip1","layerDigests":["FILE"]}`,
		},
		image.FormEmpty: {
			`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.stellaops.doctor.plugin.v1+wasm",` +
				`"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"CONFIG","size":2},` +
				`"layers":[{"mediaType":"application/wasm","digest":"FILE","size":4,"annotations":{"org.opencontainers.image.title":"com.acme.doctor-1.2.0.wasm"}}],` +
				`"annotations":{"org.opencontainers.image.title":"Acme \u003c\u0026\u003e","org.opencontainers.image.version":"1.2.0","org.stella-ops.doctor.plugin.id":"com.acme.doctor"}}`,
			`{}`,
		},
		image.FormContainer: {
			`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
				`"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"CONFIG","size":196},` +
				`"layers":[{"mediaType":"application/wasm","digest":"FILE","size":4,"annotations":{"org.opencontainers.image.title":"com.acme.doctor-1.2.0.wasm"}}],` +
				`"annotations":{"org.opencontainers.image.title":"Acme \u003c\u0026\u003e","org.opencontainers.image.version":"1.2.0","org.stella-ops.doctor.plugin.id":"com.acme.doctor"}}`,
			`{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasip1","config":{},"rootfs":{"type":"layers","diff_ids":["FILE"]}}`,
		},
	} {
		img := image.OfPlugin(file, info, form)
		named := strings.NewReplacer(image.Digest(file), "FILE", img.Config.Digest, "CONFIG")
		if got := named.Replace(string(img.Manifest.Data)); got != want.manifest {
			t.Errorf("form %d:\n%s\nwant\n%s", form, got, want.manifest)
		}
		if got := named.Replace(string(img.Config.Data)); got != want.config {
			t.Errorf("form %d: the config is %s", form, got)
		}
		m, err := image.ReadManifest(img.Manifest.Data, true)
		if err != nil {
			t.Fatal(err)
		}
		if layer, _, err := m.Plugin(); err != nil || layer.Digest != image.Digest(file) {
			t.Errorf("form %d: %+v, %v", form, layer, err)
		}
	}
}

// Every kind comes back as what it is, in every form.
func TestAttachments(t *testing.T) {
	subject := image.OfPlugin([]byte("file"), info, image.FormOwn).Manifest.Descriptor
	for _, kind := range artifact.Kinds() {
		for _, form := range image.Forms() {
			img := image.OfAttachment(artifact.Attachment{Kind: kind, Data: []byte("text")}, subject, form)
			m, err := image.ReadManifest(img.Manifest.Data, true)
			if err != nil {
				t.Fatal(err)
			}
			got, layer, err := m.Attachment(subject.Digest)
			if err != nil || got != kind || layer.Digest != image.Digest([]byte("text")) {
				t.Errorf("%s in form %d: %s, %+v, %v", kind, form, got, layer, err)
			}
			if _, _, err := m.Plugin(); err == nil {
				t.Errorf("a %s is taken for a plugin", kind)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	for text, want := range map[string]string{
		`{"schemaVersion":2,"layers":[],"annotations":{"Layers":"free","a":"1"}}`: "",
		`{"schemaVersion":2,"else":{"nested":[1,2,{}]}}`:                          "",
		`{"schemaVersion":2,"schemaVersion":2}`:                                   `the name "schemaVersion" stands twice`,
		`{"annotations":{"a":"1","a":"2"}}`:                                       `the name "a" stands twice`,
		`{"config":{"Digest":"x"}}`:                                               `the name "Digest" is written like this: digest`,
		`{"SCHEMAVERSION":2}`:                                                     `the name "SCHEMAVERSION" is written like this: schemaVersion`,
		`{"schemaVersion":"2"}`:                                                   "a value at byte 20 has the wrong type",
		`{} {}`:                                                                   "something follows the document",
		`{`:                                                                       "it ends in the middle of a value",
		`{"a":`:                                                                   "it ends in the middle of a value",
		``:                                                                        "it ends in the middle of a value",
		"{\"a\":\"\xff\"}":                                                        "it is not UTF-8 text",
		strings.Repeat("[", 20):                                                   "it nests deeper than 16",
		`<html>`:                                                                  "no JSON at byte 1",
	} {
		var m image.Manifest
		err := image.Decode([]byte(text), &m, false)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	var m image.Manifest
	if err := image.Decode([]byte(`{"else":1}`), &m, true); err == nil || err.Error() != `unknown field "else"` {
		t.Error(err)
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add(image.OfPlugin([]byte("file"), info, image.FormOwn).Manifest.Data)
	f.Add([]byte(`{"schemaVersion":2,"layers":[{"size":-1,"digest":"sha256:x"}],"subject":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := image.ReadManifest(data, false)
		if err != nil {
			return
		}
		if layer, _, err := m.Plugin(); err == nil && (layer.Size < 0 || layer.Size > 16<<20 || !image.IsDigest(layer.Digest)) {
			t.Errorf("the layer %+v is accepted", layer)
		}
		_, _ = m.Open(data)
		_, _, _ = m.Attachment("")
	})
}
