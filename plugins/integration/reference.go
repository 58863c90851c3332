package main

import (
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// Keys of what the checks of the registry read and write.
const (
	keyTestRepository = "OCI:TestRepository"
	keyTestTag        = "OCI:TestTag"
	keyPushRepository = "OCI:PushTestRepository"
)

var (
	testRepositorySetting = wire.SettingInfo{
		Key: keyTestRepository, Aliases: []string{"Registry:TestRepository"}, Type: wire.TypeString, Default: "library/alpine",
		Description: "Repository of an image that is known to exist, without host and tag.",
	}
	// pushRepositorySetting falls back to what is read, where that is configured:
	// one key supplies two settings.
	pushRepositorySetting = wire.SettingInfo{
		Key: keyPushRepository, Aliases: []string{keyTestRepository}, Type: wire.TypeString, Default: defaultPushRepository,
		Description: "Repository in which uploads are opened and cancelled, without host and tag.",
	}
	testTagSetting = wire.SettingInfo{
		Key: keyTestTag, Aliases: []string{"Registry:TestTag"}, Type: wire.TypeString, Default: "latest",
		Description: "Tag or digest of that image.",
	}
)

const causeBadReference = "config.invalid-reference"

// Subjects of the plans that change what is asked for.
const (
	subjectRepository = "repository"
	subjectTag        = "tag"
)

// reference is what a check reads: an image by repository and tag.
type reference struct {
	repository, tag       string
	repositoryKey, tagKey string
	// push is set for a repository that is written to, which has keys of its own.
	push bool
}

// isRepository tells whether an address can hold the name of the repository: OCI
// Distribution, "Pulling manifests". Whatever passes needs no escapes.
func isRepository(name string) bool {
	if len(name) > 255 {
		return false
	}
	for more := true; more; {
		var part string
		part, name, more = strings.Cut(name, "/")
		if !isRepositoryPart(part) {
			return false
		}
	}
	return true
}

// isRepositoryPart checks for runs of letters and digits with one dot, one or two
// underscores, or hyphens between.
func isRepositoryPart(part string) bool {
	const word = "abcdefghijklmnopqrstuvwxyz" + digits
	if part == "" || strings.Trim(part, word+"._-") != "" || strings.IndexByte(word, part[0]) < 0 || strings.IndexByte(word, part[len(part)-1]) < 0 {
		return false
	}
	for i := 0; i < len(part); {
		n := i
		for strings.IndexByte(word, part[n]) < 0 {
			n++
		}
		if between := part[i:n]; len(between) > 1 && between != "__" && strings.Trim(between, "-") != "" {
			return false
		}
		i = n + 1
	}
	return true
}

// isReference tells whether s is a tag or a digest.
func isReference(s string) bool {
	if isDigest(s) {
		return true
	}
	return s != "" && len(s) <= 128 && strings.Trim(s, letters+digits+"_.-") == "" && s[0] != '.' && s[0] != '-'
}

// Rules of a reference that cannot be used; they stand where those of an address
// do.
const (
	ruleRepository = "repository"
	ruleTag        = "tag"
)

// readReference reads what image a check asks for.
func readReference(env *sdk.Env) *reference {
	repository, tag := setting(env, keyTestRepository), setting(env, keyTestTag)
	return &reference{repository: repository.Value, tag: tag.Value, repositoryKey: repository.Key, tagKey: tag.Key}
}

// rule says which part of the reference cannot be used; empty when both can.
func (f *reference) rule() string {
	switch {
	case !isRepository(f.repository):
		return ruleRepository
	case !isReference(f.tag):
		return ruleTag
	}
	return ""
}

// refused is the answer of a request that was not made, for want of a reference.
func refused(r *registry, rule string) *answer {
	x := &answer{key: r.address.configKey()}
	x.resp.Error = &wire.CallError{Kind: wire.KindInvalidURL, Detail: rule, Message: "the " + rule + " cannot be used"}
	return x
}

// isRefused tells whether an answer is one of [refused].
func (x *answer) isRefused() bool {
	return x.method == "" && (x.detail() == ruleRepository || x.detail() == ruleTag)
}

// path is where the manifest is.
func (f *reference) path() string { return "/v2/" + f.repository + "/manifests/" + f.tag }

// image is the reference as Docker writes it, behind the registry.
func (f *reference) image() string {
	if isDigest(f.tag) {
		return "/" + f.repository + "@" + f.tag
	}
	return "/" + f.repository + ":" + f.tag
}

// subjects are the settings that a plan for the reference changes.
func (f *reference) subjects() []subject {
	repository := subject{name: subjectRepository, noun: "test repository", key: f.repositoryKey, keys: []string{keyTestRepository, "Registry:TestRepository"}, newValue: "<repository>"}
	if f.push {
		repository.keys = []string{keyPushRepository, keyTestRepository}
	}
	tag := subject{name: subjectTag, noun: "test tag", key: f.tagKey, keys: []string{keyTestTag, "Registry:TestTag"}, newValue: "<tag>"}
	repository.hidden, tag.hidden = strings.Contains(f.repository, "@"), strings.Contains(f.tag, "@")
	if !isKey(repository.key) {
		repository.key = beside(tag.key, repository.keys[0])
	}
	if !isKey(tag.key) {
		tag.key = beside(repository.key, keyTestTag)
	}
	return []subject{repository, tag}
}

// words are those of a reference: for texts as it is configured, for commands as
// words of a shell, or as placeholders when it cannot be used.
func (f *reference) words(r *registry) []word {
	image, manifest := "/<repository>:<tag>", ""
	if f.rule() == "" {
		image = f.image()
		if r.address.rule == "" {
			manifest = r.address.base.Join("", f.path()).String()
		}
	}
	return []word{
		{"repository", shownReference(f.repository)},
		{"tag", shownReference(f.tag)},
		{"repokey", f.subjects()[0].key},
		{"tagkey", f.subjects()[1].key},
		{"imagearg", r.dockerArg(image)},
		{"uploadsarg", f.uploadsArg(r)},
		{"manifestarg", orPlaceholder(manifest, "<registry-url>/v2/<repository>/manifests/<tag>")},
	}
}

// uploadsArg is the address at which uploads are opened as a word of a shell
// command, or its placeholder.
func (f *reference) uploadsArg(r *registry) string {
	uploads := ""
	if f.rule() == "" && r.address.rule == "" {
		uploads = r.address.base.Join("", "/v2/"+f.repository+"/blobs/uploads/").String()
	}
	return orPlaceholder(uploads, "<registry-url>/v2/<repository>/blobs/uploads/")
}

// shownReference is what may be shown of a part of a reference: what stands before
// an at sign may be a password that was pasted with an address.
func shownReference(s string) string {
	if !isRepository(s) && !isReference(s) {
		return presentable(s)
	}
	return s
}

// orPlaceholder makes an address a word of a shell command, or a placeholder
// where there is none.
func orPlaceholder(address, placeholder string) string {
	if word, ok := shellWord(address); ok {
		return word
	}
	return singleQuoted(placeholder)
}
