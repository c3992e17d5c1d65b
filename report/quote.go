package report

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// maxFrames is how much of a stack a document shows.
const maxFrames = 24

// stackLines is the stack with the blocked call marked.
func stackLines(f *analyze.Finding) []string {
	var out []string
	marked := false
	for i, p := range f.Stack {
		if i == maxFrames {
			return append(out, fmt.Sprintf("… %d more calls", len(f.Stack)-i))
		}
		line := clean(p.Func) + "  " + clean(p.File)
		if p.Line > 0 {
			line += fmt.Sprintf(":%d", p.Line)
		}
		if !marked && p == f.Blocked {
			marked = true
			line += "   <- waits here"
		}
		out = append(out, line)
	}
	return out
}

func lineageTable(f *analyze.Finding) table {
	t := table{basis: analyze.Measured, head: []string{"Created by", "At", "Still alive", "Seen"}, align: "lllr"}
	for _, a := range f.Lineage {
		alive := "no"
		if a.Alive {
			alive = "yes"
		}
		t.rows = append(t.rows, []text{{name(a.Func)}, {place(a.File, a.Line)}, say("%s", alive), say("%d of %d", a.Seen, a.Of)})
	}
	return t
}

// quoteLines keeps each line of the target a line, printable and not endless.
func quoteLines(lines []string) []string {
	out := make([]string, 0, min(len(lines), 20)+1)
	for i, l := range lines {
		if i == 20 {
			return append(out, fmt.Sprintf("… %d more lines", len(lines)-i))
		}
		out = append(out, cleanTo(strings.TrimRight(l, "\r\n"), 2000))
	}
	return out
}
