//go:build race

package trust_test

const underRace = true
