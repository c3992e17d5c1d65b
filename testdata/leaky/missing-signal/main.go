// Command missing-signal waits for uploads with a sync.Cond. An upload that ends with an error sets the state and forgets to
// broadcast it.
//
// The stuck variant has workers on one queue, and from some moment on the queue is filled without a signal.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type storage struct {
	waiters sync.WaitGroup
}

// upload is one transfer others wait for.
type upload struct {
	mu    sync.Mutex
	cond  *sync.Cond
	ended bool
	seen  int
}

func newUpload() *upload {
	u := &upload{}
	u.cond = sync.NewCond(&u.mu)
	return u
}

func run(ctx context.Context, s *service.Service) error {
	st := &storage{}
	if s.Variant == "stuck" {
		q := newQueue()
		start := service.Pick(s.Style, st.workInline, st.workMethod, st.workGroup)
		start(q, 3+s.Rand.IntN(4))
		q.fill(ctx, time.Now().Add(s.StuckAfter))
		return ctx.Err()
	}
	watch := service.Pick(s.Style, st.watchInline, st.watchMethod, st.watchGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		u := newUpload()
		watch(u)
		requests.Go(func() {
			time.Sleep(r.Work)
			u.end(r.Leaks)
		})
	})
}

func (u *upload) end(failed bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	if failed {
		return
	}
	u.cond.Broadcast()
}

// watch waits until the upload has ended.
func (u *upload) watch() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for !u.ended {
		u.cond.Wait()
	}
	u.seen++
}

func (st *storage) watchInline(u *upload) {
	go func() { // leak:func
		u.mu.Lock()
		defer u.mu.Unlock()
		for !u.ended {
			u.cond.Wait()
		}
		u.seen++
	}()
}

func (st *storage) watchMethod(u *upload) {
	go u.watch() // leak:method
}

func (st *storage) watchGroup(u *upload) {
	st.waiters.Go(u.watch) // leak:wg
}

// queue holds the jobs of the stuck variant.
type queue struct {
	mu   sync.Mutex
	cond *sync.Cond
	jobs []int
}

func newQueue() *queue {
	q := &queue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// fill adds a job every few milliseconds, up to a bound. After the given time it uses the path for bulk jobs, which does not signal.
func (q *queue) fill(ctx context.Context, bulkAfter time.Time) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for id := 0; ; id++ {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			if now.After(bulkAfter) {
				q.addBulk(id)
			} else {
				q.add(id)
			}
		}
	}
}

func (q *queue) add(id int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, id)
	q.cond.Signal()
}

func (q *queue) addBulk(id int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) < 1000 {
		q.jobs = append(q.jobs, id)
	}
}

func (q *queue) take() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		q.cond.Wait()
	}
	if len(q.jobs) == 0 {
		return 0
	}
	id := q.jobs[0]
	q.jobs = q.jobs[1:]
	return id
}

func (q *queue) work() {
	for {
		q.take()
		time.Sleep(2 * time.Millisecond)
	}
}

func (st *storage) workInline(q *queue, workers int) {
	for range workers {
		go func() { // leak:stuck-func
			for {
				q.take()
				time.Sleep(2 * time.Millisecond)
			}
		}()
	}
}

func (st *storage) workMethod(q *queue, workers int) {
	for range workers {
		go q.work() // leak:stuck-method
	}
}

func (st *storage) workGroup(q *queue, workers int) {
	for range workers {
		st.waiters.Go(q.work) // leak:stuck-wg
	}
}
