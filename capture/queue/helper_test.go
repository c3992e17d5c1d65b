package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/logcap/logcap/capture/record"
)

// acks counts the batches that were acknowledged.
type acks struct{ n atomic.Int64 }

func (a *acks) Acknowledge(*record.Batch) { a.n.Add(1) }

// batch holds so many records with the numbers from `from` on.
func batch(from, n int, ack record.Ack) *record.Batch {
	b := &record.Batch{Origin: &record.Origin{Key: "k", Source: "file", Name: "/var/log/x"}, Ack: ack}
	for i := range n {
		b.Append(record.Record{Time: int64(from + i)}, fmt.Appendf(nil, "line %d", from+i))
	}
	b.Hold(1)
	return b
}

func open(t *testing.T, o Options) (*Queue, Opened) {
	t.Helper()
	q, found, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return q, found
}

func shut(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

func none(uint64, uint64) {}

func push(t *testing.T, q *Queue, b *record.Batch) {
	t.Helper()
	if err := q.Append(t.Context(), b, none); err != nil {
		t.Fatal(err)
	}
}

// drain reads everything: the numbers of the records, and how many are damaged.
func drain(t *testing.T, q *Queue) (numbers []int, lost uint64) {
	t.Helper()
	for {
		b, _, err := q.Read()
		var damage *Damage
		if errors.As(err, &damage) {
			lost += damage.Records
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return numbers, lost
		}
		for i := range b.Records {
			n := int(b.Records[i].Time)
			if want := fmt.Sprintf("line %d", n); string(b.Message(i)) != want {
				t.Fatalf("record %d says %q", n, b.Message(i))
			}
			numbers = append(numbers, n)
		}
		b.Release()
	}
}

func from(a, n int) []int {
	all := make([]int, 0, n)
	for i := range n {
		all = append(all, a+i)
	}
	return all
}

// files are the segments of a queue, by name.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = text
	}
	return all
}

// laid is a new directory with those files.
func laid(t *testing.T, dir string, all map[string][]byte) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// syncing runs q's syncer; stop ends it.
func syncing(q *Queue, told func(error)) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx, told) }()
	return func() error {
		cancel()
		return <-ended
	}
}
