// Package readers holds tests that read what Doctor writes with software that is
// not Doctor's: every format by a reader of its own, every JSON document by a JSON
// Schema. It is a module of its own, so that what it needs stays out of the
// product. The schemas are made in package schemas.
package readers
