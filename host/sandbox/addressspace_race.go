//go:build race

package sandbox

// workerAddressSpace is no limit: the race detector reserves terabytes.
const workerAddressSpace = 0
