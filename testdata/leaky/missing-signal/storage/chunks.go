package storage

import (
	"context"
	"time"

	"logcap.test/programs/leaky/missing-signal/queue"
)

// Chunk is a part of a file.
type Chunk struct{ Number, Size int }

// Receive puts chunks into q every few milliseconds: one by one, and in bulk from a certain time on.
func Receive(ctx context.Context, q *queue.Queue[Chunk], bulk time.Time) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		c := Chunk{Number: n, Size: 4096}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-ticker.C:
			if now.Before(bulk) {
				q.Put(c)
				continue
			}
			q.PutAll(c)
		}
	}
}

// store writes one chunk.
func (st *Storage) store(c Chunk) {
	time.Sleep(2 * time.Millisecond)
	st.add(c.Size)
}

// storeAll writes what comes out of q.
func (st *Storage) storeAll(q *queue.Queue[Chunk]) {
	for {
		st.store(q.Take())
	}
}

// Pack has workers store chunks in packs.
func (st *Storage) Pack(q *queue.Queue[Chunk], workers int) {
	for range workers {
		go func() { // leak:stuck-func
			for {
				c := q.Take()
				st.store(c)
			}
		}()
	}
}

// Hash has workers store chunks by their hash.
func (st *Storage) Hash(q *queue.Queue[Chunk], workers int) {
	for range workers {
		go st.storeAll(q) // leak:stuck-method
	}
}

// Mirror has workers store chunks on two disks.
func (st *Storage) Mirror(q *queue.Queue[Chunk], workers int) {
	for range workers {
		st.tasks.Go(func() { st.storeAll(q) }) // leak:stuck-wg
	}
}
