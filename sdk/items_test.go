//go:build !wasip1

package sdk_test

import (
	"fmt"
	"slices"
	"testing"

	"stella-ops.org/doctor/sdk"
	"stella-ops.org/doctor/sdk/wire"
)

// items asks for the items of a request with these settings.
func items(t *testing.T, settings []string, declared ...string) []int {
	t.Helper()
	var got []int
	p := one(func(e *sdk.Env) wire.Result {
		got = e.Items(declared...)
		return passing(e)
	})
	req := request()
	req.Settings = map[string]wire.Setting{}
	for _, key := range settings {
		req.Settings[key] = wire.Setting{Value: "x", Key: key}
	}
	if _, err := p.Play(req, &host{}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestItems(t *testing.T) {
	const url, name = "CI:Systems:*:Url", "CI:Systems:*:Name"
	for _, c := range []struct {
		settings, declared []string
		want               []int
	}{
		{nil, []string{url}, nil},
		{[]string{"CI:Systems:0:Url", "CI:Systems:0:Name"}, nil, nil},
		{[]string{"CI:Systems:0:Url", "CI:Systems:0:Name"}, []string{url, name}, []int{0}},
		{[]string{"CI:Systems:10:Url", "CI:Systems:9:Name", "CI:Systems:2:Url"}, []string{url, name}, []int{2, 9, 10}},
		{[]string{"CI:Systems:3:Name", "CI:Systems:1:Url"}, []string{url}, []int{1}},
		{[]string{"CI:Systems:1:Type", "CI:Url", "Webhooks:Endpoints:4:Url"}, []string{url, name}, nil},
		{[]string{"CI:Systems:0:Url"}, []string{"CI:Systems:0:Url"}, nil},
	} {
		if got := items(t, c.settings, c.declared...); !slices.Equal(got, c.want) {
			t.Errorf("%v of %v: %v, want %v", c.declared, c.settings, got, c.want)
		}
	}
}

// TestItemsThousands: the order is that of the numbers, whatever that of the map.
func TestItemsThousands(t *testing.T) {
	var settings []string
	var want []int
	for i := range 5000 {
		settings = append(settings, fmt.Sprintf("CI:Systems:%d:Url", i*7))
		want = append(want, i*7)
	}
	if got := items(t, settings, "CI:Systems:*:Url"); !slices.Equal(got, want) {
		t.Errorf("%d numbers, not in order", len(got))
	}
}
