package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust/keyfile"
)

// source completes one kind of value: f is the flag whose value it is, nil for
// an argument. It may offer more than what typed begins.
type source func(k *known, f cli.Flag, typed string) offer

// flagSources say what the values of flags are, by any name of the flag. A test
// holds that every flag that takes a value is here.
var flagSources = map[string]source{
	"check":     checkIDs,
	"plugin":    pluginsAndFiles,
	"category":  categories,
	"tag":       tags,
	"set":       settingKeys,
	"set-file":  settingFiles,
	"config":    files,
	"waivers":   files,
	"from":      files,
	"value":     anything,
	"record":    files,
	"audit":     files,
	"head":      anything,
	"source":    directories,
	"lines":     anything,
	"now":       anything,
	"format":    formatsAndFiles,
	"output":    files,
	"o":         files,
	"log-level": words("trace", "debug", "info", "warn", "error", "off"),
	"severity":  commaList("pass", "info", "warn", "fail", "skip"),
	"fail-on":   words("fail", "warn"),
	"runtime":   words(runtimeNames()...),
	"color":     words("auto", "always", "never"),
	"wait-for":  words("pass", "warn"),
	"timeout":   anything,
	"deadline":  anything,
	"parallel":  anything,
	"ca-file":   files,

	"key":             files,
	"extract-keys":    directories,
	"passphrase-file": files,
	"signer-command":  anything,
	"public-key":      files,
	"chain":           files,
	"bundle":          files,
	"trust":           files,
	"kind":            words(keyfile.Kinds()...),
	"plugins":         anything,
	"publisher":       anything,
	"not-before":      anything,
	"not-after":       anything,
	"reason":          anything,
	"since":           anything,
	"next-update":     anything,
	"digest":          anything,
	"number":          anything,

	"approve-host": anything,
	"approval":     files,
	"policy":       files,
	"cases":        files,
	"by":           anything,
	"expires":      anything,
	"engine":       words(store.Interpreter, store.Compiler),
}

// argumentSources say what arguments are, by the usage that a command declares.
// A test holds that every usage is here.
var argumentSources = map[string]source{
	"":                  anything,
	"[key or section…]": keys,
	"[check id…]":       checkIDs,
	"ID|CAUSE":          checksAndCauses,
	"DIR":               directories,
	"[OLD] NEW":         files,
	"FILE":              files,
	"FILE REF":          files,
	"ID|FILE…":          files,
	"BUNDLE [ID…]":      files,
	"REF":               anything,
	"NAME":              anything,
	"KEY":               keyNames,
	"FILE|REF":          files,
	"ID":                installedIDs,
	"ID FILE|REF":       installedIDsAndFiles,
	"FILE CASE…":        files,
	"OLD.json NEW.json": files,
	"bash|zsh|fish":     words(shells...),
}

// anything is what nothing can be offered for.
func anything(*known, cli.Flag, string) offer { return offer{} }

func files(*known, cli.Flag, string) offer { return offer{files: "files"} }

func directories(*known, cli.Flag, string) offer { return offer{files: "dirs"} }

// words offers the same few words always.
func words(list ...string) source {
	return func(*known, cli.Flag, string) offer {
		var o offer
		for _, w := range list {
			o.words = append(o.words, candidate{word: w})
		}
		return o
	}
}

// commaList offers the words that a list with commas does not have yet.
func commaList(list ...string) source {
	return func(_ *known, _ cli.Flag, typed string) offer {
		before := typed[:strings.LastIndex(typed, ",")+1]
		var o offer
		for _, w := range list {
			if !slices.Contains(strings.Split(before, ","), w) {
				o.words = append(o.words, candidate{word: w})
			}
		}
		return o.after(before)
	}
}

// checkIDs offers the ids of checks, as ones to leave out after an exclamation
// mark.
func checkIDs(k *known, _ cli.Flag, typed string) offer {
	var o offer
	for _, c := range k.checks() {
		o.words = append(o.words, candidate{c.Info.ID, c.Info.Name})
	}
	if strings.HasPrefix(typed, "!") {
		return o.after("!")
	}
	return o
}

func checksAndCauses(k *known, _ cli.Flag, _ string) offer {
	o := checkIDs(k, nil, "")
	texts := map[string]string{}
	for _, c := range k.checks() {
		if c.Info.Explain == nil {
			continue
		}
		for _, x := range c.Info.Explain.Causes {
			if texts[x.ID] == "" {
				texts[x.ID] = x.Text
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		o.words = append(o.words, candidate{id, texts[id]})
	}
	return o
}

func pluginsAndFiles(k *known, _ cli.Flag, _ string) offer {
	o := offer{files: "wasm"}
	if h := k.open(); h != nil {
		for _, p := range h.Plugins() {
			o.words = append(o.words, candidate{p.Info.ID, p.Info.Name})
		}
	}
	return o
}

// keyNames offers the keys of the trust file.
func keyNames(k *known, _ cli.Flag, _ string) offer {
	var o offer
	for _, key := range k.keys() {
		o.words = append(o.words, candidate{key.Name, key.Key})
	}
	return o
}

// installedIDs offers the plugins of the lock.
func installedIDs(k *known, _ cli.Flag, _ string) offer {
	var o offer
	if st := k.store(); st != nil {
		for _, e := range st.Lock().Entries {
			o.words = append(o.words, candidate{e.ID, e.Version})
		}
	}
	return o
}

func installedIDsAndFiles(k *known, f cli.Flag, typed string) offer {
	o := installedIDs(k, f, typed)
	o.files = "files"
	return o
}

func categories(k *known, _ cli.Flag, _ string) offer {
	found := map[string]bool{}
	for _, c := range k.checks() {
		found[c.Category()] = true
	}
	return words(slices.Sorted(maps.Keys(found))...)(k, nil, "")
}

func tags(k *known, _ cli.Flag, _ string) offer {
	found := map[string]bool{}
	for _, c := range k.checks() {
		for _, t := range c.Info.Tags {
			found[t] = true
		}
	}
	return words(slices.Sorted(maps.Keys(found))...)(k, nil, "")
}

// settingKeys offers keys up to the sign after which the value stands. The first
// item stands for all of a list.
func settingKeys(k *known, _ cli.Flag, typed string) offer {
	var o offer
	if strings.Contains(typed, "=") {
		return o
	}
	h := k.open()
	if h == nil {
		return o
	}
	about := map[string]string{}
	for _, c := range k.checks() {
		for i := range c.Info.Settings {
			s := &c.Info.Settings[i]
			for _, key := range settingNames(s) {
				about[key] = s.Description
			}
		}
	}
	for _, key := range h.SettingKeys() {
		o.words = append(o.words, candidate{strings.ReplaceAll(key, "*", "0") + "=", about[key]})
	}
	return o
}

// keys offers the keys themselves.
func keys(k *known, f cli.Flag, _ string) offer {
	o := settingKeys(k, f, "")
	for i := range o.words {
		o.words[i].word = strings.TrimSuffix(o.words[i].word, "=")
	}
	return o
}

func settingFiles(k *known, f cli.Flag, typed string) offer {
	if key, _, ok := strings.Cut(typed, "="); ok {
		return offer{files: "files", prefix: key + "="}
	}
	return settingKeys(k, f, typed)
}

// formatsAndFiles offers the formats of the command, and files after F=.
func formatsAndFiles(_ *known, f cli.Flag, typed string) offer {
	if format, _, ok := strings.Cut(typed, "="); ok {
		return offer{files: "files", prefix: format + "="}
	}
	if ff, ok := f.(*formatFlag); ok {
		return words(ff.formats...)(nil, nil, "")
	}
	return offer{}
}
