package controllers

import (
	"context"
	"fmt"
)

// start starts the enabled controllers. It comes back early when there is nothing to start.
func start(ctx context.Context, shard Shard, stats *Stats) error {
	all := known()
	started := 0
	for _, name := range shard.Enabled {
		control, ok := all[name]
		if !ok {
			return fmt.Errorf("%s: no controller %s", shard.Name, name)
		}
		go control(ctx, stats)
		started++
	}
	if started == 0 {
		return nil
	}
	stats.syncs.Add(int64(started))
	select {} // cause
}
