package egress

import (
	"bytes"
	"net/netip"
	"strings"
)

// maxHostsBytes bounds the hosts file; one that is larger counts as empty.
const maxHostsBytes = 1 << 20

// inHosts says whether the hosts file gives the name exactly this address. A
// file that cannot be read gives nothing. It is read each time, so that a long
// running host sees the operator's change.
func inHosts(file, name string, addr netip.Addr) bool {
	data, err := readRegular(file, maxHostsBytes)
	if err != nil {
		return false
	}
	for line := range bytes.Lines(data) {
		line, _, _ := bytes.Cut(line, []byte("#"))
		fields := strings.Fields(string(line))
		if len(fields) < 2 {
			continue
		}
		if a, err := netip.ParseAddr(fields[0]); err != nil || a.Unmap() != addr {
			continue
		}
		for _, f := range fields[1:] {
			if strings.EqualFold(strings.TrimSuffix(f, "."), name) {
				return true
			}
		}
	}
	return false
}
