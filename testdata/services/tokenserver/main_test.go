package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/distribution/distribution/v3/registry/auth"
	_ "github.com/distribution/distribution/v3/registry/auth/token" // the judge of what is issued

	"stella-ops.org/doctor/testdata/services/serve/servetest"
	"stella-ops.org/doctor/testdata/services/token"
)

const repository = "host:5000/library/alpine"

func TestMain(m *testing.M) { servetest.Main(m, program()) }

// judge is distribution's own access controller, which trusts the key of file.
func judge(t *testing.T, file string) auth.AccessController {
	t.Helper()
	controller, err := auth.GetAccessController("token", map[string]any{
		"realm": "http://127.0.0.1:1/token", "service": token.Service, "issuer": token.Issuer, "rootcertbundle": file,
	})
	if err != nil {
		t.Fatal(err)
	}
	return controller
}

// allowed lists the actions that a registry allows the bearer of an answer, or
// tells the error of its challenge.
func allowed(t *testing.T, controller auth.AccessController, bearer string) string {
	t.Helper()
	var can []string
	for _, action := range []string{"delete", "pull", "push"} {
		r, err := http.NewRequest(http.MethodGet, "http://registry.test/v2/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		_, err = controller.Authorized(r, auth.Access{Resource: auth.Resource{Type: "repository", Name: repository}, Action: action})
		if err == nil {
			can = append(can, action)
		} else if challenge := auth.Challenge(nil); !errors.As(err, &challenge) {
			t.Fatal(err)
		} else if challenge.Error() != "insufficient scope" {
			return challenge.Error()
		}
	}
	return strings.Join(can, ",")
}

func TestTokens(t *testing.T) {
	right := servetest.Basic(token.DefaultUser, token.DefaultPassword)
	for _, c := range []struct {
		name    string
		args    []string
		header  map[string]string
		actions string
		status  int
		want    string
		fields  string
	}{
		{"right", nil, right, "pull,push", 200, "pull,push", "access_token expires_in issued_at token"},
		{"pull", nil, right, "pull", 200, "pull", "access_token expires_in issued_at token"},
		{"no scope", nil, right, "", 200, "", "access_token expires_in issued_at token"},
		{"wrong password", nil, servetest.Basic(token.DefaultUser, "x"), "pull", 401, "", "errors"},
		{"no such user", nil, servetest.Basic("x", token.DefaultPassword), "pull", 401, "", "errors"},
		{"no user", nil, nil, "pull", 401, "", "errors"},
		{"anonymous", []string{"-anonymous"}, nil, "pull,push", 200, "pull", "access_token expires_in issued_at token"},
		{"anonymous with a wrong password", []string{"-anonymous"}, servetest.Basic("", "x"), "pull", 401, "", "errors"},
		{"pull only", []string{"-pull-only"}, right, "pull,push,delete", 200, "pull", "access_token expires_in issued_at token"},
		{"other user", []string{"-user", "a:b:c", "-user", "d:"}, servetest.Basic("a", "b:c"), "pull", 200, "pull", "access_token expires_in issued_at token"},
		{"default user beside others", []string{"-user", "a:b"}, right, "pull", 401, "", "errors"},
		{"failing", []string{"-fail", "503"}, right, "pull", 503, "", "errors"},
		{"other audience", []string{"-audience", "x"}, right, "pull", 200, "invalid token", "access_token expires_in issued_at token"},
		{"clock ahead", []string{"-skew", "1h"}, right, "pull", 200, "invalid token", "access_token expires_in issued_at token"},
		{"clock behind", []string{"-skew", "-1h"}, right, "pull", 200, "invalid token", "access_token expires_in issued_at token"},
		{"access token", []string{"-access-token"}, right, "pull", 200, "pull", "access_token expires_in issued_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "root.pem")
			s := servetest.Start(t, program(), append(c.args, "-root-out", root)...)
			query := url.Values{"service": {token.Service}}
			if c.actions != "" {
				query.Set("scope", "repository:"+repository+":"+c.actions)
			}
			a := servetest.Do(t, servetest.Direct(nil), http.MethodGet, s.URL+"/token?"+query.Encode(), c.header)
			var body map[string]any
			if err := json.Unmarshal([]byte(a.Body), &body); err != nil || a.Status != c.status {
				t.Fatalf("%d %s, %v", a.Status, a.Body, err)
			}
			var fields []string
			for name := range body {
				fields = append(fields, name)
			}
			slices.Sort(fields)
			if got := strings.Join(fields, " "); got != c.fields {
				t.Errorf("fields %s, want %s", got, c.fields)
			}
			if challenge := a.Header.Get("WWW-Authenticate"); (challenge == `Basic realm="test token server"`) != (c.status == 401) {
				t.Errorf("challenge %q", challenge)
			}
			if c.status != 200 {
				return
			}
			bearer, _ := body["access_token"].(string)
			if got := allowed(t, judge(t, root), bearer); got != c.want {
				t.Errorf("the registry says %q, want %q", got, c.want)
			}
		})
	}
}

func TestOtherRequests(t *testing.T) {
	s := servetest.Start(t, program(), "-root-out", filepath.Join(t.TempDir(), "root.pem"))
	if a := servetest.Do(t, servetest.Direct(nil), http.MethodPost, s.URL+"/token", nil); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != http.MethodGet {
		t.Errorf("POST: %d %v", a.Status, a.Header)
	}
	if a := servetest.Do(t, servetest.Direct(nil), http.MethodGet, s.URL+"/", nil); a.Status != http.StatusNotFound {
		t.Errorf("another page: %d", a.Status)
	}
}

func TestNoRoot(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := program().Run(nil, strings.NewReader(""), &stdout, &stderr); code != 2 || stderr.String() != "tokenserver: usage: -root-out is needed\n" || stdout.Len() > 0 {
		t.Errorf("code %d, stderr %q, stdout %q", code, &stderr, &stdout)
	}
}
