package wire

// Each walk lists the fields of one type in declared order, with the names and
// the omitempty of the struct tags. A test holds the two together.

func (r *Request) walk(c *codec) {
	c.root("request")
	c.int("version", &r.Version, always)
	c.str("nonce", &r.Nonce, always)
	c.str("check", &r.Check, always)
	c.str("now", &r.Now, always)
	c.int64("deadline_ms", &r.DeadlineMS, always)
	if c.field("settings", always) {
		mapValue(c, &r.Settings, func(c *codec, s *Setting) { c.object(s) }, always)
	}
}

func (s *Setting) walk(c *codec) {
	c.str("value", &s.Value, omitEmpty)
	c.str("secret", &s.Secret, omitEmpty)
	c.str("key", &s.Key, always)
	optional(c, "url", &s.URL)
}

func (u *SecretURL) walk(c *codec) {
	c.bool("valid", &u.Valid, always)
	c.str("scheme", &u.Scheme, always)
	c.str("host", &u.Host, always)
	c.int("port", &u.Port, always)
}

func (r *Result) walk(c *codec) {
	c.root("result")
	c.int("version", &r.Version, always)
	c.str("nonce", &r.Nonce, always)
	c.str("check", &r.Check, always)
	c.str("severity", (*string)(&r.Severity), omitEmpty)
	c.str("unjudged", &r.Unjudged, omitEmpty)
	c.str("skip_reason", &r.SkipReason, omitEmpty)
	c.str("cause", &r.Cause, omitEmpty)
	c.str("diagnosis", &r.Diagnosis, omitEmpty)
	if c.field("evidence", len(r.Evidence) == 0) {
		mapValue(c, (*map[string]Value)(&r.Evidence), (*codec).evidenceValue, omitEmpty)
	}
	c.strs("likely_causes", &r.LikelyCauses, omitEmpty)
	optional(c, "remediation", &r.Remediation)
	c.str("verification", &r.Verification, omitEmpty)
}

func (r *Remediation) walk(c *codec) {
	c.str("summary", &r.Summary, always)
	c.str("runbook_url", &r.RunbookURL, omitEmpty)
	list(c, "steps", &r.Steps, always)
}

func (s *Step) walk(c *codec) {
	c.int("order", &s.Order, always)
	c.str("runtime", &s.Runtime, always)
	c.str("description", &s.Description, always)
	c.str("command", &s.Command, omitEmpty)
	c.str("effect", &s.Effect, always)
	c.bool("manual", &s.Manual, always)
	c.strs("placeholders", &s.Placeholders, omitEmpty)
	c.str("backup", &s.Backup, omitEmpty)
	c.str("safety", &s.Safety, omitEmpty)
}

func (i *PluginInfo) walk(c *codec) {
	c.root("plugin info")
	c.int("abi", &i.ABI, always)
	c.str("id", &i.ID, always)
	c.str("name", &i.Name, always)
	c.str("version", &i.Version, always)
	c.str("category", &i.Category, always)
	c.str("description", &i.Description, omitEmpty)
	list(c, "checks", &i.Checks, always)
}

func (i *CheckInfo) walk(c *codec) {
	c.str("id", &i.ID, always)
	c.str("name", &i.Name, always)
	c.str("description", &i.Description, always)
	c.str("category", &i.Category, omitEmpty)
	c.str("class", &i.Class, always)
	c.str("default_severity", (*string)(&i.DefaultSeverity), always)
	c.strs("tags", &i.Tags, omitEmpty)
	list(c, "settings", &i.Settings, omitEmpty)
	list(c, "access", &i.Access, omitEmpty)
	c.int64("timeout_ms", &i.TimeoutMS, omitEmpty)
	c.int64("estimate_ms", &i.EstimateMS, omitEmpty)
	c.strs("depends_on", &i.DependsOn, omitEmpty)
	list(c, "related", &i.Related, omitEmpty)
	c.str("runbook_url", &i.RunbookURL, omitEmpty)
	c.str("deprecated", &i.Deprecated, omitEmpty)
	c.strs("replacement_ids", &i.ReplacementIDs, omitEmpty)
	optional(c, "explain", &i.Explain)
}

func (s *SettingInfo) walk(c *codec) {
	c.str("key", &s.Key, always)
	c.strs("aliases", &s.Aliases, omitEmpty)
	c.str("type", &s.Type, always)
	c.str("default", &s.Default, omitEmpty)
	c.bool("secret", &s.Secret, omitEmpty)
	c.bool("required", &s.Required, omitEmpty)
	c.bool("lead", &s.Lead, omitEmpty)
	c.str("group", &s.Group, omitEmpty)
	c.str("description", &s.Description, omitEmpty)
}

