package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/logcap/logcap/analyze"
)

const (
	// maxCodeLine is how much of a line of source is shown; longer ones are generated, or hostile.
	maxCodeLine = 300
	// tabWidth is in columns. Behind a line number a tab stop is where no editor has it, so tabs become spaces.
	tabWidth = 4
	// noteWidth is how wide the words of a mark run, from the line's indent.
	noteWidth = 88
)

// codeBlocks are a finding's source, each function with its marked lines; what
// an earlier finding has shown is not shown again.
func codeBlocks(r *Report, f *analyze.Finding) []block {
	for i := range r.Findings {
		before := &r.Findings[i]
		if before == f {
			break
		}
		if len(f.Code) > 0 && slices.EqualFunc(f.Code, before.Code, sameExcerpt) {
			return []block{derived("The code is what is shown of %v above, and so are its marks.", name(blame(before)))}
		}
	}
	var out []block
	for i := range f.Code {
		e := &f.Code[i]
		if len(e.Lines) == 0 {
			continue
		}
		out = append(out, excerpt{
			caption: derived("%v, %s: %v", name(e.File), lineRange(e), name(e.Func)),
			first:   e.First, lines: e.Lines, marks: e.Marks,
		})
	}
	return out
}

func sameExcerpt(a, b analyze.Excerpt) bool {
	return a.File == b.File && a.First == b.First && len(a.Lines) == len(b.Lines) && slices.Equal(a.Marks, b.Marks)
}

// lineRange says which lines an excerpt holds, and whether they are the whole function.
func lineRange(e *analyze.Excerpt) string {
	last := e.First + len(e.Lines) - 1
	lines := fmt.Sprintf("lines %d–%d", e.First, last)
	if last == e.First {
		lines = fmt.Sprintf("line %d", e.First)
	}
	end := strings.HasPrefix(e.Lines[len(e.Lines)-1], "}") || len(e.Lines) == 1 && strings.Contains(e.Lines[0], "}")
	if strings.HasPrefix(e.Lines[0], "func") && end {
		return lines + ", the whole function"
	}
	return lines + ", a part of the function"
}

// shown is a line of an excerpt as it is printed.
type shown struct {
	text   string
	marked bool // the line has a mark
	words  bool // it is what a mark says
}

// show numbers the lines and puts what each mark says below its line, as a
// comment at the line's indent, so that it is read and coloured as one.
func (e excerpt) show() []shown {
	digits := len(fmt.Sprint(e.first + len(e.lines) - 1))
	var out []shown
	for i, l := range e.lines {
		l = expand(l)
		var said []string
		for _, m := range e.marks {
			if m.Line == e.first+i {
				said = append(said, fold(cleanTo(shortNames(m.Text), 2*maxName), noteWidth)...)
			}
		}
		sign := " "
		if len(said) > 0 {
			sign = ">"
		}
		out = append(out, shown{text: strings.TrimRight(fmt.Sprintf("%*d %s %s", digits, e.first+i, sign, l), " "), marked: len(said) > 0})
		indent := strings.Repeat(" ", len(l)-len(strings.TrimLeft(l, " ")))
		for n, w := range said {
			lead := "// ^ "
			if n > 0 {
				lead = "//   "
			}
			out = append(out, shown{text: fmt.Sprintf("%*s | %s%s%s", digits, "", indent, lead, w), words: true})
		}
	}
	return out
}

// expand sets tabs as spaces, from the line's first column, and makes the rest harmless.
func expand(l string) string {
	var b strings.Builder
	column := 0
	for i, part := range strings.Split(strings.TrimRight(l, "\r\n"), "\t") {
		if i > 0 {
			n := tabWidth - column%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			column += n
		}
		part = cleanTo(part, maxCodeLine)
		b.WriteString(part)
		column += utf8.RuneCountInString(part)
	}
	return b.String()
}

// fold breaks words into lines of at most width columns; a longer word stands alone.
func fold(s string, width int) []string {
	var out []string
	for _, w := range strings.Fields(s) {
		n := len(out) - 1
		if n >= 0 && utf8.RuneCountInString(out[n])+1+utf8.RuneCountInString(w) <= width {
			out[n] += " " + w
		} else {
			out = append(out, w)
		}
	}
	return out
}

// around is the excerpt that holds a place of the tree, nil when none does.
func around(f *analyze.Finding, file string, line int) *analyze.Excerpt {
	i := slices.IndexFunc(f.Code, func(e analyze.Excerpt) bool {
		return e.File == file && line >= e.First && line < e.First+len(e.Lines)
	})
	if i < 0 {
		return nil
	}
	return &f.Code[i]
}
