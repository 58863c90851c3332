// Package cosign holds our signatures against cosign itself: cosign verifies
// ours, and we verify cosign's. It is a module of its own, because cosign brings
// hundreds of others, and is no part of `make test`: `make cosign` builds the
// cosign that go.mod names and runs it.
package cosign
