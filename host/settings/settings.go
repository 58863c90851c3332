// Package settings merges the operator's configuration sources into one flat,
// case-insensitive key space in which every value knows where it came from.
package settings
