package egress

// Credential is the header that authenticates a request. The zero value is none.
//
// It is sent to the address of its call and nowhere else: a request that bears
// one follows no redirect. Where a redirect would be followed otherwise, the
// answer stops as redirect_blocked; to go on without the credential would end in
// a 401 that says nothing about it.
type Credential struct {
	// Header is the name of the header, in any case.
	Header string
	Value  Secret
}

// Secret is text that no log and no error may show by accident.
type Secret string

// String hides the text from %v and %s.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString hides the text from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the text from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
