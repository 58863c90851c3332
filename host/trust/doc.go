// Package trust says who vouches for a plugin file: it signs, keeps a ring of
// keys, and verifies, offline and with the standard library.
package trust
