package host

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/host/inspect"
	"stella-ops.org/doctor/host/vet"
	"stella-ops.org/doctor/sdk/wire"
)

// usage is what requests used of one entry of the declared access.
type usage struct {
	methods, secrets map[string]bool
	// paths are those of the requests, by the kind of request.
	paths map[string]string
}

func newUsage() usage {
	return usage{methods: map[string]bool{}, secrets: map[string]bool{}, paths: map[string]string{}}
}

func (u usage) add(a asked) {
	u.methods[a.Method], u.paths[a.key()] = true, a.Path
	if a.Credential != "" {
		u.secrets[a.Credential] = true
	}
}

// below is the narrowest path that covers all requests: the one that they have, or
// the directory that they share.
func (u usage) below() string {
	common, first := "", true
	for _, path := range u.paths {
		switch {
		case first:
			common, first = path, false
		case path != common:
			common = common[:sharedDirectory(common, path)]
		}
	}
	return common
}

// sharedDirectory is the length of the longest prefix of both that ends in a slash.
func sharedDirectory(a, b string) int {
	end := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			break
		}
		if a[i] == '/' {
			end = i + 1
		}
	}
	return end
}

// unusedOf are the methods and the secrets of an entry that nothing used.
func (u usage) unusedOf(a wire.Access) []string {
	unused := []string{}
	methods := a.Methods
	if a.Kind == wire.KindTCP {
		methods = []string{wire.MethodProbe}
	}
	for _, m := range methods {
		if !u.methods[m] {
			unused = append(unused, m)
		}
	}
	for _, s := range a.Secrets {
		if !u.secrets[s] {
			unused = append(unused, s)
		}
	}
	return unused
}

// conclude works out what was left unused, which of a check that was cut short nobody
// knows.
func (x *examination) conclude() {
	x.out.Runs, x.out.CutShort = x.runs, x.cut
	for i, a := range x.check.info.Access {
		u := x.used[i]
		use := vet.AccessUse{Text: inspect.AccessText(a), Reason: a.Reason, Reached: len(u.paths), Unused: u.unusedOf(a)}
		if below := u.below(); len(below) > len(a.Path) && below != "/" {
			use.Below = below
		}
		if x.cut {
			use.Unused, use.Below = []string{}, ""
		}
		x.out.Access = append(x.out.Access, use)
	}
	if x.cut {
		x.out.Settings = []vet.SettingUse{}
	}
	slices.SortFunc(x.out.Requests, func(a, b vet.Request) int { return strings.Compare(asked{Request: a}.key(), asked{Request: b}.key()) })
	x.v.judgeCheck(x)
}
