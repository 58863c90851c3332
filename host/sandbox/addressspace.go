//go:build !race

package sandbox

// workerAddressSpace bounds what a worker can allocate. The Go runtime needs
// about 1.5 GiB of it to compile the largest plugins.
const workerAddressSpace = 3 << 30