func (a *Access) walk(c *codec) {
	c.str("kind", &a.Kind, always)
	c.str("class", &a.Class, always)
	c.strs("methods", &a.Methods, omitEmpty)
	c.str("target", &a.Target, always)
	c.str("trim", &a.Trim, omitEmpty)
	c.str("path", &a.Path, omitEmpty)
	c.str("port", &a.Port, omitEmpty)
	if c.field("default_port", len(a.DefaultPort) == 0) {
		listValue(c, &a.DefaultPort, (*codec).intValue)
		dropEmpty(c, &a.DefaultPort, omitEmpty)
	}
	c.str("redirects", &a.Redirects, omitEmpty)
	c.int64("max_body", &a.MaxBody, omitEmpty)
	c.strs("secrets", &a.Secrets, omitEmpty)
	c.str("reason", &a.Reason, always)
}

func (r *Related) walk(c *codec) {
	c.str("id", &r.ID, always)
	c.str("reason", &r.Reason, always)
}

func (e *Explain) walk(c *codec) {
	c.str("what", &e.What, always)
	c.str("why", &e.Why, always)
	list(c, "verdicts", &e.Verdicts, always)
	list(c, "causes", &e.Causes, always)
	c.strs("fixes", &e.Fixes, omitEmpty)
	list(c, "steps", &e.Steps, omitEmpty)
}

func (v *VerdictInfo) walk(c *codec) {
	c.str("when", &v.When, always)
	c.str("severity", (*string)(&v.Severity), always)
	c.str("cause", &v.Cause, omitEmpty)
}

func (i *CauseInfo) walk(c *codec) {
	c.str("id", &i.ID, always)
	c.str("text", &i.Text, always)
}

func (q *HTTPRequest) walk(c *codec) {
	c.root("http request")
	c.str("method", &q.Method, always)
	c.str("url", &q.URL, always)
	c.header("header", &q.Header, omitEmpty)
	c.bytes("body", &q.Body, omitEmpty)
	c.int64("max_body", &q.MaxBody, omitEmpty)
	optional(c, "credential", &q.Credential)
	c.str("undo", &q.Undo, omitEmpty)
}

func (k *Credential) walk(c *codec) {
	c.str("scheme", &k.Scheme, always)
	c.str("username", &k.Username, omitEmpty)
	c.str("secret", &k.Secret, omitEmpty)
	c.str("header", &k.Header, omitEmpty)
	c.str("scope", &k.Scope, omitEmpty)
}

func (a *HTTPResponse) walk(c *codec) {
	c.root("http response")
	c.int("status", &a.Status, always)
	c.header("header", &a.Header, omitEmpty)
	c.bytes("body", &a.Body, omitEmpty)
	c.bool("truncated", &a.Truncated, omitEmpty)
	c.str("final_url", &a.FinalURL, omitEmpty)
	c.int64("duration_ms", &a.DurationMS, always)
	c.str("address", &a.Address, omitEmpty)
	optional(c, "tls", &a.TLS)
	optional(c, "auth", &a.Auth)
	optional(c, "error", &a.Error)
	c.bool("proxy_ignored", &a.ProxyIgnored, omitEmpty)
}

func (t *TLSInfo) walk(c *codec) {
	c.str("version", &t.Version, omitEmpty)
	c.str("server_name", &t.ServerName, omitEmpty)
	c.str("subject", &t.Subject, omitEmpty)
	c.str("issuer", &t.Issuer, omitEmpty)
	c.str("not_before", &t.NotBefore, omitEmpty)
	c.str("not_after", &t.NotAfter, omitEmpty)
}

func (a *AuthInfo) walk(c *codec) {
	c.str("token_exchange", &a.TokenExchange, omitEmpty)
	c.str("token_realm_host", &a.TokenRealmHost, omitEmpty)
	c.str("challenge", &a.Challenge, omitEmpty)
	c.str("challenge_error", &a.ChallengeError, omitEmpty)
}

func (e *CallError) walk(c *codec) {
	c.str("kind", &e.Kind, always)
	c.str("detail", &e.Detail, omitEmpty)
	c.str("message", &e.Message, omitEmpty)
	c.str("rule", &e.Rule, omitEmpty)
	c.str("on", &e.On, omitEmpty)
}
