package cluster

import (
	"sync/atomic"
	"time"
)

// Status is how a member is.
type Status struct {
	Healthy  bool
	Revision int64
}

// KV is the store of a member, as its clients see it.
type KV struct{ revision atomic.Int64 }

// Status takes pause to answer.
func (kv *KV) Status(pause time.Duration, status *Status) error {
	time.Sleep(pause)
	*status = Status{Healthy: true, Revision: kv.revision.Add(1)}
	return nil
}

// Compact forgets what is older than revision.
func (kv *KV) Compact(revision int64, compacted *int64) error {
	*compacted = max(revision, kv.revision.Load())
	return nil
}
