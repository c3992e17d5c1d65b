package deliver_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/internal/missing"
)

// The disk of the queue is full: Put waits, that is told, and it goes on by itself when there is room.
func TestQueueOnFullDisk(t *testing.T) {
	disk := missing.Disk(t, "256k")
	q, _, err := queue.Open(queue.Options{Dir: filepath.Join(disk, "q")})
	if err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk did not become full: %v", err)
	}
	board := notice.New(func(notice.Change) {})
	to := &dest{}
	d, stop := running(t, deliver.Config{Name: "x", Sink: to, Queue: q, Board: board})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		put(t, d, batch(&record.Pool{}, numbered(0, 10)...))
	}()
	for began := time.Now(); len(board.Open()) == 0; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("nothing is told")
		}
	}
	if p := board.Open()[0]; p.Subject != "queue x" || p.Hint == "" {
		t.Errorf("%+v", p)
	}
	if s := d.Stats(); s.StoringFrom.IsZero() || !s.WaitingFrom.IsZero() {
		t.Errorf("it waits for the disk since %v, and for room since %v", s.StoringFrom, s.WaitingFrom)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(numbered(0, 10), to.texts()); diff != "" || len(board.Open()) > 0 {
		t.Errorf("open: %v, what arrived (-want +got):\n%s", board.Open(), diff)
	}
	balanced(t, d.Stats())
}
