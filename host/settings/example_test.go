package settings_test

import (
	"fmt"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

func Example() {
	store, err := settings.Load(settings.Options{
		Environ:        []string{"OCI__RegistryUrl=https://registry.example.com", "Registry__Password=s3cret"},
		Set:            []string{"Doctor:Plugins:Integration:OCI:RegistryUrl=https://mirror.example.com"},
		NoDefaultFiles: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	resolution := store.Resolve("stellaops.doctor.integration", []wire.SettingInfo{
		{Key: "OCI:RegistryUrl", Aliases: []string{"Registry:Url"}, Type: wire.TypeURL, Lead: true},
		{Key: "OCI:Password", Aliases: []string{"Registry:Password"}, Type: wire.TypeString},
	})
	for _, v := range resolution.Values {
		given := resolution.Request()[v.Declared]
		fmt.Printf("%s: %s%s\n  from %s (%s)\n", v.Declared, given.Value, given.Secret, given.Key, v.From.Origin)
	}
	// Output:
	// OCI:Password: secret:OCI:Password
	//   from Registry:Password (environment Registry__Password)
	// OCI:RegistryUrl: https://mirror.example.com
	//   from Doctor:Plugins:Integration:OCI:RegistryUrl (--set)
}
