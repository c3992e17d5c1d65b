package record_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/logcap/logcap/capture/record"
)

// A record is small and holds no pointer: what a queue of millions costs hangs on it.
func TestSizeOfRecord(t *testing.T) {
	if n := unsafe.Sizeof(record.Record{}); n != 24 {
		t.Errorf("a record has %d bytes, and Batch.Size counts 24", n)
	}
	if n := unsafe.Sizeof(record.Field{}); n != 16 {
		t.Errorf("a field has %d bytes, and Batch.Size counts 16", n)
	}
}

func TestAppendAndRead(t *testing.T) {
	var pool record.Pool
	b := pool.Get(&record.Origin{Key: "k"}, 10)
	long := strings.Repeat("x", 1<<20) // beyond the buffer's class
	for i, text := range []string{"", "one", long, "two"} {
		b.Append(record.Record{Time: int64(i)}, []byte(text))
	}
	for i, want := range []string{"", "one", long, "two"} {
		m := b.Message(i)
		if string(m) != want || b.Records[i].Time != int64(i) || b.Records[i].Message.Len() != len(want) {
			t.Errorf("record %d: %d bytes, want %d", i, len(m), len(want))
		}
		if cap(m) != len(m) {
			t.Errorf("record %d: who appends to its text would write into the next one", i)
		}
	}
	if b.Size() < int64(len(long)) {
		t.Errorf("size %d", b.Size())
	}
}

// counter counts the acknowledgements of batches, and looks whether they are still what was sent.
type counter struct {
	mu   sync.Mutex
	n    int
	text string
}

func (c *counter) Acknowledge(b *record.Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.text = string(b.Message(0))
}

// However many sinks there are, the last one acknowledges, once, and only then is the memory used again.
func TestDone(t *testing.T) {
	for _, sinks := range []int{1, 2, 7} {
		t.Run(fmt.Sprint(sinks), func(t *testing.T) {
			var pool record.Pool
			var acks counter
			for round := range 200 {
				b := pool.Get(&record.Origin{Key: "k"}, 100)
				if len(b.Buf)+len(b.Records)+len(b.Fields) > 0 || b.Ack != nil || b.Position != nil {
					t.Fatal("a batch from the pool is not empty")
				}
				text := fmt.Sprint("round ", round)
				b.Append(record.Record{}, []byte(text))
				b.Ack = &acks
				b.Hold(sinks)
				var all sync.WaitGroup
				for range sinks {
					all.Go(func() {
						if got := string(b.Message(0)); got != text {
							t.Errorf("a sink sees %q, want %q", got, text)
						}
						b.Done()
					})
				}
				all.Wait()
				if acks.n != round+1 || acks.text != text {
					t.Fatalf("%d acknowledgements of %d, the last of %q", acks.n, round+1, acks.text)
				}
			}
		})
	}
}

// Buffers come back in the class of their size, so that a quiet origin never holds a large one.
func TestPoolClasses(t *testing.T) {
	var pool record.Pool
	for _, size := range []int{1, 2 << 10, 10_000, 100_000, 1 << 20, 3 << 20} {
		for range 20 {
			b := pool.Get(&record.Origin{}, size)
			if cap(b.Buf) < size || size <= 1<<20 && cap(b.Buf) > 16*max(size, 2<<10) {
				t.Fatalf("asked for %d, got %d", size, cap(b.Buf))
			}
			b.Buf = b.Buf[:size]
			b.Release()
		}
	}
}
