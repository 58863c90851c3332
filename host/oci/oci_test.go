package oci_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/bundle/bundletest"
	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/oci"
	"stella-ops.org/doctor/host/plugin"
)

// whole is the plugin with one document of each kind, and a second signature.
func whole() *artifact.Artifact {
	a := &artifact.Artifact{Plugin: acme, Attached: []artifact.Attachment{
		{Kind: artifact.Signature, Data: []byte(`{"signature":1}`)},
		{Kind: artifact.Signature, Data: []byte(`{"signature":2}`)},
		{Kind: artifact.SBOM, Data: []byte(`{"bomFormat":"CycloneDX"}`)},
		{Kind: artifact.Vet, Data: []byte(`{"verdict":"pass"}`)},
		{Kind: artifact.Docs, Data: []byte("# Acme\n")},
	}}
	a.Sort()
	return a
}

func push(t *testing.T, r *registry, tail string, a *artifact.Artifact) *oci.Pushed {
	t.Helper()
	p, err := oci.Push(t.Context(), r.ref(tail), a, oci.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pull(t *testing.T, ref string, o oci.Options) *oci.Pulled {
	t.Helper()
	p, err := oci.Pull(t.Context(), ref, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// refused wants a refusal by a rule, with a sentence that names the reference.
func refused(t *testing.T, ref string, err error, rule, text string) {
	t.Helper()
	var r *oci.Refusal
	if !errors.As(err, &r) || r.Rule != rule || !strings.Contains(r.Text, text) || !strings.HasPrefix(err.Error(), "reference "+ref+": refused ("+rule+"): ") {
		t.Errorf("%v\nwant refused (%s) … %s", err, rule, text)
	}
}

// failed wants an error of a kind.
func failed(t *testing.T, err error, kind oci.Kind, text string) {
	t.Helper()
	var e *oci.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Text, text) {
		t.Errorf("%v\nwant %s … %s", err, kind, text)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, api := range []bool{true, false} {
		t.Run(fmt.Sprintf("referrers API %v", api), func(t *testing.T) {
			r := newRegistry(t)
			r.referrers = api
			want := whole()
			pushed := push(t, r, ":1.2.0", want)
			if pushed.Tag != "1.2.0" || pushed.Attached != 5 || pushed.Form != image.FormOwn {
				t.Errorf("%+v", pushed)
			}
			fallback := "sha256-" + strings.TrimPrefix(pushed.Ref[strings.LastIndex(pushed.Ref, "@")+1:], "sha256:")
			if _, ok := r.manifests[fallback]; ok == api {
				t.Errorf("the tag %s that stands for the API is there: %v", fallback, ok)
			}
			// Again, which changes nothing, and once more by the digest.
			if again := push(t, r, "@"+pushed.Ref[strings.LastIndex(pushed.Ref, "@")+1:], want); again.Ref != pushed.Ref || again.Tag != "" {
				t.Errorf("%+v", again)
			}
			for _, ref := range []string{r.ref(":1.2.0"), pushed.Ref, "oci://" + pushed.Ref, r.ref(":other@" + strings.Split(pushed.Ref, "@")[1])} {
				p := pull(t, ref, oci.Options{})
				if p.Ref != pushed.Ref || p.Layout != "our layout" || p.File.Info.ID != "com.acme.doctor" || len(p.Ignored) != 0 {
					t.Errorf("%+v", p)
				}
				if !bytes.Equal(p.Artifact.Plugin, acme) || len(p.Artifact.Attached) != len(want.Attached) {
					t.Fatalf("%d documents came back", len(p.Artifact.Attached))
				}
				for i, a := range p.Artifact.Attached {
					if a.Kind != want.Attached[i].Kind || !bytes.Equal(a.Data, want.Attached[i].Data) {
						t.Errorf("document %d is %s %q", i, a.Kind, a.Data)
					}
				}
			}
		})
	}
}

// Documents are there before the tag leads to the plugin.
func TestTagComesLast(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1.2.0", whole())
	var puts []string
	for _, req := range r.requests("/manifests/") {
		if req.Method == http.MethodPut {
			puts = append(puts, req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:])
		}
	}
	if len(puts) == 0 || puts[len(puts)-1] != "1.2.0" {
		t.Errorf("manifests were put in this order: %v", puts)
	}
}

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		name   string
		refuse []string
		form   image.Form
		layout string
	}{
		{"no wasm", []string{image.TypeConfig}, image.FormEmpty, "our layout"},
		{"containers only", []string{image.TypeConfig, image.TypeEmpty}, image.FormContainer, "the layout of the CNCF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRegistry(t)
			r.refuseConfig = func(mediaType string) bool { return strings.Contains(strings.Join(c.refuse, " "), mediaType) }
			if p := push(t, r, ":1", whole()); p.Form != c.form {
				t.Errorf("it was pushed in form %d", p.Form)
			}
			if p := pull(t, r.ref(":1"), oci.Options{}); p.Layout != c.layout || len(p.Artifact.Attached) != 5 {
				t.Errorf("%s with %d documents", p.Layout, len(p.Artifact.Attached))
			}
		})
	}
	r := newRegistry(t)
	r.refuseConfig = func(string) bool { return true }
	_, err := oci.Push(t.Context(), r.ref(":1"), whole(), oci.Options{})
	failed(t, err, oci.KindRejected, "the registry rejects it, status 400: manifest invalid: said by the test")
	if _, ok := r.manifests["1"]; ok {
		t.Error("the tag is there all the same")
	}
}

