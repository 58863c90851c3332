package inspect

import (
	"bytes"
	"cmp"
	_ "embed"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"stella-ops.org/doctor/sdk/wire"
)

// maxFound bounds the addresses that are listed, maxDistinct those that are told
// apart.
const (
	maxFound    = 500
	maxDistinct = 10_000
)

// addresses looks for addresses in the data and holds them against what is
// declared. It finds what stands there in one piece; what is put together or
// decoded by code it cannot find.
func (x *inspector) addresses() {
	known := x.knownHosts()
	found := map[Found]int{} // without its count
	left := 0
	findAddresses(x.image.Bytes, func(a address) {
		f := known.judge(a)
		if _, ok := found[f]; !ok && len(found) == maxDistinct {
			left++
			return
		}
		found[f]++
	})
	for f, n := range found {
		f.Count = n
		x.Strings = append(x.Strings, f)
	}
	slices.SortFunc(x.Strings, compareFound)
	x.findAddresses()
	if n := len(x.Strings); n > maxFound {
		left += n - maxFound
		x.Strings = x.Strings[:maxFound]
	}
	if left > 0 {
		x.find(RuleAddressesMore, "the data holds more addresses, of which %d are not listed", left)
	}
}

// findAddresses makes one finding of each host.
func (x *inspector) findAddresses() {
	hosts := map[string]bool{}
	for _, f := range x.Strings {
		if f.Status == StatusNotDeclared {
			hosts[f.Host] = true
		}
	}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		x.find(RuleAddress, "the data names the host %s", quote(host))
	}
}

// compareFound puts what nothing speaks of first.
func compareFound(a, b Found) int {
	rank := map[string]int{StatusNotDeclared: 0, StatusDeclared: 1, StatusDescribed: 2, StatusSource: 3, StatusLocal: 4}
	return cmp.Or(rank[a.Status]-rank[b.Status], strings.Compare(a.Host, b.Host), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Text, b.Text))
}

// address is an address as it was found.
type address struct {
	kind string
	text string // the whole of an URL; else the host
	host string
	rest string // the path that follows a bare host, as far as it may name a package
}

// Kinds of addresses.
const (
	kindURL  = "url"
	kindHost = "host"
	kindIP   = "ip"
)

// knownHosts are the hosts that something speaks of.
type knownHosts struct {
	declared, described map[string]bool
	source              map[string]bool // paths of modules and packages, in lower case
	// lengths are those of the declared and the described, longest first.
	lengths []int
}

func (x *inspector) knownHosts() *knownHosts {
	k := &knownHosts{declared: map[string]bool{}, described: map[string]bool{}, source: map[string]bool{}}
	for _, host := range x.Hosts {
		k.declared[host] = true
	}
	for _, s := range x.module.Sections {
		if s.IsCustom() && s.Name == wire.SectionName && x.info != nil {
			findAddresses(bytes.ReplaceAll(s.Content(x.data), []byte(`\u0026`), []byte("&")), func(a address) { k.described[a.host] = true })
		}
	}
	for _, b := range x.GoBuilds {
		k.addSource(b.Path)
		k.addSource(b.Main.Path)
	}
	for _, d := range x.Dependencies {
		k.addSource(d.Path)
		k.addSource(d.effective().Path)
	}
	lengths := map[int]bool{}
	for _, hosts := range []map[string]bool{k.declared, k.described} {
		for host := range hosts {
			lengths[len(host)] = true
		}
	}
	k.lengths = slices.Sorted(maps.Keys(lengths))
	slices.Reverse(k.lengths)
	return k
}

func (k *knownHosts) addSource(path string) { k.source[strings.ToLower(path)] = true }

// isSource tells whether a host begins the path of a module that the file claims, as
// the names of its functions and files do. A slash behind it is not enough: the one
// who wrote the file chose the names of its modules.
func (k *knownHosts) isSource(a address) bool {
	if a.rest == "" || a.host == "golang.org" {
		return a.rest != ""
	}
	path := a.host + strings.NewReplacer("%2e", ".", "!", "").Replace(strings.ToLower(a.rest))
	for end := len(a.host) + 1; end <= len(path); end++ {
		if (end == len(path) || strings.IndexByte("/.@(", path[end]) >= 0) && k.source[path[:end]] {
			return true
		}
	}
	return false
}

func (k *knownHosts) judge(a address) Found {
	f := Found{Kind: a.kind, Text: cut(a.text), Host: cut(a.host), Status: StatusNotDeclared}
	if a.kind == kindURL {
		if host := k.unpacked(a.host); host != a.host {
			scheme, _, _ := strings.Cut(a.text, "://")
			f.Host, f.Text = host, scheme+"://"+host
		}
	}
	switch {
	case k.declared[f.Host]:
		f.Status = StatusDeclared
	case k.described[f.Host]:
		f.Status = StatusDescribed
	case isLocal(f.Host):
		f.Status = StatusLocal
	case k.isSource(a):
		f.Status = StatusSource
	}
	return f
}

// unpacked is the known host with which a host begins, for compilers pack strings
// without anything between them. A host that may be good as it stands is left alone:
// api.example.com.evil.net begins with a known one, and is another, and so is
// api.example.company. What follows a known one must be a piece of a word, with which
// the last label is no name of the public DNS.
func (k *knownHosts) unpacked(host string) string {
	if k.declared[host] || k.described[host] || endsWell(host) {
		return host
	}
	for _, n := range k.lengths {
		if n >= len(host) || !k.declared[host[:n]] && !k.described[host[:n]] {
			continue
		}
		if rest := host[n:]; rest[0] != '-' && !strings.Contains(rest, ".") {
			return host[:n]
		}
	}
	return host
}

// endsWell holds for a host whose last label is a name of the public DNS, or of a
// site's own: two letters are a country's.
func endsWell(host string) bool {
	last := lastLabel(host)
	return len(last) == 2 || topLevel()[last] || publicNames[last] || privateNames[last]
}

// The top-level domains of the public DNS that have more than two letters, as of the
// Public Suffix List in golang.org/x/net v0.54.0, whose package is not used here: it
// brings net/http along, and what inspects a file reaches no network.
//
//go:embed tlds.txt
var tlds string

var topLevel = sync.OnceValue(func() map[string]bool { return setOf(tlds) })

// isLocal holds for what names this machine, or none.
func isLocal(host string) bool {
	if host == "localhost" {
		return true
	}
	if last := lastLabel(host); last == "" || last[0] > '9' && !strings.Contains(host, ":") {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsUnspecified() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}))
}
