package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// countUploads is a registry that keeps in a file how many uploads were opened
// and how many are open. Cancelling one takes a while, opening one in repository
// slow too, and /v2/hang never answers; the file hung is there once that was
// asked for.
func countUploads(count string) http.Handler {
	var mu sync.Mutex
	opened, open := 0, map[string]bool{}
	write := func() {
		if err := os.WriteFile(count+".tmp", fmt.Appendf(nil, "opened %d open %d\n", opened, len(open)), 0o644); err != nil {
			panic(err)
		}
		if err := os.Rename(count+".tmp", count); err != nil {
			panic(err)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v2/hang":
			if err := os.WriteFile("hung", nil, 0o644); err != nil {
				panic(err)
			}
			<-r.Context().Done()
		case r.Method == http.MethodPost:
			mu.Lock()
			opened++
			location := fmt.Sprintf("%s%d", r.URL.Path, opened)
			open[location] = true
			write()
			mu.Unlock()
			if strings.Contains(r.URL.Path, "/slow/") {
				time.Sleep(time.Second) // a slow server: the upload is there before its answer
			}
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusAccepted)
		case r.Method == http.MethodDelete:
			time.Sleep(500 * time.Millisecond) // a slow server: a program that does not wait for it leaves the upload open
			mu.Lock()
			defer mu.Unlock()
			delete(open, r.URL.Path)
			write()
			w.WriteHeader(http.StatusNoContent)
		}
	})
}