// What other tools wrote, each in a file of its own.
func TestLayouts(t *testing.T) {
	for name, want := range map[string]struct{ layout, rule, text string }{
		"cncf-wkg":             {layout: "the layout of the CNCF"},
		"wasm-to-oci":          {layout: "the layout of wasm-to-oci"},
		"cosign-upload-wasm":   {layout: "the layout of wasm-to-oci"},
		"oras-push":            {layout: "a file pushed without a type"},
		"oras-push-typed":      {layout: "the layout of the CNCF"},
		"container-image":      {rule: image.RuleCompressed, text: "this is a container image"},
		"container-image-zstd": {rule: image.RuleCompressed, text: "this is a container image"},
		"spin-application":     {rule: image.RuleLayers, text: "the manifest has 2 layers"},
		"helm-chart":           {rule: image.RuleCompressed, text: "this is a container image"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.tag("1", fixture(t, r, name, acme))
			p, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
			if want.rule != "" {
				refused(t, r.ref(":1"), err, want.rule, want.text)
				if n := len(r.requests("/blobs/")); n > 0 {
					t.Errorf("%d blobs were asked for", n)
				}
			} else if err != nil || p.Layout != want.layout || !bytes.Equal(p.Artifact.Plugin, acme) {
				t.Errorf("%v, %+v", err, p)
			}
		})
	}
}

// fixture is a manifest of another tool for a plugin.
func fixture(t *testing.T, r *registry, name string, file []byte) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "layouts", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.NewReplacer(
		"PLUGIN_DIGEST", r.keep(file), "PLUGIN_SIZE", fmt.Sprint(len(file)), "CONFIG_DIGEST", r.keep([]byte("{}")),
	).Replace(string(data)))
}

// What the layer holds counts, whatever its type says (W58).
func TestW58Contents(t *testing.T) {
	for name, c := range map[string]struct {
		data       []byte
		rule, text string
	}{
		"gzip":  {[]byte("\x1f\x8b\x08\x00rest"), image.RuleCompressed, "the layer is compressed with gzip"},
		"zstd":  {[]byte("\x28\xb5\x2f\xfdrest"), image.RuleCompressed, "the layer is compressed with zstd"},
		"zip":   {[]byte("PK\x03\x04rest"), image.RuleCompressed, "the layer is a zip archive"},
		"tar":   {bundletest.Write([]bundletest.Entry{bundletest.File("plugin.wasm", acme)}), image.RuleCompressed, "the layer is a tar archive"},
		"html":  {[]byte("<html>"), "", plugin.RuleNotWasm},
		"empty": {nil, "", ""},
		"large": {make([]byte, plugin.MaxSize+1), image.RuleSize, "the plugin is said to have 16777217 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.tag("1", fixture(t, r, "oras-push", c.data))
			_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
			if c.rule != "" {
				refused(t, r.ref(":1"), err, c.rule, c.text)
				return
			}
			var p *plugin.Refusal
			if !errors.As(err, &p) || c.text != "" && p.Rule != c.text {
				t.Error(err)
			}
		})
	}
}

