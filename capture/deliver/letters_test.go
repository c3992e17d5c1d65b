package deliver_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deadletter"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// What a sink refuses for good becomes a dead letter, exactly that and counted; where letters cannot be kept it is dropped, told.
func TestDeadLetters(t *testing.T) {
	for _, broken := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "letters")
		if broken {
			if err := os.WriteFile(dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		board := notice.New(func(notice.Change) {})
		to := &dest{answer: poisoned}
		dropped := 0
		d, stop := running(t, deliver.Config{
			Name: "x", Sink: to, Board: board, Letters: deadletter.New(deadletter.Options{Dir: dir}),
			Dropped: func(string, *record.Batch, int) { dropped++ },
		})
		var pool record.Pool
		put(t, d, batch(&pool, "first"))
		put(t, d, batch(&pool, "a", "poison 1", "b", "poison 2"))
		put(t, d, batch(&pool, "c"))
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"first", "a", "b", "c"}, to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
		s := d.Stats()
		balanced(t, s)
		told := ""
		for _, p := range board.Open() {
			told += p.Subject + ","
		}
		if broken {
			if s.Dropped["invalid"] != 2 || len(s.DeadLettered) > 0 || dropped != 2 || !strings.Contains(told, "dead letters,") {
				t.Errorf("without a place for letters: %+v, told %s", s, told)
			}
			continue
		}
		if s.DeadLettered["invalid"] != 2 || len(s.Dropped) > 0 || dropped != 0 || strings.Contains(told, "dead letters,") {
			t.Errorf("stats %+v, told %s", s, told)
		}
		var kept []string
		err := deadletter.Read(dir, func(e deadletter.Entry) error {
			kept = append(kept, e.Letter.Sink+" "+e.Letter.Reason+" "+*e.Letter.Record.Message+" "+e.Letter.Error)
			return e.Err
		})
		if diff := cmp.Diff([]string{"x invalid poison 1 answered 400", "x invalid poison 2 answered 400"}, kept); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// After so many failures in a row the breaker is open: shown, and the sink is asked with one batch at a time, until it answers.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := notice.New(func(notice.Change) {})
		to := &dest{answer: func(n int, _ []*record.Batch) error {
			if n <= 4 {
				return errors.New("down")
			}
			return nil
		}}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, Board: board, BreakAfter: 3, QueueBytes: 1 << 20})
		var pool record.Pool
		all := numbered(0, 5)
		put(t, d, batch(&pool, "before"))
		time.Sleep(100 * time.Millisecond) // it fails once, alone
		for _, text := range all {
			put(t, d, batch(&pool, text))
		}
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		p := board.Open()
		if s := d.Stats(); !s.BreakerOpen || !s.Failing || len(p) != 1 || p[0].Subject != "sink x" || !strings.Contains(p[0].Text, "3 writes in a row have failed: the breaker is open") {
			t.Errorf("stats %+v, open %+v", s, p)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if s := d.Stats(); s.BreakerOpen || s.Failing || len(board.Open()) > 0 {
			t.Errorf("stats %+v, open %+v", s, board.Open())
		}
		if diff := cmp.Diff(append([]string{"before"}, all...), to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
		balanced(t, d.Stats())
	})
	// Of a Write of many batches one is the probe, and the others follow at once.
	synctest.Test(t, func(t *testing.T) {
		var asked []int
		to := &dest{limits: sink.Limits{Bytes: 1 << 20, Linger: time.Second}, answer: func(n int, batches []*record.Batch) error {
			asked = append(asked, len(batches))
			if n <= 3 {
				return errors.New("down")
			}
			return nil
		}}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, BreakAfter: 2})
		var pool record.Pool
		for _, text := range numbered(0, 4) {
			put(t, d, batch(&pool, text))
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{4, 4, 1, 1, 3}, asked); diff != "" {
			t.Errorf("batches in each Write (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(numbered(0, 4), to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
	})
}
