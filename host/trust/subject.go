package trust

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"

	"stella-ops.org/doctor/sdk/wire"
)

// Subject is what a signature must be about: the bytes of one sealed file, and
// what the seal in them says. Names of files are no part of it.
type Subject struct {
	// ID and Version are those of the sealed description.
	ID, Version string
	// SHA256 and SHA512 are lower-case hex, of the sealed file.
	SHA256, SHA512 string

	// file are the bytes themselves, which bare signatures are made over.
	file []byte
}

// SubjectOf is the subject of a sealed file. It keeps file, which must not change
// while the subject is in use.
func SubjectOf(file []byte, info *wire.PluginInfo) Subject {
	short, long := sha256.Sum256(file), sha512.Sum512(file)
	return Subject{
		ID: info.ID, Version: info.Version,
		SHA256: hex.EncodeToString(short[:]), SHA512: hex.EncodeToString(long[:]),
		file: file,
	}
}
