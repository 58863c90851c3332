//go:build !race

package host_test

// underRace says that the race detector is on.
const underRace = false
