package plugin

import (
	"slices"
	"strings"
	"testing"

	"stella-ops.org/doctor/host/plugin/plugintest"
)

// imageOf scans a module with these segments and puts its data together.
func imageOf(t *testing.T, segments ...[]byte) *Image {
	t.Helper()
	data := with(func(d *draft) { d.Datas, d.DataCount, d.Codes[1] = segments, nil, d.Codes[0] })
	m, err := Scan(data)
	if err != nil {
		t.Fatal(err)
	}
	return m.Image(data)
}

func TestImage(t *testing.T) {
	at := plugintest.DataAt
	passive := join(ops(1), str("passive"))
	for name, c := range map[string]struct {
		segments [][]byte
		want     string
		overlaps int
	}{
		"none":                       {nil, "", 0},
		"one":                        {[][]byte{at(8, "hello")}, "hello", 0},
		"split":                      {[][]byte{at(8, "hel"), at(11, "lo")}, "hello", 0},
		"split, in disorder":         {[][]byte{at(11, "lo"), at(8, "hel")}, "hello", 0},
		"gap":                        {[][]byte{at(8, "hel"), at(20, "lo")}, "hel\x00lo", 0},
		"empty segment":              {[][]byte{at(8, "hel"), at(11, ""), at(11, "lo")}, "hello", 0},
		"later wins":                 {[][]byte{at(8, "hello"), at(9, "EL")}, "hELlo", 1},
		"later wins, in disorder":    {[][]byte{at(9, "EL"), at(8, "hello")}, "hello", 1},
		"longer than the one before": {[][]byte{at(8, "hello"), at(10, "LLO world")}, "heLLO world", 1},
		"passive":                    {[][]byte{passive, at(8, "hello")}, "hello\x00passive", 0},
		"last address":               {[][]byte{at(1<<31-1, "end")}, "end", 0},
	} {
		t.Run(name, func(t *testing.T) {
			image := imageOf(t, c.segments...)
			if got := string(image.Bytes); got != c.want || image.Overlaps != c.overlaps {
				t.Errorf("got %q with %d overlaps, want %q with %d", got, image.Overlaps, c.want, c.overlaps)
			}
		})
	}
}

func TestImageAddress(t *testing.T) {
	image := imageOf(t, join(ops(1), str("x")), plugintest.DataAt(8, "hello"), plugintest.DataAt(64, "world"))
	for offset, want := range map[int]uint32{0: 8, 4: 12, 6: 64, 10: 68} {
		if got, ok := image.Address(offset); got != want || !ok {
			t.Errorf("offset %d is at %d (%t), want %d", offset, got, ok, want)
		}
	}
	for _, offset := range []int{-1, 12} {
		if got, ok := image.Address(offset); ok {
			t.Errorf("offset %d is at %d, want nowhere", offset, got)
		}
	}
}

// Addresses above 2^31 are negative constants.
func TestSegmentAddress(t *testing.T) {
	for encoded, want := range map[string]uint32{"\x00": 0, "\x3f": 63, "\x7f": 1<<32 - 1, "\x40": 1<<32 - 64, "\x80\x80\x80\x80\x78": 1 << 31, "\xff\xff\xff\xff\x07": 1<<31 - 1} {
		image := imageOf(t, join(ops(0, opI32Const), []byte(encoded), ops(opEnd), str("x")))
		if got := image.Segments[0].Address; got != want {
			t.Errorf("% x is read as %d, want %d", encoded, got, want)
		}
	}
}

// What a file claims is bounded where it is read.
func TestProducers(t *testing.T) {
	good := vec(join(str("language"), vec(join(str("Go"), str("go1.26.0")), join(str("C"), str("")))))
	list, err := Producers(good)
	if want := []Producer{{"language", "Go", "go1.26.0"}, {"language", "C", ""}}; err != nil || !slices.Equal(list, want) {
		t.Errorf("got %+v, %v", list, err)
	}
	for name, content := range map[string][]byte{
		"empty": {}, "huge count": huge, "huge values": join(ops(1), str("x"), huge), "cut": good[:len(good)-2], "trailing": join(good, ops(0)),
		"escape": vec(join(str("\x1b"), vec())), "many": vec(slices.Repeat([][]byte{join(str("x"), many(200, 0, 0))}, 10)...),
	} {
		if list, err := Producers(content); RuleOf(err) == "" || len(list) > maxProducers {
			t.Errorf("%s: got %d lines, %v", name, len(list), err)
		}
	}
}

func TestGoBuilds(t *testing.T) {
	info := plugintest.GoBuildInfo("path\texample.com/x", "dep\texample.com/y\tv1.0.0\th1:A=")
	builds, more := GoBuilds([]byte("before"+info+"between"+info+"after"), MaxGoBuilds)
	if len(builds) != 2 || more != 0 || builds[0].Info.Path != "example.com/x" || builds[1].Info.Deps[0].Sum != "h1:A=" || builds[0].Offset != 22 {
		t.Errorf("got %+v, %d more", builds, more)
	}
	start, end := string(goInfoStart), string(goInfoEnd)
	for name, c := range map[string]struct {
		text       string
		read, more int
	}{
		"none":           {"", 0, 0},
		"no end":         {start + "path\tx\n", 0, 0},
		"end first":      {end + start, 0, 0},
		"many":           {strings.Repeat(info, MaxGoBuilds+3), MaxGoBuilds, 3},
		"many starts":    {strings.Repeat(start, 100_000) + end, MaxGoBuilds, 100_000 - MaxGoBuilds},
		"too long":       {start + strings.Repeat("x", MaxGoBuild+1) + end, 1, 0},
		"start in start": {start + "junk" + info, 2, 0},
	} {
		if builds, more := GoBuilds([]byte(c.text), MaxGoBuilds); len(builds) != c.read || more != c.more {
			t.Errorf("%s: %d read, %d more", name, len(builds), more)
		}
	}
}

func TestModuleName(t *testing.T) {
	if got := ModuleName(section(namesModule, str("demo"))); got != "demo" {
		t.Errorf("got %q", got)
	}
	for _, content := range [][]byte{nil, huge, section(namesFunctions, ops(0)), ops(namesModule, 9)} {
		if got := ModuleName(content); got != "" {
			t.Errorf("% x: got %q", content, got)
		}
	}
}

func TestImportCheck(t *testing.T) {
	if err := (Import{Module: "stella:doctor/v1", Name: "http_read", Params: types(I64), Results: types(I64)}).Check(); err != nil {
		t.Error(err)
	}
	if err := (Import{Module: "env", Name: "f"}).Check(); RuleOf(err) != RuleImportNotAllowed {
		t.Errorf("got %v", err)
	}
}
