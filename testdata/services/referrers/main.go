// Command referrers serves an OCI registry in memory that has the referrers API,
// the one of go-containerregistry:
//
//	referrers [-seed REPOSITORY:TAG]... [-bare]
//
// It holds the sample image under each name and, without -bare, one artifact
// that refers to it. Package serve tells of the flags and the line that all
// servers share.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/google/go-containerregistry/pkg/registry"

	"stella-ops.org/doctor/testdata/services/sample"
	"stella-ops.org/doctor/testdata/services/serve"
)

func main() { program().Main() }

func program() serve.Program {
	var seeds []string
	var isBare bool
	return serve.Program{
		Name: "referrers",
		Flags: func(flags *flag.FlagSet) {
			flags.Func("seed", "hold the sample image as `REPOSITORY:TAG`, may be repeated", func(v string) error {
				seeds = append(seeds, v)
				_, _, err := sample.Split(v)
				return err
			})
			flags.BoolVar(&isBare, "bare", false, "hold nothing that refers to the image")
		},
		Serve: func(ctx context.Context, e *serve.Env) error {
			return e.HTTP(ctx, func(string) (http.Handler, error) {
				handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
				for _, reference := range seeds {
					if err := seed(handler, reference, isBare); err != nil {
						return nil, fmt.Errorf("%s: %w", reference, err)
					}
				}
				return handler, nil
			})
		},
	}
}

// seed pushes the sample image, and what refers to it, as a client would.
func seed(handler http.Handler, reference string, isBare bool) error {
	repository, tag, err := sample.Split(reference)
	if err != nil {
		return err
	}
	image, blobs := sample.Image()
	if err := push(handler, repository, tag, image, blobs); err != nil || isBare {
		return err
	}
	referrer, blobs := sample.Referrer(image)
	return push(handler, repository, referrer.Descriptor().Digest.String(), referrer, blobs)
}

func push(handler http.Handler, repository, reference string, manifest sample.Blob, blobs []sample.Blob) error {
	for _, blob := range blobs {
		path := "/v2/" + repository + "/blobs/uploads/?digest=" + blob.Descriptor().Digest.String()
		if err := send(handler, http.MethodPost, path, blob); err != nil {
			return err
		}
	}
	return send(handler, http.MethodPut, "/v2/"+repository+"/manifests/"+reference, manifest)
}

func send(handler http.Handler, method, path string, blob sample.Blob) error {
	r := httptest.NewRequest(method, path, bytes.NewReader(blob.Data))
	r.Header.Set("Content-Type", blob.MediaType)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusCreated {
		return fmt.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return nil
}
