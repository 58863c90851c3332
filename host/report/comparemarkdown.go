package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteComparisonMarkdown writes the comparison as GitHub-flavoured Markdown:
// the sentence, both runs, a table of changes, and the facts that differ.
func WriteComparisonMarkdown(w io.Writer, c *Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Doctor: comparison\n\n%s\n\n", cellText(c.sentence()))
	fmt.Fprintf(&b, "| | old | new |\n|---|---|---|\n| started | %s | %s |\n| program | %s | %s |\n| checks | %d | %d |\n| exit code | %d | %d |\n",
		cellText(c.Old.StartedAt), cellText(c.New.StartedAt), cellText(c.Old.Host.Version), cellText(c.New.Host.Version),
		c.Old.Checks, c.New.Checks, c.Old.ExitCode, c.New.ExitCode)
	for _, p := range c.Plugins {
		fmt.Fprintf(&b, "| plugin %s | %s | %s |\n", cellText(p.ID), cellText(fileText(p.Old)), cellText(fileText(p.New)))
	}
	if len(c.Changes) > 0 {
		b.WriteString("\n| change | check | old | new | diagnosis |\n|---|---|---|---|---|\n")
	}
	for _, k := range changeKinds {
		for _, ch := range c.Changes {
			if ch.Kind == k.kind {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", k.label, cellText(ch.Check), cellText(ch.Old.text()), cellText(ch.New.text()), cellText(ch.diagnosis()))
			}
		}
	}
	writeDriftTables(&b, c)
	for i, n := range c.Notes {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "- note: %s\n", cellText(n.Text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// diagnosis is what the new report says, with who waived it.
func (ch Change) diagnosis() string {
	if ch.New == nil {
		return ""
	}
	text := ch.New.Diagnosis
	if v := ch.New.Waiver; v != nil {
		text = strings.TrimSpace(fmt.Sprintf("%s Waived until %s, %s: %s", text, v.Expires, v.Owner, v.Reason))
	}
	return text
}

func writeDriftTables(b *strings.Builder, c *Comparison) {
	for _, ch := range c.Changes {
		if len(ch.Evidence) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n| fact | old | new |\n|---|---|---|\n", cellText(ch.Check))
		for _, d := range ch.Evidence {
			fmt.Fprintf(b, "| %s | %s | %s |\n", cellText(d.Key), cellText(valueText(d.Old)), cellText(valueText(d.New)))
		}
	}
}

// cellText makes any text one cell of a table that reads as it is: nothing in it
// is markup, a mention, or an address that becomes a link.
func cellText(s string) string {
	return cellEscapes.Replace(Escape(s))
}

// cellEscapes are backslashes where they help. They stop neither mentions nor
// bare links, which only look at the text.
var cellEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "&#64;", "://", "&#58;//", "www.", "www&#46;")
