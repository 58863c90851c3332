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
func apiVersion(x exchange) string {
	if v := x.header("oci-distribution-api-version"); v != "" {
		return v
	}
	return x.header("docker-distribution-api-version")
}

// registryPlan fills the parameters that every plan about the address of the
// registry shares (§3.1, Fix).
func registryPlan(check string, a address, x exchange) fix {
	return fix{
		check:       check,
		subject:     "registry",
		noun:        "registry address",
		key:         a.key,
		keys:        []string{keyRegistryURL, keyRegistryAlias},
		hidden:      a.hidden,
		owner:       "platform",
		unit:        "stellaops-platform",
		placeholder: "<registry-url>",
		target:      x.target,
		noTarget:    "<registry-url>/v2/",
		probe:       `curl -sS -o /dev/null -w '%{http_code} %{content_type}\n' --max-time 10 `,
		healthy:     "200 or 401 is healthy",
	}
}
