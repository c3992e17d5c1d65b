package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Style is how text looks on a terminal. Its zero value is no colour and 100 columns.
type Style struct {
	Color bool
	Width int // columns; 0 is 100, and no less than 40 is used
}

func (s Style) width() int {
	if s.Width <= 0 {
		return 100
	}
	return max(s.Width, 40)
}

// WriteText writes the part of r that someone at a terminal needs: what is
// wrong, what it costs, what to do, how to prove it. Markdown has the whole.
func WriteText(w io.Writer, r *Report, style Style) error {
	return writeText(w, build(r), style)
}

// WriteReportsText writes several targets' reports one after the other.
func WriteReportsText(w io.Writer, reports []*Report, style Style) error {
	for i, r := range reports {
		if i > 0 {
			if _, err := fmt.Fprintf(w, "\n%s\n\n", strings.Repeat("=", style.width())); err != nil {
				return fmt.Errorf("write text: %w", err)
			}
		}
		if err := WriteText(w, r, style); err != nil {
			return err
		}
	}
	return nil
}

func writeText(w io.Writer, d document, style Style) error {
	t := textWriter{w: bufio.NewWriter(w), style: style}
	t.line(t.paint(ansiBold, plainText(d.title)))
	t.line("")
	for _, f := range d.head {
		t.wrap(fmt.Sprintf("%-14s", f.name), "              ", t.spans(f.value))
	}
	for _, s := range d.sections {
		if !s.brief {
			continue
		}
		t.line("")
		t.line(t.paint(ansiBold, strings.ToUpper(s.heading)))
		for _, b := range s.blocks {
			t.block(b)
		}
	}
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// textWriter lays blocks out in columns; errors stay in the bufio.Writer until Flush.
type textWriter struct {
	w     *bufio.Writer
	style Style
}

// The few colours in use. The words carry all the meaning; colour only helps to find them.
const (
	ansiBold  = "1"
	ansiDim   = "2"
	ansiRed   = "31;1"
	ansiCyan  = "36"
	ansiAmber = "33"
	ansiReset = "\x1b[0m"

	ansiAdded, ansiRemoved = "32", "31"
)

func (t textWriter) paint(sgr, s string) string {
	if !t.style.Color || s == "" || sgr == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + ansiReset
}

func (t textWriter) line(s string) {
	t.w.WriteString(strings.TrimRight(s, " "))
	t.w.WriteByte('\n')
}

func (t textWriter) block(b block) {
	switch b := b.(type) {
	case para:
		t.line("")
		t.wrap("", "", t.statement(b))
	case bullets:
		for i, it := range b.items {
			mark := "  - "
			if b.ordered {
				mark = fmt.Sprintf("%3d. ", i+1)
			}
			t.wrap(mark, strings.Repeat(" ", len(mark)), t.statement(it))
		}
	case table:
		t.line("")
		t.table(b)
	case listing:
		t.line("")
		indent := "    "
		if b.lang == "diff" {
			indent = "" // what is copied from the terminal has to apply
		}
		for _, l := range b.lines {
			t.line(indent + t.paint(diffColor(b.lang, l), l))
		}
		t.line("")
	case excerpt:
		t.line("")
		t.wrap("", "", t.statement(b.caption))
		t.line("")
		for _, l := range b.show() {
			t.line("    " + t.paint(excerptColor(l), l.text))
		}
	case subheading:
		t.line("")
		t.line(t.paint(ansiBold, plainText(b.text)))
	case chart:
		t.line("")
		t.line("  " + sparkline(b.points, b.seconds))
	}
}

// diffColor is the colour of a line of a diff; other listings have none.
func diffColor(lang, l string) string {
	switch {
	case lang != "diff" || strings.HasPrefix(l, "---") || strings.HasPrefix(l, "+++"):
		return ""
	case strings.HasPrefix(l, "-"):
		return ansiRemoved
	case strings.HasPrefix(l, "+"):
		return ansiAdded
	}
	return ""
}

func excerptColor(l shown) string {
	switch {
	case l.words:
		return ansiAmber
	case l.marked:
		return ansiBold
	}
	return ""
}

// piece is a word with its colour.
type piece struct {
	text string
	sgr  string
}

func (t textWriter) statement(p para) []piece {
	out := t.spans(p.text)
	if p.basis != "" {
		out = append(out, piece{" [" + string(p.basis) + "]", ansiDim})
	}
	return out
}

func (t textWriter) spans(spans text) []piece {
	var out []piece
	for _, s := range spans {
		p := piece{text: spanText(s)}
		switch s.kind {
		case code:
			p.sgr = ansiCyan
		case strong:
			p.sgr = ansiRed
		}
		out = append(out, p)
	}
	return out
}

// spanText is a span without any formatting: harmless, and our own Markdown
// marks for code taken off.
func spanText(s span) string {
	switch s.kind {
	case plain, code:
		return clean(s.text)
	}
	return strings.ReplaceAll(s.text, "`", "")
}

func plainText(t text) string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(spanText(s))
	}
	return b.String()
}

// wrap writes pieces in lines of the style's width; a word longer than a line
// stands alone. Pieces without a space between them are one word.
func (t textWriter) wrap(first, rest string, pieces []piece) {
	width := t.style.width()
	var line strings.Builder
	line.WriteString(first)
	column, start := utf8.RuneCountInString(first), true
	for _, word := range wordsOf(pieces) {
		n := 0
		for _, p := range word {
			n += utf8.RuneCountInString(p.text)
		}
		if !start && column+1+n > width {
			t.line(line.String())
			line.Reset()
			line.WriteString(rest)
			column, start = utf8.RuneCountInString(rest), true
		}
		if !start {
			line.WriteByte(' ')
			column++
		}
		for _, p := range word {
			line.WriteString(t.paint(p.sgr, p.text))
		}
		column, start = column+n, false
	}
	t.line(line.String())
}

// wordsOf divides pieces at their spaces; a word can be of several pieces.
func wordsOf(pieces []piece) [][]piece {
	var out [][]piece
	gap := true
	for _, p := range pieces {
		for i, w := range strings.Split(p.text, " ") {
			gap = gap || i > 0
			if w == "" {
				continue
			}
			if gap {
				out = append(out, nil)
			}
			out[len(out)-1] = append(out[len(out)-1], piece{w, p.sgr})
			gap = false
		}
	}
	return out
}