// What a registry may say, and is not believed.
func TestLies(t *testing.T) {
	lie := bytes.Replace(acme, []byte("Acme"), []byte("Evil"), 1)
	change := func(from, to string) func(t *testing.T, r *registry) {
		return func(t *testing.T, r *registry) {
			m := bytes.Replace(r.manifests["1"].data, []byte(from), []byte(to), 1)
			if bytes.Equal(m, r.manifests["1"].data) {
				t.Fatal("nothing was changed")
			}
			r.tag("1", m)
		}
	}
	size := fmt.Sprintf(`"size":%d`, len(acme))
	for name, c := range map[string]struct {
		change     func(t *testing.T, r *registry)
		rule, text string
	}{
		"other bytes":    {func(t *testing.T, r *registry) { r.blobs[image.Digest(acme)] = lie }, oci.RuleDigest, "the registry sent other bytes for " + image.Digest(acme)},
		"size too small": {change(size, `"size":5`), "", "mismatch Content-Length"},
		"size negative":  {change(size, `"size":-5`), image.RuleSize, "-5 bytes"},
		"size huge":      {change(size, `"size":9000000000000`), image.RuleSize, "at most 16777216"},
		"digest form":    {change(image.Digest(acme), "sha256:../../etc/passwd"), image.RuleDigestForm, "which is no sha256"},
		"digest sha512":  {change(image.Digest(acme), "sha512:"+strings.Repeat("a", 128)), image.RuleDigestForm, "which is no sha256"},
		"names another":  {change("com.acme.doctor\"", "com.bank.ledger\""), image.RuleAnnotation, `the plugin "com.bank.ledger", the file says com.acme.doctor`},
		"version":        {change(`image.version":"1.2.0"`, `image.version":"1.0.0/../../x"`), image.RuleAnnotation, `version "1.0.0/../../x"`},
		"two layers": {func(t *testing.T, r *registry) {
			change(`"layers":[`, `"layers":[{"mediaType":"application/wasm","digest":"sha256:`+strings.Repeat("0", 64)+`","size":1},`)(t, r)
		}, image.RuleLayers, "has 2 layers"},
		"layer twice said": {change(`"layers":[`, `"layers":[],"layers":[`), image.RuleJSON, `"layers" stands twice`},
		"layer other case": {change(`"layers":[`, `"Layers":[],"layers":[`), image.RuleJSON, `"Layers" is written like this: layers`},
		"second document":  {func(t *testing.T, r *registry) { r.tag("1", append(r.manifests["1"].data, "{}"...)) }, image.RuleJSON, "something follows"},
		"no JSON":          {func(t *testing.T, r *registry) { r.tag("1", []byte("<html>")) }, image.RuleJSON, "no JSON at byte 1"},
		"schema 1":         {change(`"schemaVersion":2`, `"schemaVersion":1`), image.RuleMediaType, "schema version 1"},
		"index":            {func(t *testing.T, r *registry) { r.put("1", stored{image.TypeIndex, image.Index{}.Encode()}) }, image.RuleIndex, "this is a list of manifests"},
		"docker manifest": {func(t *testing.T, r *registry) {
			r.put("1", stored{"application/vnd.docker.distribution.manifest.v2+json", []byte("{}")})
		}, image.RuleMediaType, "the manifest is"},
		"manifest too large": {func(t *testing.T, r *registry) {
			r.tag("1", append(bytes.Repeat([]byte(" "), image.MaxManifest), "{}"...))
		}, image.RuleSize, "at most 1048576"},
		"a document": {func(t *testing.T, r *registry) {
			r.tag("1", image.OfAttachment(whole().Attached[0], image.Descriptor{Digest: image.Digest(nil)}, image.FormOwn).Manifest.Data)
		}, image.RuleSubject, "this is a document about another manifest"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			push(t, r, ":1", &artifact.Artifact{Plugin: acme})
			c.change(t, r)
			_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
			if c.rule == "" {
				failed(t, err, oci.KindRejected, c.text)
				return
			}
			refused(t, r.ref(":1"), err, c.rule, c.text)
		})
	}
}

