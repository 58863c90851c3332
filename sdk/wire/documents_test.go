package wire

// The functions below make one full, valid value of each document. Tests change
// what they need.

const sampleNonce = "0123456789abcdef0123456789abcdef"

func sampleRequest() *Request {
	return &Request{
		Version: 1, Nonce: sampleNonce, Check: "check.integration.oci.registry", Now: "2026-01-02T03:04:05Z", DeadlineMS: 30000,
		Settings: map[string]Setting{
			"OCI:RegistryUrl":       {Value: "https://registry.example.com/harbor/?a=1&b=2", Key: "Doctor:Plugins:Integration:OCI:RegistryUrl"},
			"OCI:Username":          {Value: "jürgen <ops>", Key: "OCI:Username"},
			"OCI:Password":          {Secret: "secret:OCI:Password", Key: "OCI:Password"},
			"Slack:WebhookUrl":      {Secret: "secret:Slack:WebhookUrl", Key: "Slack:WebhookUrl", URL: &SecretURL{Valid: true, Scheme: "https", Host: "hooks.example.com", Port: 443}},
			"CI:Systems:0:Url":      {Value: "http://ci.example.com:8080", Key: "CI:Systems:0:Url"},
			"OCI:TestRepository":    {Value: "library/alpine"},
			"Teams:WebhookUrl":      {Secret: "secret:Teams:WebhookUrl", Key: "Teams:WebhookUrl", URL: &SecretURL{}},
			"CI:Systems:0:ApiToken": {Secret: "secret:CI:Systems:0:ApiToken", Key: "CI:Systems:0:ApiToken"},
		},
	}
}

func sampleResult() *Result {
	return &Result{
		Version: 1, Nonce: sampleNonce, Check: "check.integration.oci.registry", Severity: Fail, Cause: "tls.unknown-ca",
		Diagnosis: "The registry's certificate is signed by an authority that this host does not know.",
		Evidence: Evidence{
			"registry_url": String("https://registry.example.com/v2/?a=<1>&b=2"), "http_status": Null(), "is_registry_api": Bool(false),
			"response_time_ms": Int(1234), "failure_rate": Float(0.25), "big": Int(-9223372036854775808), "tiny": Float(1.5e-9),
			"config_keys_tried": Strings([]string{"OCI:RegistryUrl", "Registry:Url"}), "mixed": List(Null(), Bool(true), Int(-1), Float(0.5), String("ü\u2028")),
			"empty": List(), "error_message": String("x509: \"unknown\"\tauthority\x1b[31m"),
			"systems": Items(Item{{"item", Int(0)}, {"name", String("日本 🐳")}, {"url", Null()}, {"is_reachable", Bool(true)}}, Item{{"item", Int(1)}, {"name", String("b")}}),
		},
		LikelyCauses: []string{"A private CA signed the certificate.", "A proxy intercepts TLS."},
		Remediation: &Remediation{Summary: "Tell the platform to trust the CA.", RunbookURL: "https://docs.example.com/registry#tls", Steps: []Step{
			{Order: 1, Runtime: RuntimeCompose, Description: "Look at the chain.", Command: "openssl s_client -connect registry.example.com:443 </dev/null", Effect: EffectRead},
			{Order: 2, Runtime: RuntimeCompose, Description: "Add the CA.", Command: "cp <ca-file> /etc/ssl/certs/ && update-ca-certificates", Effect: EffectWrite, Manual: true,
				Placeholders: []string{"ca-file"}, Backup: "none is needed", Safety: "check the fingerprint first"},
			{Order: 1, Runtime: RuntimeKubernetes, Description: "Ask an admin.", Effect: EffectRead},
		}},
		Verification: "stella doctor run --check check.integration.oci.registry",
	}
}

