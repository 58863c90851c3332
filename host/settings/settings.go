// Package settings merges the operator's configuration sources into one flat,
// case-insensitive key space in which every value knows where it came from, and
// resolves from it what one check may see.
//
// # Keys
//
// A key in document form is segments joined by colons, Section:Key, with the
// item number as a segment of its own in lists: CI:Systems:0:Url. Letters match
// in either case, ASCII letters only, so that no two spellings of a key differ
// in whether they count as secret. The sources spell the same key
//
//	OCI:RegistryUrl=…              --set; OCI__RegistryUrl and oci.registryUrl work as well
//	OCI__RegistryUrl=…             environment
//	{"OCI": {"RegistryUrl": "…"}}  JSON, nested or {"OCI:RegistryUrl": "…"}
//	oci: { registryUrl: … }        YAML
//
// # Sources
//
// From the strongest to the weakest: --set-file, --set, environment, --config
// files, default files; within each the later wins, but of two environment
// variables for one key, which have no order, the first by name wins with a
// warning. Values are merged key by key and lists item by item and field by
// field, so one source may set the address of an item and another its token. A
// value that is empty or white space, and null in a file, counts as not set: it
// does not hide a weaker source. White space around a value is dropped.
//
// # Files
//
// JSON is what appsettings.json files hold: an object, with // and /* */
// comments and trailing commas. The reader is our own, because the positions of
// errors and duplicate keys matter here; a fuzz test holds it against
// encoding/json. YAML is read by a library and then walked node by node: custom
// tags, merge keys and second documents are refused. Both are bounded in size,
// depth, number of values and length of keys, aliases counted as often as they
// are used. A key that stands twice in one file is an error.
//
// # Resolution
//
// [Store.Resolve] picks the winner among a setting's keys (doctor-domain §2.2):
// the overrides of the plugin first, then the plain keys, each in declared
// order. Everything secret leaves the package as a handle; see [IsSecret] and
// [Resolution.Request].
package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Options names the sources. The zero value reads the default files only.
type Options struct {
	// Set holds the values of --set, Key=Value, in command-line order.
	Set []string
	// SetFile holds the values of --set-file, Key=FILE, in command-line order.
	// The value of the key is the file's text without one trailing newline.
	SetFile []string
	// Environ is the environment in the form of os.Environ. Only variables of
	// the form Section__Key are settings.
	Environ []string
	// Files are the values of --config. The extension .json, .yaml or .yml
	// tells the format; without one of these the content does.
	Files []string
	// NoDefaultFiles leaves the default files out.
	NoDefaultFiles bool
	// DefaultDir is where the default files are: appsettings.json, then
	// appsettings.<Environment>.json with the value of DOTNET_ENVIRONMENT in
	// Environ, Production when that is unset. Missing files are fine. Empty
	// means /etc/stellaops.
	DefaultDir string
}

// DefaultDir is where the default files are unless [Options] says otherwise.
const DefaultDir = "/etc/stellaops"

// Entry is one setting and where it came from.
type Entry struct {
	// Key is the key in document form, in the spelling of its source.
	Key string
	// Value is the text, white space around it dropped; never empty.
	Value string
	// Origin is --set, --set-file, "environment NAME" or "file PATH", the path
	// as it was given. It never holds a value.
	Origin string
}

// Store holds the merged settings. It does not change once made and may be used
// by several goroutines.
type Store struct {
	entries  map[string]Entry // by folded key
	warnings []string
	onSet    []string        // keys given by --set, winning or not
	marked   map[string]bool // secret by a plugin's word, in the form of secretForm
}

// Load reads and merges the sources.
//
// The error is an [*Error] when a source cannot be used: --set without a key or
// an equals sign, a file that is missing (but for default files), unreadable,
// too large, not text, or not a document of settings.
func Load(o Options) (*Store, error) {
	s := &Store{entries: map[string]Entry{}}
	if err := s.addDefaultFiles(o); err != nil {
		return nil, err
	}
	for _, path := range o.Files {
		if err := s.addFile(path); err != nil {
			return nil, err
		}
	}
	s.addEnvironment(o.Environ)
	if err := s.addSet(o.Set); err != nil {
		return nil, err
	}
	if err := s.addSetFile(o.SetFile); err != nil {
		return nil, err
	}
	return s, nil
}

// put sets one value over all that came before, unless it counts as not set.
func (s *Store) put(e Entry) (set bool) {
	if e.Value = strings.TrimSpace(e.Value); e.Value == "" {
		return false
	}
	s.entries[fold(e.Key)] = e
	return true
}

// Lookup returns the value of one key in document form, in any case. A section
// has no value.
func (s *Store) Lookup(key string) (Entry, bool) {
	e, ok := s.entries[fold(key)]
	return e, ok
}

// Entries returns every value that is in effect, sorted by key, item numbers by
// their value. Secrets are among them: see [Store.IsSecret].
func (s *Store) Entries() []Entry {
	all := make([]Entry, 0, len(s.entries))
	for _, e := range s.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Entry) int { return compareKeys(a.Key, b.Key) })
	return all
}

// Warnings returns sentences for the operator, in the order of the sources:
// what was ignored, and secrets that --set shows to others. They hold no values.
func (s *Store) Warnings() []string {
	all := slices.Clone(s.warnings)
	told := map[string]bool{}
	for _, key := range s.onSet {
		if told[fold(key)] || !s.IsSecret(key) {
			continue
		}
		told[fold(key)] = true
		all = append(all, fmt.Sprintf("--set shows %s to everyone who can list the processes of this machine: use the environment (%s) or --set-file %s=FILE",
			key, strings.ReplaceAll(key, ":", "__"), key))
	}
	return all
}

func (s *Store) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}
