// Command waitgroup-misuse-ranges is a cache before a database of time series: it fetches the parts of a range that it has not.
package main

import (
	"context"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/waitgroup-misuse-ranges/delta"
)

func main() { service.Main(service.Program{Run: run}) }

// dashboard asks the proxy for ranges.
type dashboard struct {
	proxy *delta.Proxy
	shown chan delta.Series
}

func run(ctx context.Context, s *service.Service) error {
	d := &dashboard{proxy: delta.NewProxy(origin), shown: make(chan delta.Series, 32)}
	go d.draw(ctx)
	return s.Load(ctx, func(r service.Request) {
		panel := delta.Query{Metric: "load", From: int64(r.ID) * 300, To: int64(r.ID)*300 + 300, Pace: r.Work}
		if r.Leaks {
			panel.Metric = "sparse"
		}
		d.refresh(ctx, panel)
	})
}

func (d *dashboard) refresh(ctx context.Context, q delta.Query) {
	go func() { // leak:func
		series, err := d.proxy.Range(ctx, q)
		if err != nil {
			return
		}
		select {
		case d.shown <- series:
		case <-ctx.Done():
		}
	}()
}

// draw takes what is to be shown.
func (d *dashboard) draw(ctx context.Context) {
	for {
		select {
		case <-d.shown:
		case <-ctx.Done():
			return
		}
	}
}

// origin is the database. Of a sparse metric it has no points at the beginning of an hour.
func origin(ctx context.Context, q delta.Query) ([]delta.Point, error) {
	select {
	case <-time.After(q.Pace):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if q.Metric == "sparse" && q.From%300 == 0 {
		return nil, nil
	}
	return []delta.Point{{At: q.From, Value: 1}, {At: q.To, Value: 2}}, nil
}
