//go:build race

package hosttest

// UnderRace says that the race detector is on: what tells time or counts memory
// then tells nothing.
const UnderRace = true
