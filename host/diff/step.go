package diff

import "golang.org/x/mod/semver"

// step says how a version goes on to the next one (SemVer). Both have passed the
// seal.
func step(old, new string) string {
	a, b := "v"+old, "v"+new
	core := func(v string) string { return v[:len(v)-len(semver.Prerelease(v))-len(semver.Build(v))] }
	switch order := semver.Compare(a, b); {
	case old == new:
		return "same"
	case order > 0:
		return "lower"
	case order == 0:
		return "build"
	case semver.Major(a) != semver.Major(b):
		return "major"
	case semver.MajorMinor(a) != semver.MajorMinor(b):
		return "minor"
	case core(a) != core(b):
		return "patch"
	}
	return "pre-release"
}
