package queue

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/logcap/logcap/capture/record"
)

// Everything that a batch says of its records comes out again; batches of one origin point to the same.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	q, _ := open(t, Options{Dir: dir, Sync: Sync{Never: true}})
	o := &record.Origin{Key: "docker:1", Source: "docker", Name: "web", ID: "1", Attrs: []record.Attr{{Key: "a", Value: "b"}, {Key: "c", Value: ""}}}
	in := &record.Batch{Origin: o, Buf: []byte("one\"k\"\"v\"two\xff")}
	in.Records = []record.Record{
		{Time: -5, Message: record.Span{End: 3}, Field: 0, Fields: 1, Stream: record.Stderr, Flags: record.Decoded},
		{Time: 1 << 62, Message: record.Span{Start: 9, End: 13}, Field: 1, Stream: record.Stdout, Flags: record.Partial | record.Cut},
	}
	in.Fields = []record.Field{{Key: record.Span{Start: 3, End: 6}, Value: record.Span{Start: 6, End: 9}}}
	in.Hold(1)
	push(t, q, in)
	again := &record.Batch{Origin: o, Buf: []byte("x"), Records: []record.Record{{Message: record.Span{End: 1}}}}
	again.Hold(1)
	push(t, q, again)
	shut(t, q)
	q, found := open(t, Options{Dir: dir})
	defer shut(t, q)
	if found.Waiting != 3 || len(found.Notes) > 0 {
		t.Errorf("found %+v", found)
	}
	out, _, err := q.Read()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out, cmpopts.IgnoreUnexported(record.Batch{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-in +out):\n%s", diff)
	}
	second, _, err := q.Read()
	if err != nil || second.Origin != out.Origin {
		t.Errorf("%v, %p and %p", err, second.Origin, out.Origin)
	}
}

// What is not acknowledged by Ack comes again after a restart, and nothing else does.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Sync: Sync{Never: true}}
	q, _ := open(t, o)
	for i := range 10 {
		push(t, q, batch(10*i, 10, nil))
	}
	var end uint64
	for range 4 {
		var err error
		if _, end, err = q.Read(); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Ack(end); err != nil {
		t.Fatal(err)
	}
	if _, _, err := q.Read(); err != nil { // given, and not acknowledged
		t.Fatal(err)
	}
	shut(t, q)
	q, found := open(t, o)
	push(t, q, batch(100, 5, nil))
	got, lost := drain(t, q)
	if diff := cmp.Diff(from(40, 65), got); diff != "" || lost > 0 || found.Waiting != 60 {
		t.Errorf("lost %d, found %+v (-want +got):\n%s", lost, found, diff)
	}
	if err := q.Ack(q.readAt); err != nil {
		t.Fatal(err)
	}
	shut(t, q)
	q, found = open(t, o)
	if found.Waiting != 0 || q.Stats().Segments != 0 {
		t.Errorf("found %+v, %+v", found, q.Stats())
	}
	shut(t, q)
}

