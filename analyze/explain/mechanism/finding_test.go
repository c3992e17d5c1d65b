package mechanism

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// measured adds what the further lines of an archive's comment say: a library's
// frames, innermost first, inside of those that are marked; the go statement's
// function and the entry; the mechanism that profiles tell; the growth's steps.
func (m *module) measured(t *testing.T, lines string) {
	t.Helper()
	f := m.finding
	var inner []analyze.Position
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		what, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch what {
		case "":
		case "frame":
			inner = append(inner, analyze.Position{Func: rest, File: "/lib.go", Line: 1})
		case "created-by":
			f.Site.Func, f.Site.Package = rest, goroutine.PackageOf(rest)
		case "entry":
			f.Site.Entry = rest
		case "mechanism":
			f.Mechanism = analyze.Mechanism(rest)
		case "step":
			f.Step = &growth.Step{}
			if _, err := fmt.Sscan(rest, &f.Step.Height, &f.Step.Period); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("the comment's line %q says nothing that is known", line)
		}
	}
	f.Stack = append(inner, f.Stack...)
}

var marker = regexp.MustCompile(`// (.*)$`)

// marked makes the finding that the markers tell.
func (m *module) marked(t *testing.T, state goroutine.State) *analyze.Finding {
	t.Helper()
	f := &analyze.Finding{State: state}
	stack, lineage := map[int]analyze.Position{}, map[int]analyze.Position{}
	for file, data := range m.text {
		for i, line := range strings.Split(string(data), "\n") {
			found := marker.FindStringSubmatch(line)
			if found == nil {
				continue
			}
			for _, word := range strings.Fields(found[1]) {
				pos := analyze.Position{File: file, Line: i + 1}
				if fn := m.program.At(file, i+1); fn != nil {
					pos.Func = fn.Name
				}
				what, n, _ := strings.Cut(word, ":")
				k, _ := strconv.Atoi(n)
				switch what {
				case "stack":
					stack[k] = pos
				case "lineage":
					lineage[k] = pos
				case "launch":
					f.Site = goroutine.Site{Func: pos.Func, File: file, Line: i + 1, Exact: true}
				}
			}
		}
	}
	for i := range len(stack) {
		f.Stack = append(f.Stack, stack[i])
	}
	for i := range len(lineage) {
		f.Lineage = append(f.Lineage, analyze.Ancestor{Position: lineage[i]})
	}
	if len(f.Stack) > 0 {
		f.Blocked = f.Stack[0]
	}
	return f
}
