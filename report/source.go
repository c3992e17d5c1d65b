package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// sourceRead says which source the report knows, and how well.
func sourceRead(r *Report) block {
	if r.Tree == nil {
		return note("The source was not read for this report: what is known about the code is above.")
	}
	return para{analyze.Derived, append(say("Source that was read: "), treeText(r.Tree)...)}
}

func treeText(t *analyze.Tree) text {
	out := say("%s %s, %s %s, ", grouped(float64(t.Packages)), plural(float64(t.Packages), "package"), grouped(float64(t.Lines)), plural(float64(t.Lines), "line"))
	if t.Module != "" {
		out = append(say("module %v, ", name(t.Module)), out...)
	}
	if t.Level == "types" {
		out = append(out, say("type-checked with all that they import")...)
	} else {
		out = append(out, say("with types of their own only, because no `go` command listed what they import: where calls lead is partly guessed")...)
	}
	if t.Asked == 0 {
		return append(out, span{prose, "."})
	}
	out = append(out, say("; %s of the %s positions of the profiles that were looked up are in it", grouped(float64(t.Placed)), grouped(float64(t.Asked)))...)
	if t.Placed < t.Asked {
		out = append(out, say(", the others are the standard library's, other modules' or not found")...)
	}
	return append(out, span{prose, "."})
}

func ofModule(t *analyze.Tree) text {
	if t.Module == "" {
		return nil
	}
	return say(" of module %v", name(t.Module))
}

// usedLines are the lines of each file that a statement rests on, both sorted.
func usedLines(r *Report) (files []string, lines map[string][]int) {
	lines = map[string][]int{}
	add := func(file string, line int) {
		if file != "" && line > 0 {
			lines[file] = append(lines[file], line)
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if c := f.Cause; c != nil && c.Kind == analyze.Derived {
			add(c.File, c.Line)
			for _, x := range c.Candidates {
				add(x.File, x.Line)
			}
		}
		for _, e := range f.Evidence {
			if e.Kind == analyze.Derived {
				add(e.File, e.Line)
			}
		}
		for _, x := range f.Code {
			for _, m := range x.Marks {
				add(x.File, m.Line)
			}
		}
	}
	for f, l := range lines {
		slices.Sort(l)
		lines[f] = slices.Compact(l)
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(a, b) })
	return files, lines
}

// ranges writes sorted lines as "3, 7–9".
func ranges(lines []int) string {
	var out []string
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1] == lines[j]+1 {
			j++
		}
		if j > i {
			out = append(out, fmt.Sprintf("%d–%d", lines[i], lines[j]))
		} else {
			out = append(out, fmt.Sprint(lines[i]))
		}
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// sourceTable lists the files of the tree with the lines that were used.
func sourceTable(r *Report) []block {
	files, lines := usedLines(r)
	if len(files) == 0 {
		return nil
	}
	t := table{basis: analyze.Derived, head: []string{"Source file", "Lines used"}, align: "ll"}
	for _, f := range files[:min(len(files), maxFiles)] {
		t.rows = append(t.rows, []text{{name(f)}, say("%s", ranges(lines[f]))})
	}
	out := []block{t}
	if n := len(files) - maxFiles; n > 0 {
		out = append(out, derived("%d more source files were used.", n))
	}
	return out
}

// samePlace says whether a place of a profile and one of the tree are the same
// line: profiles have the path of the machine that built, the tree its own below its top.
func samePlace(a string, lineA int, b string, lineB int) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	return lineA == lineB && b != "" && (a == b || strings.HasSuffix(a, "/"+b))
}
