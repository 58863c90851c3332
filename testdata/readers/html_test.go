package readers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"stella-ops.org/doctor/host/report"
)

// htmlRules are the elements of the page and the attributes that each may have.
var htmlRules = map[string]string{
	"html": "lang", "head": "", "meta": "charset http-equiv name content", "title": "", "style": "", "body": "", "header": "", "main": "", "section": "aria-labelledby", "article": "class",
	"h1": "", "h2": "id", "h3": "", "h4": "", "p": "class", "span": "class", "code": "", "pre": "", "time": "datetime", "ol": "", "li": "value", "details": "open", "summary": "",
	"a": "href rel", "div": "class tabindex role aria-label", "table": "", "thead": "", "tbody": "", "tr": "", "th": "scope", "td": "",
}

func TestHTML(t *testing.T) {
	for _, view := range []report.View{{}, {Runtime: "compose"}} {
		for name, r := range samples(t) {
			doc := render(t, r, func(w io.Writer, r *report.Report) error { return report.WriteHTML(w, r, view) })
			page, err := html.Parse(bytes.NewReader(doc))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			checkHTML(t, name, page)
			text := squeezed(htmlText(page))
			for _, res := range r.Results {
				if !strings.Contains(text, res.Check) || !strings.Contains(text, squeezed(report.Escape(res.Diagnosis))) {
					t.Errorf("%s: the page does not show %s: %q", name, res.Check, res.Diagnosis)
				}
			}
			if got := len(htmlFind(page, "article")); got != len(r.Results) {
				t.Errorf("%s: %d articles for %d results", name, got, len(r.Results))
			}
		}
	}
}

func htmlFind(n *html.Node, name string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			out = append(out, d)
		}
	}
	return out
}

func htmlText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "style" {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func htmlAttr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// checkHTML holds the page to its elements, to itself alone, and to what a reader
// with a screen reader needs.
func checkHTML(t *testing.T, name string, page *html.Node) {
	t.Helper()
	level, policy := 0, ""
	for n := range page.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("%s: a comment %q", name, n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		allowed, ok := htmlRules[n.Data]
		if !ok {
			t.Errorf("%s: an element %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(strings.Fields(allowed), a.Key) {
				t.Errorf("%s: %s has an attribute %s=%q", name, n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "a" {
			u, err := url.Parse(htmlAttr(n, "href"))
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || htmlText(n) != htmlAttr(n, "href") || htmlAttr(n, "rel") != "noopener noreferrer nofollow" {
				t.Errorf("%s: a link to %q that reads %q", name, htmlAttr(n, "href"), htmlText(n))
			}
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			next := int(n.Data[1] - '0')
			if next > level+1 || next == 1 && level != 0 {
				t.Errorf("%s: %s follows h%d", name, n.Data, level)
			}
			level = next
		}
		if n.Data == "meta" && htmlAttr(n, "http-equiv") == "Content-Security-Policy" {
			policy = htmlAttr(n, "content")
		}
	}
	if lang := htmlAttr(htmlFind(page, "html")[0], "lang"); lang != "en" {
		t.Errorf("%s: language %q", name, lang)
	}
	for _, one := range []string{"title", "style", "h1", "main", "header"} {
		if n := len(htmlFind(page, one)); n != 1 {
			t.Errorf("%s: %d elements %s", name, n, one)
		}
	}
	style := htmlFind(page, "style")[0].FirstChild.Data
	sum := sha256.Sum256([]byte(style))
	if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("%s: policy %s, want %s", name, policy, want)
	}
	if regexp.MustCompile(`(?i)url\(|@import|expression|image-set`).MatchString(style) {
		t.Errorf("%s: the style refers to something", name)
	}
}

// TestHTMLWords holds that every verdict stands there as a word.
func TestHTMLWords(t *testing.T) {
	doc := render(t, everything(t), func(w io.Writer, r *report.Report) error { return report.WriteHTML(w, r, report.View{}) })
	page, err := html.Parse(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, h := range htmlFind(page, "h3") {
		words = append(words, htmlText(htmlFind(h, "span")[0]))
	}
	if got, want := strings.Join(words, ", "), "FAIL, FAIL (waived), UNJUDGED, WARN, WAIT, PASS?, PASS, SKIP"; got != want {
		t.Errorf("verdicts %s, want %s", got, want)
	}
}

// TestHTMLContrast holds every colour of text against the backgrounds that it
// stands on: 4.5 to 1, as WCAG 2.2 wants for small text, in light and in dark.
func TestHTMLContrast(t *testing.T) {
	doc := render(t, everything(t), func(w io.Writer, r *report.Report) error { return report.WriteHTML(w, r, report.View{}) })
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllSubmatch(doc, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d palettes, want light and dark", len(blocks))
	}
	for i, block := range blocks {
		palette := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{3,6})`).FindAllSubmatch(block[1], -1) {
			palette[string(m[1])] = luminance(string(m[2]))
		}
		for _, text := range []string{"text", "dim", "link", "fail", "warn", "info", "pass", "skip", "unjudged"} {
			for _, ground := range []string{"page", "card", "code"} {
				if ratio := contrast(palette[text], palette[ground]); ratio < 4.5 {
					t.Errorf("palette %d: %s on %s has a contrast of %.2f", i, text, ground, ratio)
				}
			}
		}
		if len(palette) != 13 {
			t.Errorf("palette %d has %d colours", i, len(palette))
		}
	}
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// luminance is the relative luminance of a colour, as WCAG defines it.
func luminance(hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
