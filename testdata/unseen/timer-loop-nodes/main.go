// Command timer-loop-nodes runs reports over a database. A report has a session of its own; long reports keep an eye on the nodes.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/timer-loop-nodes/cluster"
)

func main() { service.Main(service.Program{Run: run}) }

type reporter struct {
	reports sync.WaitGroup
	queries atomic.Int64
	failed  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	rep := &reporter{}
	defer rep.reports.Wait()
	return s.Load(ctx, func(r service.Request) {
		o := cluster.Options{Hosts: []string{"db1", "db2"}}
		if r.Leaks {
			o.Refresh = 40 * time.Millisecond
		}
		rep.reports.Go(func() { rep.report(o, r.Work/2) })
	})
}

func (rep *reporter) report(o cluster.Options, work time.Duration) {
	session := cluster.Connect(o)
	defer session.Close()
	const queries = 5
	for range queries {
		if _, err := session.Query(work / queries); err != nil {
			rep.failed.Add(1)
			return
		}
		rep.queries.Add(1)
	}
}
