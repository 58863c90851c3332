package main

import (
	"slices"
	"strings"

	"stella-ops.org/doctor/sdk/wire"
)

// provider is a kind of Git provider, and where its API is found.
type provider struct {
	// name stands in evidence, title in texts; title is empty for the unknown one.
	name, title string
	// key is the alias that names the provider; empty where none does.
	key string
	// part is what the host name of the provider contains; empty where hosts tell.
	part string
	// hosts are names of the provider's own service. Those that begin with a dot
	// stand for every name within.
	hosts []string
	// path is where the API answers below the configured address.
	path string
	// central are hosts of the provider's own service, the API of which is at
	// origin and centralPath, whatever the configured path.
	central             []string
	origin, centralPath string
	reason              string
}

// providers stand in the order in which host names are looked at (§3.7). The
// last one is for everything else.
var providers = []provider{
	{name: "github", title: "GitHub", key: keyGitHubURL, part: "github", path: "/api/v3/",
		central: []string{"github.com", "api.github.com"}, origin: "api.github.com", centralPath: "/",
		reason: "Ask a GitHub server of your own for the root of its API, without credentials."},
	{name: "gitlab", title: "GitLab", key: keyGitLabURL, part: "gitlab", path: "/api/v4/version",
		reason: "Ask GitLab for its version, without credentials."},
	{name: "gitea", title: "Gitea", key: keyGiteaURL, part: "gitea", path: "/api/v1/version",
		reason: "Ask Gitea for its version, without credentials."},
	{name: "bitbucket", title: "Bitbucket", part: "bitbucket", path: "/rest/api/1.0/application-properties",
		central: []string{"bitbucket.org"}, origin: "api.bitbucket.org", centralPath: "/2.0/user",
		reason: "Ask a Bitbucket server of your own for its properties, without credentials."},
	{name: "azuredevops", title: "Azure DevOps", hosts: []string{"dev.azure.com", ".visualstudio.com"}, path: "/_apis/connectionData",
		reason: "Ask Azure DevOps how it sees this connection, without credentials."},
	{name: "unknown", path: "",
		reason: "Ask a Git provider of a kind that the check does not know at the configured address itself, without credentials. " +
			"This allows every path below it, those of the entries before included; the check asks for no other."},
}

// gitAccess has one entry for each place where an API may be.
var gitAccess = accessOfProviders()

func accessOfProviders() []wire.Access {
	entry := func(target, path, reason string) wire.Access {
		return wire.Access{Kind: wire.KindHTTP, Methods: []string{"GET"}, Target: target, Path: path, Reason: reason}
	}
	var all []wire.Access
	for i := range providers {
		p := &providers[i]
		all = append(all, entry("{"+keyGitURL+"}", p.path, p.reason))
		if p.origin != "" {
			all = append(all, entry("https://"+p.origin, p.centralPath, "Ask "+p.title+"'s own service, if it is the one configured, without credentials."))
		}
	}
	return all
}

// providerOf tells the provider by the alias that supplied the address, else by
// the host.
func providerOf(a *address) *provider {
	for i := range providers {
		if p := &providers[i]; p.key != "" && isAlias(a.key, p.key) {
			return p
		}
	}
	for i := range providers {
		if a.rule == "" && providers[i].runs(a.base.Host) {
			return &providers[i]
		}
	}
	return &providers[len(providers)-1]
}

// isAlias tells whether key is the declared one, its override included, in any
// case (§2.1).
func isAlias(key, declared string) bool {
	for _, prefix := range overridePrefixes {
		if lower(key) == lower(prefix+declared) {
			return true
		}
	}
	return false
}

// runs tells whether the provider is the one on a host.
func (p *provider) runs(host string) bool {
	for _, name := range p.hosts {
		if host == name || name[0] == '.' && strings.HasSuffix(host, name) {
			return true
		}
	}
	return p.part != "" && strings.Contains(host, p.part)
}

func (p *provider) known() bool { return p.title != "" }

// request describes the question to the API of the provider.
func (p *provider) request(a *address) *answer {
	x := prepare(a, "GET", p.path)
	if p.isCentral(a) {
		x.target = wire.URL{Scheme: "https", Host: p.origin, Port: 443, Path: p.centralPath}
	}
	return x
}

// isCentral tells whether the address is that of the provider's own service.
func (p *provider) isCentral(a *address) bool { return slices.Contains(p.central, a.base.Host) }
