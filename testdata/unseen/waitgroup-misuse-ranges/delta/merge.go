package delta

import (
	"context"
	"sync"
)

// merge collects the parts of a range.
type merge struct {
	wg     sync.WaitGroup
	mu     sync.Mutex
	points Series
	errs   []error
}

// fill fetches one part.
func (p *Proxy) fill(ctx context.Context, gap Query, m *merge) {
	points, err := p.origin(ctx, gap)
	if err != nil {
		m.fail(err)
		m.wg.Done()
		return
	}
	if len(points) == 0 {
		return // cause
	}
	m.add(points)
	m.wg.Done()
}

func (m *merge) add(points []Point) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.points = append(m.points, points...)
}

func (m *merge) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.errs = append(m.errs, err)
}
