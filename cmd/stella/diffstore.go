package main

import (
	"fmt"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/store"
)

// withInstalled pairs what one argument names with what is installed.
func (d *differing) withInstalled(arg string) ([]pair, error) {
	st, err := d.store()
	if err != nil {
		return nil, err
	}
	if e := st.lockEntry(arg); e != nil && !isThere(arg) {
		return d.versions(st, e)
	}
	now, err := d.sources(arg)
	if err != nil {
		return nil, err
	}
	var all []pair
	for _, n := range now {
		p := pair{new: n}
		if e := st.lockEntry(n.id); e != nil {
			if p.old, err = st.source(n.id, &e.Release, "installed"); err != nil {
				return nil, err
			}
		} else if p.old, err = embeddedSource(n.id); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// versions pairs the two versions of an installed plugin: the one that waits, or
// that was there before, with the one that runs.
func (d *differing) versions(st *openedStore, e *store.Entry) ([]pair, error) {
	var err error
	p := pair{}
	switch {
	case e.Pending != nil:
		if p.old, err = st.source(e.ID, &e.Release, "installed"); err == nil {
			p.new, err = st.source(e.ID, &e.Pending.Release, "waiting")
		}
	case e.Previous != nil:
		if p.old, err = st.source(e.ID, &e.Previous.Release, "before"); err == nil {
			p.new, err = st.source(e.ID, &e.Release, "installed")
		}
	default:
		return nil, usagef("name a file to compare it with: "+d.c.Command.HelpName+" "+e.ID+" FILE", "plugin %s has one version only, %s", e.ID, e.Version)
	}
	return []pair{p}, err
}

// installed is the plugin of an id: from the store, or a part of the program.
func (d *differing) installed(id string) (*compared, error) {
	st, err := d.store()
	if err != nil {
		return nil, err
	}
	if e := st.lockEntry(id); e != nil {
		return st.source(id, &e.Release, "installed")
	}
	one, err := embeddedSource(id)
	if err != nil || one != nil {
		return one, err
	}
	unknown := &host.UnknownError{Kind: "plugin", ID: id, Suggestions: host.Nearest(id, st.ids())}
	return nil, unknown
}

// openedStore is the store of installed plugins; it may be empty.
type openedStore struct{ *store.Store }

// store opens the store, if there is a place for one.
func (d *differing) store() (*openedStore, error) {
	dir, lock := storeIn(stateDir(d.s)), lockPath(d.s, d.c)
	if dir == "" || lock == "" {
		return &openedStore{}, nil
	}
	st, err := store.Open(dir, lock)
	return &openedStore{st}, err
}

func (o *openedStore) lockEntry(id string) *store.Entry {
	if o.Store == nil {
		return nil
	}
	return o.Lock().Find(id)
}

func (o *openedStore) ids() []string {
	var ids []string
	if o.Store != nil {
		for _, e := range o.Lock().Entries {
			ids = append(ids, e.ID)
		}
	}
	infos, err := embeddedInfos()
	if err == nil {
		for _, i := range infos {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

func (o *openedStore) source(id string, r *store.Release, how string) (*compared, error) {
	a, err := o.Plugin(r.Digest)
	if err != nil {
		return nil, fmt.Errorf("plugin %s %s: %w", id, r.Version, err)
	}
	return &compared{fmt.Sprintf("%s %s, %s", id, r.Version, how), id, a}, nil
}
