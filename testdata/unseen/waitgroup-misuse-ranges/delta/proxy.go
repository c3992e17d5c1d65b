// Package delta keeps points that were fetched before and fetches the rest.
package delta

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Query is a metric and a range of time in seconds.
type Query struct {
	Metric   string
	From, To int64
	Pace     time.Duration // what the origin takes to answer
}

// Point is a value at a time.
type Point struct {
	At    int64
	Value float64
}

// Series is the points of a range, in order.
type Series []Point

// Origin has all the points.
type Origin func(context.Context, Query) ([]Point, error)

// Proxy is a cache before an Origin.
type Proxy struct {
	origin Origin

	mu    sync.Mutex
	cache map[string]Series
}

// NewProxy returns a Proxy with nothing in its cache.
func NewProxy(origin Origin) *Proxy { return &Proxy{origin: origin, cache: map[string]Series{}} }

// Range returns the points of q.
func (p *Proxy) Range(ctx context.Context, q Query) (Series, error) {
	m := &merge{}
	for _, gap := range p.gaps(q) {
		m.wg.Add(1)
		go p.fill(ctx, gap, m)
	}
	m.wg.Wait()
	if err := errors.Join(m.errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(m.points, func(a, b Point) int { return cmp.Compare(a.At, b.At) })
	p.keep(q.Metric, m.points)
	return m.points, nil
}

// gaps are the parts of q that are not in the cache, of a hundred seconds each.
func (p *Proxy) gaps(q Query) []Query {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing []Query
	for from := q.From; from < q.To; from += 100 {
		if !slices.ContainsFunc(p.cache[q.Metric], func(pt Point) bool { return pt.At == from }) {
			missing = append(missing, Query{q.Metric, from, from + 99, q.Pace})
		}
	}
	return missing
}

// keep holds on to the last points.
func (p *Proxy) keep(metric string, points Series) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := append(p.cache[metric], points...)
	p.cache[metric] = all[max(0, len(all)-30):]
}
