package explain

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// An excerpt shows so many lines around a marked one, and whole functions up to so many.
const (
	linesAround   = 3
	wholeFunction = 30
	mostExcerpts  = 6
)

// marked is a line of a file with what it has to do with the leak.
type marked struct {
	file string // as the program names it
	line int
	text string
}

// excerpts are the functions around marked lines, in the order in which the
// marks first name them; long functions are cut around each mark.
func (t *telling) excerpts(marks []marked) []analyze.Excerpt {
	type key struct{ fn *code.Func }
	var order []key
	byFunc := map[key][]marked{}
	for _, m := range marks {
		fn := t.tree.Program.At(m.file, m.line)
		if fn == nil {
			continue
		}
		k := key{fn.Declared()}
		if byFunc[k] == nil {
			order = append(order, k)
		}
		byFunc[k] = append(byFunc[k], m)
	}
	var out []analyze.Excerpt
	for _, k := range order {
		for _, e := range t.cut(k.fn, byFunc[k]) {
			if len(out) < mostExcerpts {
				out = append(out, e)
			}
		}
	}
	return out
}

// cut makes the excerpts of one function.
func (t *telling) cut(fn *code.Func, marks []marked) []analyze.Excerpt {
	p := t.tree.Program
	from, to := p.Position(fn.Node().Pos()).Line, p.Position(fn.Node().End()).Line
	file := p.Position(fn.Node().Pos()).Filename
	text := bytes.Split(t.tree.Text(file), []byte("\n"))
	slices.SortStableFunc(marks, func(a, b marked) int { return cmp.Compare(a.line, b.line) })
	var spans [][2]int
	if to-from < wholeFunction {
		spans = [][2]int{{from, to}}
	} else {
		for _, m := range marks {
			a, b := max(from, m.line-linesAround), min(to, m.line+linesAround)
			if n := len(spans); n > 0 && a <= spans[n-1][1]+1 {
				spans[n-1][1] = max(b, spans[n-1][1])
			} else {
				spans = append(spans, [2]int{a, b})
			}
		}
	}
	var out []analyze.Excerpt
	for _, s := range spans {
		e := analyze.Excerpt{Func: fn.Name, File: t.rel(file), First: s[0]}
		for i := s[0]; i <= s[1] && i <= len(text); i++ {
			e.Lines = append(e.Lines, string(bytes.TrimRight(text[i-1], "\r")))
		}
		for _, m := range marks {
			if m.line >= s[0] && m.line <= s[1] {
				e.Marks = addMark(e.Marks, analyze.Mark{Line: m.line, Text: m.text})
			}
		}
		out = append(out, e)
	}
	return out
}

// addMark keeps one mark a line: what was said first counts.
func addMark(marks []analyze.Mark, m analyze.Mark) []analyze.Mark {
	for _, had := range marks {
		if had.Line == m.Line {
			return marks
		}
	}
	return append(marks, m)
}