// T31, T32: what a digest names is what comes, whatever a tag or a second answer say.
func TestT32OtherBytesOnSecondGet(t *testing.T) {
	lie := bytes.Replace(acme, []byte("Acme"), []byte("Evil"), 1)
	r := newRegistry(t)
	pushed := push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	pull(t, pushed.Ref, oci.Options{})
	r.blobs[image.Digest(acme)] = lie
	_, err := oci.Pull(t.Context(), pushed.Ref, oci.Options{})
	refused(t, pushed.Ref, err, oci.RuleDigest, "the registry sent other bytes")
	// The manifest too, with a header that agrees with the reference.
	digest := strings.Split(pushed.Ref, "@")[1]
	r.manifests[digest] = stored{image.TypeManifest, bytes.Replace(r.manifests[digest].data, []byte("Acme"), []byte("Evil"), 1)}
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if !strings.HasSuffix(req.URL.Path, "/manifests/"+digest) {
			return false
		}
		w.Header().Set("Content-Type", image.TypeManifest)
		w.Header().Set("Docker-Content-Digest", digest)
		w.Header().Set("Content-Length", fmt.Sprint(len(r.manifests[digest].data)))
		w.Write(r.manifests[digest].data)
		return true
	}
	_, err = oci.Pull(t.Context(), pushed.Ref, oci.Options{})
	refused(t, pushed.Ref, err, oci.RuleDigest, "the registry sent other bytes for "+digest)
}

func TestT31TagMoves(t *testing.T) {
	r := newRegistry(t)
	first := push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	push(t, r, ":1", &artifact.Artifact{Plugin: bundletest.Plugin("com.acme.doctor", "1.3.0", "Acme")})
	if p := pull(t, r.ref(":1"), oci.Options{}); p.File.Info.Version != "1.3.0" || p.Ref == first.Ref {
		t.Errorf("the tag leads to %s", p.File.Info.Version)
	}
	if p := pull(t, first.Ref, oci.Options{}); p.File.Info.Version != "1.2.0" {
		t.Errorf("the digest leads to %s", p.File.Info.Version)
	}
}

