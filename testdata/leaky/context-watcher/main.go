// Command context-watcher runs jobs under a context type of its own, which ends with the service or with the job's tenant. The
// context package cannot link a child to a foreign parent and starts a goroutine for it; a job that fails never cancels its child.
package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

var errJob = errors.New("job failed")

// tenant is a context that ends when the tenant is closed.
type tenant struct {
	context.Context
	closed chan struct{}
}

// Done returns the tenant's own channel.
func (t *tenant) Done() <-chan struct{} { return t.closed }

// Err says why Done is closed.
func (t *tenant) Err() error {
	select {
	case <-t.closed:
		return context.Canceled
	default:
		return nil
	}
}

type runner struct {
	tenant *tenant
	jobs   sync.WaitGroup
	mu     sync.Mutex
	failed []*job
}

// job is one piece of work of the tenant.
type job struct {
	request service.Request
	ctx     context.Context
	cancel  context.CancelFunc
}

func run(ctx context.Context, s *service.Service) error {
	rn := &runner{tenant: &tenant{Context: context.Background(), closed: make(chan struct{})}}
	start := service.Pick(s.Style, rn.startInline, rn.startMethod, rn.startGroup)
	return s.Load(ctx, start)
}

func (rn *runner) startInline(r service.Request) {
	go func() { rn.run(r) }()
}

func (rn *runner) startMethod(r service.Request) {
	go rn.run(r)
}

func (rn *runner) startGroup(r service.Request) {
	rn.jobs.Go(func() { rn.run(r) })
}

// run works on a job for a while. A failed one is kept for inspection.
func (rn *runner) run(r service.Request) error {
	j := &job{request: r}
	j.ctx, j.cancel = context.WithCancel(rn.tenant) // cause
	select {
	case <-time.After(r.Work):
	case <-j.ctx.Done():
	}
	if r.Leaks {
		rn.mu.Lock()
		defer rn.mu.Unlock()
		rn.failed = append(rn.failed, j)
		return errJob
	}
	j.cancel()
	return nil
}
