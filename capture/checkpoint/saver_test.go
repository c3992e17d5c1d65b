package checkpoint_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/notice"
)

// Each interval what has changed is saved, at first earlier; at the end once more.
func TestSaver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := checkpoint.NewStore(t.TempDir())
		var changed atomic.Bool
		var asked atomic.Int32
		s := &checkpoint.Saver{Store: store, Every: time.Second, State: func() (checkpoint.Sections, bool) {
			asked.Add(1)
			return sections("1"), changed.Swap(false)
		}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(2500 * time.Millisecond)
		if !s.Last().IsZero() || asked.Load() != 5 { // after 1/16, 3/16, 7/16, 15/16 and 31/16 of a second
			t.Errorf("nothing has changed: saved at %v, asked %d times", s.Last(), asked.Load())
		}
		changed.Store(true)
		began := time.Now()
		time.Sleep(time.Second)
		if at := s.Last(); at.Before(began) {
			t.Errorf("saved at %v, changed before %v", at, began)
		}
		changed.Store(true)
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if changed.Load() {
			t.Error("what changed at the end was not saved")
		}
		if l := load(t, store); l.Fresh {
			t.Error("nothing was saved")
		}
	})
}

// While it cannot be saved the gate is closed and everybody is told; both end with the trouble.
func TestSaverThatCannotSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		var told []notice.Change
		board := notice.New(func(c notice.Change) { told = append(told, c) })
		gate := &checkpoint.Gate{}
		changed := true
		s := &checkpoint.Saver{Store: checkpoint.NewStore(dir), Gate: gate, Board: board, State: func() (checkpoint.Sections, bool) {
			was := changed
			changed = false // the source has forgotten: the saver has to remember
			return sections("1"), was
		}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(1500 * time.Millisecond)
		if !gate.Closed() {
			t.Error("the gate is open")
		}
		passed := make(chan error, 1)
		go func() { passed <- gate.Wait(t.Context()) }()
		brief, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		if err := gate.Wait(brief); err == nil {
			t.Error("a closed gate let somebody through")
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := <-passed; err != nil || gate.Closed() {
			t.Errorf("afterwards: %v, closed %v", err, gate.Closed())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(told) != 2 || told[0].Ended || !told[1].Ended || told[0].Hint == "" {
			t.Errorf("told %+v", told)
		}
	})
}
