package main

// subject is the setting that a plan changes. A plan is about the address of the
// service unless it names another one.
type subject struct {
	// name is what a plan calls it by; empty for the address.
	name string
	// noun says what it is, for people ("registry address").
	noun string
	// key is the key that supplied the value, an override included; the first of
	// keys when none did.
	key string
	// keys are the declared keys, in order.
	keys []string
	// newValue is the placeholder of a new value, <registry-url>. A secret has
	// none: it is typed at a prompt or into a file.
	newValue string
	// secret turns every plan into the secret plan (§3.0.6): no step prints the
	// value or takes it on a command line.
	secret bool
	// hidden says that the value may hold a secret where none belongs; it is changed
	// like any other, but not shown.
	hidden bool
}

// subject returns the subject of a plan.
func (s *scene) subject(name string) *subject {
	for i := range s.subjects {
		if s.subjects[i].name == name {
			return &s.subjects[i]
		}
	}
	return &subject{noun: s.noun, key: s.address.key, keys: s.keys, newValue: s.newValue, secret: s.address.secret}
}

// toNextSubject turns the plan to the subject after the one that it is about,
// and from the last one to the first.
func (s *scene) toNextSubject() {
	next := 0
	for i := range s.subjects {
		if s.subjects[i].name == s.changes.name {
			next = (i + 1) % len(s.subjects)
		}
	}
	s.changes, s.known = &s.subjects[next], nil
}

// stage turns a move into the one for a value that no step may show. A hidden
// value may hold a secret, but is changed like any other.
func (u *subject) stage(m move, hidden bool) move {
	switch {
	case m == look && (u.secret || u.hidden || hidden):
		return lookSet
	case m == change && u.secret:
		return changeSecret
	case m == apply && u.secret:
		return applySecret
	}
	return m
}

// documentedKey is the key that supplied the value as it is documented.
// Sources may write it in any case (§2.1), but jq and Helm tell cases apart, and
// a second spelling beside the first is a duplicate to the service.
func (u *subject) documentedKey() string {
	for _, prefix := range overridePrefixes {
		for _, key := range u.keys {
			if lower(prefix+key) == lower(u.key) {
				return prefix + key
			}
		}
	}
	return u.key
}

// changedEnv is the variable that a plan sets. A key in capitals comes from the
// environment, where a compose file may pass it on under that very name.
func (u *subject) changedEnv() string {
	if u.key == upper(u.key) {
		return envKey(u.key)
	}
	return envKey(u.documentedKey())
}

// envKeys are the environment spellings of the key that is changed and of the
// declared ones, as the alternatives of a regular expression.
func (u *subject) envKeys() string {
	changed := u.changedEnv()
	names, known := "", false
	for _, key := range u.keys {
		name := envKey(key)
		known = known || lower(name) == lower(changed)
		names += "|" + name
	}
	if known {
		return names[1:]
	}
	return changed + names
}