// What refers to a plugin may be anything; documents are held against their own
// manifests.
func TestReferrers(t *testing.T) {
	attach := func(r *registry, top image.Descriptor, a artifact.Attachment) {
		img := image.OfAttachment(a, top, image.FormOwn)
		r.keep(img.Layers[0].Data)
		r.tag("", img.Manifest.Data)
	}
	for name, c := range map[string]struct {
		change        func(r *registry, top image.Descriptor)
		rule, text    string
		ignored, kept int
	}{
		"of others": {func(r *registry, top image.Descriptor) {
			r.tag("", []byte(fmt.Sprintf(`{"schemaVersion":2,"artifactType":"application/vnd.example+json","config":{},"layers":[],"subject":{"mediaType":%q,"digest":%q,"size":%d}}`, top.MediaType, top.Digest, top.Size)))
		}, "", "", 1, 0},
		// A list that tells the type of the config, as some registries do.
		"config for type": {func(r *registry, top image.Descriptor) {
			attach(r, top, artifact.Attachment{Kind: artifact.SBOM, Data: []byte("{}")})
			r.tag("", []byte(fmt.Sprintf(`{"schemaVersion":2,"artifactType":"application/vnd.example+json","config":{"mediaType":%q},"layers":[],"subject":{"mediaType":%q,"digest":%q,"size":%d}}`, image.TypeEmpty, top.MediaType, top.Digest, top.Size)))
			r.listConfigs = true
		}, "", "", 1, 1},
		"flood": {func(r *registry, top image.Descriptor) {
			for i := range artifact.MaxAttachments + 1 {
				attach(r, top, artifact.Attachment{Kind: artifact.Signature, Data: fmt.Append(nil, i)})
			}
		}, oci.RuleCount, "more than 64 documents", 0, 0},
		"as many as may be": {func(r *registry, top image.Descriptor) {
			for i := range artifact.MaxAttachments {
				attach(r, top, artifact.Attachment{Kind: artifact.Signature, Data: fmt.Append(nil, i)})
			}
		}, "", "", 0, 64},
		"too large": {func(r *registry, top image.Descriptor) {
			attach(r, top, artifact.Attachment{Kind: artifact.Signature, Data: make([]byte, artifact.Signature.Max()+1)})
		}, image.RuleSize, "the signature is said to have 1048577 bytes", 0, 0},
		"other bytes": {func(r *registry, top image.Descriptor) {
			attach(r, top, artifact.Attachment{Kind: artifact.SBOM, Data: []byte("{}")})
			r.blobs[image.Digest([]byte("{}"))] = []byte("[]")
		}, oci.RuleDigest, "the registry sent other bytes", 0, 0},
		"two layers": {func(r *registry, top image.Descriptor) {
			m := image.OfAttachment(artifact.Attachment{Kind: artifact.SBOM, Data: []byte("{}")}, top, image.FormOwn).Manifest.Data
			r.tag("", bytes.Replace(m, []byte(`"layers":[`), []byte(`"layers":[{},`), 1))
		}, image.RuleLayers, "has 2 layers", 0, 0},
		"layer of another type": {func(r *registry, top image.Descriptor) {
			m := image.OfAttachment(artifact.Attachment{Kind: artifact.SBOM, Data: []byte("{}")}, top, image.FormOwn).Manifest.Data
			r.tag("", bytes.Replace(m, []byte(`"layers":[{"mediaType":"application/vnd.cyclonedx+json"`), []byte(`"layers":[{"mediaType":"application/wasm"`), 1))
		}, image.RuleMediaType, "the sbom has a layer of type", 0, 0},
		// The list says that it is about the plugin, it says that it is not.
		"about another": {func(r *registry, top image.Descriptor) {
			other := top
			other.Digest = image.Digest([]byte("other"))
			img := image.OfAttachment(artifact.Attachment{Kind: artifact.SBOM, Data: []byte("{}")}, other, image.FormOwn)
			r.keep([]byte("{}"))
			r.tag("", img.Manifest.Data)
			d := img.Manifest.Descriptor
			d.ArtifactType = artifact.SBOM.MediaType()
			r.before = func(w http.ResponseWriter, req *http.Request) bool {
				if !strings.Contains(req.URL.Path, "/referrers/") {
					return false
				}
				w.Header().Set("Content-Type", image.TypeIndex)
				w.Write(image.Index{Manifests: []image.Descriptor{d}}.Encode())
				return true
			}
		}, image.RuleSubject, "the sbom is about", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRegistry(t)
			r.referrers = true
			push(t, r, ":1", &artifact.Artifact{Plugin: acme})
			m := r.manifests["1"].data
			c.change(r, image.Descriptor{MediaType: image.TypeManifest, Digest: image.Digest(m), Size: int64(len(m))})
			p, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
			if c.rule != "" {
				refused(t, r.ref(":1"), err, c.rule, c.text)
			} else if err != nil || len(p.Ignored) != c.ignored || len(p.Artifact.Attached) != c.kept {
				t.Errorf("%v, %+v", err, p)
			}
		})
	}
}

// Registries that know no referrers say so in several ways.
func TestReferrersUnknown(t *testing.T) {
	for _, status := range []int{400, 404, 405, 501} {
		r := newRegistry(t)
		r.before = func(w http.ResponseWriter, req *http.Request) bool {
			if strings.Contains(req.URL.Path, "/referrers/") {
				w.WriteHeader(status)
				return true
			}
			return false
		}
		push(t, r, ":1", whole())
		if p := pull(t, r.ref(":1"), oci.Options{}); len(p.Artifact.Attached) != 5 {
			t.Errorf("status %d: %d documents", status, len(p.Artifact.Attached))
		}
	}
}

// docker writes a configuration of Docker.
func docker(t *testing.T, format string, args ...any) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, format, args...), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// basic asks for a user name and a password.
func basic(r *registry) {
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if user, password, _ := req.BasicAuth(); user == "jane" && password == "hunter2" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		fail(w, 401, "UNAUTHORIZED")
		return true
	}
}

func auth(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}

