package main

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"stella-ops.org/doctor/host/settings"
)

func manCommand(s *streams) *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		Description: "Read it with `stella doctor man | man -l -`, or install it as stella.1 where man finds it.",
		Action: func(c *cli.Context) error {
			if _, err := exactArgs(c); err != nil {
				return err
			}
			var b bytes.Buffer
			writeMan(&b, newApp(s), version())
			_, err := s.stdout.Write(b.Bytes())
			return stdoutError(err)
		},
	}
}

// writeMan writes the manual page of the program. Commands, flags and exit codes
// come from their tables; there is no date in it, so that one version of the
// program has one page.
func writeMan(w io.Writer, app *cli.App, version string) {
	r := &roff{w: w}
	r.title(app.Name, version)
	r.section("name")
	r.line(roffText(app.Name) + ` \- ` + roffText(app.Usage))
	r.section("synopsis")
	doctor := findCommand(app.Commands, "doctor")
	for i, usage := range strings.Split(doctor.UsageText, "\n") {
		if i > 0 {
			r.line(".br")
		}
		r.line(bold(usage))
	}
	r.section("description")
	for _, p := range manDescription {
		r.paragraph(p)
	}
	r.section("commands")
	manCommands(r, app.Name+" "+doctor.Name, doctor.Subcommands)
	for _, part := range manParts {
		r.section(part.title)
		if part.text != "" {
			r.paragraph(part.text)
		}
		for _, f := range part.facts {
			r.item(bold(f.name), f.text)
		}
	}
	r.section("exit status")
	r.paragraph("The exit code is a contract and the same for every format.")
	for _, e := range exitCodes {
		r.item(bold(strconv.Itoa(e.code)), strings.ReplaceAll(e.meaning, "`", ""))
	}
	r.section("examples")
	for _, x := range manExamples {
		r.paragraph(x.text)
		r.command(x.name)
	}
}

// manCommands writes a part for each command that does something.
func manCommands(r *roff, path string, cmds []*cli.Command) {
	for _, c := range cmds {
		if c.Hidden {
			continue
		}
		path := path + " " + c.Name
		if len(c.Subcommands) > 0 {
			manCommands(r, path, c.Subcommands)
			continue
		}
		r.subsection(path)
		r.line(bold(usageText(c, path)))
		r.paragraph(sentence(c.Usage))
		if c.Description != "" {
			for p := range strings.SplitSeq(c.Description, "\n") {
				r.paragraph(p)
			}
		}
		for _, f := range ownFlags(c) {
			r.item(manFlag(f), sentence(flagSentence(f)))
		}
	}
}

// sentence makes one of a phrase of the help.
func sentence(phrase string) string {
	phrase = strings.ToUpper(phrase[:1]) + phrase[1:]
	if !strings.HasSuffix(phrase, ".") {
		phrase += "."
	}
	return phrase
}

// manFlag is a flag in all its spellings, with the noun for its value.
func manFlag(f cli.Flag) string {
	var names []string
	for _, name := range f.Names() {
		names = append(names, bold(dashed(name)))
	}
	text := strings.Join(names, ", ")
	if noun := flagValue(f); noun != "" {
		text += " " + italic(noun)
	}
	return text
}

var manDescription = []string{
	"Doctor runs health checks by id and tells what is wrong, on what evidence, why it may be so, and which commands fix it on Docker Compose, " +
		"systemd and Kubernetes.",
	"Checks ship as plugins: one sealed WebAssembly file each, run in a sandbox whose only way out is a few host functions. What a plugin may reach " +
		"is bound to the settings of the operator.",
	"Flags may stand before or after arguments and before or after the command; -- ends them. Standard output carries the chosen format and nothing " +
		"else; progress, notes and errors go to standard error.",
	"Without a command the checks run: stella doctor is the same as stella doctor run.",
}

// manPart is a section of names and what they mean.
type manPart struct {
	title, text string
	facts       []fact
}

