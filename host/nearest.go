package host

import "stella-ops.org/doctor/host/nearest"

// Nearest is [nearest.Of]: what of known somebody may have meant.
func Nearest(typed string, known []string) []string { return nearest.Of(typed, known) }
