package bundle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"stella-ops.org/doctor/host/image"
	"stella-ops.org/doctor/host/plugin"
)

const blockSize = 512

// padded is a size with what fills its last block.
func padded(size int64) int64 { return (size + blockSize - 1) / blockSize * blockSize }

// compressed are the beginnings of files that people compress a tar file to.
var compressed = []struct{ begin, name string }{
	{"\x1f\x8b", "gzip"}, {"\x28\xb5\x2f\xfd", "zstd"}, {"\xfd7zXZ", "xz"}, {"BZh", "bzip2"}, {"PK\x03\x04", "zip"},
}

// reader reads the entries of the one form. The reader of archive/tar understands
// what a tar file may say besides, which is what must not be said here.
type reader struct {
	r       *bufio.Reader
	entries layout
	last    string
	total   int64
}

// readTar reads all entries. Nothing is allocated from a size that the file claims.
func readTar(r io.Reader) (layout, error) {
	t := &reader{r: bufio.NewReaderSize(r, 64<<10), entries: layout{}}
	begin, err := t.r.Peek(8)
	if len(begin) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, image.Refuse(RuleEmpty, "", "the file is empty")
	}
	for _, c := range compressed {
		if bytes.HasPrefix(begin, []byte(c.begin)) {
			return nil, image.Refuse(RuleCompressed, "a bundle is a plain tar file; carry it as it was written", "the file is compressed with %s", c.name)
		}
	}
	for {
		more, err := t.entry()
		if err != nil || !more {
			return t.entries, err
		}
	}
}

// block reads one block. what names what it belongs to.
func (t *reader) block(what string) ([]byte, error) {
	b := make([]byte, blockSize)
	if _, err := io.ReadFull(t.r, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, image.Refuse(RuleTruncated, "carry it again; compare the digests of both copies", "the file ends %s", what)
		}
		return nil, err
	}
	if t.total += blockSize; t.total > MaxBytes {
		return nil, tooLarge()
	}
	return b, nil
}

func tooLarge() error {
	return image.Refuse(RuleTotalSize, "", "the file has more than %d bytes", MaxBytes)
}

var zeroBlock = make([]byte, blockSize)

// entry reads one entry; it reports false at the end of the archive.
func (t *reader) entry() (more bool, err error) {
	where := "before the first entry"
	if t.last != "" {
		where = "without an end mark after " + t.last
	}
	b, err := t.block(where)
	if err != nil {
		return false, err
	}
	if bytes.Equal(b, zeroBlock) {
		return false, t.end()
	}
	name, size, err := t.header(b)
	if err != nil {
		return false, err
	}
	if len(t.entries) == MaxEntries {
		return false, image.Refuse(RuleEntries, "", "the file has more than %d entries", MaxEntries)
	}
	data, err := t.content(name, size)
	if err != nil {
		return false, err
	}
	t.entries[name], t.last = data, name
	return true, nil
}

// end reads the second of the two blocks of zeros, after which there is nothing.
func (t *reader) end() error {
	b, err := t.block("in the middle of its end mark")
	if err != nil {
		return err
	}
	if !bytes.Equal(b, zeroBlock) {
		return image.Refuse(RuleTrailing, "", "something follows the end of the archive")
	}
	if _, err := t.r.ReadByte(); err == nil {
		return image.Refuse(RuleTrailing, "", "something follows the end of the archive")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// content reads what an entry holds.
func (t *reader) content(name string, size int64) ([]byte, error) {
	if t.total+padded(size) > MaxBytes {
		return nil, tooLarge()
	}
	t.total += padded(size)
	// It grows with what is there.
	var b bytes.Buffer
	if n, err := io.CopyN(&b, t.r, padded(size)); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, image.Refuse(RuleTruncated, "carry it again; compare the digests of both copies", "the file ends in the middle of %s, %d of %d bytes", name, min(n, size), size)
		}
		return nil, err
	}
	data, fill := b.Bytes()[:size:size], b.Bytes()[size:]
	if len(bytes.Trim(fill, "\x00")) > 0 {
		return nil, image.Refuse(RuleHeader, "", "the last block of %s is filled with something", name)
	}
	return data, nil
}

// field is one field of a header, up to its first NUL.
func field(b []byte, from, to int) string {
	s, _, _ := strings.Cut(string(b[from:to]), "\x00")
	return s
}