var manParts = []manPart{
	{"settings", "Checks read the settings that they declare and no other. A key has sections joined by colons, and case does not count. " +
		"Settings come from these sources, the strongest first:", []fact{
		{"--set-file KEY=FILE", "The text of a file; for secrets."},
		{"--set KEY=VALUE", "A value on the command line."},
		{"Section__Key", "A variable of the environment: OCI__RegistryUrl for OCI:RegistryUrl."},
		{"--config FILE", "A file of JSON or YAML; of several, the later wins."},
		{"default files", "See FILES."},
	}},
	{"files", "", []fact{
		{settings.DefaultDir + "/appsettings.json", "Settings of every environment."},
		{settings.DefaultDir + "/appsettings.<Environment>.json", "Settings of one environment, named by DOTNET_ENVIRONMENT; they beat those of appsettings.json."},
		{"$STELLA_HOME/doctor.lock", "The lock: which plugins are installed, and what is approved for each. It is made to be read and kept under review. " +
			"A doctor.lock beside the first --config wins. Without STELLA_HOME this and what follows is in $XDG_DATA_HOME/stella/doctor, and that in ~/.local/share."},
		{"$STELLA_HOME/trust.yaml", "The keys that are believed. A trust.yaml beside the first --config wins. Nobody but its owner may be able to change it."},
		{"$STELLA_HOME/revocations.json", "The list of keys and files that count no more, where the trust file names it so; it stands beside the trust file."},
		{"$STELLA_HOME/store", "The files of installed plugins and what is attached to them, by their digests. Each is hashed again before it runs, and what no lock names is collected."},
		{"FILE.wasm.sigstore.json, .cdx.json, .vet.json, .md", "Beside a plugin file: its signatures (further ones as FILE.wasm.NAME.sigstore.json), bill of materials, vet report and documentation. " +
			"install, push and export take them along."},
		{"the file of run --audit", "The log of every request, each line with the hash of the one before. FILE.alive beside it belongs to it, is empty, and is held by the run that writes."},
		{"$XDG_CACHE_HOME/stella/doctor", "Compiled code of plugins, in ~/.cache without XDG_CACHE_HOME. It may be deleted at any time."},
	}},
	{"environment", "", []fact{
		{"STELLA_HOME", "Where the lock, the trust file and the plugins are: a whole path."},
		{"XDG_DATA_HOME, HOME", "Where that is without STELLA_HOME. Without all three nothing can be installed, and what is embedded runs all the same."},
		{"USER, USERNAME", "Who approves, holds and is named in an audit log where nothing else says so; without them the system tells."},
		{envPassphrase, "The passphrase of a private key, for plugin sign and trust key generate; --passphrase-file beats it."},
		{"STELLA_OFFLINE", "With true or 1 no check connects to anything; same as --offline."},
		{"NO_COLOR", "With any value but the empty one, output has no colour."},
		{"TERM", "With dumb, output is plain text for a terminal that can do nothing else."},
		{"DOTNET_ENVIRONMENT", "Names the second default file; Production when it is unset."},
		{"XDG_CACHE_HOME, HOME", "Where the cache is. Without both there is none, and runs are slower."},
		{"DOCKER_CONFIG", "The directory of the config.json with the credentials for registries; ~/.docker when it is unset."},
		{"HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "Proxies of the environment, in capitals or small letters. They are used only where the setting Doctor:Proxy is env."},
		{"SSL_CERT_FILE, SSL_CERT_DIR", "Replace the system's certificates of authorities; reports say so. The setting Doctor:Tls:CaFile adds to them."},
	}},
}

// manExamples are command lines and what they are for.
var manExamples = []fact{
	{"stella doctor", "Run the default checks with the settings of this machine:"},
	{"stella doctor run --check check.integration.oci.registry --set OCI:RegistryUrl=https://registry.example.com", "Run one check against one registry:"},
	{"stella doctor run --format json=report.json --fail-on warn", "In a pipeline, write a report for machines, and let warnings count:"},
	{"stella doctor run --wait-for pass --deadline 5m", "After a deployment, wait until everything is well, five minutes at most:"},
	{"stella doctor explain check.integration.oci.registry --runtime compose", "Read what a check asks, and what helps with Docker Compose:"},
	{"stella doctor explain tls.unknown-ca", "Read what a cause in a report means:"},
	{"stella doctor run --plugin ./acme.wasm", "Run the checks of a plugin file:"},
	{"stella doctor trust key generate acme", "As the author of plugins, make a key:"},
	{"stella doctor plugin sign acme.wasm --key acme.key", "Sign a version with it:"},
	{"stella doctor plugin vet acme.wasm --format text --format json=acme.wasm.vet.json", "See what a plugin does among hostile services, and keep the report beside it:"},
	{"stella doctor trust key add acme --public-key acme.pub --plugins 'com.acme.**'", "Believe the key of a publisher, once its owner has confirmed the digest:"},
	{"stella doctor plugin install acme.wasm", "Let a plugin in, and be asked what it may do:"},
	{"stella doctor plugin install acme.wasm --print-approval > approval.yaml", "Write down what it asks for, to take away from it:"},
	{"stella doctor plugin install acme.wasm --approval approval.yaml --by jane@example.com --expires 2030-12-31", "Let it in with that, until a date:"},
	{"stella doctor plugin upgrade com.acme.doctor acme-1.1.0.wasm", "Bring another version; it waits when it asks for more:"},
	{"stella doctor plugin export --all -o bundle.tar", "Carry what is installed to a machine without a network:"},
	{"stella doctor plugin import bundle.tar --by joe@example.com --approve-all", "Let it in there:"},
}