// The oldest go when it is full; what is read, dropped and waiting is everything, and the bytes stay below the bound.
func TestDropOldest(t *testing.T) {
	const bound = 1 << 20
	q, _ := open(t, Options{Dir: t.TempDir(), Bytes: bound, Full: DropOldest, Sync: Sync{Never: true}})
	defer shut(t, q)
	var added, dropped uint64
	account := func(a, d uint64) { added, dropped = added+a, dropped+d }
	for i := range 20_000 {
		b := batch(i, 1, nil)
		b.Buf = append(b.Buf, make([]byte, 200)...)
		if err := q.Append(t.Context(), b, account); err != nil {
			t.Fatal(err)
		}
		if s := q.Stats(); s.Bytes > bound {
			t.Fatalf("%d bytes", s.Bytes)
		}
		if i == 1000 { // in the middle of a segment
			for range 100 {
				if _, _, err := q.Read(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	got, lost := drain(t, q)
	if added != 20_000 || dropped == 0 || lost > 0 || uint64(len(got))+100+dropped != added {
		t.Errorf("added %d, dropped %d, read %d, lost %d", added, dropped, len(got)+100, lost)
	}
	if diff := cmp.Diff(from(20_000-len(got), len(got)), got); diff != "" {
		t.Errorf("not the newest (-want +got):\n%s", diff)
	}
}

// A full queue blocks Append until enough is delivered, or its ctx is done.
func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := open(t, Options{Dir: t.TempDir(), Bytes: 256 << 10, Sync: Sync{Never: true}})
		defer shut(t, q)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n := 0
		var err error
		large := func(n int) *record.Batch {
			b := batch(n, 1, nil)
			b.Buf = append(b.Buf, make([]byte, 8<<10)...)
			return b
		}
		for ; err == nil; n++ {
			err = q.Append(ctx, large(n), none)
		}
		if n--; !errors.Is(err, context.DeadlineExceeded) || n < 25 || q.Stats().Blocked {
			t.Fatalf("%d went in: %v, %+v", n, err, q.Stats())
		}
		ended := make(chan error)
		go func() { ended <- q.Append(t.Context(), large(n), none) }()
		synctest.Wait()
		if !q.Stats().Blocked {
			t.Error("it is not said that it waits")
		}
		got, _ := drain(t, q)
		if len(got) != n {
			t.Errorf("%d came out of %d", len(got), n)
		}
		if err := q.Ack(q.readAt); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		big := batch(n+1, 1, nil)
		big.Buf = append(big.Buf, make([]byte, 1<<20)...) // larger than the whole queue
		if got, _ := drain(t, q); len(got) != 1 {
			t.Errorf("got %v", got)
		}
		if err := q.Ack(q.readAt); err != nil {
			t.Fatal(err)
		}
		push(t, q, big)
		if got, _ := drain(t, q); len(got) != 1 {
			t.Errorf("of the large one came %v", got)
		}
	})
}

// When a batch is acknowledged under each policy.
func TestSyncPolicies(t *testing.T) {
	for _, text := range []string{"always", "interval 10s", "never"} {
		t.Run(text, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				policy, err := ParseSync(text)
				if err != nil || policy.String() != text {
					t.Fatal(policy, err)
				}
				q, _ := open(t, Options{Dir: t.TempDir(), Sync: policy})
				defer shut(t, q)
				stop := syncing(q, func(err error) {
					if err != nil {
						t.Error(err)
					}
				})
				a := &acks{}
				push(t, q, batch(0, 3, a))
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if want := map[string]int64{"always": 1, "interval 10s": 0, "never": 1}[text]; a.n.Load() != want {
					t.Errorf("after 5 s: %d, want %d", a.n.Load(), want)
				}
				time.Sleep(6 * time.Second)
				synctest.Wait()
				if a.n.Load() != 1 {
					t.Errorf("after 11 s: %d", a.n.Load())
				}
				push(t, q, batch(3, 3, a))
				if err := stop(); err != nil || a.n.Load() != 2 {
					t.Errorf("at the end: %d, %v", a.n.Load(), err)
				}
			})
		})
	}
	for _, text := range []string{"", "often", "interval", "interval 0s", "interval x", "always 1s"} {
		if p, err := ParseSync(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}

// After a sync that failed nothing is acknowledged until it was written once more and synced.
func TestSyncFails(t *testing.T) {
	dir := t.TempDir()
	q, _ := open(t, Options{Dir: dir})
	a := &acks{}
	push(t, q, batch(0, 2, a))
	push(t, q, batch(2, 2, a))
	whole := q.segs[0].file
	readOnly := mustOpen(t, q.path(0))
	if err := readOnly.Close(); err != nil {
		t.Fatal(err)
	}
	q.segs[0].file = readOnly // a file that is closed fails to sync
	if err := q.sync(); err == nil || a.n.Load() != 0 {
		t.Errorf("%v, %d acknowledged", err, a.n.Load())
	}
	q.segs[0].file = whole
	if _, err := whole.WriteAt(bytes.Repeat([]byte{0}, 20), startBytes+40); err != nil { // what was thrown away
		t.Fatal(err)
	}
	if err := q.sync(); err != nil || a.n.Load() != 2 {
		t.Errorf("%v, %d acknowledged", err, a.n.Load())
	}
	if got, lost := drain(t, q); len(got) != 4 || lost > 0 {
		t.Errorf("got %v, lost %d", got, lost)
	}
	shut(t, q)
}

// At random: appending, reading, acknowledging, dropping and restarting, by an end or by a kill. Nothing is lost but what was dropped, and what comes is in order.
func TestModel(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 7))
		dir := filepath.Join(t.TempDir(), "q")
		o := Options{Dir: dir, Bytes: 1 << 20, Full: DropOldest, Sync: Sync{Never: random.IntN(2) == 0}}
		q, _ := open(t, o)
		var added, dropped, given, acked, next, ended uint64
		waiting := uint64(0)
		account := func(a, d uint64) { added, dropped, waiting = added+a, dropped+d, waiting+a-d }
		for range 400 {
			switch random.IntN(8) {
			case 0, 1, 2:
				n := 1 + random.IntN(50)
				b := batch(int(added), n, nil)
				b.Buf = append(b.Buf, make([]byte, random.IntN(20<<10))...)
				if err := q.Append(t.Context(), b, account); err != nil {
					t.Fatal(err)
				}
			case 3, 4, 5:
				b, end, err := q.Read()
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if b == nil {
					continue
				}
				ended = end
				if got := uint64(b.Records[0].Time); got < next {
					t.Fatalf("seed %d: %d came after %d", seed, got, next)
				}
				next = uint64(b.Records[len(b.Records)-1].Time) + 1
				given += uint64(len(b.Records))
				waiting -= uint64(len(b.Records))
				b.Release()
			case 6:
				if err := q.Ack(ended); err != nil {
					t.Fatal(err)
				}
				acked = next
			case 7:
				if random.IntN(2) == 0 {
					if err := q.sync(); err != nil {
						t.Fatal(err)
					}
					continue
				}
				old := q
				var found Opened
				if q, found = open(t, o); found.Waiting != q.next-q.taken {
					t.Fatalf("seed %d: %+v", seed, found)
				}
				_ = old.Close() // too late to change anything: as a kill, it has done nothing before
				// What was given and not acknowledged comes again.
				again := q.next - q.taken - waiting
				given -= again
				waiting += again
				next, ended = acked, q.taken
			}
			if s := q.Stats(); given+dropped+waiting != added || s.Bytes > o.Bytes {
				t.Fatalf("seed %d: added %d, given %d, dropped %d, waiting %d, %+v", seed, added, given, dropped, waiting, s)
			}
		}
		got, lost := drain(t, q)
		if uint64(len(got)) != waiting || lost > 0 {
			t.Errorf("seed %d: %d came and %d waited, %d lost", seed, len(got), waiting, lost)
		}
		shut(t, q)
	}
}

func TestClosed(t *testing.T) {
	q, _ := open(t, Options{Dir: t.TempDir()})
	shut(t, q)
	if err := q.Append(t.Context(), batch(0, 1, nil), none); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := q.Close(); err != nil || !strings.Contains(ErrClosed.Error(), "closed") {
		t.Error(err)
	}
}

// What was appended after Run's last sync is acknowledged by Close: a sink that a reload removes ends while sources
// go on, and a batch that nobody acknowledges would hold back the positions of all behind it.
func TestCloseAcknowledges(t *testing.T) {
	dir := t.TempDir()
	q, _ := open(t, Options{Dir: dir, Sync: Sync{Every: time.Hour}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Run(ctx, func(error) {}); err != nil {
		t.Fatal(err)
	}
	var ack acks
	push(t, q, batch(0, 3, &ack))
	shut(t, q)
	if ack.n.Load() != 1 {
		t.Error("the batch is not acknowledged")
	}
	q, found := open(t, Options{Dir: dir})
	defer shut(t, q)
	if found.Waiting != 3 {
		t.Errorf("the next run finds %d", found.Waiting)
	}
}