// header reads the header of an entry.
func (t *reader) header(b []byte) (name string, size int64, err error) {
	if err := checkSum(b); err != nil {
		if t.last == "" {
			return "", 0, image.Refuse(RuleNoTar, "stella doctor plugin export writes bundles", "the file is no tar archive")
		}
		return "", 0, image.Refuse(RuleChecksum, "carry it again; compare the digests of both copies", "the header after %s is damaged: %v", t.last, err)
	}
	name = field(b, 0, 100)
	if prefix := field(b, 345, 500); prefix != "" && string(b[257:263]) == "ustar\x00" {
		name = prefix + "/" + name
	}
	if err := checkType(name, b[156]); err != nil {
		return "", 0, err
	}
	if err := t.checkName(name); err != nil {
		return "", 0, err
	}
	if size, err = entrySize(name, b[124:136]); err != nil {
		return "", 0, err
	}
	if string(b[257:265]) != "ustar\x0000" {
		return "", 0, image.Refuse(RuleHeader, "carry a bundle as it was written, and do not pack it again", "the entry %s is in another format than ustar", image.Quote(name))
	}
	if !bytes.Equal(b, headerBlock(name, size)) {
		return "", 0, image.Refuse(RuleHeader, "carry a bundle as it was written, and do not pack it again",
			"the entry %s has a time, an owner or a mode that export does not write", name)
	}
	return name, size, nil
}

// checkSum holds a header against its own sum.
func checkSum(b []byte) error {
	want, err := strconv.ParseInt(strings.Trim(string(b[148:156]), " \x00"), 8, 32)
	if err != nil {
		return errors.New("it has no sum")
	}
	var got int64
	for i, c := range b {
		if i >= 148 && i < 156 {
			c = ' '
		}
		got += int64(c)
	}
	if got != want {
		return fmt.Errorf("its sum is %d, not %d", got, want)
	}
	return nil
}

// checkType accepts regular files.
func checkType(name string, flag byte) error {
	quoted := image.Quote(name)
	switch flag {
	case '0':
		return nil
	case '1':
		return image.Refuse(RuleLink, "", "the entry %s is a hard link", quoted)
	case '2':
		return image.Refuse(RuleLink, "", "the entry %s is a symbolic link", quoted)
	case '3', '4':
		return image.Refuse(RuleDevice, "", "the entry %s is a device", quoted)
	case '5':
		return image.Refuse(RuleDirectory, "carry a bundle as it was written, and do not pack it again", "the entry %s is a directory", quoted)
	case '6':
		return image.Refuse(RuleDevice, "", "the entry %s is a named pipe", quoted)
	case 'x', 'X':
		return image.Refuse(RuleExtended, "", "an extended header (pax) stands before an entry, which could give it another name or size")
	case 'g':
		return image.Refuse(RuleExtended, "", "a global extended header (pax) stands in the archive")
	case 'L', 'K':
		return image.Refuse(RuleExtended, "", "a header for a long name (GNU) stands before an entry")
	case 'S':
		return image.Refuse(RuleSparse, "", "the entry %s is a sparse file", quoted)
	}
	return image.Refuse(RuleEntryType, "", "the entry %s is of the unknown type %s", quoted, strconv.QuoteRuneToASCII(rune(flag)))
}

// checkName accepts the names that a bundle has, in rising order.
func (t *reader) checkName(name string) error {
	quoted := image.Quote(name)
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(name, "/"), strings.Contains(name, `\`), len(name) > 1 && name[1] == ':':
		return image.Refuse(RuleAbsolute, "", "the entry %s has an absolute name or one of another system", quoted)
	case strings.HasPrefix(name, "../"), strings.Contains(name, "/../"), strings.HasSuffix(name, "/.."), name == "..":
		return image.Refuse(RuleTraversal, "", "the entry %s leads out of the archive", quoted)
	case isEntry(name):
	case isEntry(lower) || strings.EqualFold(name, entryReadme):
		return image.Refuse(RuleCase, "", "the entry %s differs in capitals from what it would have to be", quoted)
	default:
		return image.Refuse(RuleName, "", "the entry %s is no part of a bundle", quoted)
	}
	switch {
	case t.has(name):
		return image.Refuse(RuleDuplicate, "", "the entry %s stands twice", name)
	case name <= t.last:
		return image.Refuse(RuleOrder, "carry a bundle as it was written, and do not pack it again", "the entry %s stands after %s", name, t.last)
	}
	return nil
}

// isEntry tells the names of a bundle.
func isEntry(name string) bool {
	switch name {
	case entryReadme, entryIndex, entryLayout:
		return true
	}
	hex, ok := strings.CutPrefix(name, blobPrefix)
	return ok && image.IsDigest("sha256:"+hex)
}

// maxEntry is the largest content of an entry.
func maxEntry(name string) int64 {
	switch name {
	case entryReadme:
		return maxReadme
	case entryIndex:
		return 4 * image.MaxManifest
	case entryLayout:
		return blockSize
	}
	return plugin.MaxSize
}

// entrySize reads a size in the one form: eleven octal digits.
func entrySize(name string, b []byte) (int64, error) {
	size, err := strconv.ParseUint(strings.TrimRight(string(b), "\x00"), 8, 62)
	if err != nil {
		return 0, image.Refuse(RuleEntrySize, "", "the entry %s has no size that can be read", name)
	}
	if most := maxEntry(name); size > uint64(most) {
		return 0, image.Refuse(RuleEntrySize, "", "the entry %s is said to have %d bytes; at most %d are accepted", name, size, most)
	}
	return int64(size), nil
}

func (t *reader) has(name string) bool {
	_, ok := t.entries[name]
	return ok
}
