package source

import "slices"

// warnings are told once each.
type warnings struct{ list []string }

func (w *warnings) add(s string) {
	if !slices.Contains(w.list, s) {
		w.list = append(w.list, s)
	}
}
func (w *warnings) matched(*Tree, Hints)    {}
func (w *warnings) cut(choice, int)         {}
func (w *warnings) loaded(*loader, []*unit) {}
