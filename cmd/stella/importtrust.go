package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"stella-ops.org/doctor/host/artifact"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
)

// importedKey is a key that stands in a bundle.
type importedKey struct {
	trust.KeyInfo
	// KnownAs is its name in the trust file of this machine; empty for none.
	KnownAs string `json:"known_as"`
	// File is where it was written; empty for nowhere.
	File string `json:"file,omitempty"`
}

// importedList is the list of revocations that stands in a bundle.
type importedList struct {
	Number     int64  `json:"number"`
	Issued     string `json:"issued"`
	NextUpdate string `json:"next_update"`
	Keys       int    `json:"keys"`
	Digests    int    `json:"digests"`
	SignedBy   string `json:"signed_by"` // a key that may sign lists; empty for none
	// State says what becomes of it: taken, present, or why not.
	State string `json:"state"`
}

// States of a list; any other is the sentence that says why it is not taken.
const (
	listTaken   = "taken"
	listPresent = "present"
)

// describeKeys lists the keys of the bundle. They are compared with those of this
// machine, and believed in nothing.
func describeKeys(data []byte, o store.Options) (keys []importedKey, problem string) {
	if len(data) == 0 {
		return []importedKey{}, ""
	}
	ring, err := trust.Parse(data, "trust.yaml of the bundle")
	if err != nil {
		return []importedKey{}, err.Error()
	}
	known := map[string]string{}
	for _, k := range o.Ring.Info(o.Now).Keys {
		known[k.Key] = k.Name
	}
	keys = []importedKey{}
	for _, k := range ring.Info(o.Now).Keys {
		keys = append(keys, importedKey{KeyInfo: k, KnownAs: known[k.Key]})
	}
	return keys, ""
}

// extractKeys writes the keys of the bundle as files, for people who have compared
// their digests.
func (i *importing) extractKeys() error {
	dir := i.c.String("extract-keys")
	if !i.c.IsSet("extract-keys") {
		return nil
	}
	if len(i.doc.Keys) == 0 {
		return usagef("", "--extract-keys: the bundle has no keys")
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return usagef("make the directory first", "--extract-keys %q: there is no such directory", dir)
	}
	ring, err := trust.Parse(i.bundle.Keys, "trust.yaml of the bundle")
	if err != nil {
		return err
	}
	for n := range i.doc.Keys {
		k := &i.doc.Keys[n]
		k.File = filepath.Join(dir, k.Name+".pem")
		if err := checkKeyPlace(k.File, ring.PublicKey(k.Key).PEM()); err != nil {
			return err
		}
	}
	for _, k := range i.doc.Keys {
		if i.opts.DryRun {
			notice(i.s, fmt.Sprintf("key %s (%s) would be written to %s, and not be believed", k.Name, k.Key, k.File))
			continue
		}
		if err := writeFile(k.File, ring.PublicKey(k.Key).PEM(), 0o644); err != nil {
			return err
		}
		notice(i.s, fmt.Sprintf("key %s (%s) was written and is not believed; once its owner has confirmed the digest: stella doctor trust key add %s --public-key %s --plugins PATTERN",
			k.Name, k.Key, k.Name, k.File))
	}
	return nil
}

// checkKeyPlace refuses to write over anything but the same key: a file that is there
// may be one that its owner has confirmed.
func checkKeyPlace(path string, key []byte) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return checkPlace(path)
	}
	if old, err := readRegular(path, trust.MaxFile); err != nil || !bytes.Equal(old, key) {
		return usagef("name an empty directory; nothing was written", "--extract-keys: %s is there already, and not the key of the bundle", path)
	}
	return checkPlace(path)
}

// judgeRevocations decides about the list of the bundle. One that is taken counts
// for the plugins that come with it.
func (i *importing) judgeRevocations() error {
	data, wanted := i.bundle.Revocations, i.c.Bool("take-revocations")
	switch {
	case len(data) == 0 && wanted:
		return usagef("leave it out", "--take-revocations: the bundle has no list of revocations")
	case len(data) == 0:
		return nil
	case i.opts.Ring == nil && wanted:
		return usagef("make one first: stella doctor trust key add NAME --public-key FILE --plugins PATTERN", "--take-revocations: there is no trust file that the list could belong to")
	}
	list, err := trust.ParseRevocations(data, "revocations.json of the bundle")
	if err != nil {
		return fmt.Errorf("bundle %s: %w", i.doc.Bundle, err)
	}
	d := &importedList{Number: list.Number, Issued: rfc3339(list.Issued), NextUpdate: rfc3339(list.NextUpdate), Keys: len(list.Keys), Digests: len(list.Digests)}
	i.doc.Revocations = d
	if i.opts.Ring == nil {
		d.State = "there is no trust file that it could belong to"
		return nil
	}
	_, signer, err := i.opts.Ring.TakeRevocations(data, "revocations.json of the bundle", i.bundle.ListSignatures, i.opts.Now)
	d.SignedBy = signer
	have := i.opts.Ring.Info(i.opts.Now).Revocations
	switch {
	case err != nil && wanted:
		return fmt.Errorf("bundle %s: its list of revocations: %w", i.doc.Bundle, err)
	case err != nil:
		d.State = err.Error()
		return nil
	case have != nil && have.Number == list.Number:
		d.State = listPresent
		return nil
	case signer == "" && !i.c.Bool("take-revocations"):
		d.State = "no key that may sign lists has signed it; --take-revocations takes it on your word"
		return nil
	}
	if i.opts.Ring, err = i.opts.Ring.WithRevocations(list); err != nil {
		return err
	}
	d.State, i.taken = listTaken, list
	return nil
}

// takeRevocations writes the list and its number in the trust file. It comes before
// the plugins: a kill between leaves what is stricter.
func (i *importing) takeRevocations() error {
	if i.taken == nil || i.opts.DryRun {
		return nil
	}
	p, err := takeRevocations(i.s, i.c, "of the bundle", i.bundle.Revocations, i.bundle.ListSignatures, i.opts.Now)
	if err != nil {
		return err
	}
	return p.forms["text"](i.s.stderr)
}

// revokedByBundle refuses a plugin that the list in its own bundle revokes, be that
// list taken or not: whoever packed it says that it must not run.
func (i *importing) revokedByBundle(a arrival) error {
	if len(i.bundle.Revocations) == 0 {
		return nil
	}
	list, err := trust.ParseRevocations(i.bundle.Revocations, "revocations.json of the bundle")
	if err != nil {
		return err
	}
	packer, err := trust.Parse(i.bundle.Keys, "trust.yaml of the bundle")
	if err != nil {
		packer = nil // which the document tells, and which says nothing then
	}
	return i.opts.Ring.RevokedBy(list, "the list of revocations in the bundle", packer,
		trust.SubjectOf(a.artifact.Plugin, &a.file.Info), a.artifact.Of(artifact.Signature), i.opts.Now)
}
