package repair

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// around is how many unchanged lines stand around a change, as diff -u does it.
const around = 3

// Diff is a change as a unified diff that `git apply` and `patch -p1` take;
// rel gives a file's path from the top of the tree, with slashes.
func (c *Change) Diff(rel func(name string) string) string {
	var b strings.Builder
	for _, name := range c.Names() {
		r := c.Files[name]
		at := rel(name)
		fmt.Fprintf(&b, "--- %s\n+++ %s\n", path.Join("a", at), path.Join("b", at))
		for _, h := range hunks(script(lines(r.Before), lines(r.After))) {
			h.write(&b)
		}
	}
	return b.String()
}

// lines splits a text behind its line ends.
func lines(text []byte) []string {
	var out []string
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\n') + 1
		if i == 0 {
			i = len(text)
		}
		out = append(out, string(text[:i]))
		text = text[i:]
	}
	return out
}

// row is one line of an edit script: ' ', '-' or '+', and where it stands in both texts, from 0.
type row struct {
	op   byte
	text string
	a, b int
}

// script is a shortest edit script of two texts. What is the same at both ends is
// cut off first, so the table covers what changed only.
func script(a, b []string) []row {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []row
	for i := range head {
		out = append(out, row{' ', a[i], i, i})
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail], head)...)
	for i := range tail {
		out = append(out, row{' ', a[len(a)-tail+i], len(a) - tail + i, len(b) - tail + i})
	}
	return out
}

// middle compares by the table of longest common subsequences.
func middle(a, b []string, at int) []row {
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []row
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, row{' ', a[i], at + i, at + j})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, row{'-', a[i], at + i, at + j})
			i++
		default:
			out = append(out, row{'+', b[j], at + i, at + j})
			j++
		}
	}
	return out
}

type hunk []row

// hunks are the changes with the lines around them; those that touch are one.
func hunks(rows []row) []hunk {
	var out []hunk
	var current hunk
	last := -1 // of the last change in current, an index of rows
	for i, r := range rows {
		if r.op == ' ' {
			continue
		}
		from := max(0, i-around)
		if current != nil && from <= last+around+1 {
			current = append(current, rows[last+1:i+1]...)
		} else {
			if current != nil {
				out = append(out, append(current, rows[last+1:min(len(rows), last+1+around)]...))
			}
			current = append(hunk(nil), rows[from:i+1]...)
		}
		last = i
	}
	if current != nil {
		out = append(out, append(current, rows[last+1:min(len(rows), last+1+around)]...))
	}
	return out
}

func (h hunk) write(b *strings.Builder) {
	before, after := 0, 0
	for _, r := range h {
		if r.op != '+' {
			before++
		}
		if r.op != '-' {
			after++
		}
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", span(h[0].a, before), span(h[0].b, after))
	for _, r := range h {
		b.WriteByte(r.op)
		b.WriteString(r.text)
		if !strings.HasSuffix(r.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// span is a range of a hunk's head: an empty one names the line before it.
func span(from, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, n)
}
