package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"
)

// hold relays to the server at target, and holds the first request with a method
// that comes while the file "hold" names it: "POST asked" before the server gets
// it, "POST answered" before the client gets the answer. It writes the file
// "held" then, and goes on when the file "release" is there; a client that
// leaves before is answered by nobody, and its request goes no further.
func hold(target string) http.Handler {
	to, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	// The other side may wait until its clients have gone, so none is kept.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives, transport.Proxy = true, nil
	relay := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode == http.StatusUnauthorized {
				return nil // it comes again with a token
			}
			return wait(r.Request, "answered")
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait(r, "asked") != nil {
			panic(http.ErrAbortHandler)
		}
		relay.ServeHTTP(w, r)
	})
}

// wait holds a request, if it is the one to hold.
func wait(r *http.Request, when string) error {
	want, err := os.ReadFile("hold")
	if err != nil || string(want) != r.Method+" "+when+"\n" || os.Rename("hold", "held") != nil {
		return nil
	}
	for r.Context().Err() == nil {
		if _, err := os.Stat("release"); err == nil {
			return nil
		}
		time.Sleep(5 * time.Millisecond) // between looks at the file, not for luck
	}
	return r.Context().Err()
}