func TestCredentials(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", whole())
	basic(r)
	get := func(file string) error {
		_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{DockerConfig: file})
		return err
	}
	if err := get(docker(t, `{"auths":{%q:{"auth":%q}}}`, r.host(), auth("jane", "hunter2"))); err != nil {
		t.Error(err)
	}
	failed(t, get(docker(t, `{"auths":{%q:{"auth":%q}}}`, r.host(), auth("jane", "wrong"))), oci.KindCredentials, "does not accept the credentials, status 401: unauthorized: said by the test")
	failed(t, get(docker(t, `{"auths":{"other.example":{"auth":%q}}}`, auth("jane", "hunter2"))), oci.KindCredentials, "has none for it")
	failed(t, get(""), oci.KindCredentials, "")
	failed(t, get(filepath.Join(t.TempDir(), "none")), oci.KindCredentials, "has none for it")
	failed(t, get(docker(t, `{"auths":`)), oci.KindConfig, "the configuration of Docker")
	failed(t, get(docker(t, `{"auths":{%q:{"auth":"%%%%"}}}`, r.host())), oci.KindConfig, "the credentials of "+r.host())
	if runtime.GOOS == "windows" {
		return
	}
	// A helper, which is a program on the path.
	dir := t.TempDir()
	script := "#!/bin/sh\nread server\ncase \"$server\" in\n" + r.host() + ") echo '{\"Username\":\"jane\",\"Secret\":\"hunter2\"}' ;;\n*) echo no such server; exit 1 ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(dir, "docker-credential-test"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := get(docker(t, `{"credHelpers":{%q:"test"}}`, r.host())); err != nil {
		t.Error(err)
	}
	failed(t, get(docker(t, `{"credsStore":"nowhere"}`)), oci.KindConfig, "the credentials of "+r.host())
}

// Credentials go to the registry and not to where it sends us: another port is
// another origin.
func TestRedirectWithoutCredentials(t *testing.T) {
	storage := newRegistry(t)
	storage.keep(acme)
	r := newRegistry(t)
	push(t, r, ":1", whole())
	basic(r)
	ask := r.before
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if ask(w, req) {
			return true
		}
		if strings.Contains(req.URL.Path, "/blobs/"+image.Digest(acme)) {
			http.Redirect(w, req, storage.URL+req.URL.Path+"?signature=secret", http.StatusTemporaryRedirect)
			return true
		}
		return false
	}
	o := oci.Options{DockerConfig: docker(t, `{"auths":{%q:{"auth":%q}}}`, r.host(), auth("jane", "hunter2"))}
	pull(t, r.ref(":1"), o)
	got := storage.requests("/blobs/")
	if len(got) != 1 || got[0].Header.Get("Authorization") != "" {
		t.Errorf("the storage got %d requests, the first with %v", len(got), got[0].Header)
	}
	// A storage that asks for a token names where to get one: nobody goes there.
	evil := newRegistry(t)
	storage.before = func(w http.ResponseWriter, req *http.Request) bool {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+evil.URL+`/token",service="x"`)
		w.WriteHeader(401)
		return true
	}
	_, err := oci.Pull(t.Context(), r.ref(":1"), o)
	failed(t, err, oci.KindCredentials, "")
	if n := len(evil.requests("")); n > 0 {
		t.Errorf("the realm of the storage got %d requests", n)
	}
	if strings.Contains(err.Error(), "signature=secret") {
		t.Errorf("the address of the storage is repeated: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	to := ""
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if strings.Contains(req.URL.Path, "/blobs/") {
			http.Redirect(w, req, to, http.StatusTemporaryRedirect)
			return true
		}
		return false
	}
	for target, text := range map[string]string{
		r.URL + "/v2/" + repository + "/blobs/loop": "redirects more than 5 times",
		"http://169.254.169.254/latest/meta-data/":  "169.254.169.254 (metadata service)",
		"http://[fe80::1]/":                         "(link-local)",
		"http://jane:hunter2@127.0.0.1:1/":          "with a user name",
		"file:///etc/passwd":                        "unsupported protocol scheme",
	} {
		to = target
		_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
		var e *oci.Error
		if !errors.As(err, &e) || !strings.Contains(e.Text, text) {
			t.Errorf("%s: %v, want %s", target, err, text)
		}
	}
}

