// Command lost-cancel-rows answers questions about tables: what is in the first rows, and what all rows add up to.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/lost-cancel-rows/table"
)

func main() { service.Main(service.Program{Run: run}) }

type desk struct {
	queries sync.WaitGroup
	sums    atomic.Int64
	heads   atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	d := &desk{}
	defer d.queries.Wait()
	return s.Load(ctx, func(r service.Request) {
		t := &table.Table{Name: fmt.Sprintf("t%d", r.ID), Rows: 10, Pace: r.Work / 20}
		query := d.head
		if r.Leaks {
			query = d.sum
		}
		d.queries.Add(1)
		go func() {
			defer d.queries.Done()
			// A question that fails is asked again by whoever had it.
			_ = query(ctx, t)
		}()
	})
}

// head looks at the first rows.
func (d *desk) head(ctx context.Context, t *table.Table) error {
	left := 4
	return t.Read(ctx, func(table.Row) bool {
		left--
		d.heads.Add(1)
		return left > 0
	})
}

// sum adds up all rows.
func (d *desk) sum(ctx context.Context, t *table.Table) error {
	total := 0
	err := t.Read(ctx, func(r table.Row) bool {
		total += r.Value
		return true
	})
	d.sums.Add(int64(total))
	return err
}
