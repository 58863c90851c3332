package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/report"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

// completeCommand is the hidden command that the scripts of completion call:
//
//	stella __complete WORD…
//
// The words are those of a command line after the name of the program; the last one,
// which may be empty, is the one to complete. Its flags are not the program's own, so
// it is recognised before any flag is read. The first line of the answer says what of
// the file system may stand there as well: words for nothing, or files, wasm (plugin
// files, or any where there are none) or dirs, a tab, and the part of the word that
// comes before the file name. Each other line is one whole word, and what it means
// after a tab.
//
// It compiles nothing, reads no settings, and answers with nothing when anything is
// wrong: a person is typing.
const completeCommand = "__complete"

// complete answers completeCommand.
func complete(s *streams, words []string) {
	defer func() { _ = recover() }() // a person is typing
	if len(words) == 0 {
		return
	}
	at := locate(newApp(s), words)
	k := at.known(s)
	defer k.close()
	o := at.offer(k)
	if len(o.words) == 0 && o.files == "" {
		return
	}
	_ = o.write(s.stdout)
}

// offer is what may stand at the cursor.
type offer struct {
	words []candidate
	// files is empty, or files, wasm or dirs when names of these may stand there too.
	files string
	// prefix is the part of the word before the file name.
	prefix string
}

// candidate is one whole word and what it means.
type candidate struct{ word, about string }