// A registry that speaks TLS is not left for one that does not.
func TestTLS(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	secure := newRegistry(t)
	secure.Server.Close()
	secure.Server = httptest.NewTLSServer(secure)
	secure.blobs, secure.manifests = r.blobs, r.manifests
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pemOf(secure.Certificate()), 0o644); err != nil {
		t.Fatal(err)
	}
	trusting := oci.Options{Network: oci.Network{CAFile: ca}}
	pull(t, secure.ref(":1"), trusting)
	_, err := oci.Pull(t.Context(), secure.ref(":1"), oci.Options{})
	failed(t, err, oci.KindTLS, "signed by an unknown authority")
	_, err = oci.Pull(t.Context(), secure.ref(":1"), oci.Options{Network: oci.Network{CAFile: "/nowhere"}})
	failed(t, err, oci.KindConfig, "Doctor:Tls:CaFile: /nowhere cannot be read")
	secure.before = func(w http.ResponseWriter, req *http.Request) bool {
		if strings.Contains(req.URL.Path, "/blobs/") {
			http.Redirect(w, req, r.URL+req.URL.Path, http.StatusFound)
			return true
		}
		return false
	}
	_, err = oci.Pull(t.Context(), secure.ref(":1"), trusting)
	failed(t, err, oci.KindRejected, "redirects from https to http")
	// Nor are credentials sent to a realm in the clear.
	secure.before = func(w http.ResponseWriter, req *http.Request) bool {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+r.URL+`/token",service="x"`)
		w.WriteHeader(401)
		return true
	}
	trusting.DockerConfig = docker(t, `{"auths":{%q:{"auth":%q}}}`, secure.host(), auth("jane", "hunter2"))
	asked := len(r.requests("/token"))
	if _, err = oci.Pull(t.Context(), secure.ref(":1"), trusting); err == nil || len(r.requests("/token")) != asked {
		t.Errorf("%v: the realm got %d requests", err, len(r.requests("/token"))-asked)
	}
}

func TestSlow(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	entered := make(chan bool, 100)
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if !strings.Contains(req.URL.Path, "/blobs/") {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(acme)))
		w.Write(acme[:10])
		w.(http.Flusher).Flush()
		entered <- true
		<-req.Context().Done()
		return true
	}
	start := time.Now()
	_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{Timeout: 200 * time.Millisecond})
	failed(t, err, oci.KindUnreachable, "the registry took too long")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if _, err = oci.Pull(ctx, r.ref(":1"), oci.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
}

// What passes by itself is asked again.
func TestAgain(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", &artifact.Artifact{Plugin: acme})
	n := 0
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if n++; n%2 == 1 {
			w.WriteHeader(503)
			return true
		}
		return false
	}
	pull(t, r.ref(":1"), oci.Options{})
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		fail(w, 503, "UNAVAILABLE")
		return true
	}
	_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
	failed(t, err, oci.KindUnreachable, "the registry cannot do it now, status 503")
}

func TestNotThere(t *testing.T) {
	r := newRegistry(t)
	_, err := oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
	failed(t, err, oci.KindNotFound, "")
	_, err = oci.Pull(t.Context(), r.host()+"/other/thing:1", oci.Options{})
	failed(t, err, oci.KindNotFound, "")
	r.Close()
	_, err = oci.Pull(t.Context(), r.ref(":1"), oci.Options{})
	failed(t, err, oci.KindUnreachable, "cannot be reached")
}

func TestPushRefuses(t *testing.T) {
	r := newRegistry(t)
	var p *plugin.Refusal
	if _, err := oci.Push(t.Context(), r.ref(":1"), &artifact.Artifact{Plugin: []byte("text")}, oci.Options{}); !errors.As(err, &p) {
		t.Error(err)
	}
	_, err := oci.Push(t.Context(), r.ref("@sha256:"+strings.Repeat("0", 64)), whole(), oci.Options{})
	failed(t, err, oci.KindReference, "the plugin has the digest sha256:")
	if n := len(r.requests("")); n > 0 {
		t.Errorf("the registry got %d requests for a digest that does not come of the plugin", n)
	}
	_, err = oci.Plan(r.ref("@sha256:"+strings.Repeat("0", 64)), whole())
	failed(t, err, oci.KindReference, "the plugin has the digest sha256:")
	r.before = func(w http.ResponseWriter, req *http.Request) bool {
		if req.Method == http.MethodPost || req.Method == http.MethodPut {
			fail(w, 403, "DENIED")
			return true
		}
		return false
	}
	_, err = oci.Push(t.Context(), r.ref(":1"), whole(), oci.Options{})
	failed(t, err, oci.KindCredentials, "the registry does not allow it, status 403: denied: said by the test")
}

