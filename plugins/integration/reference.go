package main

import (
	"strings"

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
