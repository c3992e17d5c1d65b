package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/logcap/logcap/analyze"
)

// table sets columns by their widest cell; the last left-aligned one may run over.
func (t textWriter) table(b table) {
	rows := [][]string{b.head}
	for _, r := range b.rows {
		cells := make([]string, len(b.head))
		for i := range cells {
			if i < len(r) {
				cells[i] = plainText(r[i])
			}
		}
		rows = append(rows, cells)
	}
	if isFacts(b) {
		t.facts(rows[1:])
		return
	}
	widths := make([]int, len(b.head))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	for n, r := range rows {
		var line strings.Builder
		line.WriteString("  ")
		for i, c := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i < len(b.align) && b.align[i] == 'r' {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
			line.WriteString("  ")
		}
		if n == 0 {
			t.line(t.paint(ansiDim, strings.TrimRight(line.String(), " ")))
			continue
		}
		t.line(line.String())
	}
}

// isFacts tells the table of a finding's fields, which reads better as name and value.
func isFacts(b table) bool { return len(b.head) == 3 && b.head[2] == "Basis" && b.align == "lll" }

func (t textWriter) facts(rows [][]string) {
	for _, r := range rows {
		basis := ""
		if r[2] != "" && r[2] != string(analyze.Measured) {
			basis = " [" + r[2] + "]"
		}
		t.wrap(fmt.Sprintf("  %-16s", r[0]), strings.Repeat(" ", 18), []piece{{text: r[1]}, {text: basis, sgr: ansiDim}})
	}
}