func sampleInfo() *PluginInfo {
	return &PluginInfo{
		ABI: 1, ID: "stellaops.doctor.integration", Name: "Integration", Version: "1.2.3-rc.1+build.5", Category: "integration", Description: "Registries & friends.",
		Checks: []CheckInfo{
			{
				ID: "check.integration.ci.system", Name: "CI systems", Description: "Do the CI systems answer?", Class: ClassWrite, DefaultSeverity: Warn,
				Settings: []SettingInfo{
					{Key: "CI:Systems:*:Url", Type: TypeURL, Required: true, Lead: true},
					{Key: "CI:Systems:*:ApiToken", Type: TypeString, Secret: true},
					{Key: "Email:Smtp:Host", Type: TypeString}, {Key: "Email:Smtp:Port", Type: TypeInt, Default: "25"},
				},
				Access: []Access{
					{Kind: KindHTTP, Class: ClassWrite, Methods: []string{"GET", "POST"}, Target: "{CI:Systems:*:Url}", Secrets: []string{"CI:Systems:*:ApiToken"}, Reason: "asks for the version"},
					{Kind: KindTCP, Class: ClassRead, Target: "{Email:Smtp:Host}", Port: "{Email:Smtp:Port}", DefaultPort: []int{25, 587}, Reason: "connects"},
					{Kind: KindTCP, Class: ClassRead, Target: "ldaps://ldap.example.com:636", Reason: "connects"},
				},
				Deprecated: "use another", ReplacementIDs: []string{"check.integration.oci.registry"},
			},
			{
				ID: "check.integration.oci.registry", Name: "OCI registry", Description: "Is the registry reachable and does it speak OCI?", Category: "Integration.Registry",
				Class: ClassRead, DefaultSeverity: Warn, Tags: []string{"connectivity", "oci-1.1", "quick"},
				Settings: []SettingInfo{
					{Key: "OCI:RegistryUrl", Aliases: []string{"Registry:Url"}, Type: TypeURL, Required: true, Lead: true, Description: "Where the registry is."},
					{Key: "OCI:Username", Aliases: []string{"Registry:Username"}, Type: TypeString, Lead: true, Group: "basic"},
					{Key: "OCI:Password", Aliases: []string{"Registry:Password"}, Type: TypeString, Secret: true, Group: "basic"},
				},
				Access: []Access{
					{Kind: KindHTTP, Class: ClassRead, Methods: []string{"GET"}, Target: "{OCI:RegistryUrl}", Trim: "/v2", Path: "/v2/", Redirects: RedirectSameOrigin,
						MaxBody: 65536, Secrets: []string{"OCI:Password"}, Reason: "asks the registry for its API version"},
					{Kind: KindHTTP, Class: ClassRead, Methods: []string{"GET", "HEAD"}, Target: "https://status.example.com/api", Reason: "asks the status page"},
				},
				TimeoutMS: 20000, EstimateMS: 5000, DependsOn: []string{"check.core.network"}, Related: []Related{{"check.integration.oci.pull", "goes one step further"}},
				RunbookURL: "https://docs.example.com/registry",
				Explain: &Explain{
					What: "GET <registry>/v2/", Why: "Without it nothing can be pulled.",
					Verdicts: []VerdictInfo{{When: "200 or 401", Severity: Pass}, {When: "no connection", Severity: Fail, Cause: "tls.unknown-ca"}},
					Causes:   []CauseInfo{{"tls.unknown-ca", "The CA is not known."}, {"http.200-html", "A web page answers."}},
					Fixes:    []string{"Trust the CA."},
					Steps: []Step{
						{Order: 1, Runtime: RuntimeSystemd, Description: "Ask by hand.", Command: "curl -sS '<registry-url>/v2/'", Effect: EffectRead, Placeholders: []string{"registry-url"}},
						{Order: 2, Runtime: RuntimeSystemd, Description: "Trust the CA.", Effect: EffectWrite, Manual: true, Backup: "none is needed", Safety: "check the fingerprint first"},
						{Order: 1, Runtime: RuntimeAny, Description: "Run the check again.", Command: "stella doctor run --check check.integration.oci.registry", Effect: EffectRead},
					},
				},
			},
		},
	}
}

func sampleHTTPRequest() *HTTPRequest {
	return &HTTPRequest{
		Method: "POST", URL: "https://registry.example.com/v2/a/blobs/uploads/?digest=sha256:00&x=<y>", Header: map[string][]string{"accept": {"application/json", "text/plain"}, "content-type": {""}},
		Body: []byte{0, 1, 0xfe, 0xff}, MaxBody: 4096, Credential: &Credential{Scheme: SchemeOCIToken, Username: "ops", Secret: "secret:OCI:Password", Scope: "repository:a:pull"}, Undo: "DELETE",
	}
}

func sampleHTTPResponse() *HTTPResponse {
	return &HTTPResponse{
		Status: 401, Header: map[string][]string{"www-authenticate": {`Bearer realm="https://auth.example.com/token",service="r"`, "Basic"}, "content-type": {"application/json"}},
		Body: []byte("{\"errors\":[]}\n"), Truncated: true, FinalURL: "https://registry.example.com/v2/", DurationMS: 42, Address: "[2001:db8::1]:443",
		TLS:  &TLSInfo{"TLS1.3", "registry.example.com", "CN=registry.example.com", "CN=Zertifizierungsstelle,O=Beispiel & Söhne", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		Auth: &AuthInfo{"rejected", "auth.example.com", `Bearer realm="…"`, "insufficient_scope"}, Error: &CallError{KindTooLarge, "", "the body has more than 64 KiB", "", OnRealm}, ProxyIgnored: true,
	}
}

func sampleTCPRequest() *TCPRequest {
	return &TCPRequest{Host: "mail.example.com", Port: 465, TLS: true, Banner: 512}
}

func sampleTCPResponse() *TCPResponse {
	return &TCPResponse{
		Connected: true, ConnectMS: 7, DurationMS: 42, Address: "[2001:db8::1]:465",
		TLS:    &TLSInfo{"TLS1.3", "mail.example.com", "CN=mail.example.com", "CN=Example Root", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		Banner: []byte("220 mail.example.com ESMTP <\xfe"), Truncated: true, Error: &CallError{KindTimeout, TimeoutBody, "no greeting", "", ""},
	}
}
