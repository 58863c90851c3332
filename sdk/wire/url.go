package wire

// URL is an address that passed [ScreenURL], in canonical form: scheme and host
// in lower case, no trailing dot on the host, the port always set, the path
// beginning with a slash.
type URL struct {
	Scheme string // http or https
	Host   string // a DNS name in LDH form, or an IP address without brackets
	Port   int    // 1 to 65535
	Path   string // escaped form, "/" when the address has none
	Query  string // without the question mark
}
