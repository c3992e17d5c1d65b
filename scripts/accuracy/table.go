package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/logcap/logcap/analyze"
)

// markdown is the whole result as a document whose tables are readable in a terminal too.
func (r result) markdown() string {
	var b strings.Builder
	b.WriteString("# Accuracy\n\n")
	fmt.Fprintf(&b, "Made by `go run ./scripts/accuracy` with %s.\n\n", r.logcap)
	b.WriteString("## Bars\n\n")
	rows := [][]string{{"bar", "reached", "of", "holds"}}
	for _, x := range r.bars() {
		rows = append(rows, []string{x.what, fmt.Sprint(x.n), fmt.Sprint(x.of), yes(x.holds)})
	}
	table(&b, rows)
	for _, note := range r.notes() {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	b.WriteString("\n## Confusion matrix\n\nRows are the truth, columns the verdict of the report.\n\n")
	table(&b, r.matrixRows())
	b.WriteString("## Cases\n\n")
	table(&b, r.caseRows())
	b.WriteString("## Misses\n\n")
	missed := false
	for _, o := range r.outcomes {
		for _, miss := range o.misses() {
			missed = true
			fmt.Fprintf(&b, "- %s: %s\n", o.name(), escape(miss))
			if r.folder != "" {
				fmt.Fprintf(&b, "  `%s`\n", filepath.Join(r.folder, o.recording))
			}
		}
	}
	if !missed {
		b.WriteString("None.\n")
	}
	return b.String()
}

func (r result) matrixRows() [][]string {
	verdicts := []analyze.Verdict{
		analyze.Confirmed, analyze.Probable, analyze.Stuck, analyze.Suspect, analyze.GrowingWithLoad, analyze.Inconclusive, analyze.Stable,
	}
	head := []string{""}
	for _, v := range verdicts {
		head = append(head, string(v))
	}
	rows := [][]string{head}
	counts := r.confusion()
	for _, k := range []class{growing, stuck, fine} {
		row := []string{string(k)}
		for _, v := range verdicts {
			row = append(row, fmt.Sprint(counts[k][v]))
		}
		rows = append(rows, row)
	}
	return rows
}

func (r result) caseRows() [][]string {
	rows := [][]string{{"case", "variant", "truth", "verdict", "at its site", "site", "mechanism", "blame", "rate", "true rate", "samples"}}
	for _, o := range r.outcomes {
		row := []string{o.name(), strings.TrimSpace(o.variant + " " + o.shape), string(o.class), string(o.verdict), "", "", "", "", "", "", fmt.Sprint(o.samples)}
		switch {
		case o.failure != "":
			row[3] = "failed"
		case o.class == fine:
			row[4], row[5] = "-", "-"
		default:
			row[4], row[5] = string(o.atSite), yes(o.found)
			row[6] = fmt.Sprintf("%s %s", o.mechanism, o.named)
			if o.cause {
				row[7] = "named"
			}
		}
		if o.trueRate > 0 && o.failure == "" {
			row[8], row[9] = fmt.Sprintf("%.1f", o.rate), fmt.Sprintf("%.1f", o.trueRate)
		}
		rows = append(rows, row)
	}
	return rows
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}

// table writes rows, the first of which is the head, with columns of one width.
func table(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = escape(row[i])
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]), 3)
		}
	}
	for n, row := range rows {
		for i, cell := range row {
			fmt.Fprintf(b, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, w := range widths {
				fmt.Fprintf(b, "|%s", strings.Repeat("-", w+2))
			}
			b.WriteString("|\n")
		}
	}
	b.WriteString("\n")
}

// escape keeps what came from a program from ending a cell or a line.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.ReplaceAll(s, "|", `\|`)
}
