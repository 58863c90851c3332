package host_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"stella-ops.org/doctor/host"
	"stella-ops.org/doctor/host/settings"
)

// A program of ten lines that runs a check. Its plugins are its own; here there
// are none unless the test binary was built with them.
func Example() {
	registry := httptest.NewServer(http.NotFoundHandler())
	defer registry.Close()

	store, err := settings.Load(settings.Options{Set: []string{"OCI:RegistryUrl=" + registry.URL}})
	if err != nil {
		log.Fatal(err)
	}
	h, err := host.Open(host.Config{Embedded: embedded(), Settings: store})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()
	report, err := h.Run(context.Background(), host.RunOptions{Selection: host.Selection{Checks: []string{"check.integration.oci.registry"}}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range report.Results {
		fmt.Println(r.Check, *r.Severity, *r.Cause)
	}
	// Output: check.integration.oci.registry warn http.404-not-a-registry
}
