package wire

import (
	"strconv"
	"strings"
)

// canonicalIPv6 reads an IPv6 address without brackets and writes it in the
// form of RFC 5952; nothing for text that is none, or has a zone. An address
// that maps IPv4 keeps the dotted form (::ffff:192.0.2.1) and stays IPv6. It
// stands here because net/netip would make a guest a good deal larger.
func canonicalIPv6(text string) string {
	groups, ok := parseIPv6(text)
	if !ok {
		return ""
	}
	if groups[5] == 0xffff && groups[0]|groups[1]|groups[2]|groups[3]|groups[4] == 0 {
		s := "::ffff"
		sep := ":"
		for _, g := range groups[6:] {
			s += sep + strconv.Itoa(int(g>>8)) + "." + strconv.Itoa(int(g&0xff))
			sep = "."
		}
		return s
	}
	start, end := longestZeros(groups)
	s := ""
	for i := 0; i < 8; i++ {
		if i == start {
			s += "::"
			i = end
			if i == 8 {
				break
			}
		} else if i > 0 {
			s += ":"
		}
		s += strconv.FormatUint(uint64(groups[i]), 16)
	}
	return s
}

// longestZeros finds the run of zero groups that :: stands for: the longest of
// at least two, the first of equals. Start is -1 when there is none.
func longestZeros(groups [8]uint16) (start, end int) {
	start, end = -1, 0
	for i := 0; i < 8; i++ {
		j := i
		for j < 8 && groups[j] == 0 {
			j++
		}
		if j-i >= 2 && (start < 0 || j-i > end-start) {
			start, end = i, j
		}
		if j > i {
			i = j
		}
	}
	return start, end
}

func parseIPv6(text string) (groups [8]uint16, ok bool) {
	front, back, gap := strings.Cut(text, "::")
	head, ok1 := ipv6Groups(front, !gap)
	tail, ok2 := ipv6Groups(back, true)
	if n := len(head) + len(tail); !ok1 || !ok2 || !gap && n != 8 || gap && n > 7 {
		return groups, false
	}
	copy(groups[:], head)
	copy(groups[8-len(tail):], tail)
	return groups, true
}

// ipv6Groups reads groups between colons; the last may be an IPv4 address in
// dotted form when last is set. Empty text has none.
func ipv6Groups(text string, last bool) (groups []uint16, ok bool) {
	if text == "" {
		return nil, true
	}
	for more := true; more; {
		var part string
		part, text, more = strings.Cut(text, ":")
		if len(groups) == 8 {
			return nil, false
		}
		if ip, ok := parseIPv4(part); ok && last && !more {
			return append(groups, uint16(ip[0])<<8|uint16(ip[1]), uint16(ip[2])<<8|uint16(ip[3])), true
		}
		if part == "" || len(part) > 4 {
			return nil, false
		}
		g := 0
		for i := range len(part) {
			n := hexValue(part[i])
			if n < 0 {
				return nil, false
			}
			g = g<<4 | n
		}
		groups = append(groups, uint16(g))
	}
	return groups, true
}
