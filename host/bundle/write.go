package bundle

import (
	"archive/tar"
	"bytes"
	"io"
	"time"

	"stella-ops.org/doctor/host/image"
)

// Export writes a bundle. It fails with a *Refusal when the contents are more than
// [Read] accepts, with a *plugin.Refusal when a plugin is none, both before the
// first byte, and with the error of w.
func Export(w io.Writer, c Content) error {
	c, files, err := prepare(c)
	if err != nil {
		return err
	}
	l := layOut(c, files)
	if err := l.check(); err != nil {
		return err
	}
	return l.write(w)
}

// check holds the layout against the bounds of a bundle.
func (l layout) check() error {
	if len(l) > MaxEntries {
		return image.Refuse(RuleEntries, "write several bundles", "the bundle would have %d entries, at most %d are accepted", len(l), MaxEntries)
	}
	total := int64(2 * blockSize)
	for _, data := range l {
		total += blockSize + padded(int64(len(data)))
	}
	if total > MaxBytes {
		return image.Refuse(RuleTotalSize, "write several bundles", "the bundle would have %d bytes, at most %d are accepted", total, MaxBytes)
	}
	return nil
}

func (l layout) write(w io.Writer) error {
	t := tar.NewWriter(w)
	for _, name := range l.names() {
		if err := t.WriteHeader(header(name, int64(len(l[name])))); err != nil {
			return err
		}
		if _, err := t.Write(l[name]); err != nil {
			return err
		}
	}
	return t.Close()
}

// header is the one header that an entry has.
func header(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
}

// headerBlock is the header as it stands in the file.
func headerBlock(name string, size int64) []byte {
	var b bytes.Buffer
	// It cannot fail: the name is short and the size is below eight gigabytes.
	_ = tar.NewWriter(&b).WriteHeader(header(name, size))
	return b.Bytes()
}
