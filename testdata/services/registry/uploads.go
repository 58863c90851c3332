package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"sync"
	"time"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
)

// settleTimeout is how long a count waits for the other connections.
const settleTimeout = 10 * time.Second

// connections are the open ones of a server.
type connections struct {
	mu      sync.Mutex
	open    map[net.Conn]bool
	changed chan struct{}
}

// note is the ConnState of the server.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open, c.changed = map[net.Conn]bool{}, make(chan struct{})
	}
	switch state {
	case http.StateNew:
		c.open[conn] = true
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
		close(c.changed)
		c.changed = make(chan struct{})
	}
}

// settle waits until no other connection than the given one is open. A server
// accepts connections in their order, so after that nothing is on its way that a
// client sent before it asked.
func (c *connections) settle(ctx context.Context, own net.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for {
		c.mu.Lock()
		others, changed := len(c.open), c.changed
		if c.open[own] {
			others--
		}
		c.mu.Unlock()
		if others == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d other connections are open", others)
		}
	}
}

type connKey struct{}

// withConn is the ConnContext of the server.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// answerUploads answers with the number of open uploads, once every other client
// has gone: one that was killed while it asked for an upload may be served still.
func answerUploads(w http.ResponseWriter, r *http.Request, store storagedriver.StorageDriver, open *connections) {
	own, _ := r.Context().Value(connKey{}).(net.Conn)
	if err := open.settle(r.Context(), own); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	n, err := countUploads(r.Context(), store)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, n)
}

// countUploads counts the uploads that a client can resume: those that have a
// start, see the layout in distribution's package storage. A cancelled upload
// may leave its directory, because distribution saves the state of its hash once
// more when it closes it.
func countUploads(ctx context.Context, store storagedriver.StorageDriver) (int, error) {
	n := 0
	err := store.Walk(ctx, "/docker/registry/v2/repositories", func(info storagedriver.FileInfo) error {
		upload, name := path.Split(info.Path())
		if name == "startedat" && path.Base(path.Dir(path.Clean(upload))) == "_uploads" {
			n++
		}
		return nil
	})
	if missing := new(storagedriver.PathNotFoundError); errors.As(err, missing) {
		return 0, nil
	}
	return n, err
}
