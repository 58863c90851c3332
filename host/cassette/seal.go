package cassette

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

const (
	sealMarker = "-- " + sealFile + " --\n"
	sealPrefix = "sha256:"
	sealBytes  = len(sealMarker) + len(sealPrefix) + 2*sha256.Size + 1
)

// seal appends the seal to the text before it.
func seal(body []byte) []byte {
	return append(body, sealMarker+sum(body)+"\n"...)
}

func sum(body []byte) string {
	digest := sha256.Sum256(body)
	return sealPrefix + hex.EncodeToString(digest[:])
}

// checkSeal wants the seal as the very end of data. A file that was cut off
// anywhere has none there.
func checkSeal(data []byte) error {
	at := len(data) - sealBytes
	if at < 1 || data[at-1] != '\n' || !bytes.HasPrefix(data[at:], []byte(sealMarker+sealPrefix)) {
		if bytes.HasSuffix(data, []byte("\r\n")) {
			return &Error{Problem: "its line ends were rewritten; copy the file byte for byte"}
		}
		return &Error{Problem: "it is cut off: no seal stands at its end"}
	}
	if string(data[at:]) != sealMarker+sum(data[:at])+"\n" {
		return &Error{Problem: "it was changed after it was recorded: its seal does not fit"}
	}
	return nil
}
