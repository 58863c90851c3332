package store

import (
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/artifact"
)

// attachment is one line of an index: what is attached to a plugin file.
type attachment struct {
	Kind   artifact.Kind `json:"kind"`
	Digest string        `json:"digest"`
}

// index is the document in store/attached.
type index struct {
	Attached []attachment `json:"attached"`
}

const maxIndex = 64 << 10

func (s *Store) indexPath(digest string) string {
	return filepath.Join(s.dir, "attached", digest[len("sha256:"):]+".json")
}

// attached reads the index of a plugin file. A broken one is empty: an attachment
// proves nothing by being named there.
func (s *Store) attached(digest string) []attachment {
	f, err := openSoon(s.indexPath(digest))
	if err != nil {
		return nil
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxIndex+1))
	var doc index
	if err != nil || len(data) > maxIndex || json.Unmarshal(data, &doc) != nil || len(doc.Attached) > artifact.MaxAttachments {
		return nil
	}
	return slices.DeleteFunc(doc.Attached, func(t attachment) bool { return t.Kind.Max() == 0 || !isDigest(t.Digest) })
}

// writeArtifact stores a plugin file with its attachments.
func (s *Store) writeArtifact(a *artifact.Artifact) error {
	if err := s.writeBlob(a.Digest(), a.Plugin); err != nil {
		return err
	}
	return s.writeAttached(a)
}

// joined is what is attached to a plugin file once that of a comes to it, or the
// *Refusal where there is no room.
func (s *Store) joined(a *artifact.Artifact) ([]attachment, error) {
	all := s.attached(a.Digest())
	for _, t := range a.Attached {
		if line := (attachment{t.Kind, t.Digest()}); !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	if len(all) > artifact.MaxAttachments {
		return nil, refuse(RuleAttachments, "take the plugin out, and install it with those that count beside its file",
			"with what is beside the plugin file already there are %d documents, at most %d are kept", len(all), artifact.MaxAttachments)
	}
	return all, nil
}

// writeAttached stores the attachments of a plugin file beside those that it has.
func (s *Store) writeAttached(a *artifact.Artifact) error {
	all, err := s.joined(a)
	if err != nil {
		return err
	}
	for _, t := range a.Attached {
		if err := s.writeBlob(t.Digest(), t.Data); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(x, y attachment) int {
		if x.Kind != y.Kind {
			return slices.Index(artifact.Kinds(), x.Kind) - slices.Index(artifact.Kinds(), y.Kind)
		}
		return strings.Compare(x.Digest, y.Digest)
	})
	data, err := json.Marshal(index{all})
	if err != nil {
		return err
	}
	return writeAtomic("index", s.indexPath(a.Digest()), append(data, '\n'), 0o600)
}

// writeBlob stores content under its digest. Content that is there already is
// left alone if it is what it should be.
func (s *Store) writeBlob(digest string, data []byte) error {
	if _, err := s.blob(digest, int64(len(data))); err == nil {
		return nil
	}
	return writeAtomic("blob", s.blobPath(digest), data, 0o600)
}
