package report

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/logcap/logcap/analyze"
)

// parsed is a Markdown document as GitHub reads it.
func parsed(source []byte) ast.Node {
	return goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(source))
}

// walk calls f for every node it enters.
func walk(t *testing.T, doc ast.Node, f func(ast.Node)) {
	t.Helper()
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			f(n)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMarkdownHeadings(t *testing.T) {
	want := []string{"Executive Summary", "Root Cause", "Secondary Findings", "Cleared Suspects", "Impact", "Leak Mechanism", "Code Path",
		"Recommended Fixes", "Validation Plan", "Metrics to Watch", "Prevention", "Appendix: Goroutine Inventory", "References"}
	for name, r := range fixtures() {
		t.Run(name, func(t *testing.T) {
			source := written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, r) })
			var got []string
			titles := 0
			walk(t, parsed(source), func(n ast.Node) {
				h, ok := n.(*ast.Heading)
				switch {
				case ok && h.Level == 1:
					titles++
				case ok && h.Level == 2:
					got = append(got, string(h.Lines().Value(source)))
				}
			})
			if titles != 1 || !slices.Equal(got, want) {
				t.Errorf("%d titles; headings %q, want %q", titles, got, want)
			}
			sections := regexp.MustCompile(`(?m)^## .*$`).Split(string(source), -1)
			for i, s := range sections[1:] {
				if strings.TrimSpace(s) == "" {
					t.Errorf("section %q is empty", want[i])
				}
			}
		})
	}
}

// TestMarkdownTables asks that every line that begins a row is one, with as many cells as its table has columns.
func TestMarkdownTables(t *testing.T) {
	for name, r := range fixtures() {
		t.Run(name, func(t *testing.T) {
			source := written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, r) })
			rows := 0
			walk(t, parsed(source), func(n ast.Node) {
				table, ok := n.(*extast.Table)
				if !ok {
					return
				}
				for row := table.FirstChild(); row != nil; row = row.NextSibling() {
					rows++
					if row.ChildCount() != len(table.Alignments) {
						t.Errorf("row has %d cells, its table %d columns: %s", row.ChildCount(), len(table.Alignments), row.Lines().Value(source))
					}
				}
			})
			lines, fence := 0, ""
			for line := range strings.Lines(string(source)) {
				// The info string of a fence holds no backtick; a line with one begins with a code span.
				open := regexp.MustCompile("^(`{3,})[^`]*$").FindStringSubmatch(line)
				switch {
				case fence == "" && open != nil:
					fence = open[1]
				case strings.TrimSpace(line) == fence:
					fence = ""
				}
				if fence == "" && strings.HasPrefix(line, "|") && !regexp.MustCompile(`^\|[-: |]+\|\n$`).MatchString(line) {
					lines++
				}
			}
			// The head's first row is empty, so it matches the rule's pattern.
			if rows != lines+1 {
				t.Errorf("%d lines look like rows, %d were read as rows", lines+1, rows)
			}
			// goldmark cuts surplus cells off, so count the bars too: cells end at bars that no backslash precedes.
			columns := 0
			for line := range strings.Lines(string(source)) {
				if !strings.HasPrefix(line, "|") {
					columns = 0
					continue
				}
				bars := len(regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\|`).FindAllString(strings.ReplaceAll(line, "| |", "|  |"), -1))
				if columns == 0 {
					columns = bars
				}
				if bars != columns {
					t.Errorf("row has %d bars, the first of its table %d: %s", bars, columns, line)
				}
			}
		})
	}
}

// textBelow is the text of what is below a node.
func textBelow(t *testing.T, n ast.Node, source []byte) string {
	var b bytes.Buffer
	walk(t, n, func(n ast.Node) {
		if text, ok := n.(*ast.Text); ok {
			b.Write(text.Segment.Value(source))
		}
	})
	return b.String()
}

// TestHostileMarkdown asks that nothing of the target becomes structure.
func TestHostileMarkdown(t *testing.T) {
	for _, name := range []string{"hostile", "source-hostile"} {
		t.Run(name, func(t *testing.T) { noStructure(t, fixtures()[name]) })
	}
}

func noStructure(t *testing.T, r *Report) {
	t.Helper()
	source := written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, r) })
	walk(t, parsed(source), func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Link, *ast.AutoLink, *ast.Image, *ast.HTMLBlock:
			t.Errorf("the target made a %s: %s", n.Kind(), textBelow(t, n, source))
		case *ast.RawHTML:
			tag := string(n.Segments.Value(source))
			if tag != "<code>" && tag != "</code>" {
				t.Errorf("the target made an element: %s", tag)
			}
		case *ast.Emphasis:
			if got := textBelow(t, n, source); got == "b" || got == "u" {
				t.Errorf("the target made emphasis: %s", got)
			}
		case *ast.ThematicBreak:
			t.Error("the target made a rule")
		}
	})
	if !bytes.Contains(source, []byte(`\x1b`)) || !bytes.Contains(source, []byte(`\u202e`)) {
		t.Error("what was escaped should be visible")
	}
	harmless(t, source)
	harmless(t, written(t, func(b *bytes.Buffer) error { return WriteText(b, r, Style{}) }))
	harmless(t, written(t, func(b *bytes.Buffer) error { return WriteJSON(b, r) }))
}

// harmless fails on any byte a terminal acts on and any mark that reorders text.
func harmless(t *testing.T, out []byte) {
	t.Helper()
	for _, r := range string(out) {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
			t.Fatalf("the output holds %U", r)
		}
	}
}

func FuzzMarkdownText(f *testing.F) {
	for _, s := range []string{evil, "a|b", `a\|b`, "`", "``` x", "- x", "1. x", "---", "http://x www.y a@b", "\xff\x00", "\u2028\u200b", "    code", "<!-- x", "![i](j)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		m := document{title: say("t %v", name(s)), sections: []section{{heading: "S", blocks: []block{
			para{"", text{words(s)}}, bullets{items: []para{{"", text{words(s)}}}},
			table{head: []string{"a", "b"}, rows: [][]text{{{name(s)}, {words(s)}}}},
			listing{lang: "text", lines: quoteLines([]string{s})}, para{"", stated(s)}, para{"", sentence(s)},
			excerpt{caption: derived("%v", name(s)), first: 1, lines: []string{s, "x"}, marks: []analyze.Mark{{Line: 1, Text: s}, {Line: 2, Text: s}}},
			flow{[]node{{lines: append(fold(shortNames(s), 40), s), edge: s}}},
		}}}}
		if err := writeMarkdown(&b, m); err != nil {
			t.Fatal(err)
		}
		headings := 0
		walk(t, parsed(b.Bytes()), func(n ast.Node) {
			switch n := n.(type) {
			case *ast.Heading:
				headings++
			case *ast.Link, *ast.AutoLink, *ast.Image, *ast.HTMLBlock, *ast.ThematicBreak, *ast.Blockquote:
				t.Errorf("%q made a %s", s, n.Kind())
			case *extast.Table:
				for row := n.FirstChild(); row != nil; row = row.NextSibling() {
					if row.ChildCount() != len(n.Alignments) {
						t.Errorf("%q broke a table", s)
					}
				}
			}
		})
		if headings != 2 {
			t.Errorf("%q: %d headings, want 2", s, headings)
		}
		harmless(t, bytes.ToValidUTF8(b.Bytes(), nil))
	})
}
