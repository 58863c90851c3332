//go:build !linux

package sandbox

func inheritedDescriptors() string { return "[]" }