func (o offer) write(w io.Writer) error {
	var b bytes.Buffer
	if o.files == "" {
		b.WriteString("words\n")
	} else {
		fmt.Fprintf(&b, "%s\t%s\n", o.files, o.prefix)
	}
	for _, c := range o.words {
		fmt.Fprintf(&b, "%s\t%s\n", report.Escape(c.word), report.Escape(c.about))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// after puts a prefix before every word, and before the file name.
func (o offer) after(prefix string) offer {
	for i := range o.words {
		o.words[i].word = prefix + o.words[i].word
	}
	o.prefix = prefix + o.prefix
	return o
}

// begun keeps the words that begin with what was typed. Case does not count:
// shells that tell cases apart sort the rest out.
func (o offer) begun(typed string) offer {
	var kept []candidate
	for _, c := range o.words {
		if len(c.word) >= len(typed) && strings.EqualFold(c.word[:len(typed)], typed) {
			kept = append(kept, c)
		}
	}
	o.words = kept
	return o
}

// place is where in a command line the word to complete stands.
type place struct {
	app     *cli.App
	command *cli.Command // the last command named; nil for none
	flag    cli.Flag     // the flag whose value the word is; nil for none
	path    []string     // the commands named, the last one too
	args    int          // arguments before the word
	given   []string     // these arguments
	ended   bool         // -- came before: no more flags
	plugins []string     // files named by --plugin
	trust   string       // the file named by --trust
	word    string
}

// locate walks over the words as [reorder] does.
func locate(app *cli.App, words []string) *place {
	at := &place{app: app, word: words[len(words)-1]}
	table := allFlags(app)
	cmds := app.Commands
	for i := 0; i < len(words)-1; i++ {
		tok := words[i]
		switch {
		case at.ended:
			at.args++
			at.given = append(at.given, tok)
		case tok == "--":
			at.ended = true
		case strings.HasPrefix(tok, "-") && tok != "-":
			name, value, inline := strings.Cut(strings.TrimLeft(tok, "-"), "=")
			f, ok := table[name]
			if !ok {
				continue
			}
			if takesValue(f) && !inline {
				i++
				if i == len(words)-1 {
					at.flag = f
					break
				}
				value = words[i]
			}
			if f.Names()[0] == "plugin" {
				files, _ := splitPlugins([]string{value})
				at.plugins = append(at.plugins, files...)
			}
			if f.Names()[0] == "trust" {
				at.trust = value
			}
		default:
			if next := findCommand(cmds, tok); next != nil && at.args == 0 {
				at.command, cmds = next, next.Subcommands
				at.path = append(at.path, next.Name)
			} else {
				at.args++
				at.given = append(at.given, tok)
			}
		}
	}
	return at
}

// names tells whether the commands named are these, behind doctor.
func (at *place) names(commands string) bool {
	return len(at.path) > 1 && strings.Join(at.path[1:], " ") == commands
}

// known is what there is to know at this place: plugin vet takes the checks of its
// file alone.
func (at *place) known(s *streams) *known {
	k := &known{s: s, files: at.plugins, trust: at.trust}
	if at.names("plugin vet") {
		k.files, _ = splitPlugins(at.given)
		k.alone = true
	}
	return k
}

// offer says what the word can become.
func (at *place) offer(k *known) offer {
	switch {
	case at.flag != nil:
		return at.values(k, at.flag, at.word)
	case !at.ended && strings.HasPrefix(at.word, "-"):
		name, value, inline := strings.Cut(at.word, "=")
		if !inline {
			return at.flagNames().begun(at.word)
		}
		f := at.find(strings.TrimLeft(name, "-"))
		if f == nil || !takesValue(f) {
			return offer{}
		}
		return at.values(k, f, value).after(name + "=")
	}
	return at.arguments(k)
}

func (at *place) flags() []cli.Flag {
	if at.command == nil {
		return append([]cli.Flag{cli.HelpFlag}, at.app.Flags...)
	}
	return append([]cli.Flag{cli.HelpFlag}, at.command.Flags...)
}

func (at *place) find(name string) cli.Flag {
	for _, f := range at.flags() {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

func (at *place) flagNames() offer {
	var o offer
	for _, f := range at.flags() {
		for _, name := range f.Names() {
			o.words = append(o.words, candidate{dashed(name), flagUsage(f)})
		}
	}
	return o
}

// values completes the value of a flag.
func (at *place) values(k *known, f cli.Flag, typed string) offer {
	for _, name := range f.Names() {
		if source := flagSources[name]; source != nil {
			// The command's own flag knows what this command takes.
			if own := at.find(name); own != nil {
				f = own
			}
			return source(k, f, typed).begun(typed)
		}
	}
	return offer{}
}

// arguments completes a command or an argument of the command. Where both may
// stand, arguments wait for their first letter: there may be a thousand of them.
func (at *place) arguments(k *known) offer {
	var o offer
	cmds, usage := at.app.Commands, ""
	if at.command != nil {
		cmds, usage = at.command.Subcommands, at.command.ArgsUsage
	}
	if at.args == 0 && !at.ended {
		for _, c := range cmds {
			if !c.Hidden {
				o.words = append(o.words, candidate{c.Name, c.Usage})
			}
		}
	}
	wanted := at.args < len(strings.Fields(usage)) || strings.Contains(usage, "…")
	if at.names("trust key remove") || at.names("trust key revoke") {
		usage = "KEY"
	}
	if source := argumentSources[usage]; source != nil && wanted && (len(o.words) == 0 || at.word != "") {
		more := source(k, nil, at.word)
		o.words, o.files, o.prefix = append(o.words, more.words...), more.files, more.prefix
		if o.files == "files" && len(at.path) > 2 && at.path[1] == "plugin" && at.isPlugin(usage) {
			o.files = "wasm"
		}
	}
	return o.begun(at.word)
}

// isPlugin tells whether the argument at the cursor is a plugin file.
func (at *place) isPlugin(usage string) bool {
	fields := strings.Fields(usage)
	return at.args < len(fields) && strings.Contains(fields[at.args], "FILE") || len(fields) == 1 && strings.HasSuffix(usage, "FILE…")
}

// known is what the plugins that are at hand say of themselves. They are read
// when the first thing of it is wanted.
type known struct {
	s     *streams
	files []string
	alone bool // nothing but these files
	trust string
	host  *host.Host
	read  bool
}

func (k *known) open() *host.Host {
	if !k.read {
		k.read = true
		cfg := host.Config{Version: version(), PluginFiles: k.files}
		if !k.alone {
			cfg.Embedded, cfg.Store = embeddedPlugins(), k.store()
		}
		k.host, _ = host.Open(cfg)
	}
	return k.host
}

// store is that of the state directory; nil when it cannot be read.
func (k *known) store() *store.Store {
	if k.s == nil || stateDir(k.s) == "" {
		return nil
	}
	st, err := store.Open(storeIn(stateDir(k.s)), lockIn(stateDir(k.s)))
	if err != nil {
		return nil
	}
	return st
}

// keys are those of the trust file.
func (k *known) keys() []trust.KeyInfo {
	path := k.trust
	if path == "" && k.s != nil {
		path = below(stateDir(k.s), trustFileName)
	}
	if path == "" {
		return nil
	}
	data, err := readRegular(path, trust.MaxFile)
	if err != nil {
		return nil
	}
	ring, err := trust.Parse(data, path)
	if err != nil {
		return nil
	}
	return ring.Info(time.Now()).Keys
}

func (k *known) close() {
	if k.host != nil {
		k.host.Close()
	}
}

// checks are all checks; none when the catalog cannot be read.
func (k *known) checks() []host.Check {
	h := k.open()
	if h == nil {
		return nil
	}
	checks, err := h.Checks(host.Selection{Full: true})
	if err != nil {
		return nil
	}
	return checks
}
