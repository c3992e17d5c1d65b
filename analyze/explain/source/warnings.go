package source

import (
	"errors"
	"fmt"
	"go/types"
	"go/version"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// warnings are told once each, one line each.
type warnings struct{ list []string }

func (w *warnings) add(s string) {
	if !slices.Contains(w.list, s) {
		w.list = append(w.list, s)
	}
}

// matched tells what the positions say of the source.
func (w *warnings) matched(m *matcher) {
	if m.alias != "" {
		w.add(fmt.Sprintf("what ran was built as %s, and this is %s: it is taken for the same source", m.alias, m.index.title()))
	}
	if len(m.tied) > 0 {
		w.add(fmt.Sprintf("several commands fit the profile equally well (%s): %s is taken", some(m.tied), m.command))
	}
	moved, gone, ours := 0, 0, 0
	var movedFirst, goneFirst string
	left, tests := map[string]bool{}, map[string]bool{}
	for _, p := range m.positions {
		got := m.match(p)
		if n, _ := parseName(p.Func); n.pkg == "main" && m.command == "" && !got.found() {
			if !m.index.root.std {
				w.add("the command that ran is not in " + m.index.title() + ": only its packages are looked up")
			}
			continue
		}
		switch got.fitness {
		case foreign:
			continue
		case excluded:
			left[filepath.Base(got.file)] = true
		case test:
			tests[filepath.Base(got.file)] = true
		case missing:
			if gone++; goneFirst == "" {
				goneFirst = p.Func
			}
		case elsewhere, drifted:
			if moved++; movedFirst == "" {
				movedFirst = strings.TrimPrefix(got.doubt, differs)
			}
		}
		ours++
	}
	if moved > 0 {
		w.add(fmt.Sprintf(differs+"%d of %d places have moved, the first: %s", moved, ours, movedFirst))
	}
	if gone > 0 {
		w.add(fmt.Sprintf("%d of %d places of the profile are not in the source, the first in %s: it is another version of it", gone, ours, goneFirst))
	}
	if len(left) > 0 {
		w.add(fmt.Sprintf("%s: not built for %s/%s with these tags, so not read, though the profile names it; GOOS, GOARCH and GOFLAGS=-tags=… choose another build", some(sortedKeys(left)), runtime.GOOS, runtime.GOARCH))
	}
	if len(tests) > 0 {
		w.add(fmt.Sprintf("%s: tests are not read, so places in them are not looked up", some(sortedKeys(tests))))
	}
}

// versions tells when the source cannot be of the Go that built what ran.
func (w *warnings) versions(r root, h Hints) {
	built, _, _ := strings.Cut(h.GoVersion, " ")
	if !version.IsValid(built) {
		return
	}
	lang := version.Lang(built) == built // "go1.26" of a trace: which release of it is not known
	if r.std {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(r.dir), "VERSION"))
		if here, _, _ := strings.Cut(string(text), "\n"); err == nil && here != built && !(lang && version.Lang(here) == built) {
			w.add(fmt.Sprintf("this is the standard library of %s, and what ran was built with %s", here, built))
		}
		return
	}
	asks := "go" + r.goVersion
	if lang {
		asks = version.Lang(asks)
	}
	if r.goVersion != "" && version.Compare(asks, built) > 0 {
		w.add(fmt.Sprintf("the source asks for go%s, and what ran was built with %s: it is another version of it", r.goVersion, built))
	}
}

// cut tells what the bound left out.
func (w *warnings) cut(c choice, bound int) {
	if c.left > 0 {
		w.add(fmt.Sprintf("of %d packages around the profile's places %d were read, %d lines: more than %d take too long; what calls from the others, or is called there, is not seen",
			len(c.units)+c.left, len(c.units), c.lines, bound))
	}
}

// loaded tells what could not be read or understood in the chosen packages.
func (w *warnings) loaded(l *loader, units []*unit) {
	var unread, cgo, ill []string
	firstType := ""
	for _, u := range units {
		for _, name := range u.files {
			f := l.reader.file(name)
			if f.err != nil {
				unread = append(unread, l.index.short(name))
			}
			if f.cgo {
				cgo = append(cgo, l.index.short(name))
			}
		}
		wrong := false
		for _, err := range l.jobs[u].errs {
			var e types.Error
			if errors.As(err, &e) && !e.Soft && !l.jobs[u].stood && !strings.Contains(e.Msg, "could not import") {
				if wrong = true; firstType == "" {
					firstType = oneLine(fmt.Sprintf("%s:%d: %s", l.index.short(e.Fset.Position(e.Pos).Filename), e.Fset.Position(e.Pos).Line, e.Msg))
				}
			}
		}
		if wrong {
			ill = append(ill, u.path)
		}
		if len(u.files) == 0 && u.problem != "" {
			w.add(u.path + " was not read: " + u.problem)
		}
	}
	if len(unread) > 0 {
		w.add(some(unread) + ": does not parse, so what is behind the mistake is not seen")
	}
	if len(cgo) > 0 {
		w.add(some(cgo) + `: imports "C", of which nothing is known`)
	}
	if len(ill) > 0 && len(unread) == 0 {
		w.add(fmt.Sprintf("%s: does not type-check (%s), so what depends on that is not known", some(ill), firstType))
	}
	if len(l.absent) > 0 {
		w.add(some(sortedKeys(l.absent)) + ": the source is not here, so what comes from there has no type; go mod download gets it, where the module is known")
	}
	if len(l.stood) > 0 {
		w.add(some(sortedKeys(l.stood)) + ": the source is not here, and only the names that the analysis needs are known")
	}
}

// short is a file's name from the root.
func (x *index) short(file string) string {
	if rel, err := filepath.Rel(x.root.dir, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return file
}

// some are the first three of a list, and how many more there are.
func some(list []string) string {
	if len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
}