// A digest says in which form the plugin is pushed, and none but that is tried.
func TestPushByDigest(t *testing.T) {
	f, err := plugin.Open(acme)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range image.Forms() {
		r := newRegistry(t)
		ref := r.ref("@" + image.OfPlugin(acme, &f.Info, form).Manifest.Digest)
		planned, err := oci.Plan(ref, whole())
		if err != nil {
			t.Fatal(err)
		}
		p := push(t, r, strings.TrimPrefix(ref, r.ref("")), whole())
		if p.Form != form || p.Ref != ref || p.Tag != "" || *p != *planned {
			t.Errorf("form %d: pushed %+v, planned %+v", form, p, planned)
		}
	}
	r := newRegistry(t)
	r.refuseConfig = func(string) bool { return true }
	_, err = oci.Push(t.Context(), r.ref("@"+image.OfPlugin(acme, &f.Info, image.FormEmpty).Manifest.Digest), whole(), oci.Options{})
	failed(t, err, oci.KindRejected, "the registry rejects it, status 400")
	if n := len(r.requests("/manifests/")); n != 1 {
		t.Errorf("%d manifests were tried", n)
	}
}

func TestParseReference(t *testing.T) {
	zero := "sha256:" + strings.Repeat("0", 64)
	for text, want := range map[string]string{
		"registry.example/a/b":        "registry.example/a/b:latest",
		"oci://registry.example/a:1":  "registry.example/a:1",
		"localhost/a@" + zero:         "localhost/a@" + zero,
		"localhost:5000/a:1@" + zero:  "localhost:5000/a@" + zero,
		"[::1]:5000/a":                "[::1]:5000/a:latest",
		"a/b":                         "",
		"registry.example":            "",
		"registry.example/":           "",
		"registry.example/A":          "",
		"registry.example/a/../b":     "",
		"registry.example/a:..":       "",
		"registry.example/a@sha256:0": "",
		"registry.example/a@sha512:" + strings.Repeat("0", 128): "",
		"registry.example/a@" + strings.ToUpper(zero):           "",
		"jane@registry.example/a":                               "",
		"registry.example/a\x1b[0m":                             "",
		"https://registry.example/a":                            "",
		"":                                                      "",
	} {
		ref, err := oci.ParseReference(text)
		if want == "" {
			failed(t, err, oci.KindReference, "")
		} else if err != nil || ref.String() != want {
			t.Errorf("%s: %v, %v", text, ref, err)
		}
	}
	for text, want := range map[string]bool{
		"registry.example/a:1": true, "localhost/a": true, "oci://x": true, "127.0.0.1:1/a": true,
		"./a.d/x": false, "../x.y/z": false, "a.d/x.wasm": false, "x.wasm": false, "/etc/x": false, "dir/x": false,
	} {
		if oci.LooksLikeReference(text) != want {
			t.Errorf("%s looks like a reference: %v", text, !want)
		}
	}
}

// Another machine is asked by https alone unless the operator says so, and through
// the operator's proxy.
func TestProxyAndPlainHTTP(t *testing.T) {
	r := newRegistry(t)
	push(t, r, ":1", whole())
	proxied := oci.Options{Network: oci.Network{Proxy: r.URL}}
	const ref = "registry.example/" + repository + ":1"
	before := len(r.requests(""))
	if _, err := oci.Pull(t.Context(), ref, proxied); err == nil {
		t.Error("the registry was asked in the clear")
	}
	for _, req := range r.requests("")[before:] {
		if req.Method != http.MethodConnect {
			t.Errorf("the proxy got %s %s", req.Method, req.URL)
		}
	}
	proxied.PlainHTTP = true
	if p := pull(t, ref, proxied); len(p.Artifact.Attached) != 5 || !strings.HasPrefix(p.Ref, "registry.example/"+repository+"@sha256:") {
		t.Errorf("%+v", p)
	}
	_, err := oci.Pull(t.Context(), ref, oci.Options{Network: oci.Network{Proxy: "ftp://x"}})
	failed(t, err, oci.KindConfig, "Doctor:Proxy is neither none, env nor")
}
