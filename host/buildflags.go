package host

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/inspect"
)

// goRecipe is how a Go plugin was built, as far as it is repeated. It is read from a
// file that anybody may have written: each part was held against a form of its own,
// and what no form stands for is refused, never handed on. Flags that name a program
// to run, a file to read or to write (-toolexec, -overlay, -modfile, -pkgdir, -extld
// …) have none.
type goRecipe struct {
	Version string // of the toolchain, go1.26.8
	Package string // the path of the main package
	flags   []string
	environ []string // of the target
	// recorded says that the file names the flags of the linker, or that there were
	// none; else they are told from what the linker left in it.
	recorded bool
}

// The forms of what is handed to the go command. None lets a value begin with a
// dash, or hold a space.
var (
	goVersionForm = regexp.MustCompile(`^go1\.[0-9]{1,3}(\.[0-9]{1,3}|rc[0-9]{1,2})?$`)
	goPackageForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_~-]*(\.[A-Za-z0-9_~-]+)*(/[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+)*)*$`)
	goTagsForm    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.]*(,[A-Za-z0-9_][A-Za-z0-9_.]*)*$`)
	goWasmForm    = regexp.MustCompile(`^(satconv|signext)(,(satconv|signext))?$`)
	buildIDForm   = regexp.MustCompile(`^-buildid=[A-Za-z0-9_/-]{0,200}$`)
	// A variable is set by -X importpath.name=value, which is data for the linker.
	linkerXForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./~-]*\.[A-Za-z0-9_]+=[A-Za-z0-9_.:/+~-]*$`)
)

// linkerFlags are those with which BuildGo builds.
const linkerFlags = "-s -w -buildid="

// flagsTold are the flags of the linker that a file shows: a build with -trimpath
// does not record them. Of those of linkerFlags -s leaves out the names, with which -w
// changes nothing, and -buildid= the section of that name; -X leaves no trace.
func flagsTold(r *inspect.Report) string {
	has := func(name string) bool {
		return slices.ContainsFunc(r.Sections, func(s inspect.Section) bool { return s.Name == name })
	}
	var flags []string
	if !has("name") {
		flags = append(flags, "-s", "-w")
	}
	if !has("go:buildid") {
		flags = append(flags, "-buildid=")
	}
	return strings.Join(flags, " ")
}

// recipeOf reads how a file was built. It returns a *RecipeError when that cannot
// be told, or is not to be repeated.
func recipeOf(r *inspect.Report) (*goRecipe, error) {
	build, err := onlyBuild(r)
	if err != nil {
		return nil, err
	}
	recipe := &goRecipe{Version: r.GoVersion(), Package: build.Path}
	switch {
	case recipe.Version == "":
		return nil, recipeError("it does not say, or not in one way only, which version of Go it was built with")
	case !goVersionForm.MatchString(recipe.Version):
		return nil, recipeError("it says that it was built with %q, which is no release of Go", recipe.Version)
	case build.Path == "command-line-arguments":
		return nil, recipeError("it was built from files and not from a package")
	case !goPackageForm.MatchString(build.Path):
		return nil, recipeError("it says that it was built from %q, which is no path of a package", build.Path)
	}
	return recipe, recipe.settings(build.Settings, flagsTold(r))
}

// onlyBuild is the one build information in the data of a module. Where there are
// several, all but one are decoys, and nothing says which.
func onlyBuild(r *inspect.Report) (*inspect.GoBuild, error) {
	var found []*inspect.GoBuild
	for i := range r.GoBuilds {
		if b := &r.GoBuilds[i]; b.Where == "data" {
			found = append(found, b)
		}
	}
	switch {
	case len(found) == 0:
		return nil, recipeError("it holds no build information of Go: it was built by other tools, or that was taken out")
	case len(found) > 1:
		return nil, recipeError("it holds %d build informations of Go, and nothing says which is its own", len(found))
	case found[0].Problem != "":
		return nil, recipeError("its build information of Go does not parse: %s", found[0].Problem)
	}
	return found[0], nil
}

// fixedSettings are what the target of a plugin leaves no choice of.
var fixedSettings = map[string]string{"-buildmode": "c-shared", "-compiler": "gc", "CGO_ENABLED": "0", "GOARCH": "wasm", "GOOS": "wasip1"}

// settings takes over the settings of a build. linker are the flags of the linker if
// none are recorded.
func (g *goRecipe) settings(settings []inspect.BuildSetting, linker string) error {
	g.flags = []string{"-buildmode=c-shared", "-buildvcs=false"}
	g.environ = []string{"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0"}
	seen := map[string]bool{}
	for _, s := range settings {
		if seen[s.Key] {
			return recipeError("its build information names %.60q twice", s.Key)
		}
		seen[s.Key] = true
		fixed, isFixed := fixedSettings[s.Key]
		switch {
		case isFixed && s.Value == fixed:
		case isFixed:
			return recipeError("it was built with %s=%.60q, and a plugin takes %s", s.Key, s.Value, fixed)
		case s.Key == "-trimpath" && s.Value == "true":
			g.flags = append(g.flags, "-trimpath")
		case s.Key == "-tags" && goTagsForm.MatchString(s.Value):
			g.flags = append(g.flags, "-tags="+s.Value)
		case s.Key == "GOWASM" && goWasmForm.MatchString(s.Value):
			g.environ = append(g.environ, "GOWASM="+s.Value)
		case s.Key == "-ldflags" && areLinkerFlags(s.Value):
			linker = s.Value
		case s.Key == "DefaultGODEBUG", s.Key == "vcs", strings.HasPrefix(s.Key, "vcs."):
			// The first comes from go.mod. The others are not repeated, because that
			// would run programs of a version control in the sources; the comparison
			// shows them.
		default:
			return recipeError("it was built with %.60q set to %.200q, which is not repeated", s.Key, s.Value)
		}
	}
	for _, key := range []string{"-buildmode", "GOARCH", "GOOS"} {
		if !seen[key] {
			return recipeError("its build information does not name %s", key)
		}
	}
	g.recorded = seen["-ldflags"] || !seen["-trimpath"]
	if linker != "" {
		g.flags = append(g.flags, "-ldflags="+linker)
	}
	return nil
}

// areLinkerFlags tells the flags of the linker that change nothing but the file
// that it makes.
func areLinkerFlags(text string) bool {
	words := strings.Split(text, " ")
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-s", w == "-w", buildIDForm.MatchString(w):
		case w == "-X" && i+1 < len(words) && linkerXForm.MatchString(words[i+1]):
			i++
		default:
			return false
		}
	}
	return true
}

// RecipeError says why a file cannot be built again from sources.
type RecipeError struct{ What string }

func (e *RecipeError) Error() string { return "cannot be rebuilt: " + e.What }

func recipeError(format string, args ...any) error {
	return &RecipeError{What: fmt.Sprintf(format, args...)}
}

// passedOn are the variables of the environment that a rebuild keeps. GOFLAGS,
// GOENV, GOROOT, GOWORK, GOEXPERIMENT and GODEBUG are none of them.
var passedOn = []string{"PATH", "HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "SystemRoot", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME"}

// noVersionControl holds for every go command, whatever it is asked: it would start
// git and its like in the sources, and their configuration there names programs.
const noVersionControl = "GOFLAGS=-buildvcs=false"

// goEnviron is the environment of the go command for a rebuild: nothing of the caller's
// can change what is built, no network is asked, and no other toolchain runs than
// the one that the file names. places are GOCACHE, GOMODCACHE and GOPATH.
func (g *goRecipe) goEnviron(environ, places []string) []string {
	out := []string{noVersionControl, "GOENV=off", "GOWORK=off", "GOPROXY=off", "GOVCS=*:off", "GO111MODULE=on", "GOEXPERIMENT=", "GODEBUG=", "GOTOOLCHAIN=" + g.Version}
	for _, e := range environ {
		if name, _, _ := strings.Cut(e, "="); slices.Contains(passedOn, name) {
			out = append(out, e)
		}
	}
	return slices.Concat(out, places, g.environ)
}
