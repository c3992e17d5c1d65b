package source

import (
	"context"
)

// list finds the tree's packages.
func (t *Tree) list(ctx context.Context, o Options, r root, told *warnings) error {
	g, err := newGoCommand(o.Env)
	if err != nil {
		return err
	}
	units, err := g.list(ctx, r, nil)
	if err != nil {
		return err
	}
	t.Level = Types
	t.index = newIndex(r, units)
	return nil
}
