package main

import (
	"stella-ops.org/doctor/sdk/wire"
)

// keyRegistryURL is the lead key of every oci.* check; keyRegistryAlias is tried
// after it (§3.0.3).
const (
	keyRegistryURL   = "OCI:RegistryUrl"
	keyRegistryAlias = "Registry:Url"
)

// registryTrim is dropped from the end of the configured address, because people
// paste the address of the API as often as that of the registry.
const registryTrim = "/v2"

// registrySetting declares the address of the OCI registry.
var registrySetting = wire.SettingInfo{
	Key:         keyRegistryURL,
	Aliases:     []string{keyRegistryAlias},
	Type:        wire.TypeURL,
	Required:    true,
	Lead:        true,
	Description: "Address of the OCI registry, such as https://registry.example.com; a path prefix is kept, a trailing /v2 is dropped.",
}

// apiVersion returns the version of the registry API that the answer states.
func apiVersion(x *answer) string {
	if v := x.header("oci-distribution-api-version"); v != "" {
		return v
	}
	return x.header("docker-distribution-api-version")
}

// registryService holds what the checks of the registry have in common (§3.1, Fix).
var registryService = service{
	name:     "registry",
	noun:     "registry address",
	keys:     []string{keyRegistryURL, keyRegistryAlias},
	owner:    "platform",
	unit:     "stellaops-platform",
	newValue: "<registry-url>",
	noTarget: "<registry-url>/v2/",
	noHost:   "<registry-host>",
	probe:    `curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' --max-time 10`,
	healthy:  "200 or 401 is healthy",
}
